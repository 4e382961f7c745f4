import { READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import type { Order } from '../refund/order.ts';
import type { Payment } from '../refund/payment.ts';
import type { Refusal } from '../refund/refusals.ts';
import { anotherPayment } from '../refund/same-payment.ts';
import { bookFromProvider } from './booking.ts';
import { isDue, resolveRefund } from './doubt.ts';
import { choose, mismatch, readOrder, unavailable, type Wanted } from './find.ts';
import { importPayment, tellUnreadable } from './import.ts';
import type { Surroundings } from './ports.ts';

export type ReadResult =
  | { readonly kind: 'found'; readonly order: Order; readonly payment: Payment }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** `GET /payments/…`: a refund in doubt that is due is resolved first. */
export async function readPayment(
  wanted: Wanted,
  deadlineMs: number,
  world: Surroundings,
): Promise<ReadResult> {
  const order = await readOrder(wanted, world);
  tellUnreadable(order, world);
  const found = choose(order, wanted, 'newest');
  if (found.kind === 'refused') return found;
  const { pending } = found.payment;
  const payment =
    pending !== undefined && isDue(pending, world.now())
      ? (await resolveRefund(found.payment, deadlineMs, world)).payment
      : found.payment;
  return payment.completeness === 'incomplete'
    ? complete({ payment }, wanted, world)
    : { kind: 'found', order: withPayment(order, payment), payment };
}

/** What the shop wrote says too little to be shown: the provider's word is taken over first. */
async function complete(
  { payment }: { readonly payment: Payment },
  { actor }: Wanted,
  world: Surroundings,
): Promise<ReadResult> {
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind === 'failed') return unavailable(payment, look.cause, world);
  if (look.kind === 'missing') return { kind: 'refused', refusal: { code: 'PAYMENT_MISMATCH' } };
  const why = anotherPayment(payment, look.payment);
  if (why !== undefined) return mismatch(payment, why, world);
  const imported = await importPayment(look.payment, world);
  const chosen = choose(imported.order, { actor, impUid: payment.impUid }, 'newest');
  if (chosen.kind === 'refused') return chosen;
  // Where refunds have been made, the item is not imported anew but put right.
  const isOpen = chosen.payment.completeness === 'incomplete';
  const now = isOpen ? await bookFromProvider(chosen.payment, look.payment, world) : chosen.payment;
  return now.completeness === 'incomplete'
    ? { kind: 'refused', refusal: { code: 'PAYMENT_MISMATCH' } }
    : { kind: 'found', order: withPayment(imported.order, now), payment: now };
}

function withPayment(order: Order, payment: Payment): Order {
  const payments = order.payments.map((each) => (each.impUid === payment.impUid ? payment : each));
  return { ...order, payments };
}
