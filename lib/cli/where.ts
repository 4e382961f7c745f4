import type { OrderAttributes } from '../../functions/ledger/keys.ts';
import { orderAttributesIn } from '../../functions/runtime/config.ts';
import { omitMissing } from '../../functions/refund/omit-missing.ts';
import { UsageError, valued, type Given, type Option, type Surroundings } from './command.ts';
import { localInfo } from './local-run.ts';

/** The tables to read: in AWS or of a local run. */
export type Target =
  | {
      readonly kind: 'aws';
      readonly table: string;
      readonly orders?: string;
      readonly orderAttributes?: OrderAttributes;
      readonly region?: string;
    }
  | { readonly kind: 'local'; readonly url: string };

/** The options for the tables, shared by all commands that read them. */
export const WHERE: Readonly<Record<string, Option>> = {
  table: valued('NAME', 'the ledger in AWS: LedgerTableName in the outputs of the stack', { not: ['url'] }),
  region: valued('REGION', 'region of the table (else AWS_REGION, or that of AWS_PROFILE)', {
    needs: ['table'],
  }),
  url: valued('URL', 'a local run (without --table; else http://127.0.0.1:PORT, and 3000 without PORT)'),
};

export const ORDERS: Readonly<Record<string, Option>> = {
  orders: valued('NAME', "with --table: the shop's orders (OrdersTableName), to show the order's customer", {
    needs: ['table'],
  }),
  'order-attributes': valued(
    'JSON',
    "with --orders: the shop's attribute names (OrderAttributes, if the outputs have it)",
    { needs: ['orders'] },
  ),
};

/** `npm start`'s own default. */
const LOCAL_PORT = '3000';

/** @throws UsageError for an invalid address or port */
export function targetOf(given: Given, { env }: Pick<Surroundings, 'env'>): Target {
  const [table, region, orders] = ['table', 'region', 'orders'].map(given.text);
  if (table === undefined) return { kind: 'local', url: localUrl(given, env) };
  const orderAttributes = attributesIn(given.text('order-attributes'));
  return { kind: 'aws', table, ...omitMissing({ region, orders, orderAttributes }) };
}

function attributesIn(text: string | undefined): OrderAttributes | undefined {
  const attributes = text === undefined ? undefined : orderAttributesIn(text);
  if (attributes !== undefined || text === undefined) return attributes;
  throw new UsageError(
    `--order-attributes must be JSON such as {"customerId":"member_no"}, as in the output OrderAttributes, not "${text}".`,
  );
}

/** The address of the local run: `--url`, else `PORT`. @throws UsageError */
export function localUrl(given: Given, env: Surroundings['env']): string {
  const url = given.text('url');
  if (url !== undefined) return httpAddress(url, '--url');
  const port = env['PORT']?.trim() || LOCAL_PORT;
  if (!/^\d{1,5}$/.test(port))
    throw new UsageError(`PORT must be the number of a local run's port, not "${port}".`);
  return `http://127.0.0.1:${port}`;
}

/** @throws UsageError naming the option and an example */
export function httpAddress(text: string, option: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${option} must be an address such as http://127.0.0.1:3000, not "${text}".`);
  return text.replace(/\/+$/, '');
}

/**
 * How long after the request a cancel may still be executed, in ms; drift depends on it (row 7e). A local run reports it. A table
 * does not contain it, so in AWS it is undefined, and drift is not told.
 */
export async function quietPeriodOf(
  target: Target,
  { localInfo: ask = localInfo }: Pick<Surroundings, 'localInfo'>,
): Promise<number | undefined> {
  const seconds = target.kind === 'local' ? (await ask(target.url)).quiet_period_seconds : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}
