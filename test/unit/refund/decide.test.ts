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
  return 'refusal' in decision ? decision.refusal : decision.kind;
}

const mine = { fingerprint: 'same' };
const finals = [cancelled(mine), rejected(mine), notExecuted(mine)];
const busy = thePayment({ cancelAmount: won(10_000), inFlight: 'rf_another' });

describe('what is known of this refund comes first (row 0)', () => {
  it.each([...finals, requested(mine)])(
    'a refund that is $status is returned again, even when its amount would not be possible now',
    (refund) => {
      const kind = refund.status === 'requested' ? 'requested' : 'replay';
      expect(decide({ payment: busy, refund }, { amount: 99_999 })).toEqual({ kind, refund });
    },
  );

  it('a key with another body is IDEMPOTENCY_KEY_REUSED, also when its refund was never sent, but not after a restore', () => {
    const identity = { ...WITH_KEY, fingerprint: 'another' };
    for (const refund of [...finals, requested(mine), notSent(mine)]) {
      const code = 'IDEMPOTENCY_KEY_REUSED';
      expect(refusalOf({ refund }, {}, { identity })).toMatchObject({ code, refund });
    }
    const refund = requested({ isRestored: true });
    expect(decide({ refund }, {}, { identity })).toEqual({ kind: 'requested', refund });
  });

  it('a key whose refund was not_sent is free: the next claim increases gen', () => {
    expect(decide({ refund: notSent({ ...mine, gen: 3 }) })).toMatchObject({ refund: { gen: 4 } });
    expect(decide()).toMatchObject({ kind: 'claim', refund: { gen: 1, status: 'requested' } });
  });

  it('the refund need not be read before a claim that wants it absent, but before any refusal', () => {
    const unread = { refund: 'unread' } as const;
    expect(decide(unread).kind).toBe('claim');
    expect(decide(unread, { amount: 99_999 })).toEqual({ kind: 'read', what: 'refund' });
    expect(decide({ ...unread, payment: busy })).toEqual({ kind: 'read', what: 'refund' });
  });

  it('another refund in flight is told before what is left', () => {
    expect(refusalOf({ payment: busy })).toMatchObject({ code: 'REFUND_IN_PROGRESS' });
  });
});

describe('a second equal request without a key (row 0b)', () => {
  const lastWish = { refundId: 'rf_first', wish: 'wish', atMs: MORNING_MS - 59_999 };
  const recent = thePayment({ lastWish });
  const older = thePayment({ lastWish: { ...lastWish, atMs: MORNING_MS - 60_000 } });
  const spent = thePayment({ lastWish, cancelAmount: won(10_000) });
  const { fingerprint: _none, ...identity } = WITH_KEY;

  it.each<[string, Payment, Known['equal'], string]>([
    ['unread', recent, 'unread', 'read'],
    ['in flight', { ...recent, inFlight: 'rf_first' }, requested(), 'POSSIBLE_DUPLICATE'],
    ['requested', recent, requested(), 'POSSIBLE_DUPLICATE'],
    ['cancelled', recent, cancelled(), 'POSSIBLE_DUPLICATE'],
    ['rejected', recent, rejected(), 'claim'],
    ['not executed', recent, notExecuted(), 'claim'],
    ['never sent', recent, notSent(), 'claim'],
    ['a minute ago', older, 'unread', 'claim'],
    ['for all that was left', spent, cancelled(), 'ALREADY_FULLY_REFUNDED'],
  ])('an equal request is a duplicate or not when the first was %s', (_what, payment, equal, told) => {
    const refusal = refusalOf({ payment, equal }, {}, { identity });
    const code = typeof refusal === 'string' ? refusal : refusal.code;
    const named = typeof refusal === 'object' && 'refund' in refusal ? refusal.refund : equal;
    expect([code, named]).toEqual([told, equal]);
  });

  it('an equal request with a key is a new refund', () => {
    expect(decide({ payment: recent, equal: 'unread' }).kind).toBe('claim');
  });
});

