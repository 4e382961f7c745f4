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
    'a refund that is $status is told again, even when its amount would not be possible now',
    (refund) => {
      const payment = thePayment({ cancelAmount: won(10_000), inFlight: 'rf_another' });
      expect(decide({ payment, refund }, { amount: 99_999 })).toEqual({ kind: 'replay', refund });
    },
  );

  it('a refund in flight is told, before any amount is judged', () => {
    const refund = requested(mine);
    const payment = thePayment({ cancelAmount: won(10_000), inFlight: REFUND_ID });
    expect(decide({ payment, refund }, { amount: 99_999 })).toEqual({ kind: 'requested', refund });
  });

  it('the same key with another body is another wish, also after a mere try', () => {
    for (const refund of [...finals, requested(mine), notSent(mine)]) {
      const identity = { ...WITH_KEY, fingerprint: 'another' };
      expect(refusalOf({ refund }, {}, { identity })).toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
        refund,
      });
    }
  });

  it('a key whose refund was never sent is free: the next claim counts on', () => {
    expect(decide({ refund: notSent({ ...mine, gen: 3 }) })).toMatchObject({
      kind: 'claim',
      refund: { gen: 4 },
    });
    expect(decide()).toMatchObject({ kind: 'claim', refund: { gen: 1, status: 'requested' } });
  });

  it('is not read before a claim, which wants it absent, but before anything is refused', () => {
    const unread = { refund: 'unread' } as const;
    expect(decide(unread)).toMatchObject({ kind: 'claim' });
    expect(decide(unread, { amount: 99_999 })).toEqual({ kind: 'read', what: 'refund' });
    const busy = { ...unread, payment: thePayment({ inFlight: 'rf_another' }) };
    expect(decide(busy)).toEqual({ kind: 'read', what: 'refund' });
  });
});

describe('another refund of the payment in flight', () => {
  const payment = thePayment({ inFlight: 'rf_another', cancelAmount: won(10_000) });

  it('comes before what is left', () => {
    expect(decide({ payment })).toMatchObject({ kind: 'busy', refusal: { code: 'REFUND_IN_PROGRESS' } });
  });
});

describe('a second equal request without a key (row 0b)', () => {
  const lastWish = { refundId: 'rf_first', wish: 'wish', atMs: MORNING_MS - 59_999 };
  const press = (payment: Payment, equal: Known['equal']) =>
    refusalOf({ payment, equal }, {}, { identity: WITHOUT_KEY });

  it('is a button pressed twice within a minute, while the first is in flight or cancelled', () => {
    const payment = thePayment({ lastWish });
    expect(press(payment, 'unread')).toBe('read');
    for (const equal of [requested(), cancelled()])
      expect(press(payment, equal)).toMatchObject({ code: 'POSSIBLE_DUPLICATE', refund: equal });
    expect(press({ ...payment, inFlight: 'rf_first' }, requested())).toMatchObject({
      code: 'POSSIBLE_DUPLICATE',
    });
  });

  it('may be made again where the first was rejected, not executed or never sent', () => {
    for (const equal of [rejected(), notExecuted(), notSent(), undefined])
      expect(press(thePayment({ lastWish }), equal)).toBe('claim');
  });

  it('is a new wish after a minute, and with a key', () => {
    const older = thePayment({ lastWish: { ...lastWish, atMs: MORNING_MS - 60_000 } });
    expect(press(older, 'unread')).toBe('claim');
    expect(decide({ payment: thePayment({ lastWish }), equal: 'unread' })).toMatchObject({ kind: 'claim' });
  });

  it('comes behind what is left: a payment that is refunded is told so', () => {
    const payment = thePayment({ lastWish, cancelAmount: won(10_000) });
    expect(press(payment, cancelled())).toMatchObject({ code: 'ALREADY_FULLY_REFUNDED' });
  });
});

describe('the amount is judged by what is left (row 3)', () => {
  it('no amount asks for all that is left, and the checksum is what is left', () => {
    expect(decide({ payment: thePayment({ cancelAmount: won(4_000) }) })).toMatchObject({
      kind: 'claim',
      refund: { amount: 6_000, checksum: 6_000, cancelledBefore: 4_000 },
      lastWish: { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS },
    });
  });

  it('on a promotion what is left is what was not asked for yet', () => {
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
  ])('is refused: %s', (_what, payment, request, refusal) => {
    expect(refusalOf({ payment: thePayment(payment) }, request)).toMatchObject(refusal);
  });

  it('is not refused by a rule of the PG that the shop has turned off: the PG has the last word', () => {
    const payment = thePayment({ payMethod: 'phone' });
    const rulesOff = new Set(['phone_partial']);
    expect(decide({ payment }, { amount: 1 }, { rulesOff })).toMatchObject({ kind: 'claim' });
  });

  it('a partly cancelled payment has status cancelled, and still has money left', () => {
    expect(decide({ payment: thePayment({ status: 'cancelled', cancelAmount: won(1) }) }).kind).toBe('claim');
  });
});

describe('who asks too often', () => {
  it('a customer waits for a token, staff do not', () => {
    const payment = thePayment({ rateLimit: { tokens: 0, atMs: MORNING_MS } });
    expect(refusalOf({ payment })).toMatchObject({ code: 'TOO_MANY_REFUNDS', retryAfterSeconds: 6 });
    expect(decide({ payment }, {}, { actor: { kind: 'staff', sub: 'staff' } })).not.toHaveProperty(
      'rateLimit',
    );
  });

  it('may ask ten times at once, then once in six seconds', () => {
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

  it('never has more than ten, and a clock that goes back takes nothing away', () => {
    const rateLimit = { tokens: 3, atMs: MORNING_MS };
    expect(takeToken(rateLimit, MORNING_MS + 86_400_000)).toMatchObject({ rateLimit: { tokens: 9 } });
    expect(takeToken(rateLimit, MORNING_MS - 60_000)).toMatchObject({ rateLimit: { tokens: 2 } });
  });
});

describe('what is kept', () => {
  it('no digit of an account: not in its destination, not in its reason', () => {
    const account = { holder: '홍길동', bank: '004', account: '110-234-567890', tel: '01012345678' };
    const payment = thePayment({ payMethod: 'vbank', pgProvider: 'nice' });
    const decision = decide({ payment }, { account, reason: 'to 110 234567890 of 홍길동' });
    expect(decision).toMatchObject({ kind: 'claim', account, refund: { destination: { bank: '004' } } });
    const kept = JSON.stringify(decision.kind === 'claim' ? decision.refund : undefined);
    expect(kept).not.toMatch(/110.?234|홍길동|0101234/);
  });

  it('an account that the method has no use for is not sent', () => {
    const decision = decide({}, { account: { account: '110-234' } });
    expect(decision).toMatchObject({ kind: 'claim', account: undefined });
    expect(decision.kind === 'claim' && decision.refund).not.toHaveProperty('destination');
  });
});
