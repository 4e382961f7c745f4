import type { Order } from '../refund/order.ts';
import { DOUBTS } from '../refund/doubts.ts';
import type { Payment, ProviderPayment } from '../refund/payment.ts';
import { anotherPayment } from '../refund/same-payment.ts';
import { ANSWER_RESERVE_MS, HEAR_EVERY_MS, READ_BACK_TIMEOUT_MS, waitsOf } from '../refund/times.ts';
import { attemptWrite, type Attempted } from './attempt-write.ts';
import { bookFromProvider } from './booking.ts';
import { resolveRefund } from './doubt.ts';
import { mismatch } from './find.ts';
import { importPayment, tellUnreadable } from './import.ts';
import type { LookUp, Surroundings } from './ports.ts';

export type Heard = 'booked' | 'unknown_payment' | 'provider_unavailable';

/**
 * A webhook is a hint, not a fact: it names a payment, and only what i'mport then answers about it is believed. So a
 * duplicate, a late one or a lie costs one read and changes nothing.
 */
export async function hearWebhook(impUid: string, deadlineMs: number, world: Surroundings): Promise<Heard> {
  const arrivedAtMs = world.now();
  const before = await findHeard(impUid, world);
  const turn = before === undefined ? undefined : await takeTurn(before, { arrivedAtMs, deadlineMs }, world);
  if (turn === 'covered') return 'booked';
  // Read before the provider is: read afterwards it may know more, and that would look like a shrunk balance.
  const atRest = turn;
  const look = await world.gateway.payment(impUid, READ_BACK_TIMEOUT_MS);
  const told = whatIsTold(look, impUid);
  if ('cause' in told) {
    world.report({ event: 'webhook_unheard', ...told, merchantUid: before?.merchantUid ?? '', impUid });
    return look.kind === 'missing' ? 'unknown_payment' : 'provider_unavailable';
  }
  const provider = told.payment;
  const { order, payment } = await importPayment(provider, world);
  tellUnreadable(order, world);
  if (payment === undefined) return isUnreadable(order, impUid) ? 'booked' : 'provider_unavailable';
  // The refund in flight first: bookkeeping alone would raise the balance, but not say whose entry it was.
  if (payment.pending !== undefined) await resolveRefund(payment, deadlineMs, world);
  // The shop may have written the payment under another order: what is told of it belongs to the one that i'mport names.
  const another = atRest && anotherPayment(atRest, provider);
  if (atRest !== undefined && another !== undefined) mismatch(atRest, another, world);
  await bookFromProvider(another === undefined ? (atRest ?? payment) : payment, provider, world);
  return 'booked';
}

/** The payment that i'mport has told of, or why there is none. Not knowing it at all: our secret may be another account's. */
function whatIsTold(
  look: LookUp,
  impUid: string,
): { readonly payment: ProviderPayment } | { readonly cause: string } {
  if (look.kind === 'failed') return { cause: look.cause };
  if (look.kind === 'missing') return { cause: DOUBTS.missing };
  const { payment } = look;
  return payment.impUid === impUid ? { payment } : { cause: DOUBTS.otherPayment };
}

function isUnreadable(order: Order, impUid: string): boolean {
  return order.unreadable.some((item) => item.impUid === impUid);
}

async function findHeard(impUid: string, world: Surroundings): Promise<Payment | undefined> {
  const [merchantUid] = await world.store.ordersOf(impUid);
  if (merchantUid === undefined) return undefined;
  const { payments } = await world.store.order(merchantUid);
  return payments.find((payment) => payment.impUid === impUid);
}

/**
 * At most one look a second and payment. A webhook that comes within the second is not dropped, since i'mport sends once
 * and its news may be younger than the look: it waits for the next place, unless somebody has looked since it came.
 */
async function takeTurn(
  heard: Payment,
  { arrivedAtMs, deadlineMs }: { readonly arrivedAtMs: number; readonly deadlineMs: number },
  world: Surroundings,
): Promise<'covered' | Payment | undefined> {
  const { clockSkewMs } = waitsOf(world.settings.quietPeriodMs);
  let current: Payment | undefined = heard;
  while (current !== undefined) {
    const lastMs = lastLook(current, clockSkewMs, world);
    // By its own clock that look may seem younger than it is.
    if (lastMs > arrivedAtMs + clockSkewMs) return 'covered';
    const freeAtMs = lastMs + HEAR_EVERY_MS;
    // No time to wait: better one look too many than news that nobody hears.
    if (freeAtMs > deadlineMs - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS) return current;
    if (freeAtMs > world.now()) await world.until(freeAtMs);
    const attempted: Attempted = await attemptWrite(
      { kind: 'hear', payment: current, atMs: world.now() },
      world,
    );
    if (attempted.kind === 'applied') return attempted.payment;
    if (attempted.kind !== 'not_applied') return current;
    current = attempted.payment;
  }
  return undefined;
}

/** A time that none of our clocks can show yet was written by one that was wrong: it must not keep news out until then. */
function lastLook({ heardAtMs = 0 }: Payment, clockSkewMs: number, world: Surroundings): number {
  return heardAtMs > world.now() + clockSkewMs ? 0 : heardAtMs;
}
