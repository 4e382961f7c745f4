import type * as v from 'valibot';
import type { Surroundings } from '../protocol/ports.ts';
import { assertNever } from '../refund/assert-never.ts';
import { isDrift, standingProposal } from '../refund/closing.ts';
import { toDecimal, type Minor } from '../refund/money.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { rightOn, type Order } from '../refund/order.ts';
import {
  cancelableAmount,
  type Actor,
  type CancelEntry,
  type Payment,
  type PaymentFacts,
} from '../refund/payment.ts';
import { refundableNow, warningsOf } from '../refund/pg/judge.ts';
import type { Judged } from '../refund/pg/rules.ts';
import { paidBackBy } from '../refund/pg/families.ts';
import { explain } from '../refund/pg/refusals.ts';
import {
  isAlreadyCancelledAtPg,
  type AnswerNote,
  type CancelledRefund,
  type Closing,
  type ElsewhereCancel,
  type LedgerItem,
  type NotExecutedRefund,
  type Proposal,
  type Refund,
  type RequestedRefund,
  type Verdict,
} from '../refund/refund.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import type { Payment as PaymentAnswer, PaymentSummary } from './answer-schemas.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Who reads the answer, and when. Names and evidence of staff are shown to staff only. */
export interface Viewer {
  readonly actor: Actor;
  readonly nowMs: number;
  /** Undefined: unknown, so drift cannot be determined. */
  readonly quietPeriodMs: number | undefined;
  /** PG rules that the shop turned off. Absent: unknown. */
  readonly rulesOff?: ReadonlySet<string>;
}

export function viewerOf(actor: Actor, { now, settings }: Pick<Surroundings, 'now' | 'settings'>): Viewer {
  const { quietPeriodMs, rulesOff } = settings;
  return { actor, nowMs: now(), quietPeriodMs, rulesOff };
}

const NONE_OFF: ReadonlySet<string> = new Set();

// --- Payments ---

/** i'mport's names and units: amounts in the major unit, times in Unix seconds, 0 for never. */
export function paymentJson(payment: Payment): v.InferOutput<typeof PaymentAnswer> {
  const { currency } = payment;
  return {
    merchant_uid: payment.merchantUid,
    ...paymentSummaryJson(payment),
    pay_method: payment.payMethod ?? null,
    pg_provider: payment.pgProvider ?? null,
    cancel_amount: toDecimal(payment.cancelAmount, currency),
    paid_at: toSeconds(payment.paidAtMs),
    cancelled_at: toSeconds(payment.cancelledAtMs),
    cancel_reason: payment.cancelReason ?? null,
    cancel_history: payment.cancelHistory.map((entry) => ({
      amount: toDecimal(entry.amount, currency),
      cancelled_at: toSeconds(entry.cancelledAtMs),
      reason: entry.reason ?? null,
      receipt_url: entry.receiptUrl ?? null,
      cancellation_id: entry.cancellationId ?? null,
      pg_tid: entry.pgTid ?? null,
    })),
    receipt_url: payment.receiptUrl ?? null,
  };
}

/** Enough to tell the payments of an order apart and to choose one by `imp_uid`. */
export function paymentSummaryJson(payment: Payment): v.InferOutput<typeof PaymentSummary> {
  const { currency } = payment;
  return {
    imp_uid: payment.impUid,
    status: payment.status,
    currency,
    amount: toDecimal(payment.amount, currency),
    cancelable_amount: toDecimal(cancelableAmount(payment), currency),
  };
}

/** The payments of the order that the reader may see. */
export function paymentsJson(order: Order, { actor }: Viewer) {
  return order.payments
    .filter((payment) => rightOn(order, payment, actor) !== undefined)
    .map(paymentSummaryJson);
}

/** What the rules of the PG allow now: all that is left, and a part of it. */
export function refundableJson(payment: Payment, { nowMs, rulesOff = NONE_OFF }: Viewer): Json {
  const { untilMs, possibleFromMs, ...now } = refundableNow(payment, { nowMs, rulesOff });
  return { ...now, ...omitMissing({ until: secondsOf(untilMs), possible_from: secondsOf(possibleFromMs) }) };
}

/** Undefined when there is no time: then its field is left out. */
export function secondsOf(atMs: number | undefined): number | undefined {
  return atMs === undefined ? undefined : toSeconds(atMs);
}

function decimalOf(amount: Minor | undefined, currency: string): number | undefined {
  return amount === undefined ? undefined : toDecimal(amount, currency);
}

// --- Refunds ---

