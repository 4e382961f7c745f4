import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, temporaryDirectory, type TestRun } from '../support/local-run.ts';
import { atProvider, inService } from '../support/ledger.ts';

let run: TestRun;
let customer: string;

beforeAll(async () => {
  run = await startTestRun({ quietPeriodSeconds: 1 });
  customer = await run.signIn({ sub: 'customer-1' });
});
afterAll(async () => run.end());

let orders = 0;
async function anOrder(fields: Readonly<Record<string, unknown>> = {}) {
  orders += 1;
  const order = {
    imp_uid: `imp_e2e_${orders}`,
    merchant_uid: `order-e2e-${orders}`,
    amount: 10_000,
    customer_id: 'customer-1',
    ...fields,
  };
  const added = await run.call('POST', '/_local/payments', { body: order });
  expect(added.status).toBe(201);
  return order;
}

async function cancel(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return run.call('POST', '/payments/cancel', { body, headers: { authorization: customer, ...headers } });
}

describe('a payment of 10,000 won', () => {
  it('a payment is refunded in part, then in full, and ledger and i’mport agree to the won', async () => {
    const { merchant_uid, imp_uid } = await anOrder();
    const part = await cancel({ merchant_uid, cancel_request_amount: 3_000, reason: 'size' });
    expect(part).toMatchObject({
      status: 200,
      body: { status: 'cancelled', cancel_amount: 3_000, cancelable_amount: 7_000 },
    });
    const rest = await cancel({ imp_uid });
    expect(rest).toMatchObject({
      status: 200,
      body: { cancel_amount: 10_000, refund: { amount: 7_000, status: 'cancelled' } },
    });
    const more = await cancel({ merchant_uid });
    expect(more).toMatchObject({
      status: 400,
      body: { code: 'ALREADY_FULLY_REFUNDED', message: 'This order has already been fully refunded.' },
    });
    expect((await inService(run, merchant_uid)).entries).toEqual((await atProvider(run, imp_uid)).entries);
  });

  it('one idempotency key, quoted or not, makes one refund and is refused for another body', async () => {
    const { merchant_uid, imp_uid } = await anOrder();
    const body = { merchant_uid, cancel_request_amount: 1_000 };
    const first = await cancel(body, { 'idempotency-key': 'one' });
    const again = await cancel(body, { 'idempotency-key': '"one"' });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body['refund']).toEqual(first.body['refund']);
    const other = await cancel({ merchant_uid, cancel_request_amount: 2_000 }, { 'idempotency-key': 'one' });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect((await atProvider(run, imp_uid)).cancelAmount).toBe(1_000);
  });

  it('fifty concurrent partial refunds of 2,000 won refund exactly 10,000 won', async () => {
    const { merchant_uid, imp_uid } = await anOrder();
    const keys = Array.from({ length: 50 }, (_, index) => `many-${index}`);
    const ask = async (key: string) =>
      cancel({ merchant_uid, cancel_request_amount: 2_000 }, { 'idempotency-key': key });
    const told = new Map<string, number>();
    for (let round = 0; round < 6; round += 1) {
      for (const [index, { status }] of (await Promise.all(keys.map(ask))).entries())
        told.set(keys[index] ?? '', status);
    }
    const provider = await atProvider(run, imp_uid);
    expect(provider.cancelAmount).toBe(10_000);
    expect([...told.values()].filter((status) => status === 200)).toHaveLength(5);
    expect([...told.values()].filter((status) => status >= 500)).toEqual([]);
    const { refunds } = await inService(run, merchant_uid);
    expect(refunds.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'cancelled'));
  });

  it.each([
    ['a misspelt amount', { amount: 100 }, '/amount'],
    ['null', { cancel_request_amount: null }, '/cancel_request_amount'],
    ['zero', { cancel_request_amount: 0 }, '/cancel_request_amount'],
    ['a string', { cancel_request_amount: '100' }, '/cancel_request_amount'],
    ['a fraction of a won', { cancel_request_amount: 100.5 }, '/cancel_request_amount'],
  ])('an invalid request does not change the payment: %s', async (_what, fields, pointer) => {
    const { merchant_uid, imp_uid } = await anOrder();
    const answer = await cancel({ merchant_uid, ...fields });
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST', errors: [{ pointer }] } });
    expect((await atProvider(run, imp_uid)).cancelAmount).toBe(0);
  });
});

