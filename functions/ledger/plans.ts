import { balanceAfterUndo } from '../refund/closing.ts';
import { distinctEntries, sumOf } from '../refund/evidence.ts';
import { minus, toDecimal, type Minor } from '../refund/money.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Payment, PaymentFacts, ProviderPayment } from '../refund/payment.ts';
import type { LedgerItem } from '../refund/refund.ts';
import type { Requested, Write, WriteKind } from '../protocol/write.ts';
import { impKey, paymentKey, refundKey } from './keys.ts';
import { ownToItem, paymentToItem, providerWord } from './payment-item.ts';
import { LISTED, noteToItem, refundToItem, revisionOf } from './refund-item.ts';
import { absent, any, equals, type Change, type Condition, type Item, type Update } from './table.ts';

type Plan<K extends WriteKind> = (write: Extract<Write, { kind: K }>) => readonly Change[];

/**
 * A write as changes of items, each with named conditions. A write is one transaction, so that HEAD and REFUND change together or
 * not at all.
 */
export function planOf(write: Write): readonly Change[] {
  return (PLANS[write.kind] as Plan<WriteKind>)(write);
}

/** The first attribute of every key: absent means that there is no such item. */
const notThere = absent('pk');
const nothingInFlight = absent('in_flight');

/** Every write; the rows are those of the protocol's table. */
const PLANS: { readonly [K in WriteKind]: Plan<K> } = {
  /** A payment that the ledger lacks: it exists once, under one order number. */
  import: ({ provider, atMs }) => {
    const { merchantUid, impUid } = provider;
    // The look that imported it counts as a webhook's look.
    const head = paymentToItem(untouched(provider, atMs));
    const named: Item = { ...impKey(impUid), merchant_uid: merchantUid };
    // A restored table may hold only the name of an import.
    const notElsewhere = any(notThere, equals('merchant_uid', merchantUid));
    const change: Change = { key: impKey(impUid), when: { notElsewhere }, put: named };
    return [{ key: paymentKey(provider), when: { notThere }, put: head }, change];
  },

  /** A payment that was imported unpaid. */
  refresh: ({ payment, provider }) => {
    const when = { notPaid: equals('is_paid', false), sameStatus: equals('status', payment.status) };
    const { pk: _pk, sk: _sk, ...set } = paymentToItem(untouched(provider, payment.lookedAtMs));
    return [{ key: paymentKey(payment), when, set, remove: providerWord(provider).remove }];
  },

  /** Row 3. */
  claim: ({ payment, refund, lastWish, rateLimit }) => {
    // After `not_sent` the key may be used again: it was proven that nothing was sent (row 9).
    const neverSent = { wasNotSent: equals('status', 'not_sent'), sameClaim: equals('gen', refund.gen - 1) };
    return [
      {
        key: paymentKey(payment),
        when: {
          nothingInFlight,
          cancelAmountAsRead: cancelAmountIs('equals', payment),
          amountAsRead: equals('amount', toDecimal(payment.amount, payment.currency)),
          currencyAsRead: equals('currency', payment.currency),
        },
        set: ownToItem({ inFlight: refund.refundId, lastWish, ...omitMissing({ rateLimit }) }, payment),
      },
      whole(refund, refund.gen === 1 ? { notThere } : neverSent),
    ];
  },

  /** Rows 4, 5, 7d and 10. */
  finish: ({ payment, refund, provider, keepsBalance, digest }) => {
    const renews = provider !== undefined && !keepsBalance;
    const { set, remove } = renews ? wordOf(payment, provider) : { set: {}, remove: [] };
    return [
      {
        key: paymentKey(payment),
        // L := max(L, R): when L is already above R, the caller writes again and keeps the balance.
        when: renews ? { cancelAmountNotAbove: cancelAmountIs('at_most', provider) } : {},
        ...withDigest({ set, remove: [...remove, 'in_flight'] }, digest),
        ...(refund.status === 'cancelled' ? askedMore(refund.amount, payment) : {}),
      },
      whole(refund, sameClaim(refund)),
    ];
  },

  /** Row 9. */
  not_sent: ({ payment, refund }) => [
    { key: paymentKey(payment), when: {}, remove: ['in_flight'] },
    whole(refund, sameClaim(refund)),
  ],

  /** A restored table lacks the refund in flight. */
  restore: ({ payment, refund }) => {
    const inFlight = equals('in_flight', refund.refundId);
    return [
      { key: paymentKey(payment), when: { inFlight }, set: { in_flight: refund.refundId } },
      whole(refund, { notThere }),
    ];
  },

  /** A restored table names an ended refund as in flight. */
  release: ({ payment, refund }) => {
    const inFlight = equals('in_flight', refund.refundId);
    return [
      { key: paymentKey(payment), when: { inFlight }, remove: ['in_flight'] },
      { key: refundKey(refund), when: asItWasRead(refund), set: { status: refund.status } },
    ];
  },

  /** Rows 5d, 6, 7e and 10: changes only what it names, because two workers may note at the same time. */
  note: ({ refund, set: { unreadableSinceMs, ...set }, standing }) => {
    // When two people propose at once, one of them must read the other's proposal first.
    const sameProposal =
      standing === undefined ? absent('proposed_at_ms') : equals('proposed_at_ms', standing.atMs);
    return [
      {
        key: refundKey(refund),
        when: { ...sameClaim(refund), ...(set.proposal === undefined ? {} : { sameProposal }) },
        // `gen` keeps its value: an update must name something.
        set: { gen: refund.gen, ...noteToItem({ ...set, ...omitMissing({ unreadableSinceMs }) }) },
        ...(unreadableSinceMs === null ? { remove: ['unreadable_since_ms'] } : {}),
      },
    ];
  },

  /** Row 7e: of two looks that find drift, one tells it. */
  drift: ({ refund, drift }) => [
    {
      key: refundKey(refund),
      when: { ...sameClaim(refund), notInDriftYet: absent('drift') },
      set: noteToItem({ drift }),
    },
  ],

  /** Row 7: a later look never moves it. */
  looked: ({ refund, lookedAtMs, resolveAtMs }) => [
    {
      key: refundKey(refund),
      when: { ...sameClaim(refund), notLookedYet: absent('looked_at_ms') },
      set: { looked_at_ms: lookedAtMs, resolve_at_ms: resolveAtMs },
    },
  ],

  /** When two workers find it due, one looks. */
  take_look: ({ refund, resolveAtMs }) => {
    const when = { ...sameClaim(refund), nobodyTookIt: equals('resolve_at_ms', refund.resolveAtMs) };
    return [{ key: refundKey(refund), when, set: { resolve_at_ms: resolveAtMs } }];
  },

  /** Row 8, for `cancel_amount` and the provider's word. */
  book: ({ payment, provider, isNews, digest }) => {
    const when: Change['when'] = isNews
      ? { cancelAmountBelow: cancelAmountIs('below', provider) }
      : { cancelAmountTheSame: cancelAmountIs('equals', provider) };
    const { set, remove } = wordOf(payment, provider);
    // R is no longer below L, if it ever was (row 11).
    const renewed = withDigest({ set, remove: [...remove, 'shrunk'] }, digest);
    return [{ key: paymentKey(payment), when, ...renewed }];
  },

  /** Row 8, for an entry that no item holds. */
  elsewhere: ({ payment, item }) => withAsked(whole(item, { notThere }), payment, item.amount),

  /** Rows 8' and 10: nothing else of the item changes, and lists no longer show it, or show it again. */
  attribute: ({ payment, item }) => {
    const isOurs = item.status === 'attributed';
    const stored = Object.entries(refundToItem(item));
    const change: Change = {
      key: refundKey(item),
      when: { stillTheOther: equals('status', isOurs ? 'elsewhere' : 'attributed') },
      set: Object.fromEntries(stored.filter(([name]) => TURNED.includes(name))),
      remove: isOurs ? LISTED : ['attributed_to'],
    };
    // On a promotion S includes the refund's own amount instead.
    return withAsked(change, payment, item.amount, isOurs ? -1 : 1);
  },

  /** Row 8'. On a promotion S grows by the amount asked when the refund had been told as not executed. */
  correct: ({ payment, was, refund }) => {
    const change = whole(refund, asItWasRead(was));
    return was.status === 'cancelled' ? [change] : withAsked(change, payment, refund.amount);
  },

  /**
   * Row 11: one person's statement. It counts as a change, so that of two simultaneous speakers one reads the other's statement
   * first.
   */
  propose_undone: ({ of, proposal }) => [
    {
      key: refundKey(of),
      when: asItWasRead(of),
      set: { ...noteToItem({ proposal }), revision: of.revision + 1 },
    },
  ],

  /**
   * Row 11: the only write that lowers `cancel_amount`, by what was undone. The money can be refunded again once R is no longer
   * below L: the PG may have undone several cancels.
   */
  undo: ({ payment, provider, was, refund }) => {
    const { set, remove } = wordOf(payment, provider);
    const balance = balanceAfterUndo(payment, provider, refund);
    const over = balance === provider.cancelAmount ? ['shrunk'] : [];
    return [
      {
        key: paymentKey(payment),
        when: { nothingInFlight, cancelAmountAsRead: cancelAmountIs('equals', payment) },
        set: { ...set, cancel_amount: toDecimal(balance, payment.currency) },
        remove: [...remove, ...over, 'held_digest'],
        ...askedMore(refund.amount, payment, -1),
      },
      whole(refund, asItWasRead(was)),
    ];
  },

  /** Row 11: the first look that showed R < L. */
  shrunk: ({ payment, shrunk }) => {
    const when = { cancelAmountAsRead: cancelAmountIs('equals', payment) };
    return [{ key: paymentKey(payment), when, set: ownToItem({ shrunk }, payment) }];
  },

  /** At most one look per second: the write requires the last look as it was read. */
  hear: ({ payment, atMs }) => {
    const when = { lastLookAsRead: equals('looked_at_ms', payment.lookedAtMs) };
    return [{ key: paymentKey(payment), when, set: { looked_at_ms: atMs } }];
  },
};

