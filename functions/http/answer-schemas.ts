import * as v from 'valibot';
import { described, optional } from './described.ts';
import { REFUNDS_IN_ANSWER } from '../protocol/read.ts';
import { REFUSAL_REASONS, RETRIES } from '../refund/pg/refusals.ts';
import { RULE_NAMES, WARNING_NAMES } from '../refund/pg/rules.ts';
import { ATTRIBUTIONS, REJECTION_CODES } from '../refund/refund.ts';
import { PROBLEM_CODES } from './codes.ts';
import { DRIFT, shared } from './listed.ts';
import { EntryById, EntryByTime } from './schemas.ts';
import { REASON_TEXTS, RULE_TEXTS } from './texts.ts';

/** Schemas of the routes' answers, for the API description and for the tests that check the answers against it. */

const { amount, reason: text, requested_at: unixSeconds } = shared;

/** Each name with its text. */
function listed<Name extends string>(
  names: readonly Name[],
  texts: Readonly<Record<Name, { readonly en: string }>>,
): string {
  return names.map((name) => `\`${name}\`: ${texts[name].en}`).join(' ');
}

const warnings = described(
  v.array(v.picklist(WARNING_NAMES)),
  `Warnings from the PG’s rules: the refund is allowed, but this may apply. ${listed(WARNING_NAMES, RULE_TEXTS)}`,
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
  message: described(v.string(), 'The PG’s own message, taken from i’mport’s message.'),
  reason: optional(
    v.picklist(REFUSAL_REASONS),
    `The reason, when the PG’s message is a published one. ${listed(REFUSAL_REASONS, REASON_TEXTS)}`,
  ),
  retry: optional(v.picklist(RETRIES), 'Beside `reason`: what helps, if anything.'),
});

const VERDICTS = ['executed', 'not_executed', 'undone'] as const;

export const Verdict = v.object({
  verdict: v.picklist(VERDICTS),
  entries: optional(
    v.array(v.union([EntryById, EntryByTime])),
    'With `executed`: the entries of cancel_history that are the refund.',
  ),
  listed: optional(v.literal(false), "i'mport's history does not show the cancel."),
  amount: optional(amount, 'With `listed: false`: what the PG has cancelled.'),
});

/** What one member of staff says about a refund. */
export const Proposal = v.object({
  ...Verdict.entries,
  evidence: v.string(),
  proposed_by: v.string(),
  proposed_at: unixSeconds,
});

/** What two members of staff decided. */
export const Closing = v.object({
  ...Proposal.entries,
  approved_by: v.string(),
  approved_at: unixSeconds,
  approval_evidence: v.string(),
});

const InDoubt = v.object({
  since: unixSeconds,
  why: described(text, 'Why the last look at i’mport’s books could not decide.'),
  drift: described(v.boolean(), DRIFT),
  cancel_amount: optional(amount, 'The payment’s cancelled amount at i’mport, as the last look saw it.'),
  answer: optional(
    v.object({
      at: unixSeconds,
      text: v.string(),
      accepted: described(v.boolean(), 'i’mport accepted the cancel, but its books do not show it yet.'),
      meaning: v.optional(v.picklist(['under_way', 'already_cancelled'])),
      provider: v.optional(Provider),
    }),
    'What came back for the cancel: a hint, and no proof.',
  ),
  unreadable_since: optional(
    unixSeconds,
    'Since when i’mport has given no readable answer about the payment.',
  ),
});

export const Refund = v.object({
  ...shared,
  cancellation_id: text,
  receipt_url: text,
  attribution: described(
    v.nullable(v.picklist(ATTRIBUTIONS)),
    'How the entry was recognised as this refund.',
  ),
  expected_by: described(
    v.nullable(unixSeconds),
    'When the money should arrive. Present when the rule of the payment method is known.',
  ),
  attributed_to: optional(
    shared.refund_id,
    'The `refund_id` of the refund that this cancel turned out to be. Count only that refund.',
  ),
  rejection: v.optional(
    v.object({
      code: v.picklist([...REJECTION_CODES, 'NOT_EXECUTED', 'ALREADY_CANCELLED_AT_PG']),
      provider: v.optional(Provider),
    }),
  ),
  in_doubt: v.optional(InDoubt),
  proposal: optional(Proposal, 'The proposal that waits for a second member of staff. Only staff see it.'),
  closed_by: optional(Closing, 'Only for staff.'),
  undone_by: optional(Closing, 'Only for staff.'),
  warnings,
});

/** A refund id whose claim may still arrive at the table. */
export const UnreservedRefund = v.object({ refund_id: shared.refund_id, status: v.literal('unknown') });

/** Enough to tell the payments of an order apart. */
export const PaymentSummary = v.object({
  imp_uid: v.string(),
  status: described(v.string(), "As i'mport names it; a partly cancelled payment is `cancelled` too."),
  currency: described(v.string(), 'ISO 4217.'),
  amount,
  cancelable_amount: amount,
});

export const Payment = v.object({
  merchant_uid: v.string(),
  ...PaymentSummary.entries,
  pay_method: text,
  pg_provider: text,
  cancel_amount: amount,
  paid_at: unixSeconds,
  cancelled_at: unixSeconds,
  cancel_reason: text,
  cancel_history: v.array(HistoryEntry),
  receipt_url: text,
});

export const CancelAnswer = v.object({ ...Payment.entries, refund: Refund });
export const RefundAnswer = v.object({ ...Payment.entries, refund: v.union([Refund, UnreservedRefund]) });
export const PaymentAnswer = v.object({
  ...Payment.entries,
  refunds: v.pipe(
    v.array(Refund),
    v.maxLength(REFUNDS_IN_ANSWER),
    v.description(`Newest last, at most ${REFUNDS_IN_ANSWER}.`),
  ),
  refunds_before: described(text, 'For `?before=`, to read older ones; null when there are none.'),
  refundable: described(
    v.object({
      full: described(v.boolean(), 'Everything that is left.'),
      partial: v.boolean(),
      until: optional(
        unixSeconds,
        'When the first rule will end the possibility to refund. Absent when no rule will.',
      ),
      possible_from: optional(
        unixSeconds,
        'Before this time neither a full nor a partial refund is allowed.',
      ),
      warnings,
    }),
    'What the rules of the PG allow now.',
  ),
  payments: described(v.array(PaymentSummary), 'All payments of the order that are the caller’s to see.'),
});

const FieldError = v.object({
  pointer: described(v.string(), 'JSON pointer.'),
  message: v.string(),
});

export const Problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.string(),
  code: v.picklist(PROBLEM_CODES),
  message: described(v.string(), 'The same as `detail`.'),
  errors: v.optional(v.array(FieldError)),
  cancelable_amount: v.optional(amount),
  provider: v.optional(Provider),
  rule: optional(v.picklist(RULE_NAMES), 'A shop whose contract differs can turn it off (`rulesOff`).'),
  source: optional(v.string(), 'The page that publishes the rule.'),
  possible_from: optional(unixSeconds, 'When the rule allows the same refund again.'),
  refund: v.optional(Refund),
  payments: v.optional(v.array(PaymentSummary)),
  proposed_by: v.optional(v.string()),
  verdict: optional(v.picklist(VERDICTS), 'What was proposed.'),
});

export const WebhookAnswer = v.object({ received: v.literal(true) });
