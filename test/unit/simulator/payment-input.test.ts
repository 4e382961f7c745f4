import { describe, expect, it } from 'vitest';
import { parsePayment } from '../../../lib/lab/simulator/payment-input.ts';
import { PaymentInputError } from '../../../lib/lab/simulator/simulator.ts';
import { after, cancels, entries, isPayment, NOW_MS, play, simulate, type Story } from './support.ts';

const ORDER = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000 };

describe('adding a payment', () => {
  it('a payment needs imp_uid, merchant_uid and an amount; by default it is a card payment in won, paid now', async () => {
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

  it.for([
    [{ customer_id: 'customer-1' }, '{"customer_id":"customer-1"}'],
    // A large number must keep all its digits.
    ['{"customer_id":1234567890123456789}', '{"customer_id":1234567890123456789}'],
  ] as const)('custom_data %j is kept as the text %s, as at i’mport', async ([custom_data, text]) => {
    const { get, paid } = await simulate();
    paid({ custom_data });
    expect((await get('/payments/imp_1')).response.custom_data).toBe(text);
  });

  it('a payment may be cancelled without having been paid, and then has nothing to cancel', async () => {
    const { cancel, paid, simulator } = await simulate();
    const revoked = { status: 'cancelled', paid_at: 0 } as const;
    expect(paid({ pay_method: 'vbank', ...revoked })).toMatchObject({ ...revoked, cancel_amount: 0 });
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject({ code: 1 });
    await expect(simulator.consoleCancel({ imp_uid: 'imp_1' })).rejects.toThrow('is not a paid payment');
  });

  it('a payment may be added partly cancelled, also in the form that the simulator returned', async () => {
    const { paid } = await simulate();
    const cancel_history = [{ amount: 0.1, reason: 'a' }, { amount: 0.2 }];
    const first = paid({ cancel_history, currency: 'USD', amount: 14.2 });
    expect(first).toMatchObject({ status: 'cancelled', cancel_amount: 0.3 });
    expect(first.cancel_history.map(({ reason }) => reason)).toEqual(['a', '관리자페이지취소']);
    const names = { imp_uid: 'imp_2', merchant_uid: 'order-2' };
    expect(paid({ ...first, ...names })).toEqual({ ...first, ...names });
    expect(() => paid(names)).toThrow('payment.imp_uid: imp_2 exists already');
  });

  it.for([
    [{ imp_uid: undefined }, 'payment.imp_uid: must be a text of 1 to 32 characters, got nothing'],
    [{ merchant_uid: '' }, 'payment.merchant_uid: must be a text of 1 to 255'],
    [{ merchant_uid: 'x'.repeat(256) }, 'payment.merchant_uid: must be a text of 1 to 255'],
    [{ amount: '10000' }, 'payment.amount: must be a number'],
    [{ amount: -1 }, 'payment.amount: must be a number with at most 0 decimals (KRW), got -1'],
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
    [{ promotion: { id: 'p', discount: 10_001 } }, 'payment.promotion: must not take off more than amount'],
    [{ promotion: { id: 'p', discount: '3000' } }, 'payment.promotion: must be {"id": text'],
    [{ promotion: { discount: 3000 } }, 'payment.promotion: must be {"id": text'],
  ] as const)('cannot be %j: %s', ([wrong, message]) => {
    expect(() => parsePayment({ ...ORDER, ...wrong }, NOW_MS)).toThrow(PaymentInputError);
    expect(() => parsePayment({ ...ORDER, ...wrong }, NOW_MS)).toThrow(message);
  });
});

/** An order of 10,000 won with 3,000 won discount: 7,000 won were paid. */
const payment = { promotion: { id: 'promotion-1', discount: 3000 } };

describe('a payment with a promotion', () => {
  it.for<Story>([
    {
      rule: 'amount and checksum of a cancel are in money of the order, and the entry shows what the payer gets back',
      payment,
      steps: [
        cancels(0, { amount: 2000, reason: '' }),
        isPayment({ amount: 10_000, cancel_amount: 2000 }),
        entries([1400, '']),
        cancels(1, { amount: 1000, checksum: 8600 }),
        cancels(0, { amount: 1000, checksum: 8000 }),
      ],
    },
    {
      rule: 'partial cancels of a promotion payment add up exactly',
      payment,
      steps: [
        cancels(0, { amount: 3333, reason: '' }),
        cancels(0, { amount: 3333, checksum: null, reason: '' }),
        cancels(0, { amount: null, checksum: null, reason: '' }),
        after(0, 10_000),
        entries([2334, ''], [2333, ''], [2333, '']),
      ],
    },
    {
      rule: 'the first retain_promotion of a payment stays in force',
      payment,
      steps: [
        cancels(0, { retain_promotion: true }),
        cancels(-1, { checksum: null }),
        cancels(0, { checksum: null, retain_promotion: true }),
      ],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('promotion_sums', () => {
  it('promotion_sums: cancel_amount is the sum of the entries, and the balance for cancels stays the same', async () => {
    const { cancel, paid, simulator } = await simulate();
    paid(payment);
    paid({ imp_uid: 'imp_2', cancel_amount: 1000 });
    simulator.script({ fault: 'promotion_sums', until_cleared: true });
    expect((await cancel({ imp_uid: 'imp_1', amount: 2000 })).response.cancel_amount).toBe(1400);
    expect((await cancel({ imp_uid: 'imp_1', amount: 1000, checksum: 8000 })).code).toBe(0);
    expect((await cancel({ imp_uid: 'imp_2', amount: 2000 })).response.cancel_amount).toBe(3000);
  });
});
