import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  CancelAnswer,
  PaymentAnswer,
  PaymentSummary,
  Refund,
} from '../../../functions/http/answer-schemas.ts';
import { cancelAnswer, closeAnswer, refundAnswer } from '../../../functions/http/answers.ts';
import {
  paymentJson,
  paymentsJson,
  refundableJson,
  refundJson,
  type Viewer,
} from '../../../functions/http/representation.ts';
import type { CancelEntry } from '../../../functions/refund/payment.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { MORNING_MS, WHOLE_ITEMS } from '../../support/ledger-samples.ts';
import {
  alreadyCancelled,
  attributed,
  cancelled,
  closed,
  customer,
  elsewhere,
  minor,
  notExecuted,
  NOW_MS,
  notSent,
  order,
  payment,
  rejected,
  requested,
  parsed,
  SECOND,
  staff,
  undone,
} from './samples.ts';

const NOW = NOW_MS / SECOND;
const MORNING = MORNING_MS / SECOND;
const DAY_MS = 86_400_000;

/** Exactly the fields of the API's description: an undescribed field fails here. */
const strictly = (schema: { readonly entries: v.ObjectEntries }) => v.strictObject(schema.entries);
const json = (item: LedgerItem, viewer: Viewer = customer, of: object = {}) =>
  JSON.parse(JSON.stringify(refundJson(item, { ...payment, ...of }, viewer))) as Record<string, unknown>;

const asked = { language: 'en', viewer: customer, named: { merchantUid: 'ORD-1' } } as const;

describe('the answer to a cancel', () => {
  it('a cancelled refund is 200 with payment and refund', () => {
    const done = parsed(cancelAnswer({ kind: 'final', payment, refund: cancelled, replayed: false }, asked));
    expect(done.status).toBe(200);
    expect(done.headers).not.toHaveProperty('idempotency-replayed');
    expect(v.parse(strictly(CancelAnswer), done.body)).toEqual(done.body);
  });

  it('a refund in doubt is 202 with where and when to look', () => {
    const unknown = parsed(
      cancelAnswer({ kind: 'unknown', payment, refund: requested, replayed: true }, asked),
    );
    expect(unknown.status).toBe(202);
    expect(unknown.headers).toMatchObject({
      location: `/payments/ORD-1/refunds/rf_requested?asked_at=${NOW_MS / SECOND}`,
      'retry-after': '3',
      'idempotency-replayed': 'true',
    });
    expect(v.parse(strictly(CancelAnswer), unknown.body)).toEqual(unknown.body);
  });

  it.each([
    ['CANCEL_REJECTED', 422, rejected],
    ['CHECKSUM_MISMATCH', 409, { ...rejected, code: 'CHECKSUM_MISMATCH' }],
    ['NOT_EXECUTED', 422, notExecuted],
    ['ALREADY_CANCELLED_AT_PG', 422, alreadyCancelled],
  ] as const)(
    'a refund that ended as %s is %d with its refund, and marked when it is replayed',
    (code, status, refund) => {
      const answer = parsed(
        cancelAnswer({ kind: 'final', payment, refund, replayed: true }, { ...asked, language: 'ko' }),
      );
      expect(answer).toMatchObject({
        status,
        body: { code, refund: { status: refund.status, rejection: { code } } },
      });
      expect(answer.headers).toMatchObject({ 'idempotency-replayed': 'true', 'content-language': 'ko' });
    },
  );
});

describe('the address of a refund in doubt', () => {
  const at = (named: object, merchantUid = 'ORD-1') => {
    const result = {
      kind: 'unknown',
      payment: { ...payment, merchantUid },
      refund: { ...requested, claimedAtMs: NOW_MS - 500 },
      replayed: false,
    } as const;
    return cancelAnswer(result, { ...asked, named }).headers?.['location'];
  };
  const refund = `refunds/rf_requested`;
  /** Half a second early is rounded up to the whole second. */
  const since = `asked_at=${NOW_MS / SECOND}`;

  const byImpUid = `/payments/-/${refund}?imp_uid=imp_1&${since}`;

  it.for([
    ['ORD-1', `/payments/ORD-1/${refund}?${since}`],
    ['주문 1', `/payments/%EC%A3%BC%EB%AC%B8%201/${refund}?${since}`],
    ['a/b', byImpUid],
    ['100%', byImpUid],
    ['..', byImpUid],
  ] as const)('a refund of the order %s is read at %s', ([merchantUid, location]) => {
    expect(at({ merchantUid }, merchantUid)).toBe(location);
    expect(at({ impUid: 'imp_1' }, merchantUid)).toBe(location);
  });

  it('the address has the shop’s own order number when the provider’s differs, because the owner is stored under it', () => {
    expect(at({ merchantUid: 'SHOP-1' })).toBe(`/payments/SHOP-1/${refund}?imp_uid=imp_1&${since}`);
  });
});

describe('the answer to a read of one refund', () => {
  it('a refund has Retry-After only while it is in doubt', () => {
    const read = (refund: LedgerItem) =>
      parsed(refundAnswer({ kind: 'found', payment, refund }, 'en', customer));
    expect(read(cancelled).headers).not.toHaveProperty('retry-after');
    expect(read(requested)).toMatchObject({ status: 200, headers: { 'retry-after': '3' } });
  });
});

