import { DOUBTS } from './doubts.ts';
import { findTagged, type Done } from './evidence.ts';
import { isRefundable, type Payment, type PendingRefund, type ProviderPayment } from './payment.ts';
import { differentPayment } from './same-payment.ts';

/** What the payment, looked up beside the claim, says about sending (row 3b). */
export type Leap =
  | { readonly kind: 'send' }
  /** The refund has been executed already, whatever the table says: row 4x. */
  | { readonly kind: 'done'; readonly done: Done }
  /** The provider's word is to be taken over first: the item named no currency, or said paid where it is not. */
  | { readonly kind: 'adopt' }
  /** R > L: the balance was moved elsewhere; booked, and then decided again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'mismatch'; readonly why: string };

/** Nothing is sent unless the provider shows the same payment with the same balance. */
export function judgeLeap(payment: Payment, pending: PendingRefund, provider: ProviderPayment): Leap {
  const different = differentPayment(payment, provider);
  if (different === DOUBTS.otherPayment || different === DOUBTS.otherOrder) {
    return { kind: 'mismatch', why: different };
  }
  if (different !== undefined) {
    return payment.completeness === 'complete' ? { kind: 'mismatch', why: different } : { kind: 'adopt' };
  }
  const done = findTagged({ payment, pending, provider });
  if (done !== undefined) return { kind: 'done', done };
  if (!isRefundable(provider)) return { kind: 'adopt' };
  if (provider.cancelAmount < payment.cancelAmount) return { kind: 'mismatch', why: DOUBTS.shrunk };
  return provider.cancelAmount > payment.cancelAmount ? { kind: 'moved' } : { kind: 'send' };
}
