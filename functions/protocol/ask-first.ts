import type { CancelRequest } from '../refund/intent.ts';
import { DOUBTS } from '../refund/doubts.ts';
import { hasShrunk, historySum } from '../refund/evidence.ts';
import { toDecimal } from '../refund/money.ts';
import { isRefundable, type Payment } from '../refund/payment.ts';
import type { Refusal } from '../refund/refusals.ts';
import { anotherPayment, differentPayment } from '../refund/same-payment.ts';
import { READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import { attemptWrite } from './attempt-write.ts';
import { bookFromProvider } from './booking.ts';
import { mismatch, unavailable } from './find.ts';
import { importPayment } from './import.ts';
import type { Surroundings } from './ports.ts';

/**
 * Where the provider may know better than the table, a refusal is not given before it was asked once: a balance that was
 * moved elsewhere (row 3b), a currency that was only assumed, or an item that says too little.
 */
export function mayKnowBetter(payment: Payment, request: CancelRequest, refusal: Refusal): boolean {
  if (payment.completeness !== 'complete') return true;
  const { code } = refusal;
  // No entry that i'mport has told of stands behind this balance: it is the shop's word alone.
  if (code === 'ALREADY_FULLY_REFUNDED' || code === 'AMOUNT_EXCEEDS_CANCELABLE') {
    return historySum(payment) < payment.cancelAmount;
  }
  // Before the first refund it has been asked already.
  if (code === 'PAYMENT_NOT_PAID') return payment.refunds.size > 0;
  // L is never more than R, so only a balance that is smaller than ours can be the true one.
  return refusal.code === 'CHECKSUM_MISMATCH' && isBelowOurs(request.checksum, refusal);
}

function isBelowOurs(
  asked: number | undefined,
  { cancelable, currency }: Extract<Refusal, { code: 'CHECKSUM_MISMATCH' }>,
): boolean {
  return asked !== undefined && asked < toDecimal(cancelable, currency);
}

/** What the provider says is in the table then, and decides; what contradicts the table is told. */
export async function askFirst(
  payment: Payment,
  refusal: Refusal,
  world: Surroundings,
): Promise<'asked' | { readonly kind: 'refused'; readonly refusal: Refusal }> {
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  const another = look.kind === 'found' ? anotherPayment(payment, look.payment) : undefined;
  if (look.kind !== 'found' || another !== undefined) {
    // Then the table has the last word, if it has one.
    if (payment.completeness !== 'incomplete') return { kind: 'refused', refusal };
    return look.kind === 'failed'
      ? unavailable(payment, look.cause, world)
      : mismatch(payment, another ?? DOUBTS.missing, world);
  }
  await importPayment(look.payment, world);
  const booked = await bookFromProvider(payment, look.payment, world);
  const isPaid = isRefundable(look.payment) && differentPayment(payment, look.payment) === undefined;
  // Booking writes only what is news: a status that the shop has written over is put right here.
  if (isPaid && !isRefundable(booked) && !hasShrunk(booked, look.payment)) {
    await attemptWrite({ kind: 'adopt', payment: booked, provider: look.payment }, world);
  }
  return payment.completeness === 'complete' && hasShrunk(payment, look.payment)
    ? { kind: 'refused', refusal: { code: 'PAYMENT_MISMATCH' } }
    : 'asked';
}