describe('the amount is checked against what is left (row 3)', () => {
  it('a request without an amount refunds all that is left, and the checksum is what is left', () => {
    const payment = thePayment({ status: 'cancelled', cancelAmount: won(4_000) });
    expect(decide({ payment })).toMatchObject({
      kind: 'claim',
      refund: { amount: 6_000, checksum: 6_000, cancelledBefore: 4_000 },
      lastWish: { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS },
    });
  });

  it('on a promotion the amount left is what was not asked for yet', () => {
    const payment = thePayment({ cancelAmount: won(1_400), hasPromotion: true, askedAmount: won(2_000) });
    const refund = { amount: 8_000, checksum: 8_000, cancelledBefore: 1_400 };
    expect(decide({ payment })).toMatchObject({ refund });
  });

  const nothingLeft = { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false };
  const tooMuch = { code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable: 9_999 };
  const invalid = (pointer: string) => ({ code: 'INVALID_REQUEST', errors: [{ pointer }] });
  const taxes = { taxFree: 5, vatAmount: 6 };
  it.each<[string, Partial<Payment>, Partial<CancelRequest>, object]>([
    ['not paid', { isPaid: false }, {}, { code: 'PAYMENT_NOT_PAID' }],
    ['nothing left', { cancelAmount: won(10_000) }, {}, nothingLeft],
    ['nothing paid', { amount: won(0) }, {}, { ...nothingLeft, nothingPaid: true }],
    ['too much', { cancelAmount: won(1) }, { amount: 10_000 }, tooMuch],
    ['another balance', {}, { checksum: 9_999 }, { code: 'CHECKSUM_MISMATCH', cancelable: 10_000 }],
    ['half a won', {}, { amount: 0.5 }, invalid('/cancel_request_amount')],
    ['a negative balance', {}, { checksum: -1 }, invalid('/checksum')],
    ['more tax than amount', {}, { amount: 10, passedOn: { taxFree: 11 } }, invalid('/tax_free')],
    ['more taxes than amount', {}, { amount: 10, passedOn: taxes }, invalid('/tax_free')],
    ['more VAT than amount', {}, { amount: 10, passedOn: { vatAmount: 11 } }, invalid('/vat_amount')],
    ['no account', { payMethod: 'vbank' }, {}, { code: 'REFUND_ACCOUNT_REQUIRED' }],
    ['a part of a phone payment', { payMethod: 'phone' }, { amount: 1 }, { code: 'REFUND_NOT_ALLOWED' }],
  ])('a request is refused: %s', (_what, payment, request, refusal) => {
    expect(refusalOf({ payment: thePayment(payment) }, request)).toMatchObject(refusal);
  });

  it('taxes may be the whole amount', () => {
    expect(decide({}, { amount: 11, passedOn: taxes }).kind).toBe('claim');
  });

  it('a request is not refused by a PG rule that the shop turned off: the PG decides', () => {
    const payment = thePayment({ payMethod: 'phone' });
    expect(decide({ payment }, { amount: 1 }, { rulesOff: new Set(['phone_partial']) }).kind).toBe('claim');
  });
});

describe('the rate limit', () => {
  it('a customer waits for a token, staff do not', () => {
    const payment = thePayment({ rateLimit: { tokens: 0, atMs: MORNING_MS } });
    expect(refusalOf({ payment })).toMatchObject({ code: 'TOO_MANY_REFUNDS', retryAfterSeconds: 6 });
    const byStaff = decide({ payment }, {}, { actor: { kind: 'staff', sub: 'staff' } });
    expect(byStaff.kind).toBe('claim');
    expect(byStaff).not.toHaveProperty('rateLimit');
  });

  it.each([
    ['the first of ten', undefined, 0, { tokens: 9 }],
    ['the tenth', 1, 0, { tokens: 0 }],
    ['the eleventh waits six seconds', 0, 0, { seconds: 6 }],
    ['almost six seconds later', 0, 5_999, { seconds: 1 }],
    ['six seconds later', 0, 6_000, { tokens: 0 }],
    ['a day later, with ten again', 3, 86_400_000, { tokens: 9 }],
    ['when a clock went back', 3, -60_000, { tokens: 2 }],
  ])('a customer may ask ten times at once, then once in six seconds: %s', (_when, tokens, afterMs, left) => {
    const rateLimit = tokens === undefined ? undefined : { tokens, atMs: MORNING_MS };
    const atMs = MORNING_MS + afterMs;
    expect(takeToken(rateLimit, atMs)).toEqual('seconds' in left ? left.seconds : { ...left, atMs });
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