describe('the answer to a closing', () => {
  const asStaff = { ...asked, viewer: staff };

  it('a proposal is 202 with its text and address, and a second person’s agreement is 200', () => {
    const proposed = parsed(closeAnswer({ kind: 'proposed', payment, refund: requested }, asStaff));
    expect(proposed).toMatchObject({
      status: 202,
      headers: { location: '/payments/ORD-1/refunds/rf_requested' },
      body: { refund: { proposal: { proposed_by: 'Kim' } } },
    });
    const ended = parsed(closeAnswer({ kind: 'closed', payment, refund: closed }, asStaff));
    expect(ended).toMatchObject({ status: 200, body: { refund: { closed_by: { approved_by: 'Lee' } } } });
  });
});

describe('a refund in an answer', () => {
  /** Every state in which the ledger can hold a cancel. */
  const SPARSE = [requested, cancelled, rejected, notExecuted, alreadyCancelled, notSent, elsewhere];

  it.for([...SPARSE, ...WHOLE_ITEMS])('a refund is answered as described: $status $refundId', (refund) => {
    for (const viewer of [customer, staff])
      expect(v.parse(strictly(Refund), json(refund, viewer))).toEqual(json(refund, viewer));
  });

  it('a refund says which entry of the history it is, and how that was recognised', () => {
    const entries = [{ amount: minor(1) }, { amount: minor(2), cancellationId: 'c-2' }];
    const [{ receiptUrl }] = cancelled.entries as readonly [CancelEntry];
    const entry = { cancellation_id: 'c-1', receipt_url: receiptUrl, attribution: 'tag' };
    expect(json(cancelled)).toMatchObject(entry);
    expect(json({ ...cancelled, entries })).toMatchObject({ cancellation_id: 'c-2', receipt_url: null });
    expect(json({ ...cancelled, entries: [] })).toMatchObject({ cancellation_id: null });
    expect(json(attributed)).toMatchObject({ cancellation_id: 'c-9', attributed_to: 'rf_cancelled' });
  });

  it('a refund has the warnings of the PG’s rules that are on: of what remains to be done, and if it was refused also of what the PG may refuse', () => {
    const warnings = (item: LedgerItem, of: object, viewer: Viewer = customer) =>
      json(item, viewer, of)['warnings'];
    const ksnet = { pgProvider: 'ksnet', payMethod: 'trans' };
    expect(warnings(cancelled, ksnet)).toEqual(['cash_receipt_by_hand']);
    expect(warnings(elsewhere, ksnet)).toEqual(['cash_receipt_by_hand']);
    const rulesOff = new Set(['cash_receipt_by_hand']);
    expect(warnings(cancelled, ksnet, { ...customer, rulesOff })).toEqual([]);
    expect(refundJson(cancelled, {}, customer)['warnings']).toEqual([]);
    const old = { pgProvider: 'nice', payMethod: 'card', paidAtMs: NOW_MS - 400 * DAY_MS };
    expect(warnings(cancelled, old)).toEqual(['tax_free_unnamed', 'vat_unnamed']);
    expect(warnings(rejected, old)).toEqual(['card_deadline', 'tax_free_unnamed', 'vat_unnamed']);
    const complete = { ...cancelled, passedOn: { taxFree: minor(0), vatAmount: minor(0) } };
    expect(warnings(complete, old)).toEqual([]);
    expect(warnings({ ...cancelled, amount: payment.amount }, old)).toEqual([]);
  });

  it('a refund says when a virtual account is paid, where a rule says so', () => {
    // 1 July 2026 is a Wednesday in Korea; the end of Thursday there is 15:00 UTC.
    expect(json(cancelled)).toMatchObject({ expected_by: Date.UTC(2026, 6, 2, 15) / SECOND });
    for (const other of [json(cancelled, customer, { payMethod: 'card' }), json(undone)])
      expect(other).toMatchObject({ expected_by: null });
  });
});

describe('a refund in doubt', () => {
  it('a refund in doubt says since when, why and what was found, and is drift after five quiet periods', () => {
    const at = (ms: number) => ({ ...customer, nowMs: requested.requestedAtMs + ms });
    expect(json(requested, at(900_000))).toMatchObject({
      status: 'unknown',
      in_doubt: {
        since: NOW,
        why: 'an entry without a tag may be this refund',
        drift: false,
        cancel_amount: 14.2,
        answer: { text: 'refused: code -1', accepted: false, meaning: 'under_way', provider: { code: -1 } },
        unreadable_since: NOW,
      },
    });
    expect(json(requested, at(900_001))).toMatchObject({ in_doubt: { drift: true } });
    const { doubt: _why, ...fresh } = requested;
    expect(json(fresh)).toMatchObject({ in_doubt: { why: null } });
  });
});

