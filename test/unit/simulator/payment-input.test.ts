import { describe, expect, it } from 'vitest';
import { parsePayment } from '../../../lib/lab/simulator/payment-input.ts';
import { PaymentInputError } from '../../../lib/lab/simulator/simulator.ts';
import { NOW_MS, simulate } from './support.ts';

const ORDER = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000 };

describe('a payment that is added', () => {
  it('needs two names and an amount; the rest is a card payment in won, paid now', async () => {
    const { simulator } = await simulate();
    expect(simulator.addPayment(ORDER)).toMatchObject({
      ...ORDER,
      status: 'paid',
      pay_method: 'card',
      pg_provider: 'html5_inicis',
      currency: 'KRW',
      paid_at: NOW_MS / 1000,
      sandbox: false,
      custom_data: null,
    });
    expect(simulator.payments()).toHaveLength(1);
  });

  it('keeps custom_data as the text of its JSON, as i’mport does', async () => {
    const { paid } = await simulate();
    expect(paid({ custom_data: { customer_id: 'customer-1' } }).custom_data).toBe(
      '{"customer_id":"customer-1"}',
    );
  });

  it('keeps custom_data that is a text digit by digit', async () => {
    const { get, paid } = await simulate();
    const text = '{"customer_id":1234567890123456789}';
    paid({ custom_data: text });
    expect((await get('/payments/imp_1')).response.custom_data).toBe(text);
  });

  it('may be cancelled although it was never paid, and then has nothing to cancel', async () => {
    const { cancel, get, paid, simulator } = await simulate();
    paid({ pay_method: 'vbank', status: 'cancelled', paid_at: 0 });
    expect((await get('/payments/imp_1')).response).toMatchObject({
      status: 'cancelled',
      paid_at: 0,
      cancel_amount: 0,
      cancel_history: [],
    });
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject({
      code: 1,
      message: '취소할 결제건이 존재하지 않습니다.',
    });
    await expect(simulator.consoleCancel({ imp_uid: 'imp_1' })).rejects.toThrow('is not a paid payment');
  });

  it('may have been cancelled in part before', async () => {
    const { paid } = await simulate();
    const payment = paid({ cancel_history: [{ amount: 1000, reason: 'a' }, { amount: 2000 }] });
    expect(payment).toMatchObject({ status: 'cancelled', cancel_amount: 3000 });
    expect(payment.cancel_history.map(({ reason }) => reason)).toEqual(['a', '관리자페이지취소']);
  });

  it('can be what the simulator itself once showed', async () => {
    const { paid, simulator } = await simulate();
    const first = paid({ cancel_amount: 1000, currency: 'USD', amount: 14.2e2 });
    const copy = simulator.addPayment({ ...first, imp_uid: 'imp_2', merchant_uid: 'order-2' });
    expect(copy).toEqual({ ...first, imp_uid: 'imp_2', merchant_uid: 'order-2' });
  });

  it('is nobody else’s: the same imp_uid twice is refused', async () => {
    const { paid } = await simulate();
    paid();
    expect(() => paid()).toThrow('payment.imp_uid: imp_1 exists already');
  });
});

describe('a payment that cannot be: the error names the field and the rule', () => {
  it.for([
    [{ imp_uid: undefined }, 'payment.imp_uid: must be a text of 1 to 32 characters, got nothing'],
    [{ merchant_uid: '' }, 'payment.merchant_uid: must be a text of 1 to 255'],
    [{ merchant_uid: 'x'.repeat(256) }, 'payment.merchant_uid: must be a text of 1 to 255'],
    [{ amount: undefined }, 'payment.amount: must be a number'],
    [{ amount: '10000' }, 'payment.amount: must be a number'],
    [{ amount: -1 }, 'payment.amount: must be a number with at most 0 decimals (KRW), got -1'],
    [{ amount: 0.5 }, 'payment.amount: must be a number with at most 0 decimals (KRW), got 0.5'],
    [{ amount: 1.234, currency: 'USD' }, 'at most 2 decimals (USD)'],
    [{ currency: 'won' }, 'payment.currency: must be an ISO 4217 code'],
    [{ status: 'refunded' }, 'payment.status: must be one of ready, paid, cancelled, failed'],
    [{ status: 'cancelled' }, 'payment.status: is cancelled exactly when'],
    [{ cancel_amount: 10_001 }, 'payment.cancel_amount: must not be more than amount'],
    [{ cancel_amount: 5, cancel_history: [{ amount: 4 }] }, 'payment.cancel_amount: must be the sum'],
    [{ cancel_history: [{ amount: -1 }] }, 'payment.cancel_history[0].amount: must be more than 0'],
    [{ paid_at: NOW_MS }, 'payment.paid_at: must be a time in whole UNIX seconds'],
    [{ sandbox: 'yes' }, 'payment.sandbox: must be true or false'],
    [{ custom_data: () => 0 }, 'payment.custom_data: must be JSON, got function'],
    [{ pgprovider: 'kcp' }, "payment.pgprovider: is not a field of an i'mport payment"],
  ] as const)('%j: %s', ([wrong, message]) => {
    expect(() => parsePayment({ ...ORDER, ...wrong }, NOW_MS)).toThrow(PaymentInputError);
    expect(() => parsePayment({ ...ORDER, ...wrong }, NOW_MS)).toThrow(message);
  });
});
