import { isRefundable, type CancelRequest } from '../refund/decide.ts';
import { askProvider, findItem, importPayment } from './look-up.ts';
import type { Actor, Payment } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import type { Refusal } from '../refund/refusals.ts';
import { RETRY_AFTER_UNAVAILABLE_SECONDS } from '../refund/timing.ts';

const notFound: Refusal = { code: 'PAYMENT_NOT_FOUND' };

export const providerUnavailable: Refusal = {
  code: 'PROVIDER_UNAVAILABLE',
  retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_SECONDS,
};

type Found = { readonly payment: Payment } | { readonly refusal: Refusal };

/**
 * The item, when it is the actor's to cancel. What is unknown and what is somebody else's take the same way through
 * i'mport and end in the same answer, so that neither body nor time tells them apart.
 */
export async function findOwnItem(request: CancelRequest, world: Surroundings): Promise<Found> {
  const item = await findItem(request, world);
  const own = item !== undefined && mayCancel(request.actor, item) ? item : undefined;
  if (own !== undefined && isRefundable(own)) return { payment: own };
  const look = await askProvider(request, world);
  if (own !== undefined && look.kind !== 'found') return { payment: own };
  if (look.kind === 'failed') return { refusal: providerUnavailable };
  if (look.kind === 'missing' || (item !== undefined && own === undefined)) return { refusal: notFound };
  const imported = await importPayment(look.payment, world);
  if (imported?.impUid !== look.payment.impUid || !mayCancel(request.actor, imported))
    return { refusal: notFound };
  return { payment: imported };
}

export function mayCancel(actor: Actor, payment: Pick<Payment, 'customerId'>): boolean {
  return actor.kind === 'staff' || (payment.customerId !== undefined && payment.customerId === actor.sub);
}
