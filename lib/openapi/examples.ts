import { problem } from '../../functions/http/problem.ts';
import type { EventType } from '../../functions/http/refund-events.ts';
import { RULE_TEXTS } from '../../functions/http/texts.ts';
import { DOUBTS } from '../../functions/refund/doubts.ts';
import { sourceOf } from '../../functions/refund/pg/rules.ts';

/** All examples are about one order. A test checks each against its schema. */

const REFUND = {
  refund_id: 'rf_4h7q0x9v2m5t8c1b6n3k0p7d',
  status: 'cancelled',
  amount: 2_000,
  reason: 'size',
  reference: 'RETURN-17',
  actor: 'customer',
  requested_at: 1_782_900_000,
  cancelled_at: 1_782_900_001,
  finished_at: 1_782_900_002,
  cancellation_id: '06JC8FVHJTW2WY16FEY0',
  receipt_url: 'https://receipt.example/2',
  decided_by: 'answer',
  attribution: 'tag',
  expected_by: null,
  warnings: ['vat_unnamed'],
} as const;

const NOTHING_DONE = {
  ...REFUND,
  cancelled_at: 0,
  finished_at: 0,
  cancellation_id: null,
  receipt_url: null,
  decided_by: null,
  attribution: null,
} as const;

const UNKNOWN_REFUND = {
  ...NOTHING_DONE,
  status: 'unknown',
  in_doubt: { since: 1_782_900_000, why: null, drift: false },
} as const;

const PAYMENT = {
  merchant_uid: 'ORD-1',
  imp_uid: 'imp_123456789012',
  status: 'cancelled',
  pay_method: 'card',
  pg_provider: 'html5_inicis',
  currency: 'KRW',
  amount: 10_000,
  cancel_amount: 2_000,
  cancelable_amount: 8_000,
  paid_at: 1_782_800_000,
  cancelled_at: 1_782_900_001,
  cancel_reason: '[rf_4h7q0x9v2m5t8c1b6n3k0p7d] size',
  cancel_history: [
    {
      amount: 2_000,
      cancelled_at: 1_782_900_001,
      reason: '[rf_4h7q0x9v2m5t8c1b6n3k0p7d] size',
      receipt_url: 'https://receipt.example/2',
      cancellation_id: '06JC8FVHJTW2WY16FEY0',
      pg_tid: 'StdpayCARDexample',
    },
  ],
  receipt_url: 'https://receipt.example/1',
} as const;

const UNTOUCHED = {
  ...PAYMENT,
  status: 'paid',
  cancel_amount: 0,
  cancelable_amount: 10_000,
  cancelled_at: 0,
  cancel_reason: null,
  cancel_history: [],
} as const;

const CLOSING = {
  verdict: 'not_executed',
  evidence: 'The PG has no such cancel and will not book one any more (call of 25 November, ticket 4711).',
} as const;

/** The refund as the second member of staff sees it. */
const PROPOSED = { ...CLOSING, proposed_by: 'jiwoo.kim', proposed_at: 1_782_901_000 } as const;

const LISTED = {
  refund_id: REFUND.refund_id,
  merchant_uid: PAYMENT.merchant_uid,
  imp_uid: PAYMENT.imp_uid,
  status: 'cancelled',
  amount: 2_000,
  currency: 'KRW',
  reason: 'size',
  reference: 'RETURN-17',
  requested_at: 1_782_900_000,
  cancelled_at: 1_782_900_001,
  finished_at: 1_782_900_002,
  listed_at: 1_782_900_001,
  actor: 'customer',
  decided_by: 'answer',
} as const;

const AFTER = { cancel_amount: 2_000, cancelable_amount: 8_000 };
const NOTHING_BACK = { cancelled_at: 0, cancel_amount: 0, cancelable_amount: 10_000 };
const ELSEWHERE = {
  ...LISTED,
  refund_id: 'el_4r8w2q6m0x5c1v9b3n7k2j6h',
  made_by: 'provider',
  reason: null,
  reference: null,
  requested_at: 0,
  actor: null,
  decided_by: null,
} as const;

const IN_DRIFT = {
  ...NOTHING_BACK,
  status: 'unknown',
  finished_at: 0,
  decided_by: null,
  drift: true,
} as const;

/** The detail of an example of each event, with its revision. */
const DETAILS = {
  'Refund Cancelled': { ...LISTED, ...AFTER, revision: 1 },
  'Refund Rejected': { ...LISTED, ...NOTHING_BACK, status: 'rejected', revision: 1 },
  'Refund Not Executed': { ...LISTED, ...NOTHING_BACK, status: 'not_executed', revision: 1 },
  'Refund Corrected': { ...LISTED, ...AFTER, corrected: true, revision: 2 },
  'Refund In Drift': { ...LISTED, ...IN_DRIFT, revision: 0 },
  'Payment Cancelled Elsewhere': { ...ELSEWHERE, ...AFTER, revision: 1 },
} as const satisfies Readonly<Record<EventType, object>>;

