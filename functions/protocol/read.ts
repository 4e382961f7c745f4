import { mayCancel } from './find.ts';
import type { Actor, Payment } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import { isDue, resolveRefund } from './doubt.ts';

/** `GET /payments/{merchant_uid}`: a refund in doubt that is due is resolved first. Undefined: unknown, or not the actor's. */
export async function readPayment(
  request: { readonly merchantUid: string; readonly actor: Actor },
  deadlineMs: number,
  world: Surroundings,
): Promise<Payment | undefined> {
  const payment = await world.store.read(request.merchantUid);
  if (payment === undefined || !mayCancel(request.actor, payment)) return undefined;
  if (payment.pending === undefined || !isDue(payment.pending, world.now())) return payment;
  return (await resolveRefund(payment, deadlineMs, world)).payment;
}
