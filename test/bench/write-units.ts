import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { LEDGER_TABLE, type Key } from '../../functions/ledger/keys.ts';
import { planOf } from '../../functions/ledger/plans.ts';
import type { Item } from '../../functions/ledger/table.ts';
import type { Service } from '../support/service.ts';

/** A write in a transaction costs twice as much; the entries of indexes follow it at the plain price. */
const IN_TRANSACTION = 2;
const INDEXES = [...LEDGER_TABLE.localIndexes, ...LEDGER_TABLE.globalIndexes];

export interface WriteUnits {
  /** Since the last time it was asked. */
  readonly spent: () => number;
  /** Reads that the counting itself has made since then. */
  readonly ownReads: () => number;
}

/** Counts what the ledger's transactions cost from now on, from their items before and after each. */
export function countWriteUnits({ world: { ledger } }: Service): WriteUnits {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const TableName = process.env['LEDGER_TABLE_NAME'];
  const stands = async ({ pk, sk }: Key): Promise<Item | undefined> =>
    (await documents.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;
  let units = 0;
  let ownReads = 0;
  const write = ledger.write.bind(ledger);
  ledger.write = async (asked, token) => {
    const keys = planOf(asked).map(({ key }) => key);
    ownReads += 2 * keys.length;
    const before = await Promise.all(keys.map(stands));
    const written = await write(asked, token);
    const after = await Promise.all(keys.map(stands));
    for (const index of keys.keys()) units += unitsBetween(before[index], after[index]);
    return written;
  };
  return {
    spent: () => {
      const spent = units;
      units = 0;
      ownReads = 0;
      return spent;
    },
    ownReads: () => ownReads,
  };
}

function unitsBetween(before: Item | undefined, after: Item | undefined): number {
  const entries = INDEXES.map((index) => entryUnits(entryOf(index, before), entryOf(index, after)));
  return IN_TRANSACTION * larger(before, after) + entries.reduce((sum, each) => sum + each, 0);
}

interface Entry {
  readonly place: string;
  readonly item: Item;
}

/** What the index holds of an item; undefined where it lacks a key, for the indexes are sparse. */
function entryOf(
  { partitionKey, sortKey = 'sk', projection }: (typeof INDEXES)[number] & { readonly sortKey?: string },
  item: Item | undefined,
): Entry | undefined {
  if (item?.[partitionKey] === undefined || item[sortKey] === undefined) return undefined;
  const place = JSON.stringify([item[partitionKey], item[sortKey]]);
  if (projection === 'ALL') return { place, item };
  const named = new Set<string>(['pk', 'sk', partitionKey, sortKey]);
  if (typeof projection !== 'string') for (const attribute of projection) named.add(attribute);
  return { place, item: Object.fromEntries(Object.entries(item).filter(([name]) => named.has(name))) };
}

/** An entry that moves is taken out and put in; one that stays the same costs nothing. */
function entryUnits(before: Entry | undefined, after: Entry | undefined): number {
  if (before !== undefined && after !== undefined && before.place !== after.place) {
    return unitsOf(before.item) + unitsOf(after.item);
  }
  const isSame = JSON.stringify(before?.item) === JSON.stringify(after?.item);
  return isSame ? 0 : larger(before?.item, after?.item);
}

function larger(before: Item | undefined, after: Item | undefined): number {
  return Math.max(unitsOf(before), unitsOf(after));
}

/** A unit for each KB that is begun. */
function unitsOf(item: Item | undefined): number {
  return item === undefined ? 0 : Math.ceil(bytesOf(item) / 1024);
}

/** As JSON of plain values: near what DynamoDB counts. */
export function bytesOf(item: unknown): number {
  return Buffer.byteLength(JSON.stringify(item));
}
