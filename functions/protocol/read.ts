import type { Order } from '../refund/order.ts';
import { refused, type Refused } from '../refund/refusals.ts';
import type { Payment } from '../refund/payment.ts';
import type { LedgerItem } from '../refund/refund.ts';
import { waitsOf } from '../refund/times.ts';
import { isDue, resolveRefund } from './doubt.ts';
import { choose, readOrder, type Wanted } from './find.ts';
import { refundInFlight } from './in-flight.ts';
import type { OnBroken, Surroundings } from './ports.ts';
import { reportBroken } from './settle.ts';
import { StoreError } from './write.ts';

/** At most this many refunds per answer; older ones with `before`. */
export const REFUNDS_IN_ANSWER = 20;

export type ReadResult =
  | {
      readonly kind: 'found';
      readonly order: Order;
      readonly payment: Payment;
      /** Oldest first. */
      readonly refunds: readonly LedgerItem[];
      /** Older refunds exist: those before this one. */
      readonly refundsBefore?: string;
    }
  | { readonly kind: 'no_such_refund' }
  | Refused;

/** `GET /payments/…`: a refund in doubt that is due is resolved first. An item that cannot be read is left out and reported. */
export async function readPayment(
  wanted: Wanted & { readonly before?: string },
  deadlineMs: number,
  world: Surroundings,
): Promise<ReadResult> {
  const order = await readOrder(wanted, world);
  const found = await choose(order, wanted, world, 'newest');
  if (found.kind === 'refused') return found;
  const payment = await resolveDue(found.payment, deadlineMs, world);
  const page = await pageOf(payment, wanted.before, world);
  if (page === 'no_such_refund') return { kind: page };
  const payments = order.payments.map((each) => (each.impUid === payment.impUid ? payment : each));
  return { kind: 'found', order: { ...order, payments }, payment, ...page };
}

async function resolveDue(found: Payment, deadlineMs: number, world: Surroundings): Promise<Payment> {
  try {
    const { payment, refund } = await refundInFlight(found, world);
    if (refund === undefined || !isDue(refund, world.now())) return payment;
    return (await resolveRefund({ payment, refund, deadlineMs }, world)).payment;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    reportBroken('read', found, world)(found.inFlight ?? '', error);
    return found;
  }
}

async function pageOf(payment: Payment, before: string | undefined, world: Surroundings) {
  const last = before === undefined ? undefined : await world.ledger.refund({ ...payment, refundId: before });
  if (before !== undefined && last === undefined) return 'no_such_refund';
  const tell = reportBroken('read', payment, world);
  let leftOut = 0;
  const onBroken: OnBroken = (...broken) => {
    leftOut += 1;
    tell(...broken);
  };
  const query = { limit: REFUNDS_IN_ANSWER + 1, onBroken, ...(last === undefined ? {} : { before: last }) };
  const refunds = await world.ledger.refundsInOrder(payment, query);
  const shown = refunds.slice(-REFUNDS_IN_ANSWER);
  const [oldest] = shown;
  return refunds.length + leftOut > REFUNDS_IN_ANSWER && oldest !== undefined
    ? { refunds: shown, refundsBefore: oldest.refundId }
    : { refunds: shown };
}

export type ReadRefundResult =
  | { readonly kind: 'found'; readonly payment: Payment; readonly refund: LedgerItem }
  /** Its claim was not confirmed and may still arrive. */
  | { readonly kind: 'not_yet'; readonly payment: Payment; readonly refundId: string }
  | Refused;

/**
 * One refund. An id without an item is unknown while its claim may still arrive, and then not found, like an unsent one: a 202
 * always has an end. `askedAtMs`: the time of the request, from the 202's `Location`.
 */
export async function readRefund(
  wanted: Wanted & { readonly refundId: string; readonly askedAtMs?: number },
  deadlineMs: number,
  world: Surroundings,
): Promise<ReadRefundResult> {
  const order = await readOrder(wanted, world);
  // Of several payments, the one with the refund.
  for (const { impUid } of order.payments) {
    const found = await choose(order, { ...wanted, impUid }, world);
    if (found.kind === 'refused') continue;
    const isInFlight = found.payment.inFlight === wanted.refundId;
    const now = isInFlight ? await refundInFlight(found.payment, world) : undefined;
    const { payment } = now ?? found;
    const refund = now?.refund ?? (await world.ledger.refund({ ...payment, refundId: wanted.refundId }));
    if (refund?.status === 'not_sent') return notFound;
    if (refund === undefined) continue;
    if (refund.status !== 'requested' || !isDue(refund, world.now()))
      return { kind: 'found', payment, refund };
    const resolved = await resolveRefund({ payment, refund, deadlineMs }, world);
    return { kind: 'found', payment: resolved.payment, refund: resolved.refund };
  }
  return neverReserved(order, wanted, world);
}

async function neverReserved(
  order: Order,
  wanted: Wanted & { readonly refundId: string; readonly askedAtMs?: number },
  world: Surroundings,
): Promise<ReadRefundResult> {
  const found = await choose(order, wanted, world, 'newest');
  if (found.kind === 'refused') return found;
  const { askedAtMs, refundId } = wanted;
  const { deadAfterMs } = waitsOf(world.settings.quietPeriodMs);
  const mayStillArrive = askedAtMs !== undefined && world.now() <= askedAtMs + deadAfterMs;
  return mayStillArrive ? { kind: 'not_yet', payment: found.payment, refundId } : notFound;
}

const notFound = refused({ code: 'REFUND_NOT_FOUND' });
