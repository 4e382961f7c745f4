import { describe, expect, it } from 'vitest';
import { decideCancel, takeToken, type Asked, type Known } from '../../../functions/refund/decide.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import {
  cancelled,
  MORNING_MS,
  notExecuted,
  notSent,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  won,
} from '../../support/ledger-samples.ts';

const ACTOR = { kind: 'customer', sub: 'customer' } as const;
const WITH_KEY = { refundId: REFUND_ID, wish: 'wish', fingerprint: 'same' };
const WITHOUT_KEY = { refundId: REFUND_ID, wish: 'wish' };

function decide(
  known: Partial<Known> = {},
  request: Partial<CancelRequest> = {},
  asked: Partial<Asked> = {},
) {
  return decideCancel(
    { payment: thePayment(), refund: undefined, equal: undefined, ...known },
    {
      request: { passedOn: {}, account: {}, actor: ACTOR, ...request },
      identity: WITH_KEY,
      actor: ACTOR,
      nowMs: MORNING_MS,
      rulesOff: new Set(),
      ...asked,
    },
  );
}

function refusalOf(...given: Parameters<typeof decide>) {
  const decision = decide(...given);
  return decision.kind === 'refuse' || decision.kind === 'busy' ? decision.refusal : decision.kind;
}

const mine = { fingerprint: 'same' };
const finals = [cancelled(mine), rejected(mine), notExecuted(mine)];

describe('what is known of this refund comes first (row 0)', () => {
  it.each(finals)(
    'a refund that is $status is returned again, even when its amount would not be possible now',
    (refund) => {
      const payment = thePayment({ cancelAmount: won(10_000), inFlight: 'rf_another' });
      expect(decide({ payment, refund }, { amount: 99_999 })).toEqual({ kind: 'replay', refund });
    },
  );

  it('a refund in flight is returned before any amount is checked', () => {
    const refund = requested(mine);
    const payment = thePayment({ cancelAmount: won(10_000), inFlight: REFUND_ID });
    expect(decide({ payment, refund }, { amount: 99_999 })).toEqual({ kind: 'requested', refund });
  });

  it('a key with another body is IDEMPOTENCY_KEY_REUSED, also when its refund was never sent', () => {
    for (const refund of [...finals, requested(mine), notSent(mine)]) {
      const identity = { ...WITH_KEY, fingerprint: 'another' };
      expect(refusalOf({ refund }, {}, { identity })).toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
        refund,
      });
    }
  });

  it('a key whose refund was not_sent is free: the next claim increases gen', () => {
    expect(decide({ refund: notSent({ ...mine, gen: 3 }) })).toMatchObject({
      kind: 'claim',
      refund: { gen: 4 },
    });
    expect(decide()).toMatchObject({ kind: 'claim', refund: { gen: 1, status: 'requested' } });
  });

  it('the refund need not be read before a claim that wants it absent, but before any refusal', () => {
    const unread = { refund: 'unread' } as const;
    expect(decide(unread)).toMatchObject({ kind: 'claim' });
    expect(decide(unread, { amount: 99_999 })).toEqual({ kind: 'read', what: 'refund' });
    const busy = { ...unread, payment: thePayment({ inFlight: 'rf_another' }) };
    expect(decide(busy)).toEqual({ kind: 'read', what: 'refund' });
  });
});

describe('another refund of the payment is in flight', () => {
  const payment = thePayment({ inFlight: 'rf_another', cancelAmount: won(10_000) });

  it('another refund in flight is told before what is left', () => {
    expect(decide({ payment })).toMatchObject({ kind: 'busy', refusal: { code: 'REFUND_IN_PROGRESS' } });
  });
});

describe('a second equal request without a key (row 0b)', () => {
  const lastWish = { refundId: 'rf_first', wish: 'wish', atMs: MORNING_MS - 59_999 };
  const press = (payment: Payment, equal: Known['equal']) =>
    refusalOf({ payment, equal }, {}, { identity: WITHOUT_KEY });

  it('an equal request within a minute is a duplicate while the first is in flight or cancelled', () => {
    const payment = thePayment({ lastWish });
    expect(press(payment, 'unread')).toBe('read');
    for (const equal of [requested(), cancelled()])
      expect(press(payment, equal)).toMatchObject({ code: 'POSSIBLE_DUPLICATE', refund: equal });
    expect(press({ ...payment, inFlight: 'rf_first' }, requested())).toMatchObject({
      code: 'POSSIBLE_DUPLICATE',
    });
  });

  it('an equal request is allowed when the first was rejected, not executed or never sent', () => {
    for (const equal of [rejected(), notExecuted(), notSent(), undefined])
      expect(press(thePayment({ lastWish }), equal)).toBe('claim');
  });

  it('an equal request after a minute or with a key is a new refund', () => {
    const older = thePayment({ lastWish: { ...lastWish, atMs: MORNING_MS - 60_000 } });
    expect(press(older, 'unread')).toBe('claim');
    expect(decide({ payment: thePayment({ lastWish }), equal: 'unread' })).toMatchObject({ kind: 'claim' });
  });

  it('ALREADY_FULLY_REFUNDED is told before a duplicate', () => {
    const payment = thePayment({ lastWish, cancelAmount: won(10_000) });
    expect(press(payment, cancelled())).toMatchObject({ code: 'ALREADY_FULLY_REFUNDED' });
  });
});

