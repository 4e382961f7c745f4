import { paymentJson, refundJson, type Json, type Viewer } from '../../functions/http/representation.ts';
import type { Order } from '../../functions/refund/order.ts';
import { refundsInOrder, type Payment } from '../../functions/refund/payment.ts';
import type { Open } from './in-doubt.ts';
import { balancesOf, timeline } from './timeline.ts';

/** The time, and the quiet period of the service that is asked about, where it is known. */
export type Seen = Pick<Viewer, 'nowMs' | 'quietPeriodMs'>;

/** The one on call reads as staff do: with the names of those who proposed and approved. */
function viewer(seen: Seen): Viewer {
  return { actor: { kind: 'staff', sub: 'refunds' }, ...seen };
}

/** An order in the API's own words, with the time lines. */
export function orderJson(order: Order, payments: readonly Payment[], seen: Seen): Json {
  return {
    merchant_uid: order.merchantUid,
    order: order.word ?? null,
    payments: payments.map((payment) => ({
      ...paymentJson(payment),
      refunds: [...refundsInOrder(payment), ...(payment.pending === undefined ? [] : [payment.pending])].map(
        (refund) => refundJson(refund, payment, viewer(seen)),
      ),
      moments: timeline(payment),
    })),
    unreadable: order.unreadable.map(({ impUid, why }) => ({ imp_uid: impUid, why })),
  };
}

export function openJson({ inDoubt, unreadable }: Open, seen: Seen): Json {
  return {
    in_doubt: inDoubt.map(({ payment, pending }) => ({
      merchant_uid: payment.merchantUid,
      imp_uid: payment.impUid,
      pg_provider: payment.pgProvider ?? null,
      currency: payment.currency,
      age_seconds: Math.floor((seen.nowMs - pending.requestedAtMs) / 1000),
      cancelled: balancesOf(payment, pending),
      refund: refundJson(pending, payment, viewer(seen)),
    })),
    unreadable: unreadable.map(({ merchantUid, impUid, why, isInDoubt }) => ({
      merchant_uid: merchantUid,
      imp_uid: impUid,
      why,
      in_doubt: isInDoubt,
    })),
  };
}
