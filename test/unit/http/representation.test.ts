import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { CancelAnswer, PaymentAnswer, Refund } from '../../../functions/http/answer-schemas.ts';
import { cancelAnswer } from '../../../functions/http/cancel-answer.ts';
import { closeAnswer } from '../../../functions/http/close-answer.ts';
import {
  paymentJson,
  paymentsJson,
  refundJson,
  refundsJson,
} from '../../../functions/http/representation.ts';
import type { FinalRefund, Payment } from '../../../functions/refund/payment.ts';
import {
  cancelled,
  closed,
  customer,
  notExecuted,
  order,
  payment,
  pending,
  rejected,
  staff,
  told,
} from './samples.ts';

/** Nothing but what the description of the API has: an undescribed field is a fault here. */
const strictly = (schema: { readonly entries: v.ObjectEntries }) => v.strictObject(schema.entries);

describe('a refund', () => {
  it.each([cancelled, rejected, notExecuted, closed, pending])(
    'is answered as described: $refundId',
    (refund) => {
      for (const viewer of [customer, staff]) {
        const json = refundJson(refund, payment, viewer);
        expect(v.parse(strictly(Refund), json)).toEqual(json);
      }
    },
  );

  it('that is cancelled says when, by what, and when a virtual account has its money', () => {
    // 2026-07-01 was a Wednesday in Korea: Thursday's end is 15:00 by UTC.
    expect(refundJson(cancelled, payment, customer)).toMatchObject({
      status: 'cancelled',
      amount: 14.2,
      cancelled_at: 1_782_900_000,
      attribution: 'tag',
      corrected: false,
      expected_by: Date.UTC(2026, 6, 2, 15) / 1000,
    });
    expect(refundJson(cancelled, { ...payment, pgProvider: 'daou' }, customer)).toMatchObject({
      expected_by: null,
    });
    expect(refundJson(cancelled, { ...payment, payMethod: 'card' }, customer)).toMatchObject({
      expected_by: null,
    });
    expect(refundJson(rejected, payment, customer)).toMatchObject({ expected_by: null });
  });

  it('in doubt says since when and why, and becomes drift after five quiet periods', () => {
    const since = Math.floor(pending.requestedAtMs / 1000);
    const at = (ms: number) => ({ ...customer, nowMs: pending.requestedAtMs + ms });
    expect(refundJson(pending, payment, at(899_999))).toMatchObject({ in_doubt: { since, drift: false } });
    expect(refundJson(pending, payment, at(900_000))).toMatchObject({
      in_doubt: { drift: true, why: 'the request may still be executed' },
    });
  });

  it('shows what the staff propose and have decided to the staff alone', () => {
    expect(JSON.stringify(refundJson(pending, payment, customer))).not.toMatch(/staff-1|seen at the PG/);
    expect(refundJson(pending, payment, staff)).toMatchObject({
      in_doubt: { proposal: { verdict: 'executed', cancellation_id: 'c-1', proposed_by: 'staff-1' } },
    });
    expect(refundJson(closed, payment, customer)).not.toHaveProperty('closed');
    expect(refundJson(closed, payment, staff)).toMatchObject({ closed: { approved_by: 'staff-2' } });
  });
});

describe('the refunds of a payment', () => {
  const many: Payment = {
    ...payment,
    pending,
    refunds: new Map(
      Array.from({ length: 45 }, (_, index): [string, FinalRefund] => [
        `rf_${index}`,
        { ...cancelled, refundId: `rf_${index}`, requestedAtMs: index, seq: index },
      ]),
    ),
  };
  const ids = (json: unknown) =>
    v.parse(
      v.object({
        refunds: v.array(v.object({ refund_id: v.string() })),
        refunds_before: v.nullable(v.string()),
      }),
      json,
    );

  it('are the twenty newest, the newest last, and the older ones are asked for by before', () => {
    const newest = ids(refundsJson(many, undefined, customer));
    expect(newest.refunds.map(({ refund_id }) => refund_id).at(-1)).toBe('rf_pending');
    expect(newest.refunds).toHaveLength(20);
    expect(newest.refunds_before).toBe('rf_26');
    const older = ids(refundsJson(many, 'rf_26', customer));
    expect(older.refunds.at(-1)?.refund_id).toBe('rf_25');
    const oldest = ids(refundsJson(many, older.refunds_before ?? '', customer));
    expect(oldest).toMatchObject({ refunds_before: null });
    expect(oldest.refunds).toHaveLength(6);
  });

  it('before a refund that is not there are nothing', () => {
    expect(refundsJson(many, 'rf_nobody', customer)).toBeUndefined();
  });
});

describe('an answer', () => {
  it('to a read names the payments of the order that are the reader’s to see, and no others', () => {
    expect(paymentsJson(order, customer).map((each) => each['imp_uid'])).toEqual(['imp_1']);
    expect(paymentsJson(order, staff).map((each) => each['imp_uid'])).toEqual(['imp_1', 'imp_2']);
    const json = {
      ...paymentJson(payment),
      ...refundsJson(payment, undefined, staff),
      payments: paymentsJson(order, staff),
    };
    expect(v.parse(strictly(PaymentAnswer), json)).toEqual(json);
  });

  it('to a cancel is 200 with the payment and the refund, or 202 with where to look', () => {
    const done = told(
      cancelAnswer({ kind: 'final', payment, refund: cancelled, replayed: false }, 'en', customer),
    );
    expect(done.status).toBe(200);
    expect(v.parse(strictly(CancelAnswer), done.body)).toEqual(done.body);
    const unknown = told(
      cancelAnswer({ kind: 'unknown', payment, refund: pending, replayed: true }, 'en', customer),
    );
    expect(unknown.status).toBe(202);
    expect(unknown.headers).toMatchObject({
      location: '/payments/ORD-1?imp_uid=imp_1',
      'retry-after': '3',
      'idempotency-replayed': 'true',
    });
    expect(v.parse(strictly(CancelAnswer), unknown.body)).toEqual(unknown.body);
  });

  it.each([
    ['CHECKSUM_MISMATCH', 409],
    ['CANCEL_REJECTED', 422],
    ['ALREADY_CANCELLED_AT_PG', 422],
    ['NOT_EXECUTED', 422],
  ] as const)(
    'to a cancel that was rejected as %s is %d, and marked when it is told again',
    (code, status) => {
      const refund = { ...rejected, rejection: { code } };
      const answer = told(cancelAnswer({ kind: 'final', payment, refund, replayed: true }, 'ko', customer));
      expect(answer).toMatchObject({
        status,
        body: { code, refund: { status: 'rejected', rejection: { code } } },
      });
      expect(answer.headers).toMatchObject({ 'idempotency-replayed': 'true', 'content-language': 'ko' });
    },
  );

  it('to a closing is 202 when it is proposed and 200 when it is closed', () => {
    expect(told(closeAnswer({ kind: 'proposed', payment, refund: pending }, 'en', staff)).status).toBe(202);
    expect(told(closeAnswer({ kind: 'closed', payment, refund: closed }, 'en', staff)).status).toBe(200);
  });
});
