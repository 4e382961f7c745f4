import type { Archive, Copied } from '../refund/as-stored.ts';
import type { CancelEntry, FinalRefund, Payment } from '../refund/payment.ts';
import type { Write } from '../protocol/write.ts';
import { equals, type Condition } from './conditions.ts';
import { historyFromItem, historyToItem } from './history-item.ts';
import type { Item } from './payment-item.ts';
import { plan, type Plan, type Sets } from './plan-parts.ts';
import { finalFromItem, finalToItem } from './refund-item.ts';

/**
 * Copies first, then removal: a claim copies what is finished, and the final write of the same claim, which nobody else can
 * make, removes it from the payment's item. What is copied never changes any more, so a copy may be written twice, late, or
 * by a worker whose claim was lost. A reader who finds fewer copies than the payment's item leaves to them reads again.
 */
const ENTRY = 'refund_entry';
const RECORD = 'refund_record';
const INDEX = 'refund_index';

/** Sorts behind the payment itself; four digits hold more entries than any payment has. */
function sortKey(impUid: string, index: number): string {
  return `${impUid}#${String(index).padStart(4, '0')}`;
}

export function isCopy(item: Item): boolean {
  return ENTRY in item && INDEX in item;
}

/** The payment that a copy belongs to. */
export function ownerOfCopy(item: Item): string {
  return String(item['imp_uid']).replace(/#\d{4,}$/, '');
}

/** A payment whose item holds more, because others have cancelled a lot of it, leaves the rest to the next claims. */
const MOST_COPIES_AT_ONCE = 25;

/** An entry that is to leave the payment's item, its place in the history, and the cancelled refund that it is of. */
interface Leaving {
  readonly index: number;
  readonly entry: CancelEntry;
  readonly refund: FinalRefund | undefined;
}

function leaving(payment: Payment): readonly Leaving[] {
  const from = payment.stored.historyFrom ?? 0;
  const entries = payment.cancelHistory.slice(from, from + MOST_COPIES_AT_ONCE);
  return entries.map((entry, offset) => ({ index: from + offset, entry, refund: refundOf(payment, entry) }));
}

function refundOf(payment: Payment, entry: CancelEntry): FinalRefund | undefined {
  if (entry.cancellationId === undefined) return undefined;
  return [...payment.refunds.values()].find(
    (refund) => refund.status === 'cancelled' && refund.cancellationId === entry.cancellationId,
  );
}

/** One write for each entry that is to leave. */
export function planCopies(payment: Payment): readonly Plan[] {
  const { merchantUid, currency } = payment;
  return leaving(payment).map(({ index, entry, refund }) => {
    const key = { merchantUid, impUid: sortKey(payment.impUid, index) };
    const [stored] = historyToItem([entry], currency);
    const copy: Sets = [
      [[ENTRY], stored],
      [[INDEX], index],
    ];
    const isFree: Condition = { test: 'absent', path: [INDEX] };
    if (refund === undefined) return plan(key, [isFree], copy);
    // Of two histories that disagree, the copy of another refund is never written over.
    const isSame = equals([RECORD, 'refund_id'], refund.refundId);
    const mayBeWritten: Condition = { test: 'any', of: [isFree, isSame] };
    return plan(key, [mayBeWritten], [...copy, [[RECORD], finalToItem(refund, currency)]]);
  });
}

/** What a claim that was applied, with all its copies, knows to be beside the payment. */
function copiedBy(payment: Payment): { readonly archive: Archive; readonly copied: Copied } {
  const { archive, historyFrom = 0 } = payment.stored;
  const left = leaving(payment);
  const refunds = left.flatMap(({ refund }) => refund ?? []);
  return {
    archive: {
      entries: new Map([
        ...(archive?.entries ?? []),
        ...left.map(({ index, entry }) => [index, entry] as const),
      ]),
      records: new Map([
        ...(archive?.records ?? []),
        ...refunds.map((refund) => [refund.refundId, refund] as const),
      ]),
    },
    // A provider may list one cancel twice; its record is removed once, since a table refuses an update that names a path twice.
    copied: {
      upTo: historyFrom + left.length,
      refundIds: [...new Set(refunds.map(({ refundId }) => refundId))],
    },
  };
}

/** What is beside the payment after a write, and what may leave its item with the next. */
export function besideAfter(write: Write, areCopied: boolean): Pick<Payment['stored'], 'archive' | 'copied'> {
  if (!('payment' in write)) return {};
  const { archive, copied } = write.payment.stored;
  if (write.kind === 'claim' && areCopied) return copiedBy(write.payment);
  const keepsClaim = write.kind !== 'finish' && write.kind !== 'release';
  return {
    ...(archive === undefined ? {} : { archive }),
    ...(keepsClaim && copied !== undefined ? { copied } : {}),
  };
}

/** The copies of one payment, read. @throws ItemError for a record that cannot be: its refund must not be taken for one that never was */
export function archiveFromItems(items: readonly Item[], currency: string): Archive {
  const entries = new Map<number, CancelEntry>();
  const records = new Map<string, FinalRefund>();
  for (const item of items) {
    const [entry] = historyFromItem([item[ENTRY]], currency);
    if (entry !== undefined) entries.set(Number(item[INDEX]), entry);
    if (item[RECORD] === undefined) continue;
    const refund = finalFromItem(`${String(item['imp_uid'])} ${RECORD}`, item[RECORD], currency);
    records.set(refund.refundId, refund);
  }
  return { entries, records };
}

/** Whether all that the payment's item leaves to the archive is there. */
export function isWhole({ stored }: Payment): boolean {
  for (let index = 0; index < (stored.historyFrom ?? 0); index += 1) {
    if (stored.archive?.entries.has(index) !== true) return false;
  }
  return true;
}
