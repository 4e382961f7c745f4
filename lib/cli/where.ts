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
  | LocalTarget;

export interface LocalTarget {
  readonly kind: 'local';
  readonly url: string;
}

/** The options for the tables, shared by all commands that read them. */
export const WHERE: Readonly<Record<string, Option>> = {
  table: valued('NAME', 'the ledger in AWS: LedgerTableName in the outputs of the stack'),
  region: valued('REGION', 'region of the table (else AWS_REGION, or that of AWS_PROFILE)'),
  url: valued('URL', 'a local run (without --table; else http://127.0.0.1:PORT, and 3000 without PORT)'),
};

export const ORDERS: Readonly<Record<string, Option>> = {
  orders: valued('NAME', "with --table: the shop's orders (OrdersTableName), to show the order's customer"),
  'order-attributes': valued(
    'JSON',
    "with --orders: the shop's attribute names (OrderAttributes, if the outputs have it)",
  ),
};

/** `npm start`'s own default. */
const LOCAL_PORT = '3000';

/** @throws UsageError for an invalid address or port */
export function targetOf(given: Given, { env }: Pick<Surroundings, 'env'>): Target {
  const table = given.text('table');
  const url = given.text('url');
  if (table === undefined) {
    const vain = ['region', 'orders', 'order-attributes'].find((option) => given.text(option) !== undefined);
    if (vain !== undefined) throw new UsageError(`--${vain} belongs to --table: a local run has its own.`);
    return localTarget(url, env['PORT']);
  }
  if (url !== undefined)
    throw new UsageError('--table names a table in AWS and --url a local run: give one of them.');
  const [region, orders] = [given.text('region'), given.text('orders')];
  const orderAttributes = attributesIn(given.text('order-attributes'), orders);
  return { kind: 'aws', table, ...omitMissing({ region, orders, orderAttributes }) };
}

function attributesIn(text: string | undefined, orders: string | undefined): OrderAttributes | undefined {
  if (text === undefined) return undefined;
  if (orders === undefined) throw new UsageError('--order-attributes belongs to --orders.');
  const attributes = orderAttributesIn(text);
  if (attributes !== undefined) return attributes;
  throw new UsageError(
    `--order-attributes must be JSON such as {"customerId":"member_no"}, as in the output OrderAttributes, not "${text}".`,
  );
}

export function localTarget(url: string | undefined, port: string | undefined): LocalTarget {
  if (url !== undefined) return { kind: 'local', url: httpAddress(url, '--url') };
  const given = port === undefined || port.trim() === '' ? LOCAL_PORT : port.trim();
  if (!/^\d{1,5}$/.test(given) || Number(given) < 1 || Number(given) > 65_535)
    throw new UsageError(`PORT must be the number of a local run's port, not "${given}".`);
  return { kind: 'local', url: `http://127.0.0.1:${given}` };
}

/** @throws UsageError naming the option and an example */
export function httpAddress(text: string, option: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const hint = url === undefined && URL.canParse(`http://${text}`) ? `; perhaps http://${text}` : '';
    throw new UsageError(`${option} must be an address such as http://127.0.0.1:3000, not "${text}"${hint}.`);
  }
  return text.replace(/\/+$/, '');
}

export const QUIET_PERIOD: Readonly<Record<string, Option>> = {
  'quiet-period': valued(
    'SECONDS',
    'with --table: QuietPeriodSeconds in the outputs; without it drift cannot be shown',
  ),
};

/**
 * How long after the request a cancel may still be executed, in ms; drift depends on it (row 7e). A local run reports it. A
 * table does not contain it, so in AWS it is undefined unless it is given. @throws UsageError, OperationsError
 */
export async function quietPeriodOf(
  given: Given,
  target: Target,
  { localInfo: ask = localInfo }: Pick<Surroundings, 'localInfo'>,
): Promise<number | undefined> {
  const seconds = given.text('quiet-period');
  if (target.kind === 'local') {
    if (seconds !== undefined)
      throw new UsageError('--quiet-period belongs to --table: a local run has its own.');
    return inMs((await ask(target.url)).quiet_period_seconds);
  }
  if (seconds !== undefined && !/^[1-9]\d{0,3}$/.test(seconds))
    throw new UsageError(`--quiet-period must be a whole number of seconds, not "${seconds}".`);
  return inMs(seconds === undefined ? undefined : Number(seconds));
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
