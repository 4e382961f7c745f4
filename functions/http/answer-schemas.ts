import * as v from 'valibot';
import { REFUNDS_IN_ANSWER } from '../protocol/read.ts';
import { REFUSAL_REASONS, RETRIES } from '../refund/pg/refusals.ts';
import { RULE_NAMES, WARNING_NAMES } from '../refund/pg/rules.ts';
import { ATTRIBUTIONS, DECIDED_BY, REJECTION_CODES } from '../refund/refund.ts';
import { PROBLEM_CODES } from './codes.ts';
import { EntryById, EntryByTime } from './schemas.ts';
import { REASON_TEXTS, RULE_TEXTS } from './texts.ts';

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

/** Each name with its own words. */
function listed<Name extends string>(
  names: readonly Name[],
  texts: Readonly<Record<Name, { readonly en: string }>>,
): string {
  return names.map((name) => `\`${name}\`: ${texts[name].en}`).join(' ');
}

const warnings = v.pipe(
  v.array(v.picklist(WARNING_NAMES)),
  v.description(
    `What the PG’s rules say beside it. Told wherever it may hold. ${listed(WARNING_NAMES, RULE_TEXTS)}`,
  ),
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
  message: v.pipe(v.string(), v.description('The PG’s own words, behind i’mport’s.')),
  reason: v.optional(
    v.pipe(
      v.picklist(REFUSAL_REASONS),
      v.description(`Where the words are published ones. ${listed(REFUSAL_REASONS, REASON_TEXTS)}`),
    ),
  ),
  retry: v.optional(v.pipe(v.picklist(RETRIES), v.description('Beside `reason`: what helps, if anything.'))),
});

const VERDICTS = ['executed', 'not_executed', 'undone'] as const;

const proposal = {
  verdict: v.picklist(VERDICTS),
  entries: v.optional(
    v.pipe(
      v.array(v.union([EntryById, EntryByTime])),
      v.description('With `executed`: the entries of cancel_history that are the refund.'),
    ),
  ),
  listed: v.optional(v.pipe(v.literal(false), v.description("i'mport's history does not show the cancel."))),
  amount: v.optional(v.pipe(amount, v.description('With `listed: false`: what the PG has cancelled.'))),
  evidence: v.string(),
  proposed_by: v.string(),
  proposed_at: unixSeconds,
};

/** What one member of staff says of a refund. */
export const Proposal = v.object(proposal);

/** What two members of staff have decided. */
export const Closing = v.object({
  ...proposal,
  approved_by: v.string(),
  approved_at: unixSeconds,
  approval_evidence: v.string(),
});

const InDoubt = v.object({
  since: unixSeconds,
  why: v.pipe(text, v.description('Why the last look could not decide.')),
  drift: v.pipe(v.boolean(), v.description('No program can decide it any more; two members of staff can.')),
  cancel_amount: v.optional(
    v.pipe(amount, v.description('What the last look has found as cancelled of the payment.')),
  ),
  answer: v.optional(
    v.pipe(
      v.object({
        at: unixSeconds,
        text: v.string(),
        accepted: v.pipe(v.boolean(), v.description('The provider said yes; its books do not show it yet.')),
        meaning: v.optional(v.picklist(['under_way', 'already_cancelled'])),
        provider: v.optional(Provider),
      }),
      v.description('What came back for the cancel: a hint, and no proof.'),
    ),
  ),
  unreadable_since: v.optional(
    v.pipe(unixSeconds, v.description('Since when i’mport has not answered readably about the payment.')),
  ),
});

const refundId = v.string();

export const Refund = v.object({
  refund_id: refundId,
  status: v.pipe(
    v.picklist(['cancelled', 'rejected', 'not_executed', 'unknown', 'not_sent']),
    v.description('`unknown` until it is proven done or proven not done; `not_sent`: nothing has left us.'),
  ),
  made_by: v.optional(
    v.pipe(
      v.literal('provider'),
      v.description('A cancel that others have made (i’mport’s console, another program).'),
    ),
  ),
  amount,
  executed_amount: v.optional(
    v.pipe(amount, v.description('Where it is not what was asked for: what really went back.')),
  ),
  reason: text,
  reference: v.pipe(text, v.description('The shop’s own number of it.')),
  actor: v.pipe(
    v.nullable(v.picklist(['customer', 'staff'])),
    v.description('In which right it was asked for.'),
  ),
  requested_at: unixSeconds,
  cancelled_at: unixSeconds,
  finished_at: unixSeconds,
  cancellation_id: text,
  receipt_url: text,
  decided_by: v.pipe(
    v.nullable(v.picklist(DECIDED_BY)),
    v.description('The answer to the cancel itself, a look at the books, or two people.'),
  ),
  attribution: v.pipe(
    v.nullable(v.picklist(ATTRIBUTIONS)),
    v.description('By what it is known that the entry is this refund.'),
  ),
  expected_by: v.pipe(
    v.nullable(unixSeconds),
    v.description('When the money should be there, where the rule of the method is known.'),
  ),
  corrected: v.optional(v.pipe(v.literal(true), v.description('It was told otherwise before.'))),
  undone: v.optional(v.pipe(v.literal(true), v.description('The PG has undone the cancel.'))),
  attributed_to: v.optional(
    v.pipe(
      refundId,
      v.description('The refund of ours that this cancel turned out to be; count only that one.'),
    ),
  ),
  rejection: v.optional(
    v.object({
      code: v.picklist([...REJECTION_CODES, 'NOT_EXECUTED', 'ALREADY_CANCELLED_AT_PG']),
      provider: v.optional(Provider),
    }),
  ),
  in_doubt: v.optional(InDoubt),
  proposal: v.optional(
    v.pipe(Proposal, v.description('Waits for a second member of staff; only for staff.')),
  ),
  closed_by: v.optional(v.pipe(Closing, v.description('Only for staff.'))),
  undone_by: v.optional(v.pipe(Closing, v.description('Only for staff.'))),
  warnings,
});

/** A refund id whose reservation could still arrive at the table. */
export const UnreservedRefund = v.object({ refund_id: refundId, status: v.literal('unknown') });

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
export const RefundAnswer = v.object({ ...payment, refund: v.union([Refund, UnreservedRefund]) });
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
  refundable: v.pipe(
    v.object({
      full: v.pipe(v.boolean(), v.description('Everything that is left.')),
      partial: v.boolean(),
      until: v.optional(
        v.pipe(unixSeconds, v.description('When the first of the rules will end it. Absent: none will.')),
      ),
      possible_from: v.optional(v.pipe(unixSeconds, v.description('Neither is allowed before.'))),
      warnings,
    }),
    v.description('What the rules of the PG allow now.'),
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
  rule: v.optional(
    v.pipe(
      v.picklist(RULE_NAMES),
      v.description('A shop whose contract differs can turn it off (`rulesOff`).'),
    ),
  ),
  source: v.optional(v.pipe(v.string(), v.description('Where the rule is published.'))),
  possible_from: v.optional(
    v.pipe(unixSeconds, v.description('When the rule allows the same refund again.')),
  ),
  refund: v.optional(Refund),
  payments: v.optional(v.array(PaymentSummary)),
  proposed_by: v.optional(v.string()),
  verdict: v.optional(v.pipe(v.picklist(VERDICTS), v.description('What was proposed.'))),
});

export const WebhookAnswer = v.object({ received: v.literal(true) });
