import { DOUBTS } from '../refund/doubts.ts';
import { refundIdForKey } from '../refund/identity.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import {
  belongsTo,
  differsFromOrder,
  openPayments,
  paidTwice,
  rightOn,
  type Order,
} from '../refund/order.ts';
import type { Actor, Payment, PaymentKey, ProviderPayment } from '../refund/payment.ts';
import { refused, type Refusal, type Refused } from '../refund/refusals.ts';
import {
  READ_BACK_TIMEOUT_MS,
  RETRY_AFTER_UNAVAILABLE_SECONDS,
  UNKNOWN_LOOK_UPS,
  UNKNOWN_LOOK_UPS_WINDOW_MS,
} from '../refund/times.ts';
import type { LookUp, Surroundings } from './ports.ts';
import { book } from './settle.ts';
import { keyOf, transact } from './write.ts';

interface Named {
  readonly merchantUid?: string;
  readonly impUid?: string;
}

/** How a payment is named, and by whom. */
export interface Wanted extends Named {
  readonly actor: Actor;
  readonly idempotencyKey?: string;
}

/** The payment with its order, and the actor's role for it. */
export interface Owned {
  readonly order: Order;
  readonly payment: Payment;
  readonly actor: Actor;
}

export type Found = ({ readonly kind: 'found' } & Owned) | Refused;

export const providerUnavailable: Refusal = {
  code: 'PROVIDER_UNAVAILABLE',
  retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_SECONDS,
};
export const storeUnavailable: Refusal = {
  code: 'STORE_UNAVAILABLE',
  retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_SECONDS,
};

const notFound = refused({ code: 'PAYMENT_NOT_FOUND' });

/** Our record of the payment differs from the provider's: nothing is sent, and people are told. */
export function mismatch(payment: PaymentKey, why: string, world: Surroundings) {
  world.report({ event: 'payment_mismatch', why, ...keyOf(payment) });
  return refused({ code: 'PAYMENT_MISMATCH' });
}

type FailedLook = Extract<LookUp, { kind: 'failed' }>;

/** The provider could not tell: 503, and counted, because otherwise only the callers would notice an outage. */
export function unavailable(
  { merchantUid = '', impUid }: Named,
  { cause, secret = false }: Pick<FailedLook, 'cause' | 'secret'>,
  world: Surroundings,
) {
  world.report({ event: 'unavailable', cause, secret, merchantUid, ...omitMissing({ impUid }) });
  return refused(providerUnavailable);
}

/** The answer after a look that showed no payment: an outage passes, an unknown currency does not. */
export function refusalAfter({ unreadable }: FailedLook): Refusal {
  return unreadable?.why === 'currency_unknown'
    ? { code: 'REFUND_NOT_ALLOWED', rule: unreadable.why }
    : providerUnavailable;
}

// --- Finding: what the two tables know ---

/** The dependencies of reading an order. */
export type OrderReads = Pick<Surroundings, 'orders' | 'report'> & {
  readonly ledger: Pick<Surroundings['ledger'], 'orderOf' | 'payments' | 'payment'>;
};

const nobodys: Order = { merchantUid: '', payments: [] };

/**
 * The order that a request names, with its payments. `imp_uid` wins over `merchant_uid`, even when it is wrong. An order number
 * counts exactly as written; a payment under another number belongs to the order only when the shop says so.
 */
export async function readOrder({ merchantUid, impUid }: Named, world: OrderReads): Promise<Order> {
  const named = merchantUid === undefined ? undefined : await readByNumber(merchantUid, world);
  if (impUid === undefined) return named ?? nobodys;
  if (named?.payments.some((payment) => payment.impUid === impUid) === true) return named;
  const number = await world.ledger.orderOf(impUid);
  // Read even when the name is unknown: an unknown order takes as many reads as somebody else's.
  const held = await readByNumber(number ?? impUid, world);
  if (number !== undefined)
    return { ...held, payments: held.payments.filter((each) => each.impUid === impUid) };
  return named?.word?.impUids.includes(impUid) === true ? { ...named, payments: [] } : nobodys;
}

async function readByNumber(merchantUid: string, world: OrderReads): Promise<Order> {
  const [word, payments] = await Promise.all([
    world.orders.order(merchantUid),
    world.ledger.payments(merchantUid),
  ]);
  const { impUids = [], unreadable: attributes = [] } = word ?? {};
  if (attributes.length > 0) world.report({ event: 'unreadable_order_item', attributes, merchantUid });
  // Payments that the shop assigns to this order, although the provider has them under another number.
  const missing = impUids.filter((impUid) => payments.every((each) => each.impUid !== impUid));
  const found = await Promise.all(missing.map(async (impUid) => paymentNamed(impUid, world)));
  const others = found.filter((payment) => payment !== undefined);
  return { merchantUid, payments: [...payments, ...others], ...omitMissing({ word }) };
}

