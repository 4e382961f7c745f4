/** One order's story, told in every example. A test holds each against its schema. */

const REFUND = {
  refund_id: 'rf_4h7q0x9v2m5t8c1b6n3k0p7d',
  status: 'cancelled',
  amount: 2_000,
  reason: 'size',
  requested_at: 1_782_900_000,
  requested_by: 'customer',
  attempts: 1,
  cancellation_id: '1234567890123456789',
  receipt_url: 'https://receipt.example/2',
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
  cancel_reason: 'size',
  cancel_history: [
    {
      amount: 2_000,
      cancelled_at: 1_782_900_001,
      reason: 'size [rf_4h7q0x9v2m5t8c1b6n3k0p7d]',
      receipt_url: 'https://receipt.example/2',
      cancellation_id: '1234567890123456789',
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

export const EXAMPLES = {
  request: { merchant_uid: 'ORD-1', cancel_request_amount: 2_000, reason: 'size' },
  cancelled: { ...PAYMENT, refund: REFUND },
  unknown: {
    ...UNTOUCHED,
    refund: { ...REFUND, status: 'unknown', cancellation_id: null, receipt_url: null },
  },
  payment: { ...PAYMENT, refunds: [REFUND] },
  problem: {
    type: 'urn:iamport-refunds:problem:invalid-request',
    title: 'Invalid request',
    status: 400,
    detail: 'The request breaks one or more rules; see errors.',
    code: 'INVALID_REQUEST',
    message: 'The request breaks one or more rules; see errors.',
    errors: [{ pointer: '/amount', message: 'is not a known field; did you mean cancel_request_amount?' }],
  },
  webhook: { imp_uid: 'imp_123456789012', merchant_uid: 'ORD-1', status: 'cancelled' },
} as const;
