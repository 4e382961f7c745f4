import { DOUBTS } from '../refund/doubts.ts';
import { refundIdForKey } from '../refund/identity.ts';
import { rightOn, withMoneyLeft, type Order } from '../refund/order.ts';
import { isRefundable, type Actor, type Payment, type PaymentKey } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Refusal } from '../refund/refusals.ts';
import { anotherPayment } from '../refund/same-payment.ts';
import { READ_BACK_TIMEOUT_MS, RETRY_AFTER_UNAVAILABLE_SECONDS } from '../refund/times.ts';
import { importPayment, tellUnreadable } from './import.ts';
import type { LookUp, Surroundings } from './ports.ts';

interface Named {
  readonly merchantUid?: string;
  readonly impUid?: string;
}

/** How a payment is named, and by whom. */
export interface Wanted extends Named {
  readonly actor: Actor;
  readonly idempotencyKey?: string;
}

/** The payment with its order, and in which right the actor may act on it. */
export interface Owned {
  readonly order: Order;
  readonly payment: Payment;
  readonly actor: Actor;
}

export type Found =
  | ({ readonly kind: 'found' } & Owned)
  | { readonly kind: 'refused'; readonly refusal: Refusal };

type Failed = Extract<LookUp, { readonly kind: 'failed' }>;

export const providerUnavailable: Refusal = {
  code: 'PROVIDER_UNAVAILABLE',
  retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_SECONDS,
};

function refused(refusal: Refusal): Found {
  return { kind: 'refused', refusal };
}

/** What we hold of the payment is not what the provider holds: nothing is sent, and people are told. */
export function mismatch({ merchantUid, impUid }: PaymentKey, why: string, world: Surroundings) {
  world.report({ event: 'payment_mismatch', why, merchantUid, impUid });
  return { kind: 'refused', refusal: { code: 'PAYMENT_MISMATCH' } } as const;
}

/** The provider could not say: 503, and counted, or only the callers would notice an outage. */
export function unavailable({ merchantUid = '', impUid }: Named, cause: string, world: Surroundings) {
  world.report({ event: 'unavailable', cause, secret: false, merchantUid, ...omitMissing({ impUid }) });
  return { kind: 'refused', refusal: providerUnavailable } as const;
}

const notFound = refused({ code: 'PAYMENT_NOT_FOUND' });

/** The order that a request names. `imp_uid` wins over `merchant_uid`, as at i'mport, even when it is wrong. */
export async function readOrder({ merchantUid, impUid }: Wanted, world: Surroundings): Promise<Order> {
  const named = merchantUid === undefined ? undefined : await world.store.order(merchantUid);
  if (impUid === undefined) return named ?? none;
  if (named !== undefined && holds(named, impUid)) return named;
  const [owner = impUid] = await world.store.ordersOf(impUid);
  // Also where nobody holds it: what is unknown takes as many reads as what is somebody else's.
  return world.store.order(owner);
}

const none: Order = { merchantUid: '', payments: [], unreadable: [] };

function holds({ payments, unreadable }: Order, wanted: string): boolean {
  return [...payments, ...unreadable].some(({ impUid }) => impUid === wanted);
}

/** The one payment of an order that a request means, when it is the actor's; why not, when it is the actor's to know. */
export function choose(order: Order, wanted: Wanted, whenSeveral: 'refuse' | 'newest' = 'refuse'): Found {
  const { impUid, actor } = wanted;
  const own = <T extends { readonly customerId?: string; readonly impUid: string }>(items: readonly T[]) =>
    items.filter((item) => rightOn(order, item, actor) !== undefined);
  const named = <T extends { readonly impUid: string }>(items: readonly T[]) =>
    items.filter((item) => impUid === undefined || item.impUid === impUid);
  const mine = own(order.payments);
  const payments = named(mine);
  const [first] = payments;
  if (first === undefined) {
    return named(own(order.unreadable)).length > 0 ? refused({ code: 'INTERNAL_ERROR' }) : notFound;
  }
  const holder = keyHolder(mine, wanted);
  if (holder !== undefined && !payments.includes(holder)) return refused({ code: 'IDEMPOTENCY_KEY_REUSED' });
  const only = payments.length === 1 ? first : undefined;
  const several = whenSeveral === 'newest' ? newest(payments) : undefined;
  const payment = only ?? holder ?? onlyWithMoney(payments) ?? several;
  if (payment === undefined) {
    return refused({ code: 'SEVERAL_PAYMENTS', payments: withMoneyLeft(payments) });
  }
  const right = rightOn(order, payment, actor);
  return right === undefined ? notFound : { kind: 'found', order, payment, actor: right };
}

