import { isDrift } from '../protocol/doubt.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { assertNever } from '../refund/assert-never.ts';
import { standingProposal } from '../refund/closing.ts';
import { nextKoreanWeekdayEnd } from '../refund/korea-time.ts';
import { toDecimal } from '../refund/money.ts';
import { rightOn, type Order } from '../refund/order.ts';
import {
  cancelableAmount,
  hasMoneyLeft,
  type Actor,
  type CancelEntry,
  type Payment,
  type PaymentFacts,
} from '../refund/payment.ts';
import { judgeRules } from '../refund/pg/rules.ts';
import type {
  AnswerNote,
  CancelledRefund,
  Closing,
  ElsewhereCancel,
  LedgerItem,
  Proposal,
  ProviderRefusal,
  Refund,
  RequestedRefund,
  Verdict,
} from '../refund/refund.ts';
import { toSeconds } from '../refund/unix-seconds.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Who reads the answer, and when: names and evidence of the staff are for the staff. */
export interface Viewer {
  readonly actor: Actor;
  readonly nowMs: number;
  /** Undefined where nobody knows it: then nobody can tell either whether a refund is drift. */
  readonly quietPeriodMs: number | undefined;
}

export function viewerOf(actor: Actor, { now, settings }: Pick<Surroundings, 'now' | 'settings'>): Viewer {
  return { actor, nowMs: now(), quietPeriodMs: settings.quietPeriodMs };
}

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

/** Enough to tell the payments of an order apart and to name one by `imp_uid`. */
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

/** The payments of the order that are the reader's to know of. */
export function paymentsJson(order: Order, { actor }: Viewer): readonly Json[] {
  return order.payments
    .filter((payment) => rightOn(order, payment, actor) !== undefined)
    .map(paymentSummaryJson);
}

/** Whether an account is there is a question for the form; here it is as if one were. */
const SOME_ACCOUNT = { holder: '-', bank: '-', account: '-', tel: '-' } as const;

/** What the rules of the payment's method allow now: the rest at once, and a part of it. */
export function refundableJson(payment: Payment, nowMs: number): Json {
  const allows = (partial: boolean): boolean =>
    hasMoneyLeft(payment) &&
    judgeRules(payment, { partial, account: SOME_ACCOUNT }, nowMs)?.code !== 'REFUND_NOT_ALLOWED';
  // Once something has gone back, the rest is a part, too.
  return { full: allows(cancelableAmount(payment) < payment.amount), partial: allows(true), warnings: [] };
}

// --- Refunds ---

/** What the arrival of a refund depends on beside the refund itself. */
type Method = Pick<PaymentFacts, 'payMethod' | 'pgProvider'>;

/** A refund of ours, or a cancel that others have made. */
export function refundJson(item: LedgerItem, payment: Method, viewer: Viewer): Json {
  return 'entry' in item ? elsewhereJson(item, viewer) : ownJson(item, payment, viewer);
}

function ownJson(refund: Refund, payment: Method, viewer: Viewer): Json {
  return {
    refund_id: refund.refundId,
    status: refund.status === 'requested' ? 'unknown' : refund.status,
    amount: toDecimal(refund.amount, refund.currency),
    reason: refund.reason ?? null,
    reference: refund.reference ?? null,
    actor: refund.actor.kind,
    requested_at: toSeconds(refund.requestedAtMs),
    ...NOTHING_DONE,
    finished_at: 'finishedAtMs' in refund ? toSeconds(refund.finishedAtMs) : 0,
    decided_by: 'decidedBy' in refund ? refund.decidedBy : null,
    ...outcomeJson(refund, payment, viewer),
    ...('closing' in refund ? closingJson('closed_by', refund.closing, refund.currency, viewer) : {}),
    warnings: [],
  };
}

const NOTHING_DONE = {
  cancelled_at: 0,
  cancellation_id: null,
  receipt_url: null,
  attribution: null,
  expected_by: null,
} as const;

function outcomeJson(refund: Refund, payment: Method, viewer: Viewer): Json {
  switch (refund.status) {
    case 'requested':
      return {
        in_doubt: doubtJson(refund, viewer),
        ...proposalJson(refund, refund.claimedAtMs, viewer),
      };
    case 'cancelled':
      return {
        ...entryJson(refund.entries),
        cancelled_at: toSeconds(refund.cancelledAtMs),
        attribution: refund.attribution,
        expected_by: refund.undone === undefined ? expectedBy(refund, payment) : null,
        ...executedJson(refund),
        ...(refund.corrected ? { corrected: true } : {}),
        ...undoneJson(refund, viewer),
      };
    case 'rejected':
      return { rejection: { code: refund.code, ...providerJson(refund) } };
    case 'not_executed': {
      const code = refund.isAlreadyCancelledAtPg ? 'ALREADY_CANCELLED_AT_PG' : 'NOT_EXECUTED';
      return { rejection: { code, ...providerJson(refund) } };
    }
    case 'not_sent':
      return {};
    default:
      return assertNever(refund);
  }
}

