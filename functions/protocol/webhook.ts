import { bookFromProvider } from './booking.ts';
import { importPayment } from './look-up.ts';
import type { Surroundings } from './ports.ts';
import { resolveRefund } from './doubt.ts';
import { READ_BACK_TIMEOUT_MS } from '../refund/timing.ts';

export type Heard = 'booked' | 'unknown_payment' | 'provider_unavailable';

/**
 * A webhook is a hint, not a fact: it names a payment, and only what i'mport then answers about it is believed. So a
 * duplicate, a late one or a lie costs one read and changes nothing.
 */
export async function hearWebhook(impUid: string, deadlineMs: number, world: Surroundings): Promise<Heard> {
  const look = await world.gateway.payment(impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind === 'failed') return 'provider_unavailable';
  if (look.kind === 'missing') return 'unknown_payment';
  const payment = await importPayment(look.payment, world);
  if (payment === undefined) return 'provider_unavailable';
  // The order was paid by another attempt: what happens to this one does not concern the item.
  if (payment.impUid !== look.payment.impUid) return 'booked';
  // The refund in flight first: bookkeeping alone would raise the balance, but not say whose entry it was.
  const current =
    payment.pending === undefined ? payment : (await resolveRefund(payment, deadlineMs, world)).payment;
  await bookFromProvider(current, look.payment, world);
  return 'booked';
}
