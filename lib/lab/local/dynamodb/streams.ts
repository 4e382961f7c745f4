import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { JsonObject } from '../json.ts';
import {
  type BatchOperation,
  dynamoDbError,
  type Item,
  type Range,
  type Store,
  type Table,
  tablesIn,
  type Types,
  validationError,
} from './dynalite.ts';

/** The parameters of a request, and its action. */
export interface Operation {
  readonly types: Types;
  /** @throws DynamoDbError */
  readonly run: (data: JsonObject) => Promise<JsonObject>;
}

/** One item before and after a write; undefined = absent. */
export interface Change {
  readonly table: Table;
  readonly old: Item | undefined;
  readonly new: Item | undefined;
}

/** The retention of AWS. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** Sequence numbers have 21 digits at least, and grow with the time. */
const NUMBERS_A_MS = 100_000_000n;
const DIGITS = 21;
const MOST_RECORDS = 1000;
/** The whole stream is one shard that is never closed. */
const SHARD_ID = 'shardId-00000000000000000000-00000000';

/** The stream settings of a request, which dynalite does not support: records have both images. */
const VIEW_TYPE = 'NEW_AND_OLD_IMAGES';
export const STREAM_SPECIFICATION: Types = {
  type: 'FieldStruct<StreamSpecification>',
  children: { StreamEnabled: 'Boolean', StreamViewType: { type: 'String', enum: [VIEW_TYPE] } },
};
const TEXT = { type: 'String', notNull: true };

/** A new table's definition and its answers name its stream. */
export function withStream(data: JsonObject, { tableDb }: Store, nowMs: number): JsonObject {
  const { StreamSpecification: wanted, ...rest } = data as JsonObject & {
    readonly StreamSpecification?: { readonly StreamEnabled?: boolean };
  };
  if (wanted?.StreamEnabled !== true) return rest;
  const LatestStreamLabel = new Date(nowMs).toISOString().slice(0, -1);
  const table = `arn:aws:dynamodb:${tableDb.awsRegion}:${tableDb.awsAccountId}:table/${String(data['TableName'])}`;
  return { ...data, LatestStreamLabel, LatestStreamArn: `${table}/stream/${LatestStreamLabel}` };
}

export type Streams = Awaited<ReturnType<typeof openStreams>>;

/** The streams of all tables, in the database that holds the tables: a write and its records are one batch. */
export async function openStreams(store: Store, now: () => number) {
  const { db, tableDb } = store;
  /** The last assigned number: no number is assigned twice, even if the clock is set back. */
  let given = 0n;
  for (const table of await streamedTables(store)) {
    const newest = { ...rangeOf(table), reverse: true, limit: 1 };
    for await (const [key] of db.iterator(newest)) {
      const last = BigInt(key.slice(-DIGITS));
      given = larger(given, last);
      // Records a day older than the newest are deleted, so that records do not expire while the database is off.
      const lt = `${prefixOf(table)}${digits(larger(last - BigInt(KEPT_MS) * NUMBERS_A_MS, 0n))}`;
      await db.clear({ ...rangeOf(table), lt });
    }
  }
  const record = (change: Change): BatchOperation => {
    const nowMs = now();
    given = larger(given + 1n, BigInt(nowMs) * NUMBERS_A_MS);
    const SequenceNumber = digits(given);
    const ApproximateCreationDateTime = Math.floor(nowMs / 1000);
    const value = {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: change.new === undefined ? 'REMOVE' : change.old === undefined ? 'INSERT' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: tableDb.awsRegion,
      dynamodb: { ApproximateCreationDateTime, ...imagesOf(change), SequenceNumber },
    };
    return { type: 'put', key: `${prefixOf(change.table)}${SequenceNumber}`, value };
  };
  const tableOf = (arn: unknown): Promise<Table> => tableOfStream(arn, store);
  return {
    tableOf,
    /** The stream records of a write, to be stored in the same batch. */
    records: (changes: readonly Change[]): readonly BatchOperation[] =>
      changes.filter((change) => isStreamed(change.table) && isChange(change)).map(record),
    /** Records after a sequence number, oldest first, and the number of the last of them. */
    read: async (arn: string, after: string, limit: number) => {
      const range = rangeOf(await tableOf(arn), digits(BigInt(after) + 1n));
      const records: unknown[] = [];
      let last = after;
      for await (const [key, value] of db.iterator({ ...range, limit })) {
        records.push(value);
        last = key.slice(-DIGITS);
      }
      return { records, last };
    },
  };
}

