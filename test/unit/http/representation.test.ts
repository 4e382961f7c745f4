import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { PaymentAnswer, PaymentSummary, Refund } from '../../../functions/http/answer-schemas.ts';
import {
  paymentJson,
  paymentsJson,
  refundableJson,
  refundJson,
} from '../../../functions/http/representation.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { Proposal } from '../../../functions/refund/refund.ts';
import {
  attributed,
  cancelled,
  closed,
  customer,
  elsewhere,
  ITEMS,
  minor,
  notExecuted,
  NOW_MS,
  order,
  payment,
  rejected,
  requested,
  SECOND,
  staff,
  undone,
} from './samples.ts';

/** Nothing but what the description of the API has: an undescribed field is a fault here. */
const strictly = (schema: { readonly entries: v.ObjectEntries }) => v.strictObject(schema.entries);

describe('a refund', () => {
  it.each(ITEMS)('is answered as described: $status $refundId', (refund) => {
    for (const viewer of [customer, staff]) {
      const json = refundJson(refund, payment, viewer);
      expect(v.parse(strictly(Refund), json)).toEqual(json);
    }
  });

  it('says who asked for how much, why, with which number of the shop, and when', () => {
    expect(refundJson(cancelled, payment, customer)).toMatchObject({
      refund_id: 'rf_cancelled',
      status: 'cancelled',
      amount: 14.2,
      reason: 'size',
      reference: 'RETURN-17',
      actor: 'customer',
      requested_at: NOW_MS / SECOND,
      cancelled_at: NOW_MS / SECOND,
      finished_at: NOW_MS / SECOND + 1,
      cancellation_id: 'c-1',
      receipt_url: 'https://receipt.example/1',
      decided_by: 'answer',
      attribution: 'tag',
    });
  });

  it('is told with what the PG’s rules say beside it, as far as the payment is known and the rule is not turned off', () => {
    const ksnet = { ...payment, pgProvider: 'ksnet', payMethod: 'trans' };
    const warningsOf = (...told: Parameters<typeof refundJson>) => refundJson(...told)['warnings'];
    expect(warningsOf(cancelled, ksnet, customer)).toEqual(['cash_receipt_by_hand']);
    expect(warningsOf(cancelled, {}, customer)).toEqual([]);
    const rulesOff = new Set(['cash_receipt_by_hand']);
    expect(warningsOf(cancelled, ksnet, { ...customer, rulesOff })).toEqual([]);
  });

  it('that was executed is told only what remains to be done; one that was refused, also what the PG may have meant', () => {
    const old = { ...payment, pgProvider: 'nice', payMethod: 'card', paidAtMs: NOW_MS - 400 * 86_400_000 };
    const warningsOf = (refund: typeof cancelled | typeof rejected) =>
      refundJson(refund, old, customer)['warnings'];
    expect(warningsOf(cancelled)).toEqual(['tax_free_unnamed', 'vat_unnamed']);
    expect(warningsOf(rejected)).toEqual(['card_deadline', 'tax_free_unnamed', 'vat_unnamed']);
    const complete = { ...cancelled, passedOn: { taxFree: minor(0), vatAmount: minor(0) } };
    expect(warningsOf(complete)).toEqual([]);
    expect(warningsOf({ ...cancelled, amount: payment.amount })).toEqual([]);
  });

  it('says only where it is so that less went back, that it was told otherwise, or that the PG has undone it', () => {
    const plain = refundJson(cancelled, payment, staff);
    for (const name of ['executed_amount', 'corrected', 'undone', 'made_by'])
      expect(plain).not.toHaveProperty(name);
    const odd = { ...cancelled, executedAmount: minor(1_000), corrected: true };
    expect(refundJson(odd, payment, customer)).toMatchObject({
      amount: 14.2,
      executed_amount: 10,
      corrected: true,
    });
    expect(refundJson(undone, payment, customer)).toMatchObject({
      status: 'cancelled',
      undone: true,
      expected_by: null,
    });
  });

  it('of several entries shows the first that has an id', () => {
    const entries = [{ amount: minor(1) }, { amount: minor(2), cancellationId: 'c-2' }];
    expect(refundJson({ ...cancelled, entries }, payment, customer)).toMatchObject({
      cancellation_id: 'c-2',
      receipt_url: null,
    });
    expect(refundJson({ ...cancelled, entries: [] }, payment, customer)).toMatchObject({
      cancellation_id: null,
    });
  });

  it('tells when a virtual account has its money, where a rule says so', () => {
    // 1 July 2026 is a Wednesday in Korea: Thursday's end is 15:00 by UTC.
    expect(refundJson(cancelled, payment, customer)).toMatchObject({
      expected_by: Date.UTC(2026, 6, 2, 15) / 1000,
    });
    for (const other of [{ pgProvider: 'danal_tpay' }, { payMethod: 'card' }])
      expect(refundJson(cancelled, { ...payment, ...other }, customer)).toMatchObject({ expected_by: null });
  });

  it('that was not done says with which code its request was answered', () => {
    expect(refundJson(rejected, payment, customer)).toMatchObject({
      status: 'rejected',
      cancelled_at: 0,
      rejection: { code: 'CANCEL_REJECTED', provider: { reason: 'settlement_shortage' } },
    });
    expect(refundJson(notExecuted, payment, customer)).toMatchObject({
      status: 'not_executed',
      rejection: { code: 'NOT_EXECUTED' },
    });
    expect(refundJson({ ...notExecuted, isAlreadyCancelledAtPg: true }, payment, customer)).toMatchObject({
      rejection: { code: 'ALREADY_CANCELLED_AT_PG' },
    });
  });
});

