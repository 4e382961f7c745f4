import { CODES } from '../../functions/http/codes.ts';

/** One order's story, told in every example. A test holds each against its schema. */

const REFUND = {
  refund_id: 'rf_4h7q0x9v2m5t8c1b6n3k0p7d',
  status: 'cancelled',
  amount: 2_000,
  reason: 'size',
  requested_at: 1_782_900_000,
  requested_by: 'customer',
  attempts: 1,
  cancellation_id: '06JC8FVHJTW2WY16FEY0',
  receipt_url: 'https://receipt.example/2',
  cancelled_at: 1_782_900_001,
  attribution: 'tag',
  corrected: false,
  expected_by: null,
} as const;

const UNKNOWN_REFUND = {
  ...REFUND,
  status: 'unknown',
  cancellation_id: null,
  receipt_url: null,
  cancelled_at: 0,
  attribution: null,
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

export const EXAMPLES = {
  request: { merchant_uid: 'ORD-1', cancel_request_amount: 2_000, reason: 'size' },
  cancelled: { ...PAYMENT, refund: REFUND },
  unknown: { ...UNTOUCHED, refund: UNKNOWN_REFUND },
  payment: {
    ...PAYMENT,
    refunds: [REFUND],
    refunds_before: null,
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
        why: 'this PG books later, and has not booked the cancel',
        drift: true,
        proposal: { ...CLOSING, proposed_by: 'staff-1' },
      },
    },
  },
  closed: {
    ...UNTOUCHED,
    refund: {
      ...REFUND,
      status: 'rejected',
      cancellation_id: null,
      receipt_url: null,
      cancelled_at: 0,
      attribution: null,
      rejection: { code: 'NOT_EXECUTED' },
      closed: { ...CLOSING, proposed_by: 'staff-1', approved_by: 'staff-2' },
    },
  },
  problem: {
    type: 'urn:iamport-refunds:problem:invalid-request',
    title: CODES.INVALID_REQUEST.title,
    status: 400,
    detail: CODES.INVALID_REQUEST.en,
    code: 'INVALID_REQUEST',
    message: CODES.INVALID_REQUEST.en,
    errors: [{ pointer: '/amount', message: 'is not a known field; did you mean cancel_request_amount?' }],
  },
  /** In Korean, for `Accept-Language: ko`. */
  throttled: {
    type: 'urn:iamport-refunds:problem:too-many-refunds',
    title: CODES.TOO_MANY_REFUNDS.title,
    status: 429,
    detail: CODES.TOO_MANY_REFUNDS.ko,
    code: 'TOO_MANY_REFUNDS',
    message: CODES.TOO_MANY_REFUNDS.ko,
  },
  webhook: { imp_uid: 'imp_123456789012', merchant_uid: 'ORD-1', status: 'cancelled' },
} as const;
