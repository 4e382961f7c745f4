import { describe, expect, it } from 'vitest';
import type { Payment, PendingRefund } from '../../../functions/refund/payment.ts';
import {
  corrections,
  notExecutedRecord,
  rejectedRecord,
  withAttempt,
} from '../../../functions/refund/record.ts';
import {
  MORNING_MS,
  REFUND_ID,
  samplePayment,
  samplePending,
  sampleProvider,
} from '../../support/samples.ts';

describe('the notes of a refund that is tried again and again', () => {
  it('are its first attempt and the latest nine, so that an item has room for them', () => {
    let pending: PendingRefund = samplePending();
    for (let attempt = 2; attempt <= 14; attempt += 1) {
      const attempts = withAttempt(pending, attempt, MORNING_MS + attempt);
      expect(attempts.length).toBeLessThanOrEqual(10);
      pending = { ...pending, attempt, attempts };
    }
    expect(pending.attempts.map(({ attempt }) => attempt)).toEqual([1, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(pending.attempts.at(-1)).toEqual({ attempt: 14, sentAtMs: MORNING_MS + 14 });
  });
});

describe('a refund told as not done that stands in the history after all', () => {
  const settling = { decidedBy: 'answer', nowMs: MORNING_MS } as const;
  const entry = { amount: 1_000, reason: `[${REFUND_ID}]`, receiptUrl: 'https://receipt' };

  it.each([
    ['rejected', rejectedRecord(samplePending(), { code: 'NOT_EXECUTED' }, settling)],
    ['not executed', notExecutedRecord(samplePending(), 'no connection', MORNING_MS)],
  ])('and was %s becomes cancelled, with its receipt and without what was told', (_what, told) => {
    const payment: Payment = { ...samplePayment(), refunds: new Map([[REFUND_ID, told]]) };
    const [corrected, ...others] = corrections(payment, sampleProvider([entry]), MORNING_MS + 9);
    expect(others).toEqual([]);
    expect(corrected).toMatchObject({
      refundId: REFUND_ID,
      status: 'cancelled',
      attribution: 'tag',
      decidedBy: 'read_back',
      corrected: true,
      finishedAtMs: MORNING_MS + 9,
      cancellationId: 'C1',
      receiptUrl: 'https://receipt',
      cancelledAtMs: MORNING_MS + 1_000,
    });
    expect(corrected).not.toHaveProperty('rejection');
    expect(corrected).not.toHaveProperty('cause');
  });
});