/** How the payment was made: warnings and expected_by depend on it. Unknown fields are left out. */
export type Method = Judged & Partial<Pick<PaymentFacts, 'amount'>>;

function statusOf({ status }: LedgerItem) {
  if (status === 'requested') return 'unknown' as const;
  return status === 'elsewhere' || status === 'attributed' ? ('cancelled' as const) : status;
}

/** The fields that answers, lists and events share, of a refund of ours or a foreign cancel. */
export function sharedJson(item: LedgerItem) {
  const { currency } = item;
  const ours = 'entry' in item ? undefined : item;
  const finishedAtMs =
    'entry' in item ? item.seenAtMs : 'finishedAtMs' in item ? item.finishedAtMs : undefined;
  return {
    refund_id: item.refundId,
    status: statusOf(item),
    amount: toDecimal(item.amount, currency),
    reason: ('entry' in item ? item.entry.reason : item.reason) ?? null,
    reference: ours?.reference ?? null,
    requested_at: toSeconds(ours?.requestedAtMs),
    cancelled_at: 'cancelledAtMs' in item ? toSeconds(item.cancelledAtMs) : 0,
    finished_at: toSeconds(finishedAtMs),
    actor: ours?.actor.kind ?? null,
    decided_by: 'decidedBy' in item ? item.decidedBy : null,
    ...omitMissing({
      made_by: ours === undefined ? ('provider' as const) : undefined,
      executed_amount: 'executedAmount' in item ? decimalOf(item.executedAmount, currency) : undefined,
      corrected: 'corrected' in item && item.corrected ? (true as const) : undefined,
      undone: 'undone' in item && item.undone !== undefined ? (true as const) : undefined,
    }),
  };
}

/** A refund of ours, or a foreign cancel. */
export function refundJson(item: LedgerItem, payment: Method, viewer: Viewer): Json {
  const nothing = { cancellation_id: null, receipt_url: null, attribution: null, expected_by: null };
  const own = 'entry' in item ? elsewhereJson(item, payment, viewer) : ownJson(item, payment, viewer);
  return { ...sharedJson(item), ...nothing, ...own };
}

function ownJson(refund: Refund, payment: Method, viewer: Viewer): Json {
  const closing = 'closing' in refund ? refund.closing : undefined;
  return {
    ...outcomeJson(refund, payment, viewer),
    ...omitMissing({ closed_by: closingJson(closing, refund.currency, viewer) }),
    warnings: warningsOf(payment, askedIn(refund, payment), {
      // With the rules at the time of the request.
      nowMs: refund.requestedAtMs,
      rulesOff: viewer.rulesOff ?? NONE_OFF,
      done: refund.status === 'cancelled',
    }),
  };
}

function askedIn({ amount, reason, passedOn, cancelledBefore, destination }: Refund, payment: Method) {
  return {
    partial: payment.amount !== undefined && amount < payment.amount,
    // The account itself is not kept.
    account: destination === undefined ? {} : { account: '-' },
    passedOn,
    cancelsBefore: cancelledBefore > 0 ? 1 : 0,
    ...omitMissing({ reason }),
  };
}

function outcomeJson(refund: Refund, payment: Method, viewer: Viewer): Json {
  switch (refund.status) {
    case 'requested':
      return {
        in_doubt: doubtJson(refund, payment, viewer),
        ...omitMissing({
          expected_by: secondsOf(refund.doubt?.expectedByMs),
          proposal: proposalJson(refund, refund.claimedAtMs, viewer),
        }),
      };
    case 'cancelled': {
      const { entries, attribution, undone, cancelledAtMs, finishedAtMs } = refund;
      const paidBackMs =
        undone === undefined ? paidBackBy(payment, cancelledAtMs ?? finishedAtMs) : undefined;
      return {
        ...entryJson(entries),
        attribution,
        ...omitMissing({ expected_by: secondsOf(paidBackMs) }),
        ...undoneJson(refund, viewer),
      };
    }
    case 'rejected':
      return { rejection: { code: refund.code, ...providerJson(refund.answer, payment) } };
    case 'not_executed':
      return { rejection: { code: codeOf(refund), ...providerJson(refund.answer, payment) } };
    case 'not_sent':
      return {};
    default:
      return assertNever(refund);
  }
}

export function codeOf(refund: NotExecutedRefund) {
  return isAlreadyCancelledAtPg(refund) ? 'ALREADY_CANCELLED_AT_PG' : 'NOT_EXECUTED';
}

