import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { PaymentsStore } from '../functions/protocol/ports.ts';
import { drain } from '../lib/operations/drain.ts';
import { explain, openLine } from '../lib/operations/explain.ts';
import { progressOn } from '../lib/operations/progress.ts';
import { awsTable, countInDoubt, localTable, paymentsInDoubt } from '../lib/operations/tables.ts';

const USAGE = `What happened to every won.

  npm run refunds -- explain <merchant_uid>   the time line of a payment's refunds
  npm run refunds -- list --in-doubt          refunds that are not final, oldest first
  npm run refunds -- drain                    waits until none is in doubt: a local run resolves them now,
                                              in AWS the schedule does

  --table NAME   a table in AWS (credentials and region from the environment)
  --url URL      a local run (default http://127.0.0.1:3000)`;

const OPTIONS = {
  table: { type: 'string' },
  url: { type: 'string', default: 'http://127.0.0.1:3000' },
  'in-doubt': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function explainOne(store: PaymentsStore, merchantUid: string): Promise<number> {
  const { payments } = await store.order(merchantUid);
  for (const payment of payments) console.log(explain(payment));
  if (payments.length === 0) console.log(`There is no payment of ${merchantUid} in the table.`);
  return payments.length === 0 ? 1 : 0;
}

async function list(store: PaymentsStore): Promise<number> {
  const open = await paymentsInDoubt(store);
  for (const payment of open) {
    if (payment.pending !== undefined) console.log(openLine(payment, payment.pending, Date.now()));
  }
  console.log(open.length === 0 ? 'Nothing is in doubt.' : `${open.length} in doubt.`);
  return 0;
}

/** The schedule comes every minute, and a request is sent again after three: five minutes without a change are a standstill. */
const AWS_TURNS = { turn: async () => sleep(30_000), patience: 10 };
const LOCAL_PATIENCE = 5;

async function resolveLocally(url: string): Promise<void> {
  const response = await fetch(new URL('/_local/resolve', url), { method: 'POST' });
  if (!response.ok) throw new Error(`the resolver did not run: ${await response.text()}`);
  await sleep(1_000);
}

async function drainAll(store: PaymentsStore, localUrl: string | undefined): Promise<number> {
  const progress = progressOn(process.stderr);
  const turns =
    localUrl === undefined
      ? AWS_TURNS
      : { turn: async () => resolveLocally(localUrl), patience: LOCAL_PATIENCE };
  const inDoubt = async (): Promise<number> => countInDoubt(store);
  const left = await drain({ ...turns, inDoubt, tell: progress.tell, tellEveryMs: 1_000 }).finally(
    progress.end,
  );
  console.log(
    left === 0
      ? 'Nothing is in doubt.'
      : `${left} in doubt, and nothing changes: their time has not come, or i'mport cannot tell yet. See list --in-doubt.`,
  );
  return left === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  const [command, merchantUid] = positionals;
  const isList = command === 'list' && values['in-doubt'];
  const isExplain = command === 'explain' && merchantUid !== undefined;
  if (values.help || !(isList || isExplain || command === 'drain')) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const store = values.table === undefined ? await localTable(values.url) : awsTable(values.table);
  if (isExplain) return explainOne(store, merchantUid);
  return isList ? list(store) : drainAll(store, values.table === undefined ? values.url : undefined);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
