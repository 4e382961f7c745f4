import { describe, expect, it } from 'vitest';
import { decideCancel, type Asked } from '../../../functions/refund/decide.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import type { FinalRefund, Payment } from '../../../functions/refund/payment.ts';
import { notExecutedRecord, rejectedRecord } from '../../../functions/refund/record.ts';
import {
  MORNING_MS,
  REFUND_ID,
  OTHER_REFUND_ID,
  samplePayment,
  samplePending,
  won,
} from '../../support/samples.ts';

const ACTOR = { kind: 'customer', sub: 'customer' } as const;

function decide(payment: Payment, request: Partial<CancelRequest> = {}, asked: Partial<Asked> = {}) {
  return decideCancel(payment, {
    request: { passedOn: {}, account: {}, actor: ACTOR, ...request },
    identity: { refundId: REFUND_ID, claimId: 'claim', fingerprint: 'same' },
    actor: ACTOR,
    nowMs: MORNING_MS,
    ...asked,
  });
}

function refusalOf(...given: Parameters<typeof decide>) {
  const decision = decide(...given);
  return decision.kind === 'refuse' ? decision.refusal : decision.kind;
}

function holding(...refunds: readonly FinalRefund[]): Payment {
  return { ...samplePayment(), refunds: new Map(refunds.map((refund) => [refund.refundId, refund])) };
}

const pending = samplePending({ fingerprint: 'same' });
const rejected = rejectedRecord(
  pending,
  { code: 'CANCEL_REJECTED' },
  { decidedBy: 'answer', nowMs: MORNING_MS },
);
const notExecuted = notExecutedRecord(pending, 'no token', MORNING_MS);

describe('what is known of this refund comes first (rows 0 to 2)', () => {
  it('a final refund is replayed, even when its amount would not be possible now', () => {
    expect(decide(holding(rejected), { amount: 99_999 })).toEqual({ kind: 'replay', refund: rejected });
  });

  it('a refund that was never executed may be asked for again with its key (row 9)', () => {
    expect(decide(holding(notExecuted), { amount: 1_000 })).toMatchObject({ kind: 'claim' });
  });

  it('the same key with another body is another wish, also after a mere try', () => {
    const identity = { refundId: REFUND_ID, claimId: 'claim', fingerprint: 'other' };
    for (const payment of [holding(rejected), holding(notExecuted), { ...samplePayment(), pending }]) {
      expect(refusalOf(payment, {}, { identity })).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
  });

  it('a refund in flight is told before any amount is judged, ours or another’s', () => {
    const inFlight = { ...samplePayment({ cancel_amount: 10_000 }), pending };
    expect(decide(inFlight, { amount: 99_999 })).toEqual({ kind: 'pending', pending, ours: true });
    const identity = { refundId: OTHER_REFUND_ID, claimId: 'claim' };
    expect(decide(inFlight, {}, { identity })).toEqual({ kind: 'pending', pending, ours: false });
  });
});

describe('the amount is judged by what is left (row 3)', () => {
  it('no amount asks for all that is left, and the checksum is what is left', () => {
    const decision = decide({ ...samplePayment({ cancel_amount: 4_000 }), seq: 6 });
    expect(decision).toMatchObject({
      kind: 'claim',
      pending: { amount: 6_000, checksum: 6_000, seq: 7, attempt: 1, claimId: 'claim', accepted: false },
    });
  });

  it.each<[string, Record<string, unknown>, Partial<CancelRequest>, object]>([
    ['not paid', { status: 'ready' }, {}, { code: 'PAYMENT_NOT_PAID' }],
    ['nothing left', { cancel_amount: 10_000 }, {}, { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: false }],
    ['nothing paid', { amount: 0 }, {}, { code: 'ALREADY_FULLY_REFUNDED', nothingPaid: true }],
    [
      'too much',
      { cancel_amount: 1 },
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
    ['no account', { pay_method: 'vbank' }, {}, { code: 'REFUND_ACCOUNT_REQUIRED' }],
    ['a part of a phone payment', { pay_method: 'phone' }, { amount: 1 }, { code: 'REFUND_NOT_ALLOWED' }],
  ])('is refused: %s', (_what, item, request, refusal) => {
    expect(refusalOf(samplePayment(item), request)).toMatchObject(refusal);
  });

  it('a partly cancelled payment has status cancelled, and still has money left', () => {
    expect(decide(samplePayment({ status: 'cancelled', cancel_amount: 1 })).kind).toBe('claim');
  });
});

describe('who asks too often', () => {
  it('a customer waits for a token, staff do not', () => {
    const payment = { ...samplePayment(), bucket: { tokens: 0, atMs: MORNING_MS } };
    expect(refusalOf(payment)).toMatchObject({ code: 'TOO_MANY_REFUNDS', retryAfterSeconds: 6 });
    const actor = { kind: 'staff', sub: 'staff' } as const;
    expect(decide(payment, {}, { actor })).not.toHaveProperty('bucket');
  });
});

describe('what is kept', () => {
  it('no digit of an account stands in the intent: not in its destination, not in its reason', () => {
    const account = { holder: '홍길동', bank: '004', account: '110-234-567890', tel: '01012345678' };
    const decision = decide(samplePayment({ pay_method: 'vbank', pg_provider: 'nice' }), {
      account,
      reason: 'to 110 234567890 of 홍길동',
    });
    expect(decision).toMatchObject({ kind: 'claim', account, pending: { destination: {} } });
    const kept = JSON.stringify(decision.kind === 'claim' ? decision.pending : undefined);
    expect(kept).not.toMatch(/567890|홍길동|0101234/);
  });

  it('an account that the method has no use for is not sent', () => {
    const decision = decide(samplePayment(), { account: { account: '110-234' } });
    expect(decision).toMatchObject({ kind: 'claim', account: undefined });
    expect(decision.kind === 'claim' && decision.pending).not.toHaveProperty('destination');
  });

  it('the amount of a refund is won, not a number of something', () => {
    expect(decide(samplePayment(), { amount: 1_000 })).toMatchObject({ pending: { amount: won(1_000) } });
  });
});
