import { hash } from 'node:crypto';
import { koreanTime } from '../refund/korea-time.ts';
import type { PaymentKey } from '../refund/payment.ts';
import type { RefundKey } from '../refund/refund.ts';

/** The key of an item: its partition and its place in it. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

interface Index {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** The attributes of an index entry beside its keys. */
  readonly projection: 'ALL' | 'KEYS_ONLY' | readonly string[];
}

/** The description of a table, for its creators: the stack, the local run and the tests. */
export interface TableDescription {
  /** Type of every attribute that is a key of the table or of an index. */
  readonly attributes: Readonly<Record<string, 'S' | 'N'>>;
  readonly partitionKey: string;
  readonly sortKey: string;
  /** They share the table's partition key and can be created only together with the table. */
  readonly localIndexes: readonly Index[];
  readonly globalIndexes: readonly Index[];
  /** Unix seconds after which an item may be deleted. */
  readonly timeToLive: string;
  readonly stream: 'NEW_AND_OLD_IMAGES';
}

export const LEDGER_TABLE = {
  attributes: {
    pk: 'S',
    sk: 'S',
    in_order: 'S',
    open_shard: 'S',
    resolve_at_ms: 'N',
    day_shard: 'S',
    listed_order: 'S',
    refund_id: 'S',
    reference: 'S',
  },
  partitionKey: 'pk',
  sortKey: 'sk',
  localIndexes: [
    // A payment's refunds in the order of their requests, strongly consistent (row 0b, GET a payment).
    { name: 'by_request', partitionKey: 'pk', sortKey: 'in_order', projection: 'ALL' },
  ],
  globalIndexes: [
    // Sparse: only refunds that have not ended. The resolver looks at those that are due.
    {
      name: 'open_refunds',
      partitionKey: 'open_shard',
      sortKey: 'resolve_at_ms',
      projection: ['refund_id', 'listed_at_ms'],
    },
    { name: 'by_day', partitionKey: 'day_shard', sortKey: 'listed_order', projection: 'ALL' },
    { name: 'by_refund_id', partitionKey: 'refund_id', projection: 'KEYS_ONLY' },
    // Sparse: only refunds with a reference of the shop.
    { name: 'by_reference', partitionKey: 'reference', sortKey: 'listed_order', projection: 'ALL' },
  ],
  timeToLive: 'expires_at',
  stream: 'NEW_AND_OLD_IMAGES',
} as const satisfies TableDescription;

/** Every index uses attributes of the table's items, so a misspelt name does not compile. */
export type IndexName =
  | (typeof LEDGER_TABLE)['localIndexes'][number]['name']
  | (typeof LEDGER_TABLE)['globalIndexes'][number]['name'];

/** The key attributes of an index; undefined: of the table. */
export function keysOf(index: IndexName | undefined): {
  readonly partitionKey: string;
  readonly sortKey?: string;
} {
  const indexes = [...LEDGER_TABLE.localIndexes, ...LEDGER_TABLE.globalIndexes];
  return indexes.find(({ name }) => name === index) ?? LEDGER_TABLE;
}

/**
 * The index of open refunds is spread over this many partitions. A partition takes 1,000 write units a second and a refund needs
 * two, at its claim and at its end: about 500 refunds a second each, 4,000 in all. A larger number is safe only if the entries
 * under this one are still read.
 */
export const OPEN_SHARDS = 8;

/** A day's refunds are spread over this many partitions; a constant, because a reader of a day must know all of them. */
export const DAY_SHARDS = 8;

export function paymentKey({ merchantUid, impUid }: PaymentKey): Key {
  return { pk: orderPartition(merchantUid), sk: `payment#${wellFormed(impUid)}` };
}

export function refundKey(key: RefundKey): Key {
  return { pk: orderPartition(key.merchantUid), sk: `refund#${wellFormed(key.impUid)}#${key.refundId}` };
}

/** Stores the order number of a payment, so that it exists once, under one number. */
export function impKey(impUid: string): Key {
  return { pk: `imp#${wellFormed(impUid)}`, sk: 'imp' };
}

export function serviceKey(subject: string, part: string): Key {
  return { pk: `service#${subject}`, sk: part };
}

export function orderPartition(merchantUid: string): string {
  return `order#${wellFormed(merchantUid)}`;
}

/** A table refuses half a surrogate pair. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** All keys that start with `prefix`, which ends in `#`: `$` is the next character after it. */
export function beginningWith(prefix: `${string}#`): readonly [string, string] {
  return [prefix, `${prefix.slice(0, -1)}$`];
}

/** The refund that a key names: its id has no `#`, which a number may have. */
export function refundKeyFrom({ pk, sk }: Key): RefundKey {
  const end = sk.lastIndexOf('#');
  return {
    merchantUid: pk.slice('order#'.length),
    impUid: sk.slice('refund#'.length, end),
    refundId: sk.slice(end + 1),
  };
}

/** As wide as the last ECMAScript time, so that texts sort as the times do. */
const TIME_DIGITS = 16;

export function fixedWidth(ms: number): string {
  return String(Math.max(0, Math.floor(ms))).padStart(TIME_DIGITS, '0');
}

/** Sort key of a refund in `by_request`. */
export function placeInOrder({ impUid, refundId }: RefundKey, atMs: number): string {
  return `${wellFormed(impUid)}#${fixedWidth(atMs)}#${refundId}`;
}

/** Sort key of a refund in `by_day` and `by_reference`; without an id, before all refunds of that time. */
export function placeInList(atMs: number, refundId = ''): string {
  return `${fixedWidth(atMs)}#${refundId}`;
}

/** The position of a `placeInList`. */
export function positionIn(place: string): { readonly atMs: number; readonly refundId: string } {
  return { atMs: Number(place.slice(0, TIME_DIGITS)), refundId: place.slice(TIME_DIGITS + 1) };
}

export function openShardOf(refundId: string): string {
  return openShard(shardOf(refundId, OPEN_SHARDS));
}

export function openShard(shard: number): string {
  return `open#${shard}`;
}

/** The partition of `by_day` for a refund listed at this time. */
export function dayShardOf(refundId: string, listedAtMs: number): string {
  return dayShard(koreanTime(listedAtMs).slice(0, 10), shardOf(refundId, DAY_SHARDS));
}

/** `day`: `2026-11-25` in Korea. */
export function dayShard(day: string, shard: number): string {
  return `${day}#${shard}`;
}

/** Stable: later versions must find what is in an index today. */
function shardOf(refundId: string, shards: number): number {
  return hash('sha256', refundId, 'buffer').readUInt32BE(0) % shards;
}

/** The shop's names of its orders' attributes; the first is the key of its table. */
export interface OrderAttributes {
  readonly merchantUid: string;
  readonly customerId: string;
  readonly amount: string;
  readonly currency: string;
  readonly impUid: string;
}

export const DEFAULT_ORDER_ATTRIBUTES: OrderAttributes = {
  merchantUid: 'merchant_uid',
  customerId: 'customer_id',
  amount: 'amount',
  currency: 'currency',
  impUid: 'imp_uid',
};
