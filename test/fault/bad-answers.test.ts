import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { won } from '../support/ledger-samples.ts';
import type { Fault } from '../../lib/lab/simulator/faults.ts';
import { sentCancels, startService, type Service } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => service.end());

let orders = 0;
async function anOrder(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  orders += 1;
  const name = `fault-${orders}`;
  await service.order(name, fields);
  return name;
}

function atProvider(name: string): number {
  return service.simulator.payment(`imp_${name}`)?.cancel_amount ?? -1;
}

/** With a G of one second, the two looks after it come about twelve seconds after the claim. */
async function settled(name: string): Promise<unknown> {
  let status: unknown;
  await expect
    .poll(
      async () => {
        await service.resolve();
        status = (await service.refunds(name)).at(-1)?.status;
        return status;
      },
      { interval: 1_000 },
    )
    .not.toBe('requested');
  return status;
}

describe.each<[string, Fault]>([
  ['a lost answer', { on: 'cancel', fault: 'answer_lost' }],
  ['HTML with 502', { on: 'cancel', fault: 'http_502', applied: true }],
  ['HTML with 504', { on: 'cancel', fault: 'http_504', applied: true }],
  ['JSON with 500', { on: 'cancel', fault: 'http_500', applied: true }],
  ['an empty 200', { on: 'cancel', fault: 'empty_200', applied: true }],
  ['a truncated 200', { on: 'cancel', fault: 'truncated_200', applied: true }],
])('%s after the cancel was carried out', (_what, fault) => {
  it('an executed refund without a readable answer is told as unknown, found by a later read, and never sent again', async () => {
    const name = await anOrder();
    service.simulator.script({ ...fault, imp_uid: `imp_${name}` });
    const body = { merchant_uid: name, cancel_request_amount: 3_000 };
    expect(await service.cancel(body, { key: 'k' })).toMatchObject({
      status: 202,
      body: { refund: { status: 'unknown' } },
      headers: {
        location: expect.stringMatching(`^/payments/${name}/refunds/rf_\\w+\\?asked_at=\\d+$`) as string,
      },
    });
    await service.resolve();
    expect(await service.get(name)).toMatchObject({
      body: { cancel_amount: 3_000, refunds: [{ status: 'cancelled' }] },
    });
    expect(await service.cancel(body, { key: 'k' })).toMatchObject({
      status: 200,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(sentCancels(service.simulator, name)).toHaveLength(1);
    expect(atProvider(name)).toBe(3_000);
  });
});

describe('an unreachable provider', () => {
  it('a request to an unreachable provider is 503, reserves nothing, and its key can be used again', async () => {
    const name = await anOrder();
    await service.world.gateway.prepare();
    await service.simulator.setDown(true);
    const body = { merchant_uid: name, cancel_request_amount: 1_000 };
    const down = await service.cancel(body, { key: 'k' });
    expect(down).toMatchObject({
      status: 503,
      body: { code: 'PROVIDER_UNAVAILABLE' },
      headers: { 'retry-after': '10' },
    });
    expect(await service.payment(name)).not.toHaveProperty('inFlight');
    await service.simulator.setDown(false);
    expect((await service.cancel(body, { key: 'k' })).status).toBe(200);
    expect(atProvider(name)).toBe(1_000);
  });
});

describe.each(['http_429', 'unauthorized'] as const)('a cancel refused with HTTP %s', (fault) => {
  it('a cancel refused by HTTP status ends as not executed when the payment shows nothing, and is never sent again', async () => {
    const name = await anOrder();
    service.simulator.script({ on: 'cancel', fault, imp_uid: `imp_${name}` });
    expect(await service.cancel({ merchant_uid: name })).toMatchObject({
      status: 422,
      body: { code: 'NOT_EXECUTED' },
    });
    expect(sentCancels(service.simulator, name)).toHaveLength(1);
    expect(await service.payment(name)).not.toHaveProperty('inFlight');
    expect(atProvider(name)).toBe(0);
  });
});

describe('a refused access token', () => {
  it('a rotated secret works without a new deployment', async () => {
    const name = await anOrder();
    service.rotateSecret('key-2', 'SECRET-MARK-2');
    expect((await service.cancel({ merchant_uid: name, cancel_request_amount: 1_000 })).status).toBe(200);
  });
});

describe('a refusal under HTTP 200', () => {
  it('a refusal with an unchanged read-back is 422, also when asked again', async () => {
    const name = await anOrder();
    service.simulator.script({ on: 'cancel', fault: 'refused', text: 'kcp_8178', imp_uid: `imp_${name}` });
    const body = { merchant_uid: name, cancel_request_amount: 1_000 };
    const refused = await service.cancel(body, { key: 'k' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'CANCEL_REJECTED', provider: { code: -1 } } });
    expect(await service.cancel(body, { key: 'k' })).toMatchObject({
      status: 422,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(atProvider(name)).toBe(0);
  });

  it('a refusal because of a cancel in the console is 409 with the new balance, and the table has it', async () => {
    const name = await anOrder();
    service.simulator.script({
      on: 'cancel',
      fault: 'console_cancel',
      amount: 4_000,
      imp_uid: `imp_${name}`,
    });
    const late = await service.cancel({ merchant_uid: name, cancel_request_amount: 1_000 });
    expect(late).toMatchObject({
      status: 409,
      body: { code: 'CHECKSUM_MISMATCH', cancelable_amount: 6_000 },
    });
    expect(await service.payment(name)).toMatchObject({ cancelAmount: 4_000 });
    expect(atProvider(name)).toBe(4_000);
  });
});

describe('a PG that drops our tag', () => {
  it('code 0 of a PG that drops our tag proves the refund, and the refund says so', async () => {
    const name = await anOrder();
    service.simulator.script({ on: 'cancel', fault: 'drop_tag', imp_uid: `imp_${name}` });
    expect((await service.cancel({ merchant_uid: name, cancel_request_amount: 1_000 })).status).toBe(200);
    expect(await service.refunds(name)).toMatchObject([{ status: 'cancelled', attribution: 'answer' }]);
  });
});

describe('an asynchronous PG', () => {
  it('a refund at an asynchronous PG stays in doubt until it is booked, and is never sent twice', async () => {
    const name = await anOrder({ pg_provider: 'paypal_v2', pay_method: 'paypal' });
    expect(
      (await service.cancel({ merchant_uid: name, cancel_request_amount: 1_000 }, { key: 'k' })).status,
    ).toBe(202);
    await service.resolve();
    expect(await service.get(name)).toMatchObject({
      body: { cancel_amount: 0, refunds: [{ status: 'unknown' }] },
    });
    await service.simulator.bookPending(`imp_${name}`);
    await service.resolve();
    expect(await service.get(name)).toMatchObject({
      body: { cancel_amount: 1_000, refunds: [{ status: 'cancelled' }] },
    });
    expect(sentCancels(service.simulator, name)).toHaveLength(1);
  });
});

describe('a process that slept beyond the time of its request', () => {
  it('a cancel whose time has passed is not sent, so the quiet period counts from the send window', async () => {
    const name = await anOrder();
    const call = {
      impUid: `imp_${name}`,
      currency: 'KRW',
      amount: won(1_000),
      checksum: won(10_000),
      refundId: 'rf_0123456789abcdefghjkmnpq',
      passedOn: {},
      requester: 'customer',
      timeoutMs: 5_000,
      sendBeforeMs: Date.now() - 1,
    } as const;
    expect((await service.world.gateway.cancel(call)).kind).toBe('not_sent');
    expect(sentCancels(service.simulator, name)).toEqual([]);
  });
});

// Each waits about twelve seconds for its two looks, so they run at the same time.
describe('a refund that later looks end', () => {
  it.concurrent.each<[string, Fault]>([
    ['a lost request', { on: 'cancel', fault: 'request_lost' }],
    ['HTML with 502', { on: 'cancel', fault: 'http_502', applied: false }],
    ['a truncated 200', { on: 'cancel', fault: 'truncated_200', applied: false }],
  ])('%s, with nothing executed: unknown, then not executed, and never sent again', async (_what, fault) => {
    const name = await anOrder({ pg_provider: 'kcp' });
    service.simulator.script({ ...fault, imp_uid: `imp_${name}` });
    const body = { merchant_uid: name, cancel_request_amount: 3_000 };
    expect((await service.cancel(body, { key: 'k' })).status).toBe(202);
    expect(await settled(name)).toBe('not_executed');
    expect(sentCancels(service.simulator, name)).toHaveLength(1);
    expect(await service.cancel(body, { key: 'k' })).toMatchObject({
      status: 422,
      body: { code: 'NOT_EXECUTED' },
    });
    expect(atProvider(name)).toBe(0);
    expect((await service.cancel(body, { key: 'a new wish' })).status).toBe(200);
    expect(atProvider(name)).toBe(3_000);
  });

  it.concurrent('a refusal that cannot be read back is 202 first, and a later look ends the refund', async () => {
    const name = await anOrder();
    const imp_uid = `imp_${name}`;
    service.simulator.script([
      { on: 'cancel', fault: 'refused', imp_uid },
      // The first look-up is the one before the send.
      { on: 'payment', fault: 'slow', delay_ms: 1, imp_uid },
      { on: 'payment', fault: 'http_502', until_cleared: true, imp_uid },
    ]);
    expect((await service.cancel({ merchant_uid: name }, { key: 'k' })).status).toBe(202);
    service.simulator.clearFaults({ imp_uid });
    expect(await settled(name)).toBe('not_executed');
    expect(atProvider(name)).toBe(0);
  });

  it.concurrent('a refusal that says a cancel is under way is 202 first, and a later look ends the refund', async () => {
    const name = await anOrder({ pg_provider: 'kcp' });
    service.simulator.script({ on: 'cancel', fault: 'under_way', delay_ms: 500, imp_uid: `imp_${name}` });
    expect((await service.cancel({ merchant_uid: name }, { key: 'k' })).status).toBe(202);
    expect(await settled(name)).toBe('cancelled');
    expect(sentCancels(service.simulator, name)).toHaveLength(1);
    expect(atProvider(name)).toBe(10_000);
  });
});

// Not concurrent with the others: their resolvers would end it before its answer.
describe('a PG slower than the gateway', () => {
  it('a slow cancel is answered in time with 202, and a later look ends it', async () => {
    const name = await anOrder();
    service.simulator.script({ on: 'cancel', fault: 'answer_slow', delay_ms: 5_000, imp_uid: `imp_${name}` });
    const body = { merchant_uid: name, cancel_request_amount: 1_000 };
    expect((await service.cancel(body, { deadlineMs: 10_000 })).status).toBe(202);
    expect(await settled(name)).toBe('cancelled');
  });
});
