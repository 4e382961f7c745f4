import { describe, expect, it } from 'vitest';
import { controlsOf, MINUTE_MS, receiveWebhooks, simulate } from './support.ts';

describe('a cancel by a person, or by another tool', () => {
  it.for(['another tool', ''])('has the reason that is given: %j', async (reason) => {
    const { simulator, paid } = await simulate();
    paid();
    const payment = await simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000, reason });
    expect(payment).toMatchObject({ cancel_reason: reason, cancel_history: [{ amount: 1000, reason }] });
  });

  it('can come just before a cancel over the API, with a reason of its own', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ fault: 'console_cancel', amount: 3000, text: '상품A' });
    expect((await cancel({ imp_uid: 'imp_1', amount: 3000, checksum: 10_000 })).code).toBe(1);
    expect(simulator.payment('imp_1')?.cancel_reason).toBe('상품A');
  });
});

describe('a cancel that is undone', () => {
  it('is as if it had never been: what was cancelled shrinks, and can be cancelled again', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    await cancel({ imp_uid: 'imp_1', amount: 3000, reason: 'a' });
    await cancel({ imp_uid: 'imp_1', amount: 2000, reason: 'b' });
    expect(simulator.undoCancel({ imp_uid: 'imp_1' })).toMatchObject({
      status: 'cancelled',
      cancel_amount: 3000,
      cancel_reason: 'a',
    });
    const [first] = simulator.payment('imp_1')?.cancel_history ?? [];
    const named = { imp_uid: 'imp_1', cancellation_id: first?.cancellation_id ?? '' };
    expect(simulator.undoCancel(named)).toMatchObject({
      status: 'paid',
      cancel_amount: 0,
      cancel_history: [],
      cancelled_at: 0,
    });
    expect((await cancel({ imp_uid: 'imp_1', checksum: 10_000 })).code).toBe(0);
  });

  it('may be any that is named', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 3000 });
    await cancel({ imp_uid: 'imp_1', amount: 2000 });
    const cancellation_id = response.cancel_history[0]?.cancellation_id;
    expect(simulator.undoCancel({ imp_uid: 'imp_1', cancellation_id })).toMatchObject({
      cancel_amount: 2000,
      cancel_history: [{ amount: 2000 }],
    });
  });

  it('can be told by the control to keep its entry, or to last for a time', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    await cancel({ imp_uid: 'imp_1', amount: 3000 });
    const undo = (body: object): Promise<unknown> =>
      controlsOf(simulator)('POST /_local/iamport/imp_1/undo-cancel', body);
    expect(await undo({ for_ms: -1 })).toMatchObject({
      message: expect.stringContaining('for_ms') as string,
    });
    expect(await undo({ keep_entry: 1 })).toMatchObject({ message: 'body.keep_entry must be true or false' });
    expect(await undo({ keep_entry: true, for_ms: MINUTE_MS })).toMatchObject({
      cancel_amount: 0,
      cancel_history: [{ amount: 3000 }],
    });
    await simulator.advance(MINUTE_MS);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('moves the payment to where the newest changes are', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    paid({ imp_uid: 'imp_2' });
    await simulator.consoleCancel({ imp_uid: 'imp_1' });
    await simulator.advance(MINUTE_MS);
    simulator.undoCancel({ imp_uid: 'imp_1' });
    const { response } = await get<{ list: { imp_uid: string }[] }>('/payments/status/paid?sorting=updated');
    expect(response.list.map(({ imp_uid }) => imp_uid)).toEqual(['imp_2', 'imp_1']);
  });

  it('cannot be one that is not there', async () => {
    const { simulator, paid } = await simulate();
    paid();
    expect(() => simulator.undoCancel({ imp_uid: 'imp_1' })).toThrow('imp_1 has no such cancel');
    expect(() => simulator.undoCancel({ imp_uid: 'imp_2' })).toThrow('imp_2 has no such cancel');
  });
});

describe('an order that is paid again', () => {
  it('has another payment like its newest, which is told as every payment is', async () => {
    const receiver = await receiveWebhooks();
    const { simulator, paid, get } = await simulate({ webhookUrl: receiver.url });
    paid({ pg_provider: 'kcp', custom_data: { customer_id: 'customer-1' } });
    await simulator.consoleCancel({ imp_uid: 'imp_1' });
    await simulator.advance(MINUTE_MS);
    const again = await simulator.payAgain({ merchant_uid: 'order-1' });
    expect(again).toMatchObject({
      merchant_uid: 'order-1',
      imp_uid: expect.stringMatching(/^imp_\d{12}$/) as string,
      amount: 10_000,
      status: 'paid',
      pg_provider: 'kcp',
      custom_data: '{"customer_id":"customer-1"}',
      cancel_history: [],
    });
    expect((await get('/payments/find/order-1')).response.imp_uid).toBe(again.imp_uid);
    expect(receiver.received.at(-1)?.body).toContain('"status":"paid"');
  });

  it('may be one that is still paid, with a name and an amount that are given', async () => {
    const { simulator, paid } = await simulate();
    paid();
    await simulator.payAgain({ merchant_uid: 'order-1', imp_uid: 'imp_again', amount: 500 });
    expect(simulator.payments().map(({ imp_uid, amount }) => [imp_uid, amount])).toEqual([
      ['imp_1', 10_000],
      ['imp_again', 500],
    ]);
  });

  it('must be an order, and its payment a new one', async () => {
    const { simulator, paid } = await simulate();
    paid();
    await expect(simulator.payAgain({ merchant_uid: 'order-2' })).rejects.toThrow('order-2 is no order');
    const same = { merchant_uid: 'order-1', imp_uid: 'imp_1' };
    await expect(simulator.payAgain(same)).rejects.toThrow('imp_1 exists already');
  });

  it('is refused at the payment window where i’mport checks it, but after a full cancel it is not', async () => {
    const { simulator, paid } = await simulate({ secondPayment: 'refused' });
    paid();
    expect(() => paid({ imp_uid: 'imp_2' })).toThrow('이미 결제가 이루어진 거래건입니다.');
    await simulator.consoleCancel({ imp_uid: 'imp_1' });
    expect(paid({ imp_uid: 'imp_2' }).status).toBe('paid');
  });
});