export function eventExample(type: EventType) {
  const { revision, ...refund } = DETAILS[type];
  const detail = { event_id: `${refund.refund_id}-${revision}`, revision, ...refund };
  return { type, time: '2026-07-01T10:00:02.000Z', detail };
}

function problemExample(...asked: Parameters<typeof problem>): unknown {
  return JSON.parse(problem(...asked).body ?? '');
}

/** The PG has undone a cancel, and i'mport no longer shows it. */
const FINDING = {
  id: 'fd_9t3k6w1z8r4y0e5a7g2j1m3q',
  kind: 'refundsNotAtProvider',
  in_question: true,
  merchant_uid: PAYMENT.merchant_uid,
  imp_uid: PAYMENT.imp_uid,
  amount: 2_000,
  currency: 'KRW',
  refund_ids: [REFUND.refund_id],
  text: '2000 KRW are cancelled in the ledger (rf_4h7q0x9v2m5t8c1b6n3k0p7d) but not at the provider',
  acknowledged: null,
} as const;

const ACKNOWLEDGING = {
  note: 'The PG has undone it by mistake and repeats it tomorrow (ticket 4712).',
} as const;

export const EXAMPLES = {
  request: { merchant_uid: 'ORD-1', cancel_request_amount: 2_000, reason: 'size', reference: 'RETURN-17' },
  cancelled: { ...PAYMENT, refund: REFUND },
  unknown: { ...UNTOUCHED, refund: UNKNOWN_REFUND },
  payment: {
    ...PAYMENT,
    refunds: [REFUND],
    refunds_before: null,
    refundable: { full: true, partial: true, warnings: ['vat_unnamed'] },
    payments: [
      {
        imp_uid: 'imp_123456789012',
        status: 'cancelled',
        currency: 'KRW',
        amount: 10_000,
        cancelable_amount: 8_000,
      },
    ],
  },
  closing: CLOSING,
  proposed: {
    ...UNTOUCHED,
    refund: {
      ...UNKNOWN_REFUND,
      in_doubt: {
        since: 1_782_900_000,
        why: DOUBTS.asynchronous,
        drift: true,
        cancel_amount: 0,
        answer: { at: 1_782_900_001, text: 'accepted', accepted: true },
      },
      proposal: PROPOSED,
    },
  },
  closed: {
    ...UNTOUCHED,
    refund: {
      ...NOTHING_DONE,
      status: 'not_executed',
      finished_at: 1_782_902_000,
      decided_by: 'people',
      rejection: { code: 'NOT_EXECUTED' },
      closed_by: {
        ...PROPOSED,
        approved_by: 'minseo.lee',
        approved_at: 1_782_902_000,
        approval_evidence: 'Asked the PG again on 26 November: no such cancel, and none will be made.',
      },
    },
  },
  list: { refunds: [LISTED], next: null },
  reports: {
    reports: [
      {
        window: 'recent',
        from: 1_782_892_800,
        to: 1_782_903_600,
        started_at: 1_782_903_600,
        finished_at: 1_782_903_630,
        progress: 1,
        compared: 1_204,
        booked: 2,
        imported: 0,
        explained: { KRW: 1_250_000 },
        unexplained: { KRW: 2_000 },
        acknowledged: {},
        unexplained_payments: 1,
        found: { refundsNotAtProvider: 1 },
        acknowledged_findings: 0,
        findings: [FINDING],
      },
    ],
    unreached: null,
  },
  acknowledging: ACKNOWLEDGING,
  acknowledged: {
    finding: {
      ...FINDING,
      acknowledged: { by: 'b2f5ff47-1c0e-4c2a-9c6b-0d7a3f6e1a11', at: 1_782_904_000, ...ACKNOWLEDGING },
    },
  },
  problem: problemExample('INVALID_REQUEST', 'en', {
    members: {
      errors: [{ pointer: '/amount', message: 'is not a known field; did you mean cancel_request_amount?' }],
    },
  }),
  /** A virtual account at KSNET at night. */
  notAllowed: problemExample('REFUND_NOT_ALLOWED', 'en', {
    text: RULE_TEXTS.ksnet_vbank_night,
    members: {
      rule: 'ksnet_vbank_night',
      source: sourceOf('ksnet_vbank_night'),
      possible_from: 1_782_939_600,
    },
  }),
  throttled: problemExample('TOO_MANY_REFUNDS', 'ko'),
  webhook: { imp_uid: 'imp_123456789012', merchant_uid: 'ORD-1', status: 'cancelled' },
} as const;