function sameClaim({ gen }: Requested): Change['when'] {
  return { stillRequested: equals('status', 'requested'), sameClaim: equals('gen', gen) };
}

/** Compares L with what was read of the payment, or with R of a look. */
function cancelAmountIs(
  test: 'below' | 'at_most' | 'equals',
  { cancelAmount, currency }: PaymentFacts,
): Condition {
  return { test, attribute: 'cancel_amount', value: toDecimal(cancelAmount, currency) };
}

/**
 * A payment of which we refunded nothing. On a promotion S is the part of R without an entry: each entry adds its own amount when
 * it becomes an item.
 */
function untouched(provider: ProviderPayment, lookedAtMs: number): Payment {
  if (!provider.hasPromotion) return { ...provider, lookedAtMs };
  const askedAmount = minus(provider.cancelAmount, sumOf(distinctEntries(provider)));
  return { ...provider, lookedAtMs, askedAmount };
}

const TURNED: readonly string[] = ['status', 'attributed_to', 'payment_after', 'revision', ...LISTED];

/** Replaces the whole item. */
function whole(item: LedgerItem, when: Change['when']): Change {
  return { key: refundKey(item), when, put: refundToItem(item) };
}

/** Status, gen (absent on a foreign cancel) and revision. */
function asItWasRead(item: LedgerItem): Change['when'] {
  return {
    sameStatus: equals('status', item.status),
    ...('gen' in item ? { sameClaim: equals('gen', item.gen) } : {}),
    sameRevision: equals('revision', revisionOf(item)),
  };
}