describe('a refund in doubt', () => {
  it('says since when, why, what was found, and is drift after five quiet periods', () => {
    const at = (ms: number) => ({ ...customer, nowMs: requested.requestedAtMs + ms });
    expect(refundJson(requested, payment, at(900_000))).toMatchObject({
      status: 'unknown',
      in_doubt: {
        since: NOW_MS / SECOND,
        why: 'an entry without a tag may be this refund',
        drift: false,
        cancel_amount: 14.2,
        answer: { text: 'refused: code -1', accepted: false, meaning: 'under_way', provider: { code: -1 } },
        unreadable_since: NOW_MS / SECOND,
      },
    });
    expect(refundJson(requested, payment, at(900_001))).toMatchObject({ in_doubt: { drift: true } });
    // A PG that pays later by its own rule has until then.
    const expectedByMs = requested.requestedAtMs + 86_400_000;
    const later = { ...requested, doubt: { why: DOUBTS.asynchronous, expectedByMs } };
    const told = { expected_by: expectedByMs / SECOND, in_doubt: { drift: false } };
    expect(refundJson(later, payment, at(900_001))).toMatchObject(told);
  });

  it('that is in a worker’s hands is unknown, and nothing was found yet', () => {
    const { doubt: _why, answer: _answer, unreadableSinceMs: _since, proposal: _said, ...fresh } = requested;
    const json = refundJson(fresh, payment, staff);
    expect(json).toMatchObject({ status: 'unknown' });
    expect(json['in_doubt']).toEqual({ since: NOW_MS / SECOND, why: null, drift: false });
    expect(json).not.toHaveProperty('proposal');
  });
});

describe('what staff say of a refund', () => {
  it('is shown to the staff alone, in the words of a closing', () => {
    expect(JSON.stringify(refundJson(requested, payment, customer))).not.toMatch(/jiwoo|seen at the PG/);
    expect(refundJson(requested, payment, staff)['proposal']).toEqual({
      verdict: 'executed',
      entries: [{ cancellation_id: 'c-1' }, { cancelled_at: NOW_MS / SECOND + 1, amount: 4.2 }],
      evidence: 'seen at the PG',
      proposed_by: 'jiwoo',
      proposed_at: NOW_MS / SECOND,
    });
  });

  it('is executed, with listed: false and an amount, where the provider shows no entry', () => {
    const said = { verdict: 'executed_unlisted', amount: minor(1_420) } as const;
    const proposal: Proposal = { ...requested.proposal!, said };
    expect(refundJson({ ...requested, proposal }, payment, staff)['proposal']).toMatchObject({
      verdict: 'executed',
      listed: false,
      amount: 14.2,
    });
  });

  it('is over after 24 hours, and with the claim that it was said of', () => {
    const at = (ms: number, refund = requested) =>
      refundJson(refund, payment, { ...staff, nowMs: NOW_MS + ms });
    expect(at(24 * 3_600_000 - 1)).toHaveProperty('proposal');
    expect(at(24 * 3_600_000)).not.toHaveProperty('proposal');
    expect(at(1, { ...requested, claimedAtMs: NOW_MS + 1 })).not.toHaveProperty('proposal');
  });

  it('may be that the PG has undone what is cancelled, whoever had made the cancel', () => {
    const proposal: Proposal = { ...requested.proposal!, said: { verdict: 'undone' } };
    for (const item of [
      { ...cancelled, proposal },
      { ...elsewhere, proposal },
    ])
      expect(refundJson(item, payment, staff)).toMatchObject({ proposal: { verdict: 'undone' } });
  });

  it('stands in the record with both names and both evidences, for the staff', () => {
    expect(refundJson(closed, payment, customer)).not.toHaveProperty('closed_by');
    expect(refundJson(closed, payment, staff)['closed_by']).toEqual({
      verdict: 'not_executed',
      evidence: 'the PG says so',
      proposed_by: 'jiwoo',
      proposed_at: NOW_MS / SECOND,
      approved_by: 'minseo',
      approved_at: NOW_MS / SECOND + 1,
      approval_evidence: 'asked again',
    });
    expect(refundJson(undone, payment, customer)).not.toHaveProperty('undone_by');
    expect(refundJson(undone, payment, staff)).toMatchObject({ undone_by: { verdict: 'undone' } });
  });
});