/** Of several entries, the first one with an id. */
function entryJson(entries: readonly CancelEntry[]): Json {
  return {
    cancellation_id:
      entries.find(({ cancellationId }) => cancellationId !== undefined)?.cancellationId ?? null,
    receipt_url: entries.find(({ receiptUrl }) => receiptUrl !== undefined)?.receiptUrl ?? null,
  };
}

function elsewhereJson(item: ElsewhereCancel, payment: Method, viewer: Viewer): Json {
  const { entry, attributedTo, seenAtMs: nowMs } = item;
  const { rulesOff = NONE_OFF } = viewer;
  return {
    ...entryJson([entry]),
    ...omitMissing({ attributed_to: attributedTo }),
    ...undoneJson(item, viewer),
    warnings: warningsOf(payment, AS_OTHERS_ASKED, { nowMs, rulesOff, done: true }),
  };
}

/** The request of a foreign cancel is unknown, so only warnings that always apply are given. */
const AS_OTHERS_ASKED = {
  partial: true,
  account: {},
  passedOn: { taxFree: 0, vatAmount: 0 },
  cancelsBefore: 0,
} as const;

// --- Doubts, and what people said ---

/** Since when the result is unknown, why, and what was found so far. */
function doubtJson(refund: RequestedRefund, payment: Method, { nowMs, quietPeriodMs }: Viewer): Json {
  const { requestedAtMs, currency, doubt, answer, unreadableSinceMs } = refund;
  return {
    since: toSeconds(requestedAtMs),
    why: doubt?.why ?? null,
    drift: quietPeriodMs === undefined ? null : isDrift(refund, nowMs, quietPeriodMs),
    ...omitMissing({
      cancel_amount: decimalOf(doubt?.cancelAmount, currency),
      answer: answer && answerJson(answer, payment),
      unreadable_since: secondsOf(unreadableSinceMs),
    }),
  };
}

function answerJson(answer: AnswerNote, payment: Method): Json {
  const { atMs, text, meaning, accepted } = answer;
  return {
    at: toSeconds(atMs),
    text,
    accepted: accepted ?? false,
    ...omitMissing({ meaning }),
    ...providerJson(answer, payment),
  };
}

/** The PG undid the cancel (row 11), or one member of staff says so. */
function undoneJson(item: CancelledRefund | ElsewhereCancel, viewer: Viewer): Json {
  return omitMissing({
    proposal: item.undone === undefined ? proposalJson(item, 0, viewer) : undefined,
    undone_by: closingJson(item.undone, item.currency, viewer),
  });
}

function proposalJson(
  { proposal, currency }: { readonly proposal?: Proposal; readonly currency: string },
  claimedAtMs: number,
  { actor, nowMs }: Viewer,
): Json | undefined {
  if (proposal === undefined || actor.kind !== 'staff') return undefined;
  const standing = standingProposal({ proposal, claimedAtMs }, nowMs);
  return standing && saidByJson(standing, currency);
}

function closingJson(closing: Closing | undefined, currency: string, { actor }: Viewer): Json | undefined {
  if (closing === undefined || actor.kind !== 'staff') return undefined;
  const { proposal, approval } = closing;
  return {
    ...saidByJson(proposal, currency),
    approved_by: approval.by.person,
    approved_at: toSeconds(approval.atMs),
    approval_evidence: approval.evidence,
  };
}

function saidByJson({ said, evidence, by, atMs }: Proposal, currency: string): Json {
  return { ...verdictJson(said, currency), evidence, proposed_by: by.person, proposed_at: toSeconds(atMs) };
}

/** As in the body of a closing, so that a second person can repeat it. */
function verdictJson(said: Verdict, currency: string): Json {
  switch (said.verdict) {
    case 'executed':
      return {
        verdict: said.verdict,
        entries: said.entries.map((entry) =>
          'cancellationId' in entry
            ? { cancellation_id: entry.cancellationId }
            : { cancelled_at: toSeconds(entry.cancelledAtMs), amount: toDecimal(entry.amount, currency) },
        ),
      };
    case 'executed_unlisted':
      return { verdict: 'executed', listed: false, amount: toDecimal(said.amount, currency) };
    case 'not_executed':
    case 'undone':
      return { verdict: said.verdict };
    default:
      return assertNever(said);
  }
}

// --- The provider's answer ---

/** The provider's answer in its own words, and their known meaning. */
export function providerJson(answer: AnswerNote | undefined, { pgProvider }: Method): Json {
  if (answer?.refusal === undefined) return {};
  const { refusal } = answer;
  const { code, message } = refusal;
  return { provider: { code, message, ...explain(refusal, pgProvider) } };
}
