import type { Payment, ProviderPayment } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import { corrections, differentPayment, hasShrunk } from '../refund/evidence.ts';
import { attemptWrite } from './write-outcomes.ts';

/** Row 8, and the correction of the protocol's notes: what a payment read from the provider says about the item at rest. */
export async function bookFromProvider(
  payment: Payment,
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Payment> {
  const { merchantUid } = payment;
  const why =
    differentPayment(payment, provider) ??
    (hasShrunk(payment, provider) ? 'cancel_amount has shrunk' : undefined);
  if (why !== undefined) {
    world.report({ event: 'drift', why, merchantUid });
    return payment;
  }
  let current = payment;
  for (const refund of corrections(payment, provider, world.now())) {
    current = (await attemptWrite({ kind: 'correct', payment, refund }, world)) ?? current;
    world.report({ event: 'corrected', merchantUid, refundId: refund.refundId, amount: refund.amount });
  }
  return bookBalance(current, provider, world);
}

/** Row 8, also while a refund is in doubt: the table must not offer what the provider has cancelled already. */
export async function bookBalance(
  payment: Payment,
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Payment> {
  if (differentPayment(payment, provider) !== undefined) return payment;
  if (payment.cancelAmount >= provider.cancelAmount) return payment;
  const booked = await attemptWrite({ kind: 'book', payment, provider }, world);
  const { merchantUid } = payment;
  world.report({ event: 'booked', merchantUid, amount: provider.cancelAmount, currency: provider.currency });
  return booked ?? payment;
}