describe('a cancel that others have made', () => {
  it('is cancelled, made by the provider, and nobody of ours asked for it', () => {
    expect(refundJson(elsewhere, payment, customer)).toMatchObject({
      status: 'cancelled',
      made_by: 'provider',
      amount: 5,
      reason: '관리자페이지취소',
      reference: null,
      actor: null,
      requested_at: 0,
      cancelled_at: NOW_MS / SECOND,
      cancellation_id: 'c-9',
      decided_by: null,
    });
  });

  it('leaves a cash receipt to be cancelled by hand, too', () => {
    const ksnet = { ...payment, pgProvider: 'smartro_v2', payMethod: 'trans' };
    expect(refundJson(elsewhere, ksnet, customer)['warnings']).toEqual(['cash_receipt_by_hand']);
    expect(refundJson(elsewhere, { ...ksnet, payMethod: 'card' }, customer)['warnings']).toEqual([]);
  });

  it('that turned out to be ours names the refund that it is', () => {
    expect(refundJson(attributed, payment, customer)).toMatchObject({ attributed_to: 'rf_cancelled' });
  });
});

describe('what can be refunded', () => {
  it('tells when a rule ends it, and when it is allowed again', () => {
    const ksnet = { ...payment, pgProvider: 'ksnet', payMethod: 'vbank', paidAtMs: Date.UTC(2026, 5, 30, 3) };
    const at = (nowMs: number) => refundableJson(ksnet, { ...customer, nowMs });
    // 30 June and six months, to the end of the day in Korea.
    expect(at(NOW_MS)).toMatchObject({ full: true, until: Date.UTC(2026, 11, 30, 15) / SECOND });
    // 23:00 in Korea.
    expect(at(Date.UTC(2026, 6, 2, 14))).toEqual({
      full: false,
      partial: false,
      possible_from: Date.UTC(2026, 6, 2, 21) / SECOND,
      warnings: [],
    });
    const rulesOff = new Set(['ksnet_vbank_night', 'ksnet_six_months']);
    const told = refundableJson(ksnet, { ...customer, nowMs: Date.UTC(2027, 6, 2, 14), rulesOff });
    expect(told).toEqual({ full: true, partial: true, warnings: ['cash_receipt_by_hand'] });
  });

  const at = (nowMs: number) => ({ ...customer, nowMs });
  const won = { ...payment, currency: 'KRW', payMethod: 'phone', cancelAmount: minor(0) };
  const nextMonthMs = NOW_MS + 31 * 86_400_000;

  it('is everything that is left, or a part, where no rule forbids it', () => {
    const card = { ...won, payMethod: 'card', pgProvider: 'tosspayments' };
    expect(refundableJson(card, at(NOW_MS))).toEqual({ full: true, partial: true, warnings: [] });
    // An account can be named in the form.
    expect(refundableJson({ ...won, payMethod: 'vbank' }, at(NOW_MS))).toMatchObject({
      full: true,
      partial: true,
    });
  });

  it('is what the rules of the method leave', () => {
    const phone = { ...won, pgProvider: 'danal' };
    expect(refundableJson(phone, at(NOW_MS))).toMatchObject({ full: true, partial: false });
    expect(refundableJson(phone, at(nextMonthMs))).toMatchObject({ full: false, partial: false });
    expect(refundableJson({ ...won, pgProvider: 'kcp' }, at(nextMonthMs))).toMatchObject({ full: true });
  });

  it('is nothing where nothing is left or nothing was paid, and the rest is a part once something went back', () => {
    expect(refundableJson({ ...won, cancelAmount: won.amount }, at(NOW_MS))).toMatchObject({ full: false });
    expect(refundableJson({ ...won, isPaid: false }, at(NOW_MS))).toMatchObject({
      full: false,
      partial: false,
    });
    const begun = { ...won, pgProvider: 'danal', cancelAmount: minor(100) };
    expect(refundableJson(begun, at(NOW_MS))).toMatchObject({ full: false, partial: false });
  });
});

describe('a payment', () => {
  it('tells what is left by what was asked for, where a promotion makes entries smaller', () => {
    const promoted = {
      ...payment,
      hasPromotion: true,
      askedAmount: minor(2_000),
      cancelAmount: minor(1_400),
    };
    expect(paymentJson(promoted)).toMatchObject({ cancel_amount: 14, cancelable_amount: 80 });
  });

  it('names the payments of its order that are the reader’s to see, and no others', () => {
    expect(paymentsJson(order, customer).map((each) => each['imp_uid'])).toEqual(['imp_1']);
    expect(paymentsJson(order, staff).map((each) => each['imp_uid'])).toEqual(['imp_1', 'imp_2']);
    for (const each of paymentsJson(order, staff))
      expect(v.parse(strictly(PaymentSummary), each)).toEqual(each);
  });

  it('is answered as described', () => {
    const json = {
      ...paymentJson(payment),
      refunds: ITEMS.map((item) => refundJson(item, payment, staff)),
      refunds_before: null,
      refundable: refundableJson(payment, customer),
      payments: paymentsJson(order, staff),
    };
    expect(v.parse(strictly(PaymentAnswer), json)).toEqual(json);
  });
});
