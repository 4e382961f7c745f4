import * as v from 'valibot';
import { PROBLEM_CODES } from './problem.ts';

/** What the routes answer, for the API description and for the tests that hold the answers against it. */

const unixSeconds = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.description('Unix seconds; 0 means never.'),
);
const text = v.nullable(v.string());
const amount = v.pipe(
  v.number(),
  v.minValue(0),
  v.description('In the major unit of the currency (won, dollars).'),
);

export const HistoryEntry = v.object({
  amount,
  cancelled_at: unixSeconds,
  reason: text,
  receipt_url: text,
  cancellation_id: text,
  pg_tid: text,
});

export const Provider = v.object({ code: v.pipe(v.number(), v.integer()), message: v.string() });

export const Refund = v.object({
  refund_id: v.string(),
  status: v.pipe(
    v.picklist(['cancelled', 'rejected', 'unknown']),
    v.description('`unknown` until it is proven done or proven not done.'),
  ),
  amount,
  reason: text,
  requested_at: unixSeconds,
  requested_by: v.picklist(['customer', 'staff']),
  attempts: v.pipe(v.number(), v.integer(), v.minValue(1)),
  cancellation_id: text,
  receipt_url: text,
  rejection: v.optional(
    v.object({ code: v.picklist(['CHECKSUM_MISMATCH', 'CANCEL_REJECTED']), provider: v.optional(Provider) }),
  ),
});

const payment = {
  merchant_uid: v.string(),
  imp_uid: v.string(),
  status: v.pipe(
    v.string(),
    v.description("As i'mport names it; a partly cancelled payment is `cancelled` too."),
  ),
  pay_method: text,
  pg_provider: text,
  currency: v.pipe(v.string(), v.description('ISO 4217.')),
  amount,
  cancel_amount: amount,
  cancelable_amount: amount,
  paid_at: unixSeconds,
  cancelled_at: unixSeconds,
  cancel_reason: text,
  cancel_history: v.array(HistoryEntry),
  receipt_url: text,
};

export const CancelAnswer = v.object({ ...payment, refund: Refund });
export const PaymentAnswer = v.object({
  ...payment,
  refunds: v.pipe(v.array(Refund), v.description('Newest last.')),
});

const FieldError = v.object({
  pointer: v.pipe(v.string(), v.description('JSON pointer.')),
  message: v.string(),
});

export const Problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.string(),
  code: v.picklist(PROBLEM_CODES),
  message: v.pipe(v.string(), v.description('The same as `detail`.')),
  errors: v.optional(v.array(FieldError)),
  cancelable_amount: v.optional(amount),
  provider: v.optional(Provider),
  rule: v.optional(v.string()),
  refund: v.optional(Refund),
});

export const WebhookAnswer = v.object({ received: v.literal(true) });