/** Amounts of another currency would make the item unreadable. */
function wordOf({ currency, impUid }: Payment, provider: ProviderPayment): Renewed {
  if (provider.currency !== currency || provider.impUid !== impUid) {
    throw new Error(`Bug: the provider's word about another payment than ${impUid}`);
  }
  return providerWord(provider);
}

type Renewed = Required<Pick<Update, 'set' | 'remove'>>;

/** The digest belongs to its history; an unknown one must be removed. */
function withDigest({ set, remove }: Renewed, digest: string | undefined): Renewed {
  return digest === undefined
    ? { set, remove: [...remove, 'held_digest'] }
    : { set: { ...set, held_digest: digest }, remove };
}

/** A change of a refund's item and, on a promotion, of S with it. */
function withAsked(change: Change, payment: Payment, amount: Minor, sign?: 1 | -1): readonly Change[] {
  const more = askedMore(amount, payment, sign);
  return more === undefined ? [change] : [{ key: paymentKey(payment), when: {}, ...more }, change];
}

/** S of the protocol, when HEAD has it: on payments with a promotion at their import. */
function askedMore(
  amount: Minor,
  { currency, askedAmount, hasPromotion }: Payment,
  sign: 1 | -1 = 1,
): Pick<Update, 'add'> | undefined {
  if (!hasPromotion || askedAmount === undefined) return undefined;
  return { add: { asked_amount: sign * toDecimal(amount, currency) } };
}
