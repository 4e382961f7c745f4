import { mayCancel } from './own-item.ts';
import type { Actor, Payment } from './payment.ts';
import type { Surroundings } from './ports.ts';
import { isDue, resolveRefund } from './resolve-workflow.ts';

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