describe('what staff said about a refund', () => {
  it('a proposal is shown to staff only, in the words of a closing', () => {
    expect(JSON.stringify(json(requested))).not.toMatch(/Kim|the PG says so/);
    expect(json(requested, staff)['proposal']).toEqual({
      verdict: 'executed',
      entries: [{ cancellation_id: 'c-1' }, { cancelled_at: NOW + 1, amount: 4.2 }],
      evidence: 'the PG says so',
      proposed_by: 'Kim',
      proposed_at: NOW,
    });
  });

  it('a proposal may say that a cancel is in no list, or that the PG undid it', () => {
    const said = { verdict: 'executed_unlisted', amount: minor(1_420) } as const;
    const unlisted = { ...requested, proposal: { ...requested.proposal!, said } };
    const proposal = { verdict: 'executed', listed: false, amount: 14.2 };
    expect(json(unlisted, staff)).toMatchObject({ proposal });
    const undoing = { ...requested.proposal!, said: { verdict: 'undone' } } as const;
    for (const item of [cancelled, elsewhere])
      expect(json({ ...item, proposal: undoing }, staff)).toMatchObject({ proposal: { verdict: 'undone' } });
  });

  it('a proposal ends after 24 hours, or when its claim ends', () => {
    const at = (ms: number, refund = requested) => json(refund, { ...staff, nowMs: NOW_MS + ms });
    expect(at(DAY_MS - 1)).toHaveProperty('proposal');
    expect(at(DAY_MS)).not.toHaveProperty('proposal');
    expect(at(1, { ...requested, claimedAtMs: NOW_MS + 1 })).not.toHaveProperty('proposal');
  });

  it('a closing is recorded with both names and both evidences, for staff', () => {
    expect(json(closed)).not.toHaveProperty('closed_by');
    expect(json(closed, staff)['closed_by']).toEqual({
      verdict: 'not_executed',
      evidence: 'the PG says so',
      proposed_by: 'Kim',
      proposed_at: MORNING + 60,
      approved_by: 'Lee',
      approved_at: MORNING + 120,
      approval_evidence: 'I have asked, too',
    });
    expect(json(undone)).not.toHaveProperty('undone_by');
    expect(json(undone, staff)).toMatchObject({ undone_by: { verdict: 'undone' } });
    // After the decision the answer has no proposal.
    expect(json({ ...undone, proposal: requested.proposal! }, staff)).not.toHaveProperty('proposal');
  });
});

describe('what can be refunded', () => {
  it('the refundable amount has its end by a rule that is on, and when it is allowed again', () => {
    const ksnet = { ...payment, pgProvider: 'ksnet', payMethod: 'vbank', paidAtMs: Date.UTC(2026, 5, 30, 3) };
    const at = (nowMs: number, rulesOff = new Set<string>()) =>
      refundableJson(ksnet, { ...customer, nowMs, rulesOff });
    // 30 June and six months, to the end of that day in Korea.
    expect(at(NOW_MS)).toMatchObject({ full: true, until: Date.UTC(2026, 11, 30, 15) / SECOND });
    // 23:00 in Korea.
    const night = Date.UTC(2026, 6, 2, 14);
    expect(at(night)).toMatchObject({ full: false, possible_from: Date.UTC(2026, 6, 2, 21) / SECOND });
    expect(at(night, new Set(['ksnet_vbank_night']))).toMatchObject({ full: true });
  });

  it.for<[string, object, object]>([
    ['all or a part, when an account can still be named', {}, { full: true, partial: true }],
    ['only all, by a rule', { payMethod: 'phone', pgProvider: 'danal' }, { full: true, partial: false }],
    ['nothing, when nothing is left', { cancelAmount: payment.amount }, { full: false, partial: false }],
    ['nothing, when nothing was paid', { isPaid: false }, { full: false, partial: false }],
  ])('refundable is %s', ([, of, allowed]) => {
    const paid = { ...payment, pgProvider: 'tosspayments', currency: 'KRW', cancelAmount: minor(0), ...of };
    expect(refundableJson(paid, customer)).toMatchObject(allowed);
  });
});

describe('a payment in an answer', () => {
  it('the amount left subtracts the amounts asked, when a promotion makes entries smaller', () => {
    const amounts = { askedAmount: minor(2_000), cancelAmount: minor(1_400) };
    const promoted = paymentJson({ ...payment, hasPromotion: true, ...amounts });
    expect(promoted).toMatchObject({ cancel_amount: 14, cancelable_amount: 80 });
  });

  it('a payment names only those payments of its order that the reader may see', () => {
    expect(paymentsJson(order, customer).map((each) => each['imp_uid'])).toEqual(['imp_1']);
    const all = paymentsJson(order, staff);
    expect(all.map((each) => each['imp_uid'])).toEqual(['imp_1', 'imp_2']);
    for (const each of all) expect(v.parse(strictly(PaymentSummary), each)).toEqual(each);
  });

  it('a payment is answered as described', () => {
    const answer = {
      ...paymentJson(payment),
      refunds: [json(cancelled)],
      refunds_before: null,
      refundable: refundableJson(payment, customer),
      payments: paymentsJson(order, staff),
    };
    expect(v.parse(strictly(PaymentAnswer), answer)).toEqual(answer);
  });
});
