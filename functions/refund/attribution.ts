import { distinctEntries, hasTagOf, mayBeOurs, taggedEntries } from './evidence.ts';
import { entryKey } from './identity.ts';
import type { CancelEntry, ProviderPayment } from './payment.ts';
import {
  isElsewhere,
  type CancelledRefund,
  type ElsewhereCancel,
  type LedgerItem,
  type Refund,
} from './refund.ts';

/**
 * Rows 8 and 8': attributes each entry of a history, given all items of the payment. `items` were read after the look: a refund
 * claimed between HEAD and the look may be in the history while HEAD does not name it.
 */
export function attributions(provider: ProviderPayment, items: readonly LedgerItem[]) {
  const refunds = items.filter((item): item is Refund => !isElsewhere(item));
  const foreign = new Map(items.filter(isElsewhere).map((item) => [entryKey(item.entry), item]));
  const holders = holdersOf(refunds, provider);
  const pending = refunds.find((refund) => refund.status === 'requested');
  const held = new Set([...holders.keys(), ...foreign.keys()]);
  /** Refunds that were told otherwise or hold wrong entries, each with the entries that have its tag. */
  const corrections = new Map<string, { was: Refund; entries: readonly CancelEntry[] }>();
  /** Foreign cancels whose entry proved to be a refund of ours, or proved to be foreign after all. */
  const turnedOver: ElsewhereCancel[] = [];
  /** Entries that cannot be a refund of ours. */
  const elsewhere: CancelEntry[] = [];
  /** No entry waits for the end of the refund in flight. */
  let isComplete = true;
  for (const entry of distinctEntries(provider)) {
    const key = entryKey(entry);
    const stranger = foreign.get(key);
    const tagged = refunds.find((refund) => hasTagOf(entry, refund));
    const owner = tagged ?? holders.get(key);
    if (owner !== undefined && stranger?.status === 'elsewhere') turnedOver.push(turnOver(stranger, owner));
    if (owner === undefined && wasTakenFor(stranger, refunds)) turnedOver.push(turnBack(stranger));
    if (tagged?.status === 'requested') isComplete = false;
    else if (tagged !== undefined && holders.get(key) !== tagged) {
      corrections.set(tagged.refundId, { was: tagged, entries: taggedEntries(provider, tagged) });
    } else if (owner === undefined && stranger === undefined) {
      // An entry that may be the refund in flight waits until that refund has ended.
      if (pending !== undefined && mayBeOurs(entry, pending, held)) isComplete = false;
      else elsewhere.push(entry);
    }
  }
  return { corrections: [...corrections.values()], turnedOver, elsewhere, isComplete };
}

function turnOver(item: ElsewhereCancel, { refundId }: Refund): ElsewhereCancel {
  return { ...item, status: 'attributed', attributedTo: refundId, revision: item.revision + 1 };
}

/** People, or an answer, took the entry for a refund that has ended with others (row 8'). */
function wasTakenFor(
  item: ElsewhereCancel | undefined,
  refunds: readonly Refund[],
): item is ElsewhereCancel & { readonly status: 'attributed' } {
  if (item?.status !== 'attributed') return false;
  return refunds.some(({ refundId, status }) => refundId === item.attributedTo && status === 'cancelled');
}

function turnBack({ attributedTo: _wrongly, ...item }: ElsewhereCancel): ElsewhereCancel {
  return { ...item, status: 'elsewhere', revision: item.revision + 1 };
}

/** The cancelled refund that holds an entry, by the entry's key. */
function holdersOf(
  refunds: readonly Refund[],
  provider: ProviderPayment,
): ReadonlyMap<string, CancelledRefund> {
  const holders = new Map<string, CancelledRefund>();
  for (const refund of refunds) {
    if (refund.status !== 'cancelled' || isDisproved(refund, provider)) continue;
    for (const entry of refund.entries) holders.set(entryKey(entry), refund);
  }
  return holders;
}

/** Cancelled by other evidence than its tag, and its tag is now on other entries (row 8'). */
function isDisproved(refund: CancelledRefund, provider: ProviderPayment): boolean {
  if (refund.attribution === 'tag') return false;
  const own = new Set(refund.entries.map(entryKey));
  return taggedEntries(provider, refund).some((entry) => !own.has(entryKey(entry)));
}
