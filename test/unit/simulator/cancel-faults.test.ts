import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON, PG_TEXTS } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, simulate } from './support.ts';

const PREFIX = '결제취소에 실패하였습니다. ';
const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: 'tag-1' };

describe('the PG says no: HTTP 200, code -1, and the payment stays as it was', () => {
  it.for(Object.entries(PG_TEXTS))('in the words called %s', async ([text, words]) => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'refused', text });
    expect(await cancel(CANCEL)).toEqual({
      status: 200,
      code: -1,
      message: PREFIX + words.text,
      response: null,
      text: expect.any(String) as string,
    });
    expect(simulator.payment('imp_1')).toMatchObject({ status: 'paid', cancel_amount: 0 });
  });

  it('in any other words', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'refused', text: '[9999] 점검중' });
    expect((await cancel(CANCEL)).message).toBe(`${PREFIX}[9999] 점검중`);
  });

  it('기취소: the PG has cancelled it before, while i’mport still says paid', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'already_cancelled_at_pg' });
    expect(await cancel(CANCEL)).toMatchObject({ status: 200, code: -1, response: null });
    expect(simulator.payment('imp_1')?.status).toBe('paid');
  });

  it('a request that fails before it gets to the PG leaves the refusal for the next one', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'refused', times: 2 });
    expect((await cancel(CANCEL, { authorization: 'wrong' })).status).toBe(401);
    expect((await cancel({ ...CANCEL, checksum: 1 })).code).toBe(1);
    expect((await cancel(CANCEL)).code).toBe(-1);
    expect((await cancel(CANCEL)).code).toBe(-1);
    expect((await cancel(CANCEL)).code).toBe(0);
  });
});

describe('a colleague cancels in the console, between the client’s look and its cancel', () => {
  it('the checksum catches it', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'console_cancel', amount: 1000 });
    expect((await cancel(CANCEL)).code).toBe(1);
    expect(simulator.payment('imp_1')?.cancel_history).toMatchObject([
      { amount: 1000, reason: CONSOLE_REASON },
    ]);
  });

  it('without a checksum both happen', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'console_cancel', amount: 1000 });
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 3000 });
    expect(response.cancel_history.map((entry) => entry.amount)).toEqual([1000, 3000]);
  });

  it('without an amount the console cancels everything', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'console_cancel' });
    expect((await cancel(CANCEL)).message).toBe('이미 전액취소된 주문입니다.');
  });
});

describe('the PG drops the text of reason', () => {
  it('the entry is there, without the tag', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'drop_tag' });
    expect((await cancel(CANCEL)).response.cancel_history).toMatchObject([{ amount: 3000, reason: '' }]);
  });

  it('or with words of its own, and the answer can be lost as well', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'answer_lost', also: ['drop_tag'], text: '취소' });
    await expect(cancel(CANCEL)).rejects.toThrow('fetch failed');
    expect(simulator.payment('imp_1')?.cancel_history).toMatchObject([{ amount: 3000, reason: '취소' }]);
  });
});

describe('an asynchronous PG', () => {
  it.for([
    { pg_provider: 'paypal_v2', currency: 'USD' },
    { pg_provider: 'paymentwall' },
    { pg_provider: 'kicc', pay_method: 'wechat' },
  ])('%j says code 0 and changes nothing, and books a minute later', async (payment) => {
    const { simulator, cancel, paid } = await simulate();
    paid(payment);
    const { code, response } = await cancel(CANCEL);
    expect(code).toBe(0);
    expect(response).toMatchObject({ status: 'paid', cancel_amount: 0, cancel_history: [] });
    expect(simulator.requests.at(-1)?.outcome).toBe('accepted');
    await simulator.advance(MINUTE_MS - 1);
    expect(simulator.payment('imp_1')?.status).toBe('paid');
    await simulator.advance(1);
    expect(simulator.payment('imp_1')).toMatchObject({
      status: 'cancelled',
      cancel_amount: 3000,
      cancel_history: [{ reason: 'tag-1' }],
    });
  });

  it('SMARTRO is one for virtual accounts only', async () => {
    const { cancel, paid } = await simulate();
    paid({ pg_provider: 'smartro_v2', pay_method: 'vbank' });
    paid({ imp_uid: 'imp_2', merchant_uid: 'order-2', pg_provider: 'smartro_v2' });
    const account = { refund_holder: '홍길동', refund_bank: '088', refund_account: '1', refund_tel: '1' };
    expect((await cancel({ ...CANCEL, ...account })).response.status).toBe('paid');
    expect((await cancel({ imp_uid: 'imp_2' })).response.status).toBe('cancelled');
  });

  it('a script makes any PG one, and can say when it books', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ on: 'cancel', fault: 'asynchronous', delay_ms: 10 * MINUTE_MS });
    await cancel(CANCEL);
    await simulator.advance(9 * MINUTE_MS);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(0);
    await simulator.advance(MINUTE_MS);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('never books before its answer, even without a delay', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ fault: 'asynchronous', delay_ms: 0 });
    expect((await cancel(CANCEL)).response.cancel_amount).toBe(0);
    await simulator.advance(1);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('bookPending books at once, and never twice', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid({ pg_provider: 'paypal_v2' });
    await cancel(CANCEL);
    expect(await simulator.bookPending('imp_2')).toBe(0);
    expect(await simulator.bookPending('imp_1')).toBe(1);
    expect(await simulator.bookPending()).toBe(0);
    await simulator.advance(10 * MINUTE_MS);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(3000);
  });

  it('what is pending is not in the balance, but more than the balance is never booked', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid({ pg_provider: 'paypal_v2' });
    expect((await cancel({ ...CANCEL, amount: 6000 })).code).toBe(0);
    expect((await cancel({ ...CANCEL, amount: 6000 })).code).toBe(0);
    expect(await simulator.bookPending()).toBe(1);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(6000);
  });
});
