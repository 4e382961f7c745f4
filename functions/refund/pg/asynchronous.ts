import type { PaymentFacts } from '../payment.ts';

/**
 * PGs that accept a cancel first and book it later (IAMPORT 3). Until it is booked the balance
 * does not move, so the checksum would let a second request through: for them a cancel that may have been accepted is
 * never sent again by itself.
 */
export function cancelsLater(payment: Pick<PaymentFacts, 'pgProvider' | 'payMethod'>): boolean {
  const { pgProvider, payMethod } = payment;
  if (pgProvider === 'paypal_v2' || pgProvider === 'paymentwall') return true;
  if (pgProvider === 'kicc') return payMethod === 'wechat';
  return pgProvider === 'smartro_v2' && payMethod === 'vbank';
}