/** HEAD, whatever order number the provider has for it. */
export async function paymentNamed(
  impUid: string,
  { ledger }: Pick<OrderReads, 'ledger'>,
): Promise<Payment | undefined> {
  const merchantUid = await ledger.orderOf(impUid);
  return merchantUid === undefined ? undefined : ledger.payment({ merchantUid, impUid });
}

// --- Choosing and authorising ---

/** The payment of an order that a request means, if the actor may act on it; otherwise why not, if the actor may know that. */
export async function choose(
  order: Order,
  wanted: Wanted,
  world: Surroundings,
  whenSeveral: 'refuse' | 'newest' = 'refuse',
): Promise<Found> {
  const { impUid, actor } = wanted;
  const owned = order.payments.flatMap((payment) => {
    const isMeant = belongsTo(order, payment) && (impUid === undefined || payment.impUid === impUid);
    const right = isMeant ? rightOn(order, payment, actor) : undefined;
    return right === undefined ? [] : [{ kind: 'found', order, payment, actor: right } as const];
  });
  const [only, ...more] = owned;
  if (only === undefined) return notFound;
  if (more.length === 0) return only;
  const payments = owned.map(({ payment }) => payment);
  const chosen = await oneOf(payments, wanted, world, whenSeveral);
  const found = owned.find(({ payment }) => payment === chosen);
  return found ?? refused({ code: 'SEVERAL_PAYMENTS', payments: openPayments(payments) });
}

/** Several have money left, and no key decides: undefined. */
async function oneOf(
  payments: readonly Payment[],
  wanted: Wanted,
  world: Surroundings,
  whenSeveral: 'refuse' | 'newest',
): Promise<Payment | undefined> {
  const holder = await keyHolder(payments, wanted, world);
  if (holder !== undefined) return holder;
  const open = openPayments(payments);
  // None has money left: the newest, so that the answer tells its state.
  if (open.length === 0) return newest(payments);
  if (open.length === 1) return open[0];
  return whenSeveral === 'newest' ? newest(payments) : undefined;
}

/** Row 0: an idempotency key finds its refund at whichever payment of the order it was for. */
async function keyHolder(
  payments: readonly Payment[],
  { idempotencyKey, actor }: Wanted,
  world: Surroundings,
): Promise<Payment | undefined> {
  if (idempotencyKey === undefined) return undefined;
  for (const payment of payments) {
    const refundId = refundIdForKey(payment.impUid, actor.sub, idempotencyKey);
    const item = await world.ledger.refund({ ...payment, refundId });
    if (item !== undefined && item.status !== 'not_sent') return payment;
  }
  return undefined;
}

function newest(payments: readonly Payment[]): Payment | undefined {
  const paid = payments.filter(({ isPaid }) => isPaid);
  return (paid.length > 0 ? paid : payments).toSorted((a, b) => (a.paidAtMs ?? 0) - (b.paidAtMs ?? 0)).at(-1);
}

// --- Importing: what only the provider knows ---

/**
 * The payment of a cancel request. Unknown payments and somebody else's take the same path through the provider and end in the
 * same answer, so that neither body nor time tells them apart.
 */
export async function findPayment(wanted: Wanted, world: Surroundings): Promise<Found> {
  const order = await readOrder(wanted, world);
  const found = await choose(order, wanted, world);
  if (found.kind === 'refused' && found.refusal.code !== 'PAYMENT_NOT_FOUND') return found;
  if (found.kind === 'found') {
    // A payment that was last seen unpaid may have been paid since.
    return found.payment.isPaid || found.payment.inFlight !== undefined
      ? found
      : askAboutKnown(found, wanted, world);
  }
  return askAboutUnknown(order, wanted, world);
}

async function askAboutKnown(
  found: Extract<Found, { kind: 'found' }>,
  wanted: Wanted,
  world: Surroundings,
): Promise<Found> {
  const { payment, order } = found;
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind === 'missing') return found;
  if (look.kind === 'failed') {
    unavailable(payment, look, world);
    return refused(refusalAfter(look));
  }
  const now = await importPayment(look.payment, world);
  if (now === undefined) return refused(storeUnavailable);
  const payments = order.payments.map((each) => (each.impUid === now.impUid ? now : each));
  return choose({ ...order, payments }, { ...wanted, impUid: payment.impUid }, world);
}

