import { describe, expect, it } from 'vitest';
import { spawnLocalRun, startTestRun, temporaryDirectory, type Client } from '../support/local-run.ts';
import { progressOf } from '../support/progress.ts';
import { atProvider, inService, timesMoved } from '../support/ledger.ts';

const PAID = 10_000;
/** The long form (npm run test:exhaustive) uses more orders. */
const ORDERS = Number(process.env['BAD_DAY_ORDERS'] ?? 16);
const REFUNDS_PER_ORDER = 4;
/** Detects a hang; the long form needs more time because it has more orders. */
const timeout = Math.max(120_000, ORDERS * 4_000);

interface Told {
  readonly order: number;
  readonly key: string;
  readonly status: number;
  readonly refundId: string | undefined;
}

const names = (order: number) => ({ merchant_uid: `bad-${order}`, imp_uid: `imp_bad_${order}` });
const orders = Array.from({ length: ORDERS }, (_, order) => order);

async function open(run: Client): Promise<void> {
  for (const order of orders) {
    const body = { ...names(order), amount: PAID, customer_id: 'shopper' };
    expect((await run.call('POST', '/_local/payments', { body })).status).toBe(201);
  }
}

async function ask(run: Client, authorization: string, order: number, key: string): Promise<Told> {
  const { merchant_uid } = names(order);
  const headers = { authorization, 'idempotency-key': key };
  const body = { merchant_uid, cancel_request_amount: 2_500 };
  const answer = await run.call('POST', '/payments/cancel', { body, headers });
  const refund = answer.body['refund'] as { refund_id: string } | undefined;
  return { order, key, status: answer.status, refundId: refund?.refund_id };
}

/** Requests four quarters of every order at once: most find the payment busy and are retried later. */
async function askAll(run: Client, authorization: string): Promise<readonly Told[]> {
  const requests = orders.flatMap((order) =>
    Array.from({ length: REFUNDS_PER_ORDER }, async (_, index) =>
      ask(run, authorization, order, `quarter-${index}`),
    ),
  );
  const settled = await Promise.allSettled(requests);
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function inDoubt(run: Client): Promise<number> {
  const { status, body } = await run.call('POST', '/_local/resolve');
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { inDoubt: { count: number } }).inDoubt.count;
}

/** Runs the resolver until no refund is open; the test's timeout bounds the loop. */
async function settleAll(run: Client): Promise<void> {
  const progress = progressOf('refunds in doubt');
  for (let left = await inDoubt(run); left > 0; left = await inDoubt(run)) {
    progress(left);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** What an answer promises: 200 means executed once, and 422 means never executed. */
const TIMES_MOVED: Readonly<Record<number, number>> = { 200: 1, 422: 0 };

/** Promises 1 to 3 for every order: every won is explained, no refund is open, and every answer was true. */
async function everyWonIsExplained(run: Client, told: readonly Told[]): Promise<void> {
  for (const order of orders) {
    const provider = await atProvider(run, names(order).imp_uid);
    const service = await inService(run, names(order).merchant_uid);
    expect(provider.cancelAmount).toBeLessThanOrEqual(PAID);
    expect(service.cancelAmount).toBe(provider.cancelAmount);
    expect(service.refunds.filter(({ status }) => status === 'unknown')).toEqual([]);
    for (const { refund_id, status } of service.refunds) {
      expect(timesMoved(provider, refund_id)).toBe(status === 'cancelled' ? 1 : 0);
    }
    const promised = told.filter((each) => each.order === order && each.status in TIMES_MOVED);
    for (const { refundId, status } of promised) {
      expect(timesMoved(provider, refundId ?? '')).toBe(TIMES_MOVED[status]);
    }
  }
}

describe('a provider that fails one call in three', () => {
  it(
    'a provider that loses, delays and corrupts answers leaves every won explained in the end',
    { timeout },
    async () => {
      const run = await startTestRun({ quietPeriodSeconds: 1 });
      try {
        await open(run);
        const authorization = await run.signIn({ sub: 'shopper' });
        const faults = [
          'answer_lost',
          'request_lost',
          'http_502',
          'truncated_200',
          'empty_200',
          'http_500',
          'unauthorized',
          'http_429',
          'refused',
        ];
        const script = faults.map((fault) => ({ on: 'cancel', fault, times: 1_000, probability: 0.05 }));
        const garbled = { on: 'payment', fault: 'truncated_200', times: 1_000, probability: 0.2 };
        expect(
          (await run.call('POST', '/_local/faults', { body: [...script, garbled] })).status,
        ).toBeLessThan(300);
        const told = [...(await askAll(run, authorization)), ...(await askAll(run, authorization))];
        await settleAll(run);
        told.push(...(await askAll(run, authorization)));
        await run.call('DELETE', '/_local/faults');
        await settleAll(run);
        expect(told.map(({ status }) => status)).not.toContain(500);
        await everyWonIsExplained(run, told);
      } finally {
        await run.end();
      }
    },
  );
});

describe('kill -9 in the middle of refunds', () => {
  it(
    'kill -9 during refunds leaves no refund open after the restart, and no money moved twice',
    { timeout },
    async () => {
      const directory = await temporaryDirectory();
      const settings = { QUIET_PERIOD_SECONDS: '1', RESOLVE_EVERY_SECONDS: '60' };
      const first = await spawnLocalRun(directory, settings);
      await open(first);
      const authorization = await first.signIn({ sub: 'shopper' });
      await first.call('POST', '/_local/faults', {
        body: { on: 'cancel', fault: 'answer_slow', delay_ms: 400, times: 1_000, probability: 0.5 },
      });
      const asked = askAll(first, authorization);
      // Kill in the middle: when the first refunds are answered, others are in progress.
      await ask(first, authorization, 0, 'quarter-0');
      await first.stop('SIGKILL');
      const told = [...(await asked)];
      const second = await spawnLocalRun(directory, settings);
      try {
        await settleAll(second);
        told.push(...(await askAll(second, await second.signIn({ sub: 'shopper' }))));
        await settleAll(second);
        await everyWonIsExplained(second, told);
      } finally {
        expect(await second.stop('SIGINT')).toBe(0);
      }
    },
  );
});
