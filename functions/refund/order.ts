import { fromDecimal, isMinor } from './money.ts';
import { hasMoneyLeft, type Actor, type Payment, type PaymentFacts } from './payment.ts';

/** The shop's order item, as far as it is readable. */
export interface OrderWord {
  readonly merchantUid: string;
  readonly customerId?: string;
  /** The order's price, in major units of `currency`. */
  readonly amount?: number;
  readonly currency?: string;
  /** Payments of the order that the provider has under another number. */
  readonly impUids: readonly string[];
  /** Unreadable attributes: they count as absent and are reported. */
  readonly unreadable: readonly string[];
}

/** An order by the number in a request: the shop's item and the payments that belong to it. */
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

/**
 * The actor's role for cancelling this payment. The shop's customer_id names the owner; the payer's counts only when the shop
 * names nobody. Staff act as the customer of an order that the shop says is their own.
 */
export function rightOn(
  order: Pick<Order, 'word'>,
  payment: { readonly customerId?: string },
  actor: Actor,
): Actor | undefined {
  const named = order.word?.customerId;
  if (actor.kind === 'staff') return named === actor.sub ? { ...actor, kind: 'customer' } : actor;
  return (named ?? payment.customerId) === actor.sub ? actor : undefined;
}

/** Payments that a request could mean: with money left, or a refund in flight. */
export function openPayments(payments: readonly Payment[]): readonly Payment[] {
  return payments.filter((payment) => payment.inFlight !== undefined || hasMoneyLeft(payment));
}

/** The order was paid more than once: the shop is told. */
export function paidTwice(payments: readonly PaymentFacts[]): boolean {
  return payments.filter(hasMoneyLeft).length > 1;
}

/** The shop names another currency: nothing is refunded, because an amount then means something else than the caller thinks. */
export function isInOtherCurrency({ word }: Pick<Order, 'word'>, { currency }: PaymentFacts): boolean {
  return word?.currency !== undefined && word.currency !== currency;
}

/** The payment differs from the order's price. False when the shop names no price. */
export function differsFromOrder(order: Pick<Order, 'word'>, payment: PaymentFacts): boolean {
  const { amount } = order.word ?? {};
  if (isInOtherCurrency(order, payment)) return true;
  if (amount === undefined) return false;
  const expected = fromDecimal(amount, payment.currency);
  return !isMinor(expected) || expected !== payment.amount;
}
