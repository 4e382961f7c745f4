import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { spawnLocalRun, temporaryDirectory, type ProcessRun } from '../support/local-run.ts';

/**
 * `npm run load`: a bounded load on its own local run. Every order is refunded in four quarters; then each payment in
 * the table is compared with the provider's.
 */
const USAGE = 'npm run load -- [--orders 250] [--at-once 50]';
const QUARTERS = 4;
const PAID = 10_000;

interface Told {
  readonly status: number;
  readonly ms: number;
}

interface Load {
  readonly run: ProcessRun;
  readonly authorization: string;
  readonly told: Told[];
}

const uidsOf = (order: number) => ({ merchant_uid: `load-${order}`, imp_uid: `imp_load_${order}` });

async function refundQuarters(order: number, { run, authorization, told }: Load): Promise<void> {
  const { merchant_uid } = uidsOf(order);
  for (let quarter = 0; quarter < QUARTERS; quarter += 1) {
    const fromMs = performance.now();
    const { status } = await run.call('POST', '/payments/cancel', {
      body: { merchant_uid, cancel_request_amount: PAID / QUARTERS },
      headers: { authorization, 'idempotency-key': `quarter-${quarter}` },
    });
    told.push({ status, ms: performance.now() - fromMs });
  }
}

/** Runs all orders, with a limit on how many run at once. */
async function inParallel(
  orders: number,
  atOnce: number,
  work: (order: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < orders) {
      next += 1;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, orders) }, worker));
}

/** Orders for which table and provider differ. */
async function audit(orders: number, { run, authorization }: Load): Promise<readonly string[]> {
  const differ: string[] = [];
  await inParallel(orders, 20, async (order) => {
    const { merchant_uid, imp_uid } = uidsOf(order);
    const ours = await run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    const theirs = await run.call('GET', `/_local/iamport/${imp_uid}`);
    if (ours.status === 200 && ours.body['cancel_amount'] === theirs.body['cancel_amount']) return;
    differ.push(
      `${merchant_uid}: table ${JSON.stringify(ours.body['cancel_amount'])}, provider ${JSON.stringify(theirs.body['cancel_amount'])}`,
    );
  });
  return differ;
}

function tell(told: readonly Told[], seconds: number): void {
  const sorted = told.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(0);
  const outcomes = Map.groupBy(told, ({ status }) => status);
  const counted = [...outcomes].map(([status, those]) => `${those.length} × ${status}`).toSorted();
  console.log(
    `${told.length} refunds in ${seconds.toFixed(1)} s, ${(told.length / seconds).toFixed(0)} a second`,
  );
  console.log(`outcomes: ${counted.join(', ')}`);
  console.log(`ms: median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, longest ${at(1)}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      orders: { type: 'string', default: '250' },
      'at-once': { type: 'string', default: '50' },
    },
  });
  const [orders, atOnce] = [Number(values.orders), Number(values['at-once'])];
  if (![orders, atOnce].every((count) => Number.isInteger(count) && count > 0 && count <= 10_000)) {
    console.log(USAGE);
    process.exitCode = 2;
    return;
  }
  const directory = await temporaryDirectory();
  const run = await spawnLocalRun(directory);
  const authorization = await run.signIn({ sub: 'staff', groups: ['refund-staff'] });
  const load: Load = { run, authorization, told: [] };
  try {
    await inParallel(orders, 20, async (order) => {
      await run.call('POST', '/_local/payments', {
        body: { ...uidsOf(order), amount: PAID, customer_id: 'customer' },
      });
    });
    const fromMs = performance.now();
    await inParallel(orders, atOnce, async (order) => refundQuarters(order, load));
    const seconds = (performance.now() - fromMs) / 1000;
    await run.call('POST', '/_local/resolve');
    const differ = await audit(orders, load);
    tell(load.told, seconds);
    console.log(
      differ.length === 0 ? `audit: table = provider on all ${orders} payments` : differ.join('\n'),
    );
    process.exitCode = differ.length === 0 ? 0 : 1;
  } finally {
    await run.stop('SIGTERM');
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