async function askAboutUnknown(order: Order, wanted: Wanted, world: Surroundings): Promise<Found> {
  const { merchantUid, impUid, actor } = wanted;
  if (!(await mayLookUp(actor, world))) return notFound;
  // The shop may say which payments belong to its order; otherwise the provider is asked for the order's number.
  const [named] = order.word?.impUids ?? [];
  const asked = impUid ?? named;
  const { gateway } = world;
  const look =
    asked === undefined
      ? await gateway.find(merchantUid ?? '', READ_BACK_TIMEOUT_MS)
      : await gateway.payment(asked, READ_BACK_TIMEOUT_MS);
  // Read whatever the look shows: an unknown imp_uid takes as many reads as somebody else's.
  const number = look.kind === 'found' ? look.payment.merchantUid : impUid;
  const heldBy = impUid === undefined ? undefined : await world.orders.order(number ?? impUid);
  if (look.kind === 'missing') return notFound;
  if (look.kind === 'failed') {
    unavailable(wanted, look, world);
    // An unreadable answer tells that the payment exists, and not whose it is.
    return look.unreadable === undefined || actor.kind === 'staff' ? refused(refusalAfter(look)) : notFound;
  }
  const provider = look.payment;
  const isAsked = asked === undefined ? provider.merchantUid === merchantUid : provider.impUid === asked;
  if (!isAsked) return wrongAnswer(wanted, provider, world);
  const isOfOrder = merchantUid !== undefined && belongsTo(order, provider);
  const word = isOfOrder ? order.word : heldBy;
  const theOrder = {
    merchantUid: isOfOrder ? order.merchantUid : provider.merchantUid,
    ...omitMissing({ word }),
  };
  // Somebody else's payment is not imported for a stranger: that would take longer than an unknown one.
  if (rightOn(theOrder, provider, actor) === undefined) return notFound;
  const payment = await importPayment(provider, world);
  if (payment === undefined) return refused(storeUnavailable);
  const now = { ...theOrder, payments: [payment] };
  reportOrderNotices(now, payment, world);
  return choose(now, { ...wanted, impUid: payment.impUid }, world);
}

function bare(name = ''): string {
  return name.trim().toLowerCase().slice(0, 40);
}

/** A database may ignore letter case and outer spaces: then the requested one does not exist. */
function wrongAnswer(wanted: Wanted, provider: ProviderPayment, world: Surroundings): Found {
  const { merchantUid, impUid } = wanted;
  const isNear =
    impUid === undefined
      ? bare(merchantUid) === bare(provider.merchantUid)
      : bare(impUid) === bare(provider.impUid);
  return isNear ? notFound : unavailable(wanted, { cause: DOUBTS.otherPayment }, world);
}

/** Each look-up costs a call to the provider, so a caller has a limit per minute. Staff import older payments. */
async function mayLookUp({ kind, sub }: Actor, world: Surroundings): Promise<boolean> {
  const windowMs = UNKNOWN_LOOK_UPS_WINDOW_MS;
  const windowStartMs = Math.floor(world.now() / windowMs) * windowMs;
  const limit = UNKNOWN_LOOK_UPS[kind];
  const isAllowed = await world.ledger.countLookUp({ sub, windowStartMs, windowMs, limit });
  if (!isAllowed) world.report({ event: 'too_many_look_ups', merchantUid: '' });
  return isAllowed;
}

/**
 * Imports a payment of the provider under the provider's number, once, for the first caller. A known one is refreshed only while
 * it was unpaid. Undefined: the ledger cannot be written.
 */
export async function importPayment(
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Payment | undefined> {
  const beganAtMs = world.now();
  const untilMs = beganAtMs + READ_BACK_TIMEOUT_MS;
  const transacted = await transact({ kind: 'import', provider, atMs: beganAtMs }, untilMs, world);
  if (transacted.kind !== 'applied' && transacted.kind !== 'refused') return undefined;
  const payment = await readImported(provider, world);
  if (payment === undefined || transacted.kind === 'refused') return payment;
  const { merchantUid, impUid, amount, currency } = payment;
  world.report({ event: 'imported', merchantUid, impUid, amount, currency });
  // Cancels from before the import become items, too.
  return book({ payment, provider, beganAtMs, untilMs }, world);
}

async function readImported(provider: ProviderPayment, world: Surroundings): Promise<Payment | undefined> {
  // A restored table may lack only the name.
  const merchantUid = (await world.ledger.orderOf(provider.impUid)) ?? provider.merchantUid;
  const payment = await world.ledger.payment({ merchantUid, impUid: provider.impUid });
  if (payment === undefined || payment.isPaid || !provider.isPaid) return payment;
  const refreshed = await transact(
    { kind: 'refresh', payment, provider },
    world.now() + READ_BACK_TIMEOUT_MS,
    world,
  );
  return refreshed.kind === 'applied' || refreshed.kind === 'refused'
    ? world.ledger.payment(payment)
    : undefined;
}

/** An order paid twice, or an amount that differs from the order's. */
export function reportOrderNotices(order: Order, payment: Payment, world: Surroundings): void {
  const { merchantUid, impUid, amount, currency } = payment;
  const about = { merchantUid, impUid, amount, currency };
  if (!payment.isPaid) return;
  if (paidTwice(order.payments)) {
    world.report({ event: 'several_payments', count: order.payments.length, ...about });
  }
  if (differsFromOrder(order, payment)) world.report({ event: 'order_amount_differs', ...about });
}
