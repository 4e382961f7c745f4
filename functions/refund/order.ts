import { fromDecimal, isMinor } from './money.ts';
import { hasMoneyLeft, type Actor, type Payment, type PaymentFacts } from './payment.ts';

/** The shop's word about an order, as far as it can be read. */
export interface OrderWord {
  readonly merchantUid: string;
  readonly customerId?: string;
  /** What the order should cost, in major units of `currency`. */
  readonly amount?: number;
  readonly currency?: string;
  /** Payments of the order that the provider has under another number. */
  readonly impUids: readonly string[];
  /** Attributes that stand there and cannot be read: as if they were absent, and told. */
  readonly unreadable: readonly string[];
}

/** An order by the number that a request names: the shop's word about it, and the payments that belong to it. */
export interface Order {
  readonly merchantUid: string;
  readonly word?: OrderWord;
  /** By `imp_uid`, each once. */
  readonly payments: readonly Payment[];
}

/** A payment belongs to an order when the provider's order number is exactly the order's, or the shop says so. */
export function belongsTo(
  { merchantUid, word }: Pick<Order, 'merchantUid' | 'word'>,
  payment: Pick<PaymentFacts, 'merchantUid' | 'impUid'>,
): boolean {
  return payment.merchantUid === merchantUid || (word?.impUids.includes(payment.impUid) ?? false);
}

/** The shop's word names the owner; only where there is none does the payer's. */
export function ownerOf(
  order: Pick<Order, 'word'>,
  payment: { readonly customerId?: string },
): string | undefined {
  return order.word?.customerId ?? payment.customerId;
}

/** In which right the actor may cancel this payment; staff act as its customer on an order of their own, by the shop's word. */
export function rightOn(
  order: Pick<Order, 'word'>,
  payment: { readonly customerId?: string },
  actor: Actor,
): Actor | undefined {
  if (actor.kind === 'staff') {
    return order.word?.customerId === actor.sub ? { ...actor, kind: 'customer' } : actor;
  }
  return ownerOf(order, payment) === actor.sub ? actor : undefined;
}

/** Payments that a request could mean: money is left, or a refund is under way. */
export function openPayments(payments: readonly Payment[]): readonly Payment[] {
  return payments.filter((payment) => payment.inFlight !== undefined || hasMoneyLeft(payment));
}

/** The order was paid more than once: the shop needs to know. */
export function paidTwice(payments: readonly PaymentFacts[]): boolean {
  return payments.filter(hasMoneyLeft).length > 1;
}

/** The payment is not what the order should have cost. False where the shop did not say. */
export function differsFromOrder(order: Pick<Order, 'word'>, payment: PaymentFacts): boolean {
  const { amount, currency } = order.word ?? {};
  if (currency !== undefined && currency !== payment.currency) return true;
  if (amount === undefined) return false;
  const expected = fromDecimal(amount, payment.currency);
  return !isMinor(expected) || expected !== payment.amount;
}
