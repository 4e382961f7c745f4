import type { Ledger } from '../protocol/ports.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import {
  beginningWith,
  fixedWidth,
  impKey,
  openShard,
  orderPartition,
  paymentKey,
  refundKey,
  refundKeyFrom,
  type Key,
} from './keys.ts';
import { paymentFromItem } from './payment-item.ts';
import { planOf } from './plans.ts';
import { placeOf, refundFromItem } from './refund-item.ts';
import { countLookUp, readNotes, saveNotes } from './service-items.ts';
import type { Item, Table } from './table.ts';

export interface LedgerOptions {
  /** Over how many partitions the refunds in doubt are spread. */
  readonly shards: number;
}

/** The ledger on a table: DynamoDB's (`store.ts`) or the one of the tests. Throws `StoreError`. */
export function ledgerOn(table: Table, { shards }: LedgerOptions): Ledger {
  return {
    shards,
    ...readsOf(table),
    openRefunds: openRefunds(table),
    async write(write, token) {
      const changes = planOf(write, shards);
      const outcome = await table.transact({ what: write.kind, changes, token });
      if (outcome === 'applied') return { kind: 'applied' };
      const refund = outcome.item && refundFromItem(outcome.item);
      return { kind: 'refused', ...omitMissing({ refund }) };
    },
    countLookUp: countLookUp(table),
    reconciliation: readNotes(table),
    saveReconciliation: saveNotes(table),
  };
}

type Reads = Pick<
  Ledger,
  'orderOf' | 'payments' | 'payment' | 'refund' | 'allRefunds' | 'refundsInOrder' | 'refundById'
>;

function readsOf(table: Table): Reads {
  return {
    async orderOf(impUid) {
      const item = await table.get(impKey(impUid));
      return item && textOf(item, 'merchant_uid');
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
    async allRefunds(key) {
      const { pk, sk } = refundKey({ ...key, refundId: '' });
      const items = await table.query({ partition: pk, between: beginningWith(sk as `${string}#`) });
      return items.map(refundFromItem);
    },
    refundsInOrder: refundsInOrder(table),
    async refundById(refundId) {
      const [entry] = await table.query({ index: 'by_refund_id', partition: refundId, limit: 1 });
      return entry && refundKeyFrom(keyOf(entry), refundId);
    },
  };
}

function refundsInOrder(table: Table): Ledger['refundsInOrder'] {
  return async (key, { limit, before, sinceMs = 0 }) => {
    const [, last] = beginningWith(`${key.impUid.toWellFormed()}#`);
    const newest = before === undefined ? last : placeOf(before);
    const oldest = `${key.impUid.toWellFormed()}#${fixedWidth(sinceMs)}`;
    const items = await table.query({
      index: 'by_request',
      partition: paymentKey(key).pk,
      between: [oldest, newest],
      descending: true,
      // One more, since the range holds `before` itself.
      limit: limit + 1,
    });
    const older = items.filter((item) => item['in_order'] !== newest);
    return older.slice(0, limit).map(refundFromItem).toReversed();
  };
}

/** Everything that has a time at all is due later. */
const EARLIEST_MS = -1;

function openRefunds(table: Table): Ledger['openRefunds'] {
  return async ({ shard, dueMs, afterMs = EARLIEST_MS, limit, after }) => {
    const partition = openShard(shard);
    const position = after && {
      ...refundKey(after),
      open_shard: partition,
      resolve_at_ms: after.resolveAtMs,
    };
    const entries = await table.query({
      index: 'open_refunds',
      partition,
      between: [afterMs + 1, dueMs],
      limit,
      ...omitMissing({ after: position }),
    });
    return entries.map((entry) => ({
      ...refundKeyFrom(keyOf(entry), textOf(entry, 'refund_id')),
      resolveAtMs: Number(entry['resolve_at_ms']),
    }));
  };
}

function keyOf(item: Item): Key {
  return { pk: textOf(item, 'pk'), sk: textOf(item, 'sk') };
}

function textOf(item: Item, attribute: string): string {
  const value = item[attribute];
  if (typeof value !== 'string') throw new Error(`Bug: attribute ${attribute} cannot be read`);
  return value;
}