function executedJson({ executedAmount, currency }: CancelledRefund): Json {
  return executedAmount === undefined ? {} : { executed_amount: toDecimal(executedAmount, currency) };
}

/** Of several entries the first that has one. */
function entryJson(entries: readonly CancelEntry[]): Json {
  return {
    cancellation_id:
      entries.find(({ cancellationId }) => cancellationId !== undefined)?.cancellationId ?? null,
    receipt_url: entries.find(({ receiptUrl }) => receiptUrl !== undefined)?.receiptUrl ?? null,
  };
}

function elsewhereJson(item: ElsewhereCancel, viewer: Viewer): Json {
  const { entry, currency, attributedTo } = item;
  return {
    refund_id: item.refundId,
    status: 'cancelled',
    made_by: 'provider',
    amount: toDecimal(item.amount, currency),
    reason: entry.reason ?? null,
    reference: null,
    actor: null,
    requested_at: 0,
    ...NOTHING_DONE,
    ...entryJson([entry]),
    cancelled_at: toSeconds(item.cancelledAtMs),
    finished_at: toSeconds(item.seenAtMs),
    decided_by: null,
    ...(attributedTo === undefined ? {} : { attributed_to: attributedTo }),
    ...undoneJson(item, viewer),
    warnings: [],
  };
}

/** A refund id that was told, and whose reservation could still arrive at the table: nothing else is known of it. */
export function unreservedJson(refundId: string): Json {
  return { refund_id: refundId, status: 'unknown' };
}

/** These PGs have days of their own: by hand in a week or more (daou), on Thursdays (mobilians), not at all (danal); IAMPORT 7. */
const OTHER_DAYS: ReadonlySet<string> = new Set(['daou', 'mobilians', 'danal', 'danal_tpay']);

/**
 * When the money of a refund should be there, in Unix seconds; null where no rule says. A virtual account's refund is paid on
 * the next business day (IAMPORT 7).
 */
function expectedBy(refund: CancelledRefund, { payMethod, pgProvider = '' }: Method): number | null {
  if (payMethod !== 'vbank' || OTHER_DAYS.has(pgProvider)) return null;
  return toSeconds(nextKoreanWeekdayEnd(refund.cancelledAtMs ?? refund.finishedAtMs));
}

// --- Doubts, and what people say ---

/** Since when nobody knows, why, and what was found so far. */
function doubtJson(refund: RequestedRefund, { nowMs, quietPeriodMs }: Viewer): Json {
  const { requestedAtMs, currency, doubt, answer, unreadableSinceMs } = refund;
  const seen = doubt?.cancelAmount;
  return {
    since: toSeconds(requestedAtMs),
    why: doubt?.why ?? null,
    drift: quietPeriodMs === undefined ? null : isDrift(refund, nowMs, quietPeriodMs),
    ...(seen === undefined ? {} : { cancel_amount: toDecimal(seen, currency) }),
    ...(answer === undefined ? {} : { answer: answerJson(answer) }),
    ...(unreadableSinceMs === undefined ? {} : { unreadable_since: toSeconds(unreadableSinceMs) }),
  };
}

function answerJson({ atMs, text, refusal, meaning, accepted }: AnswerNote): Json {
  return {
    at: toSeconds(atMs),
    text,
    accepted: accepted ?? false,
    ...(meaning === undefined ? {} : { meaning }),
    ...providerJson({ refusal }),
  };
}

/** The PG has undone the cancel (row 11), or one member of staff says so. */
function undoneJson(item: CancelledRefund | ElsewhereCancel, viewer: Viewer): Json {
  const { undone, currency } = item;
  return undone === undefined
    ? proposalJson(item, 0, viewer)
    : { undone: true, ...closingJson('undone_by', undone, currency, viewer) };
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

/** As the body of a closing has it, so that a second person can repeat it. */
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

// --- What the provider said ---

/**
 * Two kinds of refusal that a shop can do something about; i'mport has no codes for them, only the PG's texts (IAMPORT 2,
 * "Two special classes"). Asking again is useless until the balance at the PG is filled up, and right after maintenance.
 */
const REASONS = [
  [
    'settlement_shortage',
    /\[8178\]|\[2026\]|\[9029\]|상계가능 정산금액|미정산 금액보다|취소가능 금액이 부족|취소불가 상태/,
  ],
  ['pg_maintenance', /MaintenanceOngoing/i],
] as const;

export const PROVIDER_REASONS = REASONS.map(([reason]) => reason);

/** `provider`: what it answered, with its reason where the text is one of the known ones. */
export function providerJson({ refusal }: { readonly refusal?: ProviderRefusal | undefined }): Json {
  if (refusal === undefined) return {};
  const { code, message } = refusal;
  const reason = REASONS.find(([, text]) => text.test(message))?.[0];
  return { provider: { code, message, ...(reason === undefined ? {} : { reason }) } };
}
