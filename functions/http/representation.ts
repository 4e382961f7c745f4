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
import type { RuledPayment } from '../refund/pg/rules.ts';
import { paidBackBy } from '../refund/pg/families.ts';
import { explain } from '../refund/pg/refusals.ts';
import {
  isAlreadyCancelledAtPg,
  type AnswerNote,
  type Closing,
  type LedgerItem,
  type NotExecutedRefund,
  type Proposal,
  type RequestedRefund,
  type Verdict,
} from '../refund/refund.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import type {
  Payment as PaymentAnswer,
  PaymentSummary,
  Refund as RefundAnswer,
  Verdict as VerdictFields,
} from './answer-schemas.ts';

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
  return { ...now, until: secondsOf(untilMs), possible_from: secondsOf(possibleFromMs) };
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
export type Method = RuledPayment & Partial<Pick<PaymentFacts, 'amount'>>;

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

type RefundJson = Omit<v.InferOutput<typeof RefundAnswer>, 'in_doubt'> & {
  readonly in_doubt: Json | undefined;
};

/** A refund of ours, or a foreign cancel. JSON leaves out what is undefined. */
export function refundJson(item: LedgerItem, payment: Method, viewer: Viewer): RefundJson {
  const entries: readonly CancelEntry[] =
    'entry' in item ? [item.entry] : item.status === 'cancelled' ? item.entries : [];
  return {
    ...sharedJson(item),
    // Of several entries, the first one with an id.
    cancellation_id: entries.flatMap(({ cancellationId }) => cancellationId ?? [])[0] ?? null,
    receipt_url: entries.flatMap(({ receiptUrl }) => receiptUrl ?? [])[0] ?? null,
    attribution: item.status === 'cancelled' ? item.attribution : null,
    expected_by: secondsOf(expectedByMs(item, payment)) ?? null,
    attributed_to: 'attributedTo' in item ? item.attributedTo : undefined,
    rejection: rejectionJson(item, payment),
    in_doubt: item.status === 'requested' ? doubtJson(item, payment, viewer) : undefined,
    ...(viewer.actor.kind === 'staff' ? saidJson(item, viewer.nowMs) : {}),
    warnings: warningsAbout(item, payment, viewer.rulesOff),
  };
}

/** When the customer should have the money. */
function expectedByMs(item: LedgerItem, payment: Method): number | undefined {
  switch (item.status) {
    case 'requested':
      return item.doubt?.expectedByMs;
    case 'cancelled':
      return item.undone === undefined
        ? paidBackBy(payment, item.cancelledAtMs ?? item.finishedAtMs)
        : undefined;
    case 'rejected':
    case 'not_executed':
    case 'not_sent':
    case 'elsewhere':
    case 'attributed':
      return undefined;
    default:
      return assertNever(item);
  }
}

function rejectionJson(item: LedgerItem, payment: Method) {
  if (item.status !== 'rejected' && item.status !== 'not_executed') return undefined;
  const code = item.status === 'rejected' ? item.code : codeOf(item);
  return { code, provider: providerJson(item.answer, payment) };
}

export function codeOf(refund: NotExecutedRefund): 'ALREADY_CANCELLED_AT_PG' | 'NOT_EXECUTED' {
  return isAlreadyCancelledAtPg(refund) ? 'ALREADY_CANCELLED_AT_PG' : 'NOT_EXECUTED';
}

function warningsAbout(item: LedgerItem, payment: Method, rulesOff: ReadonlySet<string> = NONE_OFF) {
  if ('entry' in item) {
    return [...warningsOf(payment, AS_OTHERS_ASKED, { nowMs: item.seenAtMs, rulesOff, done: true })];
  }
  const { amount, reason, passedOn, cancelledBefore, destination } = item;
  const asked = {
    partial: payment.amount !== undefined && amount < payment.amount,
    // The account itself is not kept.
    account: destination === undefined ? {} : { account: '-' },
    passedOn,
    cancelsBefore: cancelledBefore > 0 ? 1 : 0,
    ...omitMissing({ reason }),
  };
  // With the rules at the time of the request.
  const nowMs = item.requestedAtMs;
  return [...warningsOf(payment, asked, { nowMs, rulesOff, done: item.status === 'cancelled' })];
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
    cancel_amount: decimalOf(doubt?.cancelAmount, currency),
    answer: answer && {
      at: toSeconds(answer.atMs),
      text: answer.text,
      accepted: answer.accepted ?? false,
      meaning: answer.meaning,
      provider: providerJson(answer, payment),
    },
    unreadable_since: secondsOf(unreadableSinceMs),
  };
}

/** What one person proposes, and what two have decided (rows 10 and 11). */
function saidJson(item: LedgerItem, nowMs: number) {
  const { currency } = item;
  const undone = 'undone' in item ? item.undone : undefined;
  const proposal = 'proposal' in item && undone === undefined ? item.proposal : undefined;
  const claimedAtMs = item.status === 'requested' ? item.claimedAtMs : 0;
  const standing = proposal && standingProposal({ proposal, claimedAtMs }, nowMs);
  return {
    proposal: standing && proposalJson(standing, currency),
    closed_by: closingJson('closing' in item ? item.closing : undefined, currency),
    undone_by: closingJson(undone, currency),
  };
}

function closingJson(closing: Closing | undefined, currency: string) {
  if (closing === undefined) return undefined;
  const { proposal, approval } = closing;
  return {
    ...proposalJson(proposal, currency),
    approved_by: approval.by.person,
    approved_at: toSeconds(approval.atMs),
    approval_evidence: approval.evidence,
  };
}

function proposalJson({ said, evidence, by, atMs }: Proposal, currency: string) {
  return { ...verdictJson(said, currency), evidence, proposed_by: by.person, proposed_at: toSeconds(atMs) };
}

/** As in the body of a closing, so that a second person can repeat it. */
function verdictJson(said: Verdict, currency: string): v.InferOutput<typeof VerdictFields> {
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
export function providerJson(answer: AnswerNote | undefined, { pgProvider }: Method) {
  if (answer?.refusal === undefined) return undefined;
  const { code, message } = answer.refusal;
  return { code, message, ...explain(answer.refusal, pgProvider) };
}
