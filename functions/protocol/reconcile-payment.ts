import { differsFromOrder, type Order } from '../refund/order.ts';
import { isRefundable, type Payment, type ProviderPayment } from '../refund/payment.ts';
import {
  comparePayment,
  compareUnheld,
  contradicts,
  makesPaidTwice,
  type Comparison,
} from '../refund/reconciliation.ts';
import { differentPayment } from '../refund/same-payment.ts';
import { READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import { ZERO } from '../refund/money.ts';
import { bookFromProvider } from './booking.ts';
import { importInto, orderOf, tellUnreadable, tellWhatShopsNeedToKnow } from './import.ts';
import type { Surroundings } from './ports.ts';
import type { Reconciled } from './reconciliation-report.ts';

/** The payment could not be looked up again: the page is not done, and the walk stops before it. */
export interface NotReconciled {
  readonly failed: string;
}

/** More looks than these never end a dispute between a table and a provider that both move. */
const MORE_LOOKS = 2;

/**
 * Brings the table up to one payment as the provider lists it, and says what is left unexplained. A refund in flight is
 * the resolver's; row 8 holds for its payment all the same.
 */
export async function reconcilePayment(
  listed: ProviderPayment,
  { isNews }: { readonly isNews: boolean },
  world: Surroundings,
): Promise<Reconciled | NotReconciled> {
  const order = await orderOf(listed, world);
  tellUnreadable(order, world);
  const known = order.payments.some(({ impUid }) => impUid === listed.impUid);
  const isUnreadable = !known && order.unreadable.some(({ impUid }) => impUid === listed.impUid);
  if (isUnreadable) return uncompared(order, listed, { isUnreadable });
  if (!known && !world.settings.importUnknownPayments) return uncompared(order, listed, { isUnknown: true });
  // Also what the shop wrote before it was paid: the provider's word is taken over.
  const imported = await importInto(order, listed, world);
  if (imported.payment === undefined) return uncompared(order, listed, { isUnreadable: true });
  const settled = await settle(imported.payment, listed, MORE_LOOKS, world);
  if ('failed' in settled) return settled;
  const { payment, provider } = settled;
  const now = withPayment(imported.order, payment);
  // What has changed lately is told; what has stood for weeks is only counted, or it would be told every night.
  if (isNews && known) tellWhatShopsNeedToKnow(now, payment, world);
  return {
    ...circumstances(now, payment),
    comparison: comparePayment(payment, provider),
    isBooked: payment.cancelAmount > imported.payment.cancelAmount,
    isImported: !known,
  };
}

interface Agreed {
  readonly payment: Payment;
  readonly provider: ProviderPayment;
}

/**
 * A page may be older than our item, and what looks like a cancel undone at the PG is a page that does not know it yet.
 * So the payment is looked up by itself before anything is said about it.
 */
async function settle(
  payment: Payment,
  provider: ProviderPayment,
  looksLeft: number,
  world: Surroundings,
): Promise<Agreed | NotReconciled> {
  if (looksLeft > 0 && contradicts(payment, provider)) return lookAgain(payment, provider, looksLeft, world);
  const why = differentPayment(payment, provider);
  if (why !== undefined) {
    const { merchantUid, impUid } = payment;
    world.report({ event: 'payment_mismatch', why, merchantUid, impUid });
  }
  const booked = await bookFromProvider(payment, provider, world);
  return looksLeft > 0 && contradicts(booked, provider)
    ? lookAgain(booked, provider, looksLeft, world)
    : { payment: booked, provider };
}

async function lookAgain(
  payment: Payment,
  provider: ProviderPayment,
  looksLeft: number,
  world: Surroundings,
): Promise<Agreed | NotReconciled> {
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind === 'failed') return { failed: look.cause };
  // Listed and yet not found, as payments of a test channel are: the list is all there is.
  const again = look.kind === 'found' ? look.payment : provider;
  return settle(payment, again, look.kind === 'found' ? looksLeft - 1 : 0, world);
}

function uncompared(
  order: Order,
  listed: ProviderPayment,
  { isUnknown = false, isUnreadable = false },
): Reconciled {
  // Of one that nobody has refunded through us, i'mport's history is all there is to ask; an item that cannot be read may say more.
  const comparison = isUnknown ? compareUnheld(listed) : unexplainedWhole(listed);
  const seen = withPayment(order, listed);
  const nothing = { isBooked: false, isImported: false };
  return { ...circumstances(seen, listed), ...nothing, comparison, isUnknown, isUnreadable };
}

function unexplainedWhole({ currency, cancelAmount }: ProviderPayment): Comparison {
  return { currency, explained: ZERO, unexplained: cancelAmount, findings: [] };
}

type SeenOrder = Pick<Order, 'word'> & { readonly payments: readonly ProviderPayment[] };

function withPayment<P extends ProviderPayment>(order: Order, payment: P) {
  const others = order.payments.filter(({ impUid }) => impUid !== payment.impUid);
  return { ...order, payments: [...others, payment] };
}

function circumstances(order: SeenOrder, payment: ProviderPayment) {
  const { merchantUid, impUid } = payment;
  return {
    merchantUid,
    impUid,
    isUnknown: false,
    isUnreadable: false,
    isPaidTwice: makesPaidTwice(order.payments, payment),
    differsFromOrder: isRefundable(payment) && differsFromOrder(order, payment),
  };
}
