import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { spawnLocalRun, temporaryDirectory } from '../support/local-run.ts';

/**
 * `npm run load [-- --orders 250 --at-once 50]`: a bounded load on its own local run. Every order is refunded in four quarters;
 * then each payment in the table is compared with the provider's.
 */
const QUARTERS = 4;
const PAID = 10_000;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '250' },
    'at-once': { type: 'string', default: '50' },
  },
});
const [orders, atOnce] = [Number(values.orders), Number(values['at-once'])];
if (![orders, atOnce].every((count) => Number.isInteger(count) && count > 0 && count <= 10_000)) {
  console.error('--orders and --at-once are whole numbers from 1 to 10000');
  process.exit(2);
}

/** Does the work for all orders, for a limited number at once. */
async function forAll(
  limit: number,
  work: (uids: ReturnType<typeof uidsOf>) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < orders) {
      next += 1;
      await work(uidsOf(next));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, orders) }, worker));
}

function uidsOf(order: number) {
  return { merchant_uid: `load-${order}`, imp_uid: `imp_load_${order}` };
}

const directory = await temporaryDirectory();
const run = await spawnLocalRun(directory);
const headers = { authorization: await run.signIn({ sub: 'staff', groups: ['refund-staff'] }) };
const times: number[] = [];
const answers: number[] = [];
const differences: string[] = [];
try {
  await forAll(20, async (uids) => {
    await run.call('POST', '/_local/payments', { body: { ...uids, amount: PAID, customer_id: 'customer' } });
  });
  const startedMs = performance.now();
  await forAll(atOnce, async ({ merchant_uid }) => {
    for (let quarter = 0; quarter < QUARTERS; quarter += 1) {
      const fromMs = performance.now();
      const { status } = await run.call('POST', '/payments/cancel', {
        body: { merchant_uid, cancel_request_amount: PAID / QUARTERS },
        headers: { ...headers, 'idempotency-key': `quarter-${quarter}` },
      });
      times.push(performance.now() - fromMs);
      answers.push(status);
    }
  });
  const seconds = (performance.now() - startedMs) / 1000;
  await run.call('POST', '/_local/resolve');
  await forAll(20, async ({ merchant_uid, imp_uid }) => {
    const ours = await run.call('GET', `/payments/${merchant_uid}`, { headers });
    const theirs = await run.call('GET', `/_local/iamport/${imp_uid}`);
    const sums = [ours.body['cancel_amount'], theirs.body['cancel_amount']] as const;
    if (ours.status !== 200 || sums[0] !== sums[1])
      differences.push(`${merchant_uid}: table ${String(sums[0])}, provider ${String(sums[1])}`);
  });
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(0);
  const counted = [...Map.groupBy(answers, (status) => status)].map(
    ([status, those]) => `${those.length} × ${status}`,
  );
  console.log(
    `${times.length} refunds in ${seconds.toFixed(1)} s, ${(times.length / seconds).toFixed(0)} a second`,
  );
  console.log(`outcomes: ${counted.toSorted().join(', ')}`);
  console.log(`ms: median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, longest ${at(1)}`);
  console.log(
    differences.length === 0 ? `table = provider on all ${orders} payments` : differences.join('\n'),
  );
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await run.stop('SIGTERM');
  await rm(directory, { recursive: true, force: true });
}
