import type { JsonObject } from '../json.ts';
import { dynamoDbError, type Store, type Table, type Types, validationError } from './dynalite.ts';
import type { FrontOperation } from './dynamodb.ts';
import {
  BEFORE_ALL,
  isStreamed,
  sequenceNumberAt,
  type StreamedTable,
  type StreamLog,
} from './stream-log.ts';

/** The whole stream is one shard that is never closed. */
const SHARD_ID = 'shardId-00000000000000000000-00000000';
/** As with the real service. */
const ITERATOR_LIFE_MS = 15 * 60 * 1000;
const MOST_RECORDS = 1000;

const VIEW_TYPES = ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'];
/** What a table says of its stream; dynalite does not know it. */
export const STREAM_SPECIFICATION: Types = {
  type: 'FieldStruct<StreamSpecification>',
  children: { StreamEnabled: 'Boolean', StreamViewType: { type: 'String', enum: VIEW_TYPES } },
};

const ARN = { type: 'String', notNull: true, lengthGreaterThanOrEqual: 37, lengthLessThanOrEqual: 1024 };
const ITERATOR_TYPES = ['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'];

/** Where a reader is: behind the record of this number. */
interface Iterator {
  readonly streamArn: string;
  readonly after: string;
  readonly madeAtMs: number;
}

export interface StreamsWorld {
  readonly store: Store;
  readonly log: StreamLog;
  readonly tables: () => Promise<readonly Table[]>;
  readonly now: () => number;
}

/** A new table's answers and definition name its stream. @throws DynamoDbError */
export function withStream(data: JsonObject, { tableDb }: Store, nowMs: number): JsonObject {
  const { StreamSpecification: wanted, ...rest } = data as {
    readonly StreamSpecification?: { readonly StreamEnabled?: boolean; readonly StreamViewType?: string };
  } & JsonObject;
  if (wanted?.StreamEnabled !== true) return rest;
  if (wanted.StreamViewType === undefined) {
    throw validationError(
      'One or more parameter values were invalid: StreamSpecification has no StreamViewType',
    );
  }
  const LatestStreamLabel = new Date(nowMs).toISOString().slice(0, -1);
  const table = `arn:aws:dynamodb:${tableDb.awsRegion}:${tableDb.awsAccountId}:table/${String(data['TableName'])}`;
  return { ...data, LatestStreamLabel, LatestStreamArn: `${table}/stream/${LatestStreamLabel}` };
}

/** The protocol of DynamoDB Streams. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
export function streamOperations(world: StreamsWorld): Readonly<Record<string, FrontOperation>> {
  return {
    ListStreams: {
      types: { TableName: { type: 'String' } },
      run: async ({ TableName: wanted }) => {
        const streamed = (await world.tables()).filter(isStreamed);
        const found = streamed.filter(({ TableName }) => wanted === undefined || TableName === wanted);
        return { Streams: found.map(nameOf) };
      },
    },
    DescribeStream: {
      types: { StreamArn: ARN },
      run: async ({ StreamArn }) => ({ StreamDescription: describe(await streamOf(world, StreamArn)) }),
    },
    GetShardIterator: {
      types: {
        StreamArn: ARN,
        ShardId: { type: 'String', notNull: true },
        ShardIteratorType: { type: 'String', notNull: true, enum: ITERATOR_TYPES },
        SequenceNumber: { type: 'String', lengthGreaterThanOrEqual: 21, lengthLessThanOrEqual: 40 },
      },
      run: async (data) => {
        const table = await streamOf(world, data['StreamArn']);
        if (data['ShardId'] !== SHARD_ID) throw notFound('Shard does not exist');
        return { ShardIterator: iteratorTo(table, startOf(world, table, data), world.now()) };
      },
    },
    GetRecords: {
      types: {
        ShardIterator: { type: 'String', notNull: true },
        Limit: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: MOST_RECORDS },
      },
      run: (data) => records(world, data),
    },
  };
}

async function records(world: StreamsWorld, { ShardIterator, Limit }: JsonObject): Promise<JsonObject> {
  const iterator = iteratorOf(String(ShardIterator));
  const nowMs = world.now();
  if (nowMs - iterator.madeAtMs > ITERATOR_LIFE_MS) {
    throw dynamoDbError('ExpiredIteratorException', 'Iterator expired');
  }
  const table = await streamOf(world, iterator.streamArn);
  const limit = typeof Limit === 'number' ? Limit : MOST_RECORDS;
  const Records = await world.log.after(table, iterator.after, limit);
  const after = Records.at(-1)?.dynamodb.SequenceNumber ?? iterator.after;
  return { Records, NextShardIterator: iteratorTo(table, after, nowMs) };
}

function nameOf({ LatestStreamArn, LatestStreamLabel, TableName }: StreamedTable): JsonObject {
  return { StreamArn: LatestStreamArn, StreamLabel: LatestStreamLabel, TableName };
}

function describe(table: StreamedTable): JsonObject {
  const StartingSequenceNumber = sequenceNumberAt(table.CreationDateTime * 1000);
  return {
    ...nameOf(table),
    StreamStatus: 'ENABLED',
    StreamViewType: table.StreamSpecification.StreamViewType,
    CreationRequestDateTime: table.CreationDateTime,
    KeySchema: table.KeySchema,
    Shards: [{ ShardId: SHARD_ID, SequenceNumberRange: { StartingSequenceNumber } }],
  };
}

async function streamOf({ tables }: StreamsWorld, arn: unknown): Promise<StreamedTable> {
  const found = (await tables()).find(({ LatestStreamArn }) => LatestStreamArn === arn);
  if (!isStreamed(found)) throw notFound(`Stream: ${String(arn)} not found`);
  return found;
}

function notFound(what: string): Error {
  return dynamoDbError('ResourceNotFoundException', `Requested resource not found: ${what}`);
}

function startOf({ log }: StreamsWorld, table: StreamedTable, data: JsonObject): string {
  const { ShardIteratorType: type, SequenceNumber: number } = data;
  if (type === 'TRIM_HORIZON') return BEFORE_ALL;
  if (type === 'LATEST') return log.latest();
  if (typeof number !== 'string' || !/^\d+$/.test(number)) {
    throw validationError(
      `One or more parameter values were invalid: ${String(type)} needs a SequenceNumber`,
    );
  }
  if (BigInt(number) < BigInt(log.horizon(table))) {
    throw dynamoDbError('TrimmedDataAccessException', 'The requested data is beyond the trim horizon');
  }
  return type === 'AFTER_SEQUENCE_NUMBER' ? number : String(BigInt(number) - 1n);
}

function iteratorTo({ LatestStreamArn }: StreamedTable, after: string, madeAtMs: number): string {
  const iterator: Iterator = { streamArn: LatestStreamArn, after, madeAtMs };
  return Buffer.from(JSON.stringify(iterator)).toString('base64url');
}

function iteratorOf(text: string): Iterator {
  try {
    const iterator = JSON.parse(Buffer.from(text, 'base64url').toString()) as Iterator;
    BigInt(iterator.after);
    return iterator;
  } catch {
    throw validationError('Invalid ShardIterator');
  }
}
