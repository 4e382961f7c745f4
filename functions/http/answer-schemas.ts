import * as v from 'valibot';
import { ATTRIBUTIONS } from '../refund/payment.ts';
import { RULE_NAMES } from '../refund/pg/rules.ts';
import { REJECTION_CODES } from '../refund/rejection.ts';
import { PROBLEM_CODES } from './codes.ts';
import { PROVIDER_REASONS } from './provider-reason.ts';
import { REFUNDS_IN_ANSWER } from './representation.ts';

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

export const Provider = v.object({
  code: v.pipe(v.number(), v.integer()),
  message: v.string(),
  reason: v.optional(
    v.pipe(
      v.picklist(PROVIDER_REASONS),
      v.description(
        'Where the text is a known one: fill up the balance at the PG, or wait for its maintenance to end.',
      ),
    ),
  ),
});

const verdict = {
  verdict: v.picklist(['executed', 'not_executed']),
  cancellation_id: v.optional(v.string()),
  evidence: v.string(),
  proposed_by: v.string(),
};

const InDoubt = v.object({
  since: unixSeconds,
  why: v.pipe(text, v.description('Why the last look could not decide.')),
  drift: v.pipe(v.boolean(), v.description('Two members of staff may close it.')),
  proposal: v.optional(v.pipe(v.object(verdict), v.description('Only for staff.'))),
});

export const Refund = v.object({
  refund_id: v.string(),
  status: v.pipe(
    v.picklist(['cancelled', 'rejected', 'not_executed', 'unknown']),
    v.description('`unknown` until it is proven done or proven not done.'),
  ),
  amount,
  reason: text,
  requested_at: unixSeconds,
  requested_by: v.picklist(['customer', 'staff']),
  attempts: v.pipe(v.number(), v.integer(), v.minValue(1)),
  cancellation_id: text,
  receipt_url: text,
  cancelled_at: unixSeconds,
  attribution: v.pipe(
    v.nullable(v.picklist(ATTRIBUTIONS)),
    v.description('By what it is known that the entry is this refund.'),
  ),
  corrected: v.pipe(v.boolean(), v.description('It was told otherwise before.')),
  expected_by: v.pipe(
    v.nullable(unixSeconds),
    v.description('When the money should be there, where the rule of the method is known.'),
  ),
  rejection: v.optional(v.object({ code: v.picklist(REJECTION_CODES), provider: v.optional(Provider) })),
  in_doubt: v.optional(InDoubt),
  closed: v.optional(
    v.pipe(
      v.object({ ...verdict, approved_by: v.string() }),
      v.description('What two members of staff have decided; only for staff.'),
    ),
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

export const PaymentSummary = v.object({
  imp_uid: v.string(),
  status: v.string(),
  currency: v.string(),
  amount,
  cancelable_amount: amount,
});

export const CancelAnswer = v.object({ ...payment, refund: Refund });
export const CloseAnswer = CancelAnswer;
export const PaymentAnswer = v.object({
  ...payment,
  refunds: v.pipe(
    v.array(Refund),
    v.maxLength(REFUNDS_IN_ANSWER),
    v.description(`Newest last, at most ${REFUNDS_IN_ANSWER}.`),
  ),
  refunds_before: v.pipe(
    text,
    v.description('For `?before=`, to read older ones; null when there are none.'),
  ),
  payments: v.pipe(
    v.array(PaymentSummary),
    v.description('All payments of the order that are the caller’s to see.'),
  ),
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
  rule: v.optional(v.picklist(RULE_NAMES)),
  refund: v.optional(Refund),
  payments: v.optional(v.array(PaymentSummary)),
});

export const WebhookAnswer = v.object({ received: v.literal(true) });