/** An idempotency key finds its refund whichever payment of the order it was for. */
function keyHolder(payments: readonly Payment[], { idempotencyKey, actor }: Wanted): Payment | undefined {
  if (idempotencyKey === undefined) return undefined;
  return payments.find((payment) => {
    const refundId = refundIdForKey(payment, actor.sub, idempotencyKey);
    return payment.pending?.refundId === refundId || payment.refunds.has(refundId);
  });
}

/** Several have money left: undefined. None has: the newest, so that the answer says what became of it. */
function onlyWithMoney(payments: readonly Payment[]): Payment | undefined {
  const [one, ...others] = withMoneyLeft(payments);
  if (one === undefined) return newest(payments);
  return others.length === 0 ? one : undefined;
}

function newest(payments: readonly Payment[]): Payment | undefined {
  const paid = payments.filter(isRefundable);
  return (paid.length > 0 ? paid : payments).toSorted((a, b) => (a.paidAtMs ?? 0) - (b.paidAtMs ?? 0)).at(-1);
}

/**
 * The payment of a request to cancel. What is unknown and what is somebody else's take the same way through i'mport and
 * end in the same answer, so that neither body nor time tells them apart.
 */
export async function findPayment(wanted: Wanted, world: Surroundings): Promise<Found> {
  const order = await readOrder(wanted, world);
  tellUnreadable(order, world);
  const found = choose(order, wanted);
  if (found.kind === 'found' && isReady(found.payment)) return found;
  if (found.kind === 'refused' && found.refusal.code !== 'PAYMENT_NOT_FOUND') return found;
  const impUid = wanted.impUid ?? (found.kind === 'found' ? found.payment.impUid : undefined);
  const look = await askProvider({ ...wanted, ...(impUid === undefined ? {} : { impUid }) }, world);
  // An item of the actor's own that says too little is no ground to send anything.
  if (look.kind === 'missing') return found;
  if (look.kind === 'failed') return notShown(found, look, wanted, world);
  // What it answers about another payment is no ground to give that one's money back, whoever owns it.
  const why = found.kind === 'found' ? anotherPayment(found.payment, look.payment) : undefined;
  if (found.kind === 'found' && why !== undefined) return mismatch(found.payment, why, world);
  const asked = impUid ?? wanted.merchantUid ?? '';
  const answered = impUid === undefined ? look.payment.merchantUid : look.payment.impUid;
  if (asked !== answered) {
    // A data base need not tell upper case from lower, nor spaces at the edge: then the one that was asked for is not there.
    return bare(asked) === bare(answered) ? notFound : unavailable(wanted, DOUBTS.otherPayment, world);
  }
  // Somebody else's payment is not brought in for a stranger: that would take longer than an unknown one.
  const stranger = rightOn(order, look.payment, wanted.actor) === undefined;
  if (found.kind === 'refused' && stranger) return notFound;
  const imported = await importPayment(look.payment, world);
  return imported.payment === undefined ? refused(providerUnavailable) : choose(imported.order, wanted);
}

/** The provider could not say, or says what nobody can read: then the payment is there, and whose it is cannot be told. */
function notShown(found: Found, look: Failed, wanted: Wanted, world: Surroundings): Found {
  unavailable(wanted, look.cause, world);
  const mayKnow = found.kind === 'found' || wanted.actor.kind === 'staff';
  return look.unreadable === undefined || mayKnow ? refused(refusalAfter(look)) : notFound;
}

/** What is told of a look that showed no payment: an outage passes, a currency without known decimals does not. */
export function refusalAfter({ unreadable }: Pick<Failed, 'unreadable'>): Refusal {
  return unreadable?.why === 'currency_unknown'
    ? { code: 'REFUND_NOT_ALLOWED', rule: unreadable.why }
    : providerUnavailable;
}

function bare(name: string): string {
  return name.trim().toLowerCase();
}

/** Enough is known for a decision. */
function isReady(payment: Payment): boolean {
  if (payment.pending !== undefined || payment.refunds.size > 0) return true;
  return isRefundable(payment) && payment.completeness !== 'incomplete';
}

/** Asks i'mport once for a payment that the table lacks, or knows only as not paid. */
async function askProvider({ merchantUid, impUid }: Wanted, world: Surroundings): Promise<LookUp> {
  if (impUid !== undefined) return world.gateway.payment(impUid, READ_BACK_TIMEOUT_MS);
  if (merchantUid !== undefined) return world.gateway.find(merchantUid, READ_BACK_TIMEOUT_MS);
  return { kind: 'missing' };
}
