import { DOUBTS } from '../refund/doubts.ts';
import { differentPayment } from '../refund/evidence.ts';
import type { Payment, ProviderPayment } from '../refund/payment.ts';
import {
  ANSWER_RESERVE_MS,
  HEAR_EVERY_MS,
  LAST_MOMENT_MS,
  READ_BACK_TIMEOUT_MS,
  waitsOf,
} from '../refund/times.ts';
import { actOnLook } from './doubt.ts';
import { importPayment, mismatch, paymentNamed, readOrder, reportOrderNotices, unavailable } from './find.ts';
import { refundInFlight } from './in-flight.ts';
import type { Surroundings } from './ports.ts';
import { book } from './settle.ts';
import { transact } from './write.ts';

export type WebhookResult = 'booked' | 'unknown_payment' | 'provider_unavailable';

/**
 * A webhook is a hint, not a fact: it names a payment, and only the provider's answer about it is believed. So a duplicate, a
 * late or a false webhook costs one read and changes nothing.
 */
export async function receiveWebhook(
  impUid: string,
  deadlineMs: number,
  world: Surroundings,
): Promise<WebhookResult> {
  const known = await paymentNamed(impUid, world);
  const turn = known === undefined ? undefined : await takeTurn(known, deadlineMs, world);
  if (turn === 'covered') return 'booked';
  // HEAD and REFUND are read before the provider: read afterwards, they could be newer than its answer.
  const now = turn === undefined ? undefined : await refundInFlight(turn, world);
  const beganAtMs = world.now();
  const seen = await world.gateway.payment(impUid, READ_BACK_TIMEOUT_MS);
  if (seen.kind !== 'found' || seen.payment.impUid !== impUid) {
    const merchantUid = known?.merchantUid ?? '';
    // When it is missing there, our secret may be another account's.
    const cause =
      seen.kind === 'failed' ? seen.cause : seen.kind === 'missing' ? DOUBTS.missing : DOUBTS.otherPayment;
    // A missing or refused secret has its own alarm.
    if (seen.kind === 'failed' && seen.secret === true) unavailable({ merchantUid, impUid }, seen, world);
    else world.report({ event: 'webhook_unheard', cause, merchantUid, impUid });
    return seen.kind === 'missing' ? 'unknown_payment' : 'provider_unavailable';
  }
  const provider = seen.payment;
  const untilMs = deadlineMs - LAST_MOMENT_MS;
  if (now === undefined || (!now.payment.isPaid && provider.isPaid)) {
    return bringIn(provider, world);
  }
  const { payment, refund } = now;
  const why = differentPayment(payment, provider);
  if (why !== undefined) mismatch(payment, why, world);
  if (refund !== undefined) {
    await actOnLook({ payment, refund, deadlineMs }, seen, beganAtMs, world);
  } else {
    await book({ payment, provider, beganAtMs, untilMs }, world);
  }
  return 'booked';
}

async function bringIn(provider: ProviderPayment, world: Surroundings): Promise<WebhookResult> {
  const payment = await importPayment(provider, world);
  if (payment === undefined) return 'provider_unavailable';
  const order = await readOrder({ merchantUid: payment.merchantUid }, world);
  reportOrderNotices(order, payment, world);
  return 'booked';
}

/**
 * At most one look per second and payment. A webhook within that second is not dropped, because the provider sends it once and it
 * may be newer than the look: it waits for the next second, unless another webhook has looked since it came.
 */
async function takeTurn(
  known: Payment,
  deadlineMs: number,
  world: Surroundings,
): Promise<'covered' | Payment | undefined> {
  const arrivedAtMs = world.now();
  const { clockSkewMs } = waitsOf(world.settings.quietPeriodMs);
  let current: Payment | undefined = known;
  while (current !== undefined) {
    const lastMs = lastLook(current, clockSkewMs, world);
    // By the other worker's clock that look may seem later than it was.
    if (lastMs > arrivedAtMs + clockSkewMs) return 'covered';
    const freeAtMs = lastMs + HEAR_EVERY_MS;
    // No time to wait: one look too many is better than lost news.
    if (freeAtMs > deadlineMs - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS) return current;
    if (freeAtMs > world.now()) await world.until(freeAtMs);
    const atMs = world.now();
    const transacted = await transact({ kind: 'hear', payment: current, atMs }, atMs + HEAR_EVERY_MS, world);
    if (transacted.kind === 'applied') return { ...current, lookedAtMs: atMs };
    if (transacted.kind !== 'refused') return current;
    current = await world.ledger.payment(current);
  }
  return undefined;
}

/** A time that no correct clock can show yet came from a wrong clock: it must not block webhooks until then. */
function lastLook({ lookedAtMs }: Payment, clockSkewMs: number, world: Surroundings): number {
  return lookedAtMs > world.now() + clockSkewMs ? 0 : lookedAtMs;
}
