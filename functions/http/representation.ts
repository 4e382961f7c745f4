import { toDecimal } from '../refund/money.ts';
import {
  cancelableAmount,
  refundsInOrder,
  type FinalRefund,
  type Payment,
  type PendingRefund,
} from '../refund/payment.ts';

type Json = Readonly<Record<string, unknown>>;

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
    paid_at: seconds(payment.paidAtMs),
    cancelled_at: seconds(payment.cancelledAtMs),
    cancel_reason: payment.cancelReason ?? null,
    cancel_history: payment.cancelHistory.map((entry) => ({
      amount: toDecimal(entry.amount, currency),
      cancelled_at: seconds(entry.cancelledAtMs),
      reason: entry.reason ?? null,
      receipt_url: entry.receiptUrl ?? null,
      cancellation_id: entry.cancellationId ?? null,
      pg_tid: entry.pgTid ?? null,
    })),
    receipt_url: payment.receiptUrl ?? null,
  };
}

export function refundJson(refund: FinalRefund | PendingRefund, currency: string): Json {
  const outcome = 'status' in refund ? refund : undefined;
  const cancelled = outcome?.status === 'cancelled' ? outcome : undefined;
  const rejected = outcome?.status === 'rejected' ? outcome : undefined;
  return {
    refund_id: refund.refundId,
    status: outcome?.status ?? 'unknown',
    amount: toDecimal(refund.amount, currency),
    reason: refund.reason ?? null,
    requested_at: seconds(refund.requestedAtMs),
    requested_by: refund.actor.kind,
    attempts: refund.attempt,
    cancellation_id: cancelled?.cancellationId ?? null,
    receipt_url: cancelled?.receiptUrl ?? null,
    ...(rejected === undefined ? {} : { rejection: rejected.rejection }),
  };
}

/** Finished refunds in the order they were asked for, then the one in flight. */
export function paymentWithRefundsJson(payment: Payment): Json {
  const { currency, pending } = payment;
  const finished = refundsInOrder(payment).map((refund) => refundJson(refund, currency));
  return {
    ...paymentJson(payment),
    refunds: pending === undefined ? finished : [...finished, refundJson(pending, currency)],
  };
}

function seconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms / 1000);
}
