import { differsFromOrder, paidTwice, type Order } from '../refund/order.ts';
import { isRefundable, type Payment, type ProviderPayment } from '../refund/payment.ts';
import { isCut, sameOrderNumber } from '../refund/same-payment.ts';
import { attemptWrite, knownAfter } from './attempt-write.ts';
import type { Surroundings } from './ports.ts';

/** An order as it stands after a payment of it has been brought in. */
export interface Imported {
  readonly order: Order;
  /** Undefined where its item cannot be read or written. */
  readonly payment: Payment | undefined;
}

/** The order that holds a payment of the provider's, also where the provider has cut its number. */
export async function orderOf(provider: ProviderPayment, world: Surroundings): Promise<Order> {
  const order = await world.store.order(provider.merchantUid);
  if (holds(order, provider.impUid)) return order;
  for (const merchantUid of await world.store.ordersOf(provider.impUid)) {
    if (!sameOrderNumber(merchantUid, provider.merchantUid)) continue;
    const other = await world.store.order(merchantUid);
    if (holds(other, provider.impUid)) return other;
  }
  return order;
}

function holds(order: Order, impUid: string): boolean {
  return [...order.payments, ...order.unreadable].some((payment) => payment.impUid === impUid);
}

/**
 * Brings a payment read from i'mport into the table: a new item, or the provider's word in one that the shop wrote before
 * it was paid or not fully. What the provider has cancelled of a payment at rest goes through `bookFromProvider`.
 */
export async function importPayment(provider: ProviderPayment, world: Surroundings): Promise<Imported> {
  return importInto(await orderOf(provider, world), provider, world);
}

export async function importInto(
  order: Order,
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Imported> {
  const existing = order.payments.find(({ impUid }) => impUid === provider.impUid);
  if (existing !== undefined && !isOpenForAdoption(existing)) return { order, payment: existing };
  if (existing === undefined && order.unreadable.some(({ impUid }) => impUid === provider.impUid)) {
    return { order, payment: undefined };
  }
  const write =
    existing === undefined
      ? ({ kind: 'insert', provider } as const)
      : ({ kind: 'adopt', payment: existing, provider } as const);
  const attempted = await attemptWrite(write, world);
  const payment = knownAfter(attempted);
  if (payment === undefined) return { order, payment };
  const others = order.payments.filter(({ impUid }) => impUid !== payment.impUid);
  const now: Order = { ...order, payments: [...others, payment] };
  if (attempted.kind === 'applied') tell(now, payment, existing === undefined, world);
  return { order: now, payment };
}

/** Never over a payment that the service already knows as paid: its amounts are what refunds are judged by. */
function isOpenForAdoption(payment: Payment): boolean {
  return hasMovedNothing(payment) && (payment.completeness !== 'complete' || !isRefundable(payment));
}

/** No refund of it is in flight, and none has ever been more than a try. */
export function hasMovedNothing({ pending, refunds }: Payment): boolean {
  return pending === undefined && [...refunds.values()].every(({ status }) => status === 'not_executed');
}

function tell(order: Order, payment: Payment, isNew: boolean, world: Surroundings): void {
  const { merchantUid, impUid, amount, currency } = payment;
  const subject = { merchantUid, impUid, amount, currency };
  world.report({ event: isNew ? 'imported' : 'adopted', ...subject });
  tellWhatShopsNeedToKnow(order, payment, world);
}

/** An order paid twice, an amount that the order should not have had, a number that the provider has cut. */
export function tellWhatShopsNeedToKnow(order: Order, payment: Payment, world: Surroundings): void {
  const { merchantUid, impUid, amount, currency } = payment;
  const subject = { merchantUid, impUid, amount, currency };
  if (!isRefundable(payment)) return;
  if (paidTwice(order.payments)) {
    world.report({ event: 'several_payments', count: order.payments.length, ...subject });
  }
  if (differsFromOrder(order, payment)) world.report({ event: 'order_amount_differs', ...subject });
}

/** Told on every read that shows it: the order number that i'mport holds is ours, cut short. */
export function tellCutNumber(payment: Payment, provider: ProviderPayment, world: Surroundings): void {
  if (!isCut(payment.merchantUid, provider.merchantUid)) return;
  const { merchantUid, impUid } = payment;
  world.report({ event: 'anomaly', why: "i'mport has cut the order number", merchantUid, impUid });
}

/** Items that cannot be read: each is told, so that it is counted and somebody looks. */
export function tellUnreadable(order: Order, world: Surroundings): void {
  const { merchantUid, word } = order;
  for (const { impUid, why } of order.unreadable) {
    world.report({ event: 'unreadable_item', why, merchantUid, impUid });
  }
  const attributes = word?.unreadable ?? [];
  if (attributes.length > 0) world.report({ event: 'unreadable_order_item', attributes, merchantUid });
}
