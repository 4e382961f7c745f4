import { DOUBTS } from '../refund/doubts.ts';
import { hasShrunk } from '../refund/evidence.ts';
import type { Payment, ProviderPayment } from '../refund/payment.ts';
import { corrections } from '../refund/record.ts';
import { anotherPayment, differentPayment } from '../refund/same-payment.ts';
import { attemptWrite, paymentAfter } from './attempt-write.ts';
import { tellCutNumber } from './import.ts';
import type { Surroundings } from './ports.ts';

/**
 * Row 8: what every read of the provider says about the item at rest. The balance, and each refund told as not done whose
 * tag stands in the history: two kinds of writes that do not depend on each other. Another payment's word, and a balance
 * that has shrunk, is never taken over. `payment` was read before the provider was: read afterwards it may know more than
 * the provider said, and that would look like a shrunk balance.
 */
export async function bookFromProvider(
  payment: Payment,
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Payment> {
  const isIncomplete = payment.completeness === 'incomplete';
  // What the shop has written over in part is put right as a whole, amount and currency with it.
  const why = (isIncomplete ? anotherPayment : differentPayment)(payment, provider);
  if (why !== undefined) return payment;
  tellCutNumber(payment, provider, world);
  const current = await correctFromProvider(payment, provider, world);
  const { merchantUid, impUid, currency } = payment;
  if (hasShrunk(payment, provider)) {
    // A refund in flight has its own doubt, and is told there.
    if (payment.pending === undefined) {
      world.report({ event: 'drift', why: DOUBTS.shrunk, merchantUid, impUid });
    }
    return current;
  }
  const isNews = provider.cancelAmount > current.cancelAmount;
  if (!isNews && current.completeness !== 'incomplete') return current;
  const attempted = await attemptWrite({ kind: 'book', payment: current, provider }, world);
  if (attempted.kind === 'applied') {
    const event = isNews ? 'booked' : 'adopted';
    world.report({ event, merchantUid, impUid, amount: provider.cancelAmount, currency });
  }
  return paymentAfter(attempted, current);
}

/** The other half of row 8: refunds told as not done whose tag stands in the history. */
export async function correctFromProvider(
  payment: Payment,
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Payment> {
  let current = payment;
  const { merchantUid, impUid, currency } = payment;
  for (const refund of corrections(payment, provider, world.now())) {
    const attempted = await attemptWrite({ kind: 'correct', payment: current, refund }, world);
    current = paymentAfter(attempted, current);
    const { refundId, amount, finishedAtMs } = refund;
    const now = current.refunds.get(refundId);
    // Also where an earlier try of the same write was the one that counted; another reader's correction bears its own time.
    if (now?.status === 'cancelled' && now.finishedAtMs === finishedAtMs) {
      world.report({ event: 'corrected', merchantUid, impUid, refundId, amount, currency });
    }
  }
  return current;
}