describe('another caller', () => {
  it("another customer cannot see the order, staff can refund it, and i'mport gets the requester", async () => {
    const { merchant_uid } = await anOrder({ customer_id: 'customer-2' });
    const stranger = await cancel({ merchant_uid });
    const nobody = await cancel({ merchant_uid: 'no-such-order' });
    expect(stranger).toMatchObject({ status: 404, body: nobody.body });
    const forged = await cancel({ merchant_uid, customer_id: 'customer-1' });
    expect(forged.status).toBe(400);
    const staff = await run.signIn({ sub: 'staff-1', groups: ['refund-staff'] });
    const answer = await run.call('POST', '/payments/cancel', {
      body: { merchant_uid },
      headers: { authorization: staff },
    });
    expect(answer).toMatchObject({ status: 200, body: { refund: { actor: 'staff' } } });
    const sent = run.simulator?.requests.findLast(({ path }) => path.startsWith('/payments/cancel'));
    expect(sent?.body).toMatchObject({ extra: { requester: 'admin' }, enable_webhook: true });
  });

  it('a caller without a token gets 401', async () => {
    expect(await run.call('POST', '/payments/cancel', { body: {} })).toMatchObject({
      status: 401,
      body: { message: 'Unauthorized' },
    });
  });
});

describe('a payment in dollars', () => {
  it('a payment in dollars is refunded exactly to the cent', async () => {
    const { merchant_uid, imp_uid } = await anOrder({ amount: 14.2, currency: 'USD' });
    const part = await cancel({ merchant_uid, cancel_request_amount: 0.1 });
    expect(part).toMatchObject({ status: 200, body: { cancel_amount: 0.1, cancelable_amount: 14.1 } });
    expect(await cancel({ merchant_uid })).toMatchObject({
      status: 200,
      body: { cancel_amount: 14.2, cancelable_amount: 0 },
    });
    expect((await atProvider(run, imp_uid)).cancelAmount).toBe(14.2);
  });
});

describe('a lost answer', () => {
  it('a refund whose answer was lost is first unknown, then cancelled, without a second cancel', async () => {
    const { merchant_uid, imp_uid } = await anOrder();
    await run.call('POST', '/_local/faults', { body: { on: 'cancel', fault: 'answer_lost', imp_uid } });
    const body = { merchant_uid, cancel_request_amount: 4_000 };
    const lost = await cancel(body, { 'idempotency-key': 'lost' });
    expect(lost).toMatchObject({ status: 202, body: { refund: { status: 'unknown' } } });
    const { refund_id } = lost.body['refund'] as { refund_id: string };
    expect(lost.headers.get('location')).toMatch(`/payments/${merchant_uid}/refunds/${refund_id}?asked_at=`);
    expect(Number(lost.headers.get('retry-after'))).toBeGreaterThan(0);
    // A read, the webhook and the schedule all look for it; the first one settles it.
    await expect
      .poll(async () => (await inService(run, merchant_uid)).refunds)
      .toMatchObject([{ status: 'cancelled', amount: 4_000 }]);
    expect(await cancel(body, { 'idempotency-key': 'lost' })).toMatchObject({ status: 200 });
    expect((await atProvider(run, imp_uid)).cancelAmount).toBe(4_000);
  });
});

describe('a restart', () => {
  it('after a restart the ledger and the provider still agree', async () => {
    const directory = await temporaryDirectory();
    const before = await startTestRun({ directory });
    await before.call('POST', '/_local/payments', {
      body: { imp_uid: 'imp_keep', merchant_uid: 'keep', amount: 5_000, customer_id: 'c' },
    });
    const authorization = await before.signIn({ sub: 'c' });
    const asked = {
      body: { merchant_uid: 'keep', cancel_request_amount: 1_000 },
      headers: { 'idempotency-key': 'kept' },
    };
    await before.call('POST', '/payments/cancel', { ...asked, headers: { ...asked.headers, authorization } });
    await before.end();
    const after = await startTestRun({ directory });
    const token = await after.signIn({ sub: 'c' });
    const replay = await after.call('POST', '/payments/cancel', {
      ...asked,
      headers: { ...asked.headers, authorization: token },
    });
    expect(replay).toMatchObject({ status: 200, body: { cancel_amount: 1_000 } });
    expect((await atProvider(after, 'imp_keep')).cancelAmount).toBe(1_000);
    await after.end();
  });
});

describe('a payment of 0 that a discount has paid in full', () => {
  it('a payment of 0 is refused with its own message', async () => {
    const { merchant_uid } = await anOrder({ amount: 0 });
    const told = await cancel({ merchant_uid });
    expect(told).toMatchObject({ status: 400, body: { code: 'ALREADY_FULLY_REFUNDED' } });
    expect(told.body['message']).not.toBe('This order has already been fully refunded.');
  });
});
