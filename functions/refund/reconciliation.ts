import { differentPayment, distinctEntries, hasTagOf, heldBy, mayBeOurs, sumOf } from './evidence.ts';
import { finding, type About, type Finding, type FindingKind } from './findings.ts';
import { entryKey, idsIn } from './identity.ts';
import { greater, minus, plus, sum, ZERO, type Minor } from './money.ts';
import { differsFromOrder, type Order } from './order.ts';
import {
  hasMoneyLeft,
  type CancelEntry,
  type Payment,
  type PaymentFacts,
  type ProviderPayment,
} from './payment.ts';
import {
  executedAmount,
  isElsewhere,
  type CancelledRefund,
  type ElsewhereCancel,
  type LedgerItem,
  type Refund,
} from './refund.ts';

/**
 * Compares ledger and provider for one payment, entry by entry. `explained` and `unexplained` add up to R plus the cancels that
 * the ledger has and the provider lacks.
 */
export interface Comparison {
  readonly currency: string;
  readonly explained: Minor;
  readonly unexplained: Minor;
  readonly findings: readonly Finding[];
}

/** The input. `payment` and `items` were read after row 8 had booked what `provider` shows. */
export interface Sides {
  /** Undefined: the ledger lacks it. Foreign cancels are then explained by the provider's own history. */
  readonly payment: Payment | undefined;
  readonly items: readonly LedgerItem[];
  readonly provider: ProviderPayment;
}

/** Nothing was ever refunded, so there are no items to read. */
export function isUntouched(payment: PaymentFacts, provider: PaymentFacts): boolean {
  return (
    provider.cancelAmount === ZERO && provider.cancelHistory.length === 0 && payment.cancelAmount === ZERO
  );
}

export function comparePayment(sides: Sides): Comparison {
  const { payment, provider } = sides;
  const { currency, cancelAmount } = provider;
  const why = payment && differentPayment(payment, provider);
  const view = viewOf(sides);
  const doubts: readonly Amounted[] =
    why === undefined
      ? [...foreignTags(view), ...moreThanAsked(view), ...balanceInDoubt(view)]
      : [{ kind: 'differentPayment', amount: cancelAmount, why }];
  const missing = why === undefined ? notAtProvider(view) : [];
  const explained = minus(cancelAmount, totalOf(doubts));
  const found = [...doubts, ...missing, ...(why === undefined ? notices(view) : [])];
  return {
    currency,
    explained,
    unexplained: plus(minus(cancelAmount, explained), totalOf(missing)),
    findings: found.map(({ kind, ...about }) => finding(kind, provider, { ...about, currency })),
  };
}

/** The ledger has a cancel that the provider does not show: a stale reading, or an undone cancel. */
export function contradicts(sides: Sides): boolean {
  const { payment, provider } = sides;
  if (payment === undefined || differentPayment(payment, provider) !== undefined) return false;
  return notAtProvider(viewOf(sides)).length > 0;
}

// --- One payment, entry by entry ---

type View = ReturnType<typeof viewOf>;

function viewOf(sides: Sides) {
  const { payment, items, provider } = sides;
  const entries = distinctEntries(provider);
  const refunds = items.filter((item): item is Refund => !isElsewhere(item));
  return {
    ...sides,
    entries,
    shown: sumOf(entries),
    refunds,
    requested: refunds.find((refund) => refund.status === 'requested'),
    held: heldBy(items, ''),
    // Entries are amounts after the discount, everything else is before it (PG-FACTS 4).
    hasPromotion: provider.hasPromotion || payment?.hasPromotion === true,
  };
}

type Amounted = About & { readonly kind: FindingKind; readonly amount: Minor };

/** An amount in question, or none. */
function amountsAbove0(kind: FindingKind, amount: Minor, about: About = {}): readonly Amounted[] {
  return amount > ZERO ? [{ kind, ...about, amount }] : [];
}

function totalOf(found: readonly Amounted[]): Minor {
  return sum(found.map(({ amount }) => amount));
}

function hasTag({ reason }: CancelEntry): boolean {
  return idsIn(reason).length > 0;
}

/** Entries with our tag but without a refund in the ledger, whoever holds them. */
function foreignTags({ entries, refunds }: View): readonly Amounted[] {
  const amounts = new Map<string, Minor>();
  for (const entry of entries) {
    if (!hasTag(entry) || refunds.some((refund) => hasTagOf(entry, refund))) continue;
    const tags = idsIn(entry.reason).join(' ');
    amounts.set(tags, plus(amounts.get(tags) ?? ZERO, entry.amount));
  }
  return [...amounts].map(([tags, amount]) => {
    const refundIds = tags.split(' ');
    return { kind: 'foreignTag', amount, of: refundIds, refundIds };
  });
}

/** A PG may split a refund into several entries, but their sum is never more than was asked. */
function moreThanAsked({ entries, refunds, hasPromotion }: View): readonly Amounted[] {
  if (hasPromotion) return [];
  return refunds.flatMap((refund) => {
    const own = new Set(refund.status === 'cancelled' ? refund.entries.map(entryKey) : []);
    const done = sumOf(entries.filter((entry) => hasTagOf(entry, refund) || own.has(entryKey(entry))));
    const refundIds = [refund.refundId];
    return amountsAbove0('moreThanAsked', minus(done, refund.amount), { of: refundIds, refundIds });
  });
}

