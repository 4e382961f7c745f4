import { isDrift } from '../refund/closing.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { assertNever } from '../refund/assert-never.ts';
import { standingProposal } from '../refund/closing.ts';
import { toDecimal } from '../refund/money.ts';
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
import type { WarningName } from '../refund/pg/rules.ts';
import type {
  AnswerNote,
  CancelledRefund,
  Closing,
  ElsewhereCancel,
  LedgerItem,
  NotExecutedRefund,
  Proposal,
  ProviderRefusal,
  Refund,
  RequestedRefund,
  Verdict,
} from '../refund/refund.ts';
import { toSeconds } from '../refund/unix-seconds.ts';

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
export function paymentJson(payment: Payment): Json {
  const { currency } = payment;
  return {
    merchant_uid: payment.merchantUid,
    imp_uid: payment.impUid,
    status: payment.status,
    pay_method: payment.payMethod ?? null,
    pg_provider: payment.pgProvider ?? null,
    currency,
    amount: toDecimal(payment.amount, currency),
    cancel_amount: toDecimal(payment.cancelAmount, currency),
    cancelable_amount: toDecimal(cancelableAmount(payment), currency),
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
export function paymentSummaryJson(payment: Payment): Json {
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
export function paymentsJson(order: Order, { actor }: Viewer): readonly Json[] {
  return order.payments
    .filter((payment) => rightOn(order, payment, actor) !== undefined)
    .map(paymentSummaryJson);
}

/** What the rules of the PG allow now: all that is left, and a part of it. */
export function refundableJson(payment: Payment, { nowMs, rulesOff = NONE_OFF }: Viewer): Json {
  const { untilMs, possibleFromMs, ...now } = refundableNow(payment, { nowMs, rulesOff });
  return { ...now, ...secondsJson('until', untilMs), ...secondsJson('possible_from', possibleFromMs) };
}

/** A time under its name; no field when there is none. */
export function secondsJson(name: string, atMs: number | undefined): Json {
  return atMs === undefined ? {} : { [name]: toSeconds(atMs) };
}

// --- Refunds ---

/** How the payment was made: warnings and expected_by depend on it. Unknown fields are left out. */
export type Method = Judged & Partial<Pick<PaymentFacts, 'amount'>>;

type RefundStatus = Exclude<LedgerItem['status'], 'requested' | 'elsewhere' | 'attributed'> | 'unknown';

function statusOf(status: LedgerItem['status']): RefundStatus {
  if (status === 'requested') return 'unknown';
  return status === 'elsewhere' || status === 'attributed' ? 'cancelled' : status;
}

/** The fields that answers, lists and events share, of a refund of ours or a foreign cancel. */
export function toldJson(item: LedgerItem) {
  const { currency } = item;
  const ours = 'entry' in item ? undefined : item;
  const finishedAtMs =
    'entry' in item ? item.seenAtMs : 'finishedAtMs' in item ? item.finishedAtMs : undefined;
  return {
    refund_id: item.refundId,
    ...(ours === undefined ? { made_by: 'provider' as const } : {}),
    status: statusOf(item.status),
    amount: toDecimal(item.amount, currency),
    ...('executedAmount' in item && item.executedAmount !== undefined
      ? { executed_amount: toDecimal(item.executedAmount, currency) }
      : {}),
    reason: ('entry' in item ? item.entry.reason : item.reason) ?? null,
    reference: ours?.reference ?? null,
    requested_at: toSeconds(ours?.requestedAtMs),
    cancelled_at: 'cancelledAtMs' in item ? toSeconds(item.cancelledAtMs) : 0,
    finished_at: toSeconds(finishedAtMs),
    actor: ours?.actor.kind ?? null,
    decided_by: 'decidedBy' in item ? item.decidedBy : null,
    ...('corrected' in item && item.corrected ? { corrected: true as const } : {}),
    ...('undone' in item && item.undone !== undefined ? { undone: true as const } : {}),
  };
}

/** A refund of ours, or a foreign cancel. */
export function refundJson(item: LedgerItem, payment: Method, viewer: Viewer): Json {
  const nothing = { cancellation_id: null, receipt_url: null, attribution: null, expected_by: null };
  const own = 'entry' in item ? elsewhereJson(item, payment, viewer) : ownJson(item, payment, viewer);
  return { ...toldJson(item), ...nothing, ...own };
}

function ownJson(refund: Refund, payment: Method, viewer: Viewer): Json {
  return {
    ...outcomeJson(refund, payment, viewer),
    ...('closing' in refund ? closingJson('closed_by', refund.closing, refund.currency, viewer) : {}),
    warnings: warningsOn(refund, payment, viewer),
  };
}

/** With the rules at the time of the request. */
function warningsOn(
  refund: Refund,
  payment: Method,
  { rulesOff = NONE_OFF }: Viewer,
): readonly WarningName[] {
  const { amount, reason, passedOn, cancelledBefore, requestedAtMs, destination, status } = refund;
  const asked = {
    partial: payment.amount !== undefined && amount < payment.amount,
    // The account itself is not kept.
    account: destination === undefined ? {} : { account: '-' },
    passedOn,
    cancelsBefore: cancelledBefore > 0 ? 1 : 0,
    ...omitMissing({ reason }),
  };
  return warningsOf(payment, asked, { nowMs: requestedAtMs, rulesOff, done: status === 'cancelled' });
}

function outcomeJson(refund: Refund, payment: Method, viewer: Viewer): Json {
  switch (refund.status) {
    case 'requested':
      return {
        in_doubt: doubtJson(refund, payment, viewer),
        ...secondsJson('expected_by', refund.doubt?.expectedByMs),
        ...proposalJson(refund, refund.claimedAtMs, viewer),
      };
    case 'cancelled':
      return {
        ...entryJson(refund.entries),
        attribution: refund.attribution,
        ...secondsJson('expected_by', refund.undone === undefined ? paidBackAt(refund, payment) : undefined),
        ...undoneJson(refund, viewer),
      };
    case 'rejected':
      return { rejection: { code: refund.code, ...providerJson(refund, payment) } };
    case 'not_executed':
      return { rejection: { code: codeOf(refund), ...providerJson(refund, payment) } };
    case 'not_sent':
      return {};
    default:
      return assertNever(refund);
  }
}

export function codeOf({ isAlreadyCancelledAtPg }: NotExecutedRefund) {
  return isAlreadyCancelledAtPg ? 'ALREADY_CANCELLED_AT_PG' : 'NOT_EXECUTED';
}

function paidBackAt({ cancelledAtMs, finishedAtMs }: CancelledRefund, payment: Method): number | undefined {
  return paidBackBy(payment, cancelledAtMs ?? finishedAtMs);
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
    ...(attributedTo === undefined ? {} : { attributed_to: attributedTo }),
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
  const seen = doubt?.cancelAmount;
  return {
    since: toSeconds(requestedAtMs),
    why: doubt?.why ?? null,
    drift: quietPeriodMs === undefined ? null : isDrift(refund, nowMs, quietPeriodMs),
    ...(seen === undefined ? {} : { cancel_amount: toDecimal(seen, currency) }),
    ...(answer === undefined ? {} : { answer: answerJson(answer, payment) }),
    ...secondsJson('unreadable_since', unreadableSinceMs),
  };
}

function answerJson({ atMs, text, refusal, meaning, accepted }: AnswerNote, payment: Method): Json {
  return {
    at: toSeconds(atMs),
    text,
    accepted: accepted ?? false,
    ...(meaning === undefined ? {} : { meaning }),
    ...providerJson({ refusal }, payment),
  };
}

/** The PG undid the cancel (row 11), or one member of staff says so. */
function undoneJson(item: CancelledRefund | ElsewhereCancel, viewer: Viewer): Json {
  const { undone, currency } = item;
  return undone === undefined
    ? proposalJson(item, 0, viewer)
    : closingJson('undone_by', undone, currency, viewer);
}

function proposalJson(
  { proposal, currency }: { readonly proposal?: Proposal; readonly currency: string },
  claimedAtMs: number,
  { actor, nowMs }: Viewer,
): Json {
  if (proposal === undefined || actor.kind !== 'staff') return {};
  const standing = standingProposal({ proposal, claimedAtMs }, nowMs);
  return standing === undefined ? {} : { proposal: saidByJson(standing, currency) };
}

function closingJson(
  name: 'closed_by' | 'undone_by',
  closing: Closing | undefined,
  currency: string,
  { actor }: Viewer,
): Json {
  if (closing === undefined || actor.kind !== 'staff') return {};
  const { proposal, approval } = closing;
  const approved = {
    approved_by: approval.by.person,
    approved_at: toSeconds(approval.atMs),
    approval_evidence: approval.evidence,
  };
  return { [name]: { ...saidByJson(proposal, currency), ...approved } };
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
export function providerJson(
  { refusal }: { readonly refusal?: ProviderRefusal | undefined },
  { pgProvider }: Method,
): Json {
  if (refusal === undefined) return {};
  const { code, message } = refusal;
  return { provider: { code, message, ...explain(refusal, pgProvider) } };
}
