import { fromDecimal, isMinor } from './money.ts';
import { cancelableAmount, isRefundable, type Actor, type Payment, type PaymentFacts } from './payment.ts';

/** The shop's word about an order, as far as it can be read. */
export interface OrderWord {
  readonly customerId?: string;
  /** What the order should cost, in major units of `currency`. */
  readonly amount?: number;
  readonly currency?: string;
  /** Attributes that stand there and cannot be read: as if they were absent, and told. */
  readonly unreadable: readonly string[];
}

/** A payment item that the service cannot work with: it is named and counted, and hides nobody else. */
export interface UnreadablePayment {
  readonly impUid: string;
  readonly why: string;
  /** Its own owner, where at least that can be read. */
  readonly customerId?: string;
}

/** An order with all its payments, as one consistent query reads it. Empty where the table knows nothing of it. */
export interface Order {
  readonly merchantUid: string;
  readonly word?: OrderWord;
  /** By `imp_uid`. */
  readonly payments: readonly Payment[];
  readonly unreadable: readonly UnreadablePayment[];
}

/** The shop's word names the owner; only where there is none does the payer's. */
export function ownerOf(
  order: Pick<Order, 'word'>,
  payment: { readonly customerId?: string },
): string | undefined {
  return order.word?.customerId ?? payment.customerId;
}

/** In which right the actor may cancel this payment; staff act as its customer on an order of their own. */
export function rightOn(
  order: Pick<Order, 'word'>,
  payment: { readonly customerId?: string },
  actor: Actor,
): Actor | undefined {
  const owner = ownerOf(order, payment);
  if (owner !== undefined && owner === actor.sub) return { ...actor, kind: 'customer' };
  return actor.kind === 'staff' ? actor : undefined;
}

export function withMoneyLeft(payments: readonly Payment[]): readonly Payment[] {
  return payments.filter(
    (payment) => payment.pending !== undefined || (isRefundable(payment) && cancelableAmount(payment) > 0),
  );
}

/** The order was paid more than once: the shop needs to know. */
export function paidTwice(payments: readonly PaymentFacts[]): boolean {
  return payments.filter((payment) => isRefundable(payment) && cancelableAmount(payment) > 0).length > 1;
}

/** The payment is not what the order should have cost. False where the shop did not say. */
export function differsFromOrder(order: Pick<Order, 'word'>, payment: PaymentFacts): boolean {
  const { amount, currency } = order.word ?? {};
  if (currency !== undefined && currency !== payment.currency) return true;
  if (amount === undefined) return false;
  const expected = fromDecimal(amount, payment.currency);
  return !isMinor(expected) || expected !== payment.amount;
}