function balanceInDoubt(view: View): readonly Amounted[] {
  const { payment, provider, items, entries, shown, refunds, hasPromotion } = view;
  const { cancelAmount, amount, sumTold } = provider;
  const unlisted = sum(refunds.filter(isUnlisted).map(executedAmount));
  const withoutEntry = hasPromotion ? ZERO : minus(minus(cancelAmount, shown), unlisted);
  // Two people said that the PG undid it (row 11): its entry may stay listed for ever.
  const undoneEntries = items.filter(isCancel).flatMap((item) => (item.undone ? entriesOf(item) : []));
  const undoneKeys = new Set(undoneEntries.map(entryKey));
  const undone = sumOf(entries.filter((entry) => undoneKeys.has(entryKey(entry))));
  const onlyInHistory = hasPromotion ? ZERO : minus(minus(shown, cancelAmount), undone);
  const foreign = totalOf(foreignTags(view));
  const unheld = payment === undefined ? ZERO : sumOf(entries.filter((entry) => isUnheld(view, entry)));
  const ahead = payment === undefined || !sumTold ? ZERO : minus(cancelAmount, payment.cancelAmount);
  return [
    ...amountsAbove0('notBooked', greater(unheld, minus(ahead, plus(withoutEntry, foreign)))),
    ...amountsAbove0('withoutEntry', withoutEntry),
    ...amountsAbove0('onlyInHistory', onlyInHistory),
    ...amountsAbove0('moreThanPaid', minus(cancelAmount, amount)),
  ];
}

/** No refund and no foreign cancel holds the entry, and the refund in flight does not wait for it. */
function isUnheld({ held, requested, refunds }: View, entry: CancelEntry): boolean {
  if (held.has(entryKey(entry))) return false;
  if (requested !== undefined && (hasTagOf(entry, requested) || mayBeOurs(entry, requested, held)))
    return false;
  // With an unknown tag it is reported as that.
  return !hasTag(entry) || refunds.some((refund) => hasTagOf(entry, refund));
}

/** Two people said that the PG executed it, and the provider lists no entry (row 10). */
function isUnlisted(refund: Refund): refund is CancelledRefund {
  return refund.status === 'cancelled' && refund.entries.length === 0;
}

/** A cancel of the ledger, ours or another's. */
type Cancel = CancelledRefund | ElsewhereCancel;

function isCancel(item: LedgerItem): item is Cancel {
  return item.status === 'cancelled' || item.status === 'elsewhere';
}

function entriesOf(item: Cancel): readonly CancelEntry[] {
  return item.status === 'cancelled' ? item.entries : [item.entry];
}

/** L > R, or entries that refunds hold and the provider no longer shows, even if another cancel hides that in R. */
function notAtProvider(view: View): readonly Amounted[] {
  const { payment, provider, shown, items, hasPromotion } = view;
  if (payment === undefined) return [];
  const lost = items
    .filter(isCancel)
    .filter((item) => item.undone === undefined && lostOf(view, item) > ZERO);
  // An amount without an entry may be one of them: then only its entry is missing, and that is reported already.
  const withoutEntry = hasPromotion ? ZERO : minus(provider.cancelAmount, shown);
  const inEntries = minus(sum(lost.map((item) => lostOf(view, item))), withoutEntry);
  const inBalance = provider.sumTold ? minus(payment.cancelAmount, provider.cancelAmount) : ZERO;
  const refundIds = lost.map(({ refundId }) => refundId);
  return lost.length === 0
    ? amountsAbove0('notAtProvider', inBalance)
    : amountsAbove0('refundsNotAtProvider', greater(inEntries, inBalance), { refundIds });
}

/** The amount of a cancel's entries that the provider does not show. */
function lostOf({ entries }: View, item: Cancel): Minor {
  const own = entriesOf(item);
  const shown = entries.filter((entry) => hasTagOf(entry, item) || own.some((each) => isSame(each, entry)));
  return minus(sumOf(own), sumOf(shown));
}

/** Without an id, details that the provider shows later change the entry's content but not its identity. */
function isSame(a: CancelEntry, b: CancelEntry): boolean {
  if (entryKey(a) === entryKey(b)) return true;
  const isNamed = a.cancellationId !== undefined && b.cancellationId !== undefined;
  return !isNamed && a.amount === b.amount && a.cancelledAtMs === b.cancelledAtMs;
}

/** Findings although every won is explained. */
function notices({ provider, shown }: View): readonly (About & { readonly kind: FindingKind })[] {
  const { cancelHistory, sumTold } = provider;
  return [
    ...amountsAbove0('listedTwice', minus(sumOf(cancelHistory), shown)),
    ...(sumTold || cancelHistory.length === 0 ? [] : [{ kind: 'sumNotTold' } as const]),
  ];
}

// --- The order of a payment ---

/**
 * Notices for the shop about an order, attached to one of its payments. An order paid twice is told once: with the latest payment
 * that has money left, which caused it.
 */
export function orderFindings(
  order: Pick<Order, 'word'> & { readonly payments: readonly PaymentFacts[] },
  payment: PaymentFacts,
): readonly Finding[] {
  const open = order.payments
    .filter(hasMoneyLeft)
    .toSorted((a, b) => (a.paidAtMs ?? 0) - (b.paidAtMs ?? 0) || (a.impUid < b.impUid ? -1 : 1));
  const isPaidTwice = open.length > 1 && open.at(-1)?.impUid === payment.impUid;
  const { amount, currency } = order.word ?? {};
  return [
    ...(isPaidTwice
      ? [finding('paidTwice', payment, { says: open.map(({ impUid }) => impUid).toSorted() })]
      : []),
    ...(payment.isPaid && differsFromOrder(order, payment)
      ? [finding('amountDiffers', payment, { says: [amount ?? null, currency ?? null] })]
      : []),
  ];
}