describe('the amount is checked against what is left (row 3)', () => {
  it('a request without an amount refunds all that is left, and the checksum is what is left', () => {
    expect(decide({ payment: thePayment({ cancelAmount: won(4_000) }) })).toMatchObject({
      kind: 'claim',
      refund: { amount: 6_000, checksum: 6_000, cancelledBefore: 4_000 },
      lastWish: { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS },
    });
  });

  it('on a promotion the amount left is what was not asked for yet', () => {
    const payment = thePayment({ cancelAmount: won(1_400), hasPromotion: true, askedAmount: won(2_000) });
    expect(decide({ payment })).toMatchObject({
      refund: { amount: 8_000, checksum: 8_000, cancelledBefore: 1_400 },
    });
  });

  it.each<[string, Partial<Payment>, Partial<CancelRequest>, object]>([
    ['not paid', { isPaid: false }, {}, { code: 'PAYMENT_NOT_PAID' }],
    [
      'nothing left',
      { cancelAmount: won(10_000) },
      {},
      { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false },
    ],
    ['nothing paid', { amount: won(0) }, {}, { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true }],
    [
      'too much',
      { cancelAmount: won(1) },
      { amount: 10_000 },
      { code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable: 9_999 },
    ],
    [
      'another balance',
      {},
      { amount: 1, checksum: 9_999 },
      { code: 'CHECKSUM_MISMATCH', cancelable: 10_000 },
    ],
    ['half a won', {}, { amount: 0.5 }, { code: 'INVALID_REQUEST' }],
    ['more tax than amount', {}, { amount: 10, passedOn: { taxFree: 11 } }, { code: 'INVALID_REQUEST' }],
    ['no account', { payMethod: 'vbank' }, {}, { code: 'REFUND_ACCOUNT_REQUIRED' }],
    ['a part of a phone payment', { payMethod: 'phone' }, { amount: 1 }, { code: 'REFUND_NOT_ALLOWED' }],
  ])('a request is refused: %s', (_what, payment, request, refusal) => {
    expect(refusalOf({ payment: thePayment(payment) }, request)).toMatchObject(refusal);
  });

  it('a request is not refused by a PG rule that the shop turned off: the PG decides', () => {
    const payment = thePayment({ payMethod: 'phone' });
    const rulesOff = new Set(['phone_partial']);
    expect(decide({ payment }, { amount: 1 }, { rulesOff })).toMatchObject({ kind: 'claim' });
  });

  it('a partly cancelled payment with status cancelled still has money left', () => {
    expect(decide({ payment: thePayment({ status: 'cancelled', cancelAmount: won(1) }) }).kind).toBe('claim');
  });
});

describe('the rate limit', () => {
  it('a customer waits for a token, staff do not', () => {
    const payment = thePayment({ rateLimit: { tokens: 0, atMs: MORNING_MS } });
    expect(refusalOf({ payment })).toMatchObject({ code: 'TOO_MANY_REFUNDS', retryAfterSeconds: 6 });
    expect(decide({ payment }, {}, { actor: { kind: 'staff', sub: 'staff' } })).not.toHaveProperty(
      'rateLimit',
    );
  });

  it('a customer may ask ten times at once, then once in six seconds', () => {
    let rateLimit: Parameters<typeof takeToken>[0];
    for (let asked = 0; asked < 10; asked += 1) {
      const taken = takeToken(rateLimit, MORNING_MS);
      expect(taken.kind).toBe('taken');
      if (taken.kind === 'taken') ({ rateLimit } = taken);
    }
    expect(takeToken(rateLimit, MORNING_MS)).toEqual({ kind: 'empty', retryAfterSeconds: 6 });
    expect(takeToken(rateLimit, MORNING_MS + 5_999)).toEqual({ kind: 'empty', retryAfterSeconds: 1 });
    expect(takeToken(rateLimit, MORNING_MS + 6_000)).toMatchObject({
      kind: 'taken',
      rateLimit: { tokens: 0 },
    });
  });

  it('a customer never has more than ten tokens, and a clock that goes back removes none', () => {
    const rateLimit = { tokens: 3, atMs: MORNING_MS };
    expect(takeToken(rateLimit, MORNING_MS + 86_400_000)).toMatchObject({ rateLimit: { tokens: 9 } });
    expect(takeToken(rateLimit, MORNING_MS - 60_000)).toMatchObject({ rateLimit: { tokens: 2 } });
  });
});

describe('what the refund item keeps', () => {
  it('the refund item keeps no digit of an account, neither in its destination nor in its reason', () => {
    const account = { holder: '홍길동', bank: '004', account: '110-234-567890', tel: '01012345678' };
    const payment = thePayment({ payMethod: 'vbank', pgProvider: 'nice' });
    const decision = decide({ payment }, { account, reason: 'to 110 234567890 of 홍길동' });
    expect(decision).toMatchObject({ kind: 'claim', account, refund: { destination: { bank: '004' } } });
    const kept = JSON.stringify(decision.kind === 'claim' ? decision.refund : undefined);
    expect(kept).not.toMatch(/110.?234|홍길동|0101234/);
  });

  it('an account that the payment method does not need is not sent', () => {
    const decision = decide({}, { account: { account: '110-234' } });
    expect(decision).toMatchObject({ kind: 'claim', account: undefined });
    expect(decision.kind === 'claim' && decision.refund).not.toHaveProperty('destination');
  });
});
