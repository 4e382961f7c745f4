import { assertNever } from '../refund/assert-never.ts';
import { toDecimal } from '../refund/money.ts';
import { rightOn, type Order } from '../refund/order.ts';
import {
  cancelableAmount,
  refundsInOrder,
  type Actor,
  type FinalRefund,
  type Payment,
  type PaymentFacts,
  type PendingRefund,
} from '../refund/payment.ts';
import { waitsOf } from '../refund/times.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { expectedBy } from './expected-arrival.ts';
import { providerJson } from './provider-reason.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Who reads the answer, and when: names and evidence of the staff are for the staff. */
export interface Viewer {
  readonly actor: Actor;
  readonly nowMs: number;
  /** Undefined where nobody knows it: then nobody can tell either whether a refund is drift. */
  readonly quietPeriodMs: number | undefined;
}

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
export function paymentSummaryJson(payment: PaymentFacts): Json {
  const { currency } = payment;
  return {
    imp_uid: payment.impUid,
    status: payment.status,
    currency,
    amount: toDecimal(payment.amount, currency),
    cancelable_amount: toDecimal(cancelableAmount(payment), currency),
  };
}

/** What the arrival of a refund depends on beside the refund itself. */
type Of = Pick<PaymentFacts, 'currency' | 'payMethod' | 'pgProvider'>;

export function refundJson(refund: FinalRefund | PendingRefund, payment: Of, viewer: Viewer): Json {
  return {
    refund_id: refund.refundId,
    status: 'status' in refund ? refund.status : 'unknown',
    amount: toDecimal(refund.amount, payment.currency),
    reason: refund.reason ?? null,
    requested_at: toSeconds(refund.requestedAtMs),
    requested_by: refund.actor.kind,
    attempts: refund.attempt,
    ...outcomeJson(refund),
    expected_by: expectedBy(refund, payment),
    ...('status' in refund ? closedJson(refund, viewer) : { in_doubt: doubtJson(refund, viewer) }),
  };
}

const NO_RECEIPT = {
  cancellation_id: null,
  receipt_url: null,
  cancelled_at: 0,
  attribution: null,
  corrected: false,
} as const;

function outcomeJson(refund: FinalRefund | PendingRefund): Json {
  if (!('status' in refund)) return NO_RECEIPT;
  switch (refund.status) {
    case 'cancelled':
      return {
        cancellation_id: refund.cancellationId ?? null,
        receipt_url: refund.receiptUrl ?? null,
        cancelled_at: toSeconds(refund.cancelledAtMs),
        attribution: refund.attribution,
        corrected: refund.corrected,
      };
    case 'rejected': {
      const { code, provider } = refund.rejection;
      const said = provider === undefined ? {} : { provider: providerJson(provider) };
      return { ...NO_RECEIPT, rejection: { code, ...said } };
    }
    case 'not_executed':
      return NO_RECEIPT;
    default:
      return assertNever(refund);
  }
}

function doubtJson(pending: PendingRefund, { actor, nowMs, quietPeriodMs }: Viewer): Json {
  const { proposal, doubt, requestedAtMs } = pending;
  const shown = actor.kind === 'staff' && proposal !== undefined;
  return {
    since: toSeconds(requestedAtMs),
    why: doubt?.why ?? null,
    drift: quietPeriodMs === undefined ? null : nowMs - requestedAtMs >= waitsOf(quietPeriodMs).driftAfterMs,
    ...(shown ? { proposal: { ...verdictJson(proposal), proposed_by: proposal.proposedBy } } : {}),
  };
}

interface Verdict {
  readonly verdict: string;
  readonly cancellationId?: string;
  readonly evidence: string;
}

function verdictJson({ verdict, cancellationId, evidence }: Verdict): Json {
  const entry = cancellationId === undefined ? {} : { cancellation_id: cancellationId };
  return { verdict, ...entry, evidence };
}

function closedJson({ closing }: FinalRefund, { actor }: Viewer): Json {
  if (closing === undefined || actor.kind !== 'staff') return {};
  const { proposedBy, approvedBy } = closing;
  return { closed: { ...verdictJson(closing), proposed_by: proposedBy, approved_by: approvedBy } };
}

/** At most this many refunds in one answer; older ones by `before`. */
export const REFUNDS_IN_ANSWER = 20;

/**
 * Finished refunds in the order they were asked for, then the one in flight: the newest `REFUNDS_IN_ANSWER`, or those before
 * a refund. Undefined: there is no such refund.
 */
export function refundsJson(payment: Payment, before: string | undefined, viewer: Viewer): Json | undefined {
  const { pending } = payment;
  const all = [...refundsInOrder(payment), ...(pending === undefined ? [] : [pending])];
  const end = before === undefined ? all.length : all.findIndex(({ refundId }) => refundId === before);
  if (end < 0) return undefined;
  const start = Math.max(0, end - REFUNDS_IN_ANSWER);
  return {
    refunds: all.slice(start, end).map((refund) => refundJson(refund, payment, viewer)),
    refunds_before: start > 0 ? (all[start]?.refundId ?? null) : null,
  };
}

/** The payments of the order that are the reader's to know of. */
export function paymentsJson(order: Order, { actor }: Viewer): readonly Json[] {
  return order.payments
    .filter((payment) => rightOn(order, payment, actor) !== undefined)
    .map(paymentSummaryJson);
}