/** @throws DynamoDbError where no table has this stream */
async function tableOfStream(arn: unknown, store: Store): Promise<Table> {
  const found = (await streamedTables(store)).find(({ LatestStreamArn }) => LatestStreamArn === arn);
  if (found !== undefined) return found;
  throw dynamoDbError('ResourceNotFoundException', `Requested resource not found: ${String(arn)}`);
}

async function streamedTables(store: Store): Promise<readonly Table[]> {
  return (await tablesIn(store)).filter(isStreamed);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
export function streamOperations(streams: Streams): Readonly<Record<string, Operation>> {
  return {
    DescribeStream: {
      types: { StreamArn: TEXT },
      run: async ({ StreamArn }) => {
        await streams.tableOf(StreamArn);
        const StreamDescription = { StreamArn, StreamStatus: 'ENABLED', StreamViewType: VIEW_TYPE };
        return { StreamDescription: { ...StreamDescription, Shards: [{ ShardId: SHARD_ID }] } };
      },
    },
    GetShardIterator: {
      types: {
        StreamArn: TEXT,
        ShardId: TEXT,
        ShardIteratorType: { ...TEXT, enum: ['TRIM_HORIZON', 'AFTER_SEQUENCE_NUMBER'] },
        SequenceNumber: { type: 'String', regex: String.raw`\d{21,40}` },
      },
      run: async ({ StreamArn, SequenceNumber: after = digits(0n) }) => {
        await streams.tableOf(StreamArn);
        return { ShardIterator: iteratorAfter(String(StreamArn), String(after)) };
      },
    },
    GetRecords: {
      types: {
        ShardIterator: TEXT,
        Limit: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: MOST_RECORDS },
      },
      run: async ({ ShardIterator, Limit: limit = MOST_RECORDS }) => {
        const text = Buffer.from(String(ShardIterator), 'base64url').toString();
        const [, arn, after] = /^(\S+) (\d+)$/.exec(text) ?? [];
        if (arn === undefined || after === undefined) throw validationError('Invalid ShardIterator');
        const { records: Records, last } = await streams.read(arn, after, Number(limit));
        return { Records, NextShardIterator: iteratorAfter(arn, last) };
      },
    },
  };
}

/** A reader's position. It never expires; AWS's expires after 15 minutes. */
function iteratorAfter(streamArn: string, sequenceNumber: string): string {
  return Buffer.from(`${streamArn} ${sequenceNumber}`).toString('base64url');
}

function isStreamed({ LatestStreamArn }: Table): boolean {
  return LatestStreamArn !== undefined;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function digits(number: bigint): string {
  return number.toString().padStart(DIGITS, '0');
}

function prefixOf({ TableName, LatestStreamLabel }: Table): string {
  return `stream-${TableName}~${LatestStreamLabel}~`;
}

function rangeOf(table: Table, from = ''): Range {
  return { gte: `${prefixOf(table)}${from}`, lt: `${prefixOf(table)}:` };
}

/** A write that changes nothing has no record, as in AWS. */
function isChange({ old, new: written }: Change): boolean {
  // New values may have other prototypes than stored ones.
  const asRead: unknown = written === undefined ? undefined : JSON.parse(JSON.stringify(written));
  return !isDeepStrictEqual(old, asRead);
}

function imagesOf({ old, new: written, table }: Change): JsonObject {
  const item: Item = written ?? old ?? {};
  return {
    Keys: Object.fromEntries(table.KeySchema.map(({ AttributeName: name }) => [name, item[name]])),
    ...(written !== undefined && { NewImage: written }),
    ...(old !== undefined && { OldImage: old }),
    StreamViewType: VIEW_TYPE,
  };
}
