import type { Ledger, Listed, ListPart, OnBroken } from '../protocol/ports.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { LedgerItem } from '../refund/refund.ts';
import {
  beginningWith,
  DAY_SHARDS,
  dayShard,
  fixedWidth,
  impKey,
  OPEN_SHARDS,
  openShard,
  orderPartition,
  paymentKey,
  placeInList,
  positionIn,
  refundKey,
  refundKeyFrom,
  type Key,
} from './keys.ts';
import { paymentFromItem } from './payment-item.ts';
import { planOf } from './plans.ts';
import { placeOf, refundFromItem } from './refund-item.ts';
import { serviceItems } from './service-items.ts';
import type { Item, Query, Table } from './table.ts';

/** The ledger on a table: DynamoDB's (`store.ts`) or that of the tests. Throws `StoreError`. */
export function ledgerOn(table: Table): Ledger {
  return {
    ...readsOf(table),
    ...listsOf(table),
    ...serviceItems(table),
    async write(write, token) {
      const changes = planOf(write);
      return { kind: await table.transact({ what: write.kind, changes, token }) };
    },
  };
}

function readsOf(table: Table) {
  return {
    async orderOf(impUid) {
      const item = await table.get(impKey(impUid));
      return item && String(item['merchant_uid']);
    },
    async payments(merchantUid) {
      const partition = orderPartition(merchantUid);
      const items = await table.query({ partition, between: beginningWith('payment#') });
      return items.map(paymentFromItem);
    },
    async payment(key) {
      const item = await table.get(paymentKey(key));
      return item && paymentFromItem(item);
    },
    async refund(key) {
      const item = await table.get(refundKey(key));
      return item && refundFromItem(item);
    },
    async allRefunds(key, onBroken) {
      const { pk, sk } = refundKey({ ...key, refundId: '' });
      const items = await table.query({ partition: pk, between: beginningWith(sk as `${string}#`) });
      return refundsFrom(items, onBroken);
    },
    async refundsInOrder(key, { limit, before, sinceMs = 0, onBroken }) {
      const [first, last] = beginningWith(`${key.impUid.toWellFormed()}#`);
      const newest = before === undefined ? last : placeOf(before);
      const items = await table.query({
        index: 'by_request',
        partition: paymentKey(key).pk,
        between: [first + fixedWidth(sinceMs), newest],
        descending: true,
        // One more, because the range includes `before` itself.
        limit: limit + 1,
      });
      const older = items.filter((item) => item['in_order'] !== newest);
      return refundsFrom(older.slice(0, limit), onBroken).toReversed();
    },
    async refundById(refundId) {
      const [entry] = await table.query({ index: 'by_refund_id', partition: refundId, limit: 1 });
      return entry && refundKeyFrom(keyOf(entry));
    },
  } satisfies Partial<Ledger>;
}

function listsOf(table: Table) {
  return {
    async openRefunds() {
      const shards = Array.from({ length: OPEN_SHARDS }, async (_, shard) =>
        table.query({ index: 'open_refunds', partition: openShard(shard) }),
      );
      return (await Promise.all(shards)).flat().map((entry) => ({
        ...refundKeyFrom(keyOf(entry)),
        resolveAtMs: Number(entry['resolve_at_ms']),
        listedAtMs: Number(entry['listed_at_ms']),
      }));
    },
    /** The shards of a day are read concurrently; they share the number of items that may be read. */
    async listedOn({ day, ...part }) {
      const share = { ...part, limit: Math.floor(part.limit / DAY_SHARDS) };
      const shardsOfDay = Array.from({ length: DAY_SHARDS }, async (_, shard) =>
        stretchOf(table, { index: 'by_day', partition: dayShard(day, shard) }, share),
      );
      return merged(await Promise.all(shardsOfDay), part);
    },
    async byReference({ reference, ...part }) {
      const where = { index: 'by_reference', partition: reference.toWellFormed() } as const;
      return merged([await stretchOf(table, where, part)], part);
    },
  } satisfies Partial<Ledger>;
}

/** The part of a list that one index partition returned, newest first. */
interface Stretch {
  readonly items: readonly Item[];
  readonly read: number;
  /** Nothing follows. */
  readonly isWhole: boolean;
}

/** The range includes the item at `before` itself: two items are needed to make progress. */
const FEWEST = 2;

async function stretchOf(
  table: Table,
  where: Pick<Query, 'index' | 'partition'>,
  { before, fromMs = 0, limit }: ListPart,
): Promise<Stretch> {
  const newest = placeInList(before.atMs, before.refundId);
  const most = Math.max(FEWEST, limit);
  const read = await table.query({
    ...where,
    between: [placeInList(fromMs), newest],
    descending: true,
    limit: most,
  });
  const items = read.filter((item) => placeIn(item) !== newest);
  return { items, read: read.length, isWhole: read.length < most };
}

/** Below the oldest item of an unfinished shard, that shard may still have newer items unread. */
function merged(stretches: readonly Stretch[], { onBroken }: ListPart): Listed {
  const ends = stretches.flatMap(({ isWhole, items }) => (isWhole ? [] : items.slice(-1)));
  const end = ends.map(placeIn).toSorted().at(-1) ?? '';
  const items = stretches
    .flatMap((stretch) => stretch.items)
    .filter((item) => placeIn(item) >= end)
    .toSorted((a, b) => (placeIn(a) < placeIn(b) ? 1 : -1));
  const next = ends.length === 0 ? undefined : positionIn(end);
  const read = stretches.reduce((sum, stretch) => sum + stretch.read, 0);
  return { items: refundsFrom(items, onBroken), read, ...omitMissing({ next }) };
}

function refundsFrom(items: readonly Item[], onBroken: OnBroken | undefined): readonly LedgerItem[] {
  return items.flatMap((item) => {
    try {
      return refundFromItem(item);
    } catch (error) {
      if (onBroken === undefined) throw error;
      onBroken(refundKeyFrom(keyOf(item)).refundId, error);
      return [];
    }
  });
}

function placeIn(item: Item): string {
  return String(item['listed_order']);
}

function keyOf({ pk, sk }: Item): Key {
  return { pk: String(pk), sk: String(sk) };
}
