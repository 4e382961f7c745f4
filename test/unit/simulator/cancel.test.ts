import { describe, expect, it } from 'vitest';
import { NOW_MS, read, simulate } from './support.ts';

describe('a paid payment of 10,000 won', () => {
  it('before any cancel its fields are 0, null and empty, never absent', async () => {
    const { get, paid } = await simulate();
    paid();
    expect((await get('/payments/imp_1')).response).toMatchObject({
      status: 'paid',
      amount: 10_000,
      cancel_amount: 0,
      cancel_history: [],
      cancel_reason: null,
      cancel_receipt_urls: [],
      cancelled_at: 0,
      failed_at: 0,
      paid_at: NOW_MS / 1000,
    });
  });

  it('a partial cancel makes it cancelled, and leaves its amount', async () => {
    const { cancel, paid } = await simulate();
    paid();
    const { status, code, message, response } = await cancel({
      imp_uid: 'imp_1',
      amount: 3000,
      reason: 'too large',
    });
    expect({ status, code, message }).toEqual({ status: 200, code: 0, message: null });
    expect(response).toMatchObject({ status: 'cancelled', amount: 10_000, cancel_amount: 3000 });
    expect(response).toMatchObject({ cancel_reason: 'too large', cancelled_at: NOW_MS / 1000 });
    expect(response.cancel_history).toMatchObject([
      { amount: 3000, reason: 'too large', cancelled_at: NOW_MS / 1000 },
    ]);
    expect(response.cancel_history[0]?.cancellation_id).toMatch(/^[0-9A-Z]{20}$/);
  });

  it('cancels add up, the oldest first, and the latest gives reason and time', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    await cancel({ imp_uid: 'imp_1', amount: 1000, reason: 'first' });
    await simulator.advance(5000);
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 2000, reason: 'second' });
    expect(response.cancel_amount).toBe(3000);
    expect(response.cancel_history.map(({ reason }) => reason)).toEqual(['first', 'second']);
    expect(response).toMatchObject({ cancel_reason: 'second', cancelled_at: NOW_MS / 1000 + 5 });
    expect(response.cancel_receipt_urls).toHaveLength(2);
    expect(new Set(response.cancel_history.map((entry) => entry.cancellation_id)).size).toBe(2);
  });

  it.for([{}, { amount: 0 }, { amount: null }, { amount: '' }, { amount: '0' }])(
    'the amount of %j means all that is left',
    async (amount) => {
      const { cancel, paid } = await simulate();
      paid();
      await cancel({ imp_uid: 'imp_1', amount: 4000 });
      const { response } = await cancel({ imp_uid: 'imp_1', ...amount });
      expect(response.cancel_amount).toBe(10_000);
      expect(response.cancel_history.map((entry) => entry.amount)).toEqual([4000, 6000]);
    },
  );

  it('the same partial cancel twice without a checksum refunds twice', async () => {
    const { cancel, paid } = await simulate();
    paid();
    await cancel({ imp_uid: 'imp_1', amount: 4000 });
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 4000 });
    expect(response.cancel_amount).toBe(8000);
  });

  it('the answer is written as PHP writes it: keys in order, slashes and Korean escaped', async () => {
    const { cancel, paid } = await simulate();
    paid({ receipt_url: 'https://pg.example/1' });
    const { text, response } = await cancel({ imp_uid: 'imp_1', reason: '단순 변심' });
    expect(text).toContain(String.raw`https:\/\/pg.example\/1`);
    expect(text).toContain(String.raw`\ub2e8\uc21c`);
    expect(Object.keys(response)).toEqual(Object.keys(response).toSorted());
    expect(response.cancel_reason).toBe('단순 변심');
  });
});

describe('how a cancel may be written', () => {
  it('as a form, with a nested requester, numbers as text, unknown fields and a trailing slash', async () => {
    const { simulator, token, paid } = await simulate();
    paid();
    const reply = await read(
      await fetch(`${simulator.url}/payments/cancel/`, {
        method: 'POST',
        headers: { authorization: await token() },
        body: new URLSearchParams({
          imp_uid: 'imp_1',
          amount: '3000',
          checksum: '10000',
          'extra[requester]': 'admin',
          nonsense: 'ignored',
        }),
      }),
    );
    expect(reply).toMatchObject({ code: 0, response: { cancel_amount: 3000 } });
    expect(simulator.requests.at(-1)?.body).toMatchObject({ extra: { requester: 'admin' } });
  });

  it('by merchant_uid alone it is the paid attempt, not a newer failed one', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid({ started_at: 1000 });
    simulator.addPayment({
      imp_uid: 'imp_2',
      merchant_uid: 'order-1',
      amount: 1,
      status: 'failed',
      started_at: 2000,
    });
    expect((await cancel({ merchant_uid: 'order-1' })).response.imp_uid).toBe('imp_1');
  });

  it('a wrong imp_uid fails, however right merchant_uid is', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    expect((await cancel({ imp_uid: 'imp_wrong', merchant_uid: 'order-1' })).code).toBe(1);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(0);
  });

  it('an empty imp_uid is none', async () => {
    const { cancel, paid } = await simulate();
    paid();
    expect((await cancel({ imp_uid: '', merchant_uid: 'order-1' })).code).toBe(0);
  });
});

describe('a payment in dollars', () => {
  it('amounts are exact to the cent', async () => {
    const { cancel, paid } = await simulate();
    paid({ currency: 'USD', amount: 14.2, pg_provider: 'nice_v2' });
    // 14.20 - 0.10 is 14.1 in decimals and 14.099999999999998 in doubles, … and so on for the next ones.
    expect((await cancel({ imp_uid: 'imp_1', amount: 0.1, checksum: 14.2 })).code).toBe(0);
    expect((await cancel({ imp_uid: 'imp_1', amount: 0.2, checksum: 14.1 })).code).toBe(0);
    const { text, response } = await cancel({ imp_uid: 'imp_1', checksum: '13.90' });
    expect(response.cancel_amount).toBe(14.2);
    expect(text).toContain('"amount":13.9,');
  });

  it('a third decimal is no amount', async () => {
    const { cancel, paid } = await simulate();
    paid({ currency: 'USD', amount: 14.2 });
    expect((await cancel({ imp_uid: 'imp_1', amount: 0.001 })).code).toBe(1);
  });
});
