import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import type { DynamoDbCredentials } from '../../../cli/dynamodb-credentials.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';

interface StreamsEndpoint {
  /** Where DynamoDB is. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: DynamoDbCredentials;
}

export interface StreamPollerOptions extends StreamsEndpoint {
  /** `LatestStreamArn` of the table. */
  readonly streamArn: string;
  /** The file with the position; the position of another stream is ignored. */
  readonly positionFile: string;
  /**
   * Gets the records in order, in the form in which Lambda gives them to a function. It gets them again when it rejects, or when the
   * process ends before it resolves.
   */
  readonly onRecords: (records: readonly DynamoDBRecord[]) => Promise<void>;
  /** Called with a failure, once until reading works again. */
  readonly onFault: (error: unknown) => void;
  /** Records at a time. @default 100, Lambda's own */
  readonly batchSize?: number;
  /** The pause after a read without records. @default 200 */
  readonly pauseMs?: number;
}

export interface StreamPoller {
  /** Resolves once the records under way are handled. */
  readonly end: () => Promise<void>;
}

/** The sequence number of the last record handled, by shard; a shard read to its end is `closed`. */
type Position = Readonly<Record<string, string>>;
const CLOSED = 'closed';

const FAILED_PAUSE_MS = 1_000;

/** Reads a stream from its oldest record or the stored position, and passes on every record at least once. */
export function startStreamPoller(options: StreamPollerOptions): StreamPoller {
  const { onFault, pauseMs = 200 } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const read = createReader(options, signal);
  const run = async (): Promise<void> => {
    let isFailing = false;
    while (!signal.aborted) {
      const waitMs = await read().then(
        (found) => {
          isFailing = false;
          return found ? 0 : pauseMs;
        },
        (error: unknown) => {
          if (!isFailing && !signal.aborted) onFault(error);
          isFailing = true;
          return FAILED_PAUSE_MS;
        },
      );
      await pause(waitMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    end: async () => {
      ending.abort();
      await running;
    },
  };
}

/** Reads one page of every shard that may be read. Resolves to whether it found records. */
function createReader(options: StreamPollerOptions, signal: AbortSignal): () => Promise<boolean> {
  const { streamArn, positionFile, onRecords, onFault, batchSize = 100 } = options;
  const client = createStreamsClient(options);
  let position = readPosition(positionFile, streamArn);
  /** An empty page does not mean that no more records follow, so they are kept. */
  const iterators = new Map<string, string>();
  let shards: readonly Shard[] = [];

  const save = async (shardId: string, place: string): Promise<void> => {
    position = { ...position, [shardId]: place };
    // A kill during a write would truncate the file and lose the position.
    await writeFile(`${positionFile}.new`, JSON.stringify({ streamArn, position }), { mode: 0o600 });
    await rename(`${positionFile}.new`, positionFile);
  };
  const iteratorOf = async (shardId: string): Promise<string> => {
    try {
      return await client.iterator(streamArn, shardId, position[shardId]);
    } catch (error) {
      if (!(isObject(error) && error['code'] === 'TrimmedDataAccessException')) throw error;
      // Nothing was read for a day. Continue with the oldest record that is left.
      onFault(error);
      return client.iterator(streamArn, shardId, undefined);
    }
  };
  const readShard = async (shardId: string): Promise<boolean> => {
    const iterator = iterators.get(shardId) ?? (await iteratorOf(shardId));
    // If something fails from here on, the next read still starts after the handled records.
    iterators.delete(shardId);
    const { Records, NextShardIterator } = await client.records(iterator, batchSize);
    const records = Records.map((record) => ({ ...record, eventSourceARN: streamArn }));
    if (records.length > 0) await onRecords(records);
    if (NextShardIterator !== undefined) iterators.set(shardId, NextShardIterator);
    const last = NextShardIterator === undefined ? CLOSED : records.at(-1)?.dynamodb?.SequenceNumber;
    if (last !== undefined) await save(shardId, last);
    return records.length > 0;
  };
  const isOpen = ({ ShardId }: Shard): boolean => position[ShardId] !== CLOSED;
  return async () => {
    // After the end of a shard its children are read.
    if (!shards.some(isOpen)) shards = await client.shards(streamArn);
    const isReadable = ({ ParentShardId }: Shard): boolean =>
      !shards.some((shard) => shard.ShardId === ParentShardId && isOpen(shard));
    let found = false;
    for (const shard of shards.filter((each) => isOpen(each) && isReadable(each))) {
      if (signal.aborted) break;
      found = (await readShard(shard.ShardId)) || found;
    }
    return found;
  };
}

function readPosition(file: string, streamArn: string): Position {
  const kept = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined;
  const isOfStream = isObject(kept) && kept['streamArn'] === streamArn && isObject(kept['position']);
  return isOfStream ? (kept['position'] as Position) : {};
}

// --- The protocol ---

interface Shard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

interface Page {
  readonly Records: readonly DynamoDBRecord[];
  /** undefined at the end of a closed shard. */
  readonly NextShardIterator?: string;
}

/** The poller repeats a request without an answer. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * DynamoDB Streams in its wire format, because Lambda gives a function these records. The SDK's client would convert
 * them to dates and bytes, and it refuses the records of other DynamoDBs.
 */
export function createStreamsClient({ endpoint, region, credentials }: StreamsEndpoint) {
  // AWS has a separate address for streams; other DynamoDBs use the address of the tables.
  const url = new URL(endpoint.replace(/\/\/dynamodb\.(?=.*\.amazonaws\.com\b)/, '//streams.dynamodb.'));
  const { config } = new DynamoDBClient({ endpoint, region, credentials });
  const ask = async (operation: string, input: JsonObject): Promise<JsonObject> => {
    const body = JSON.stringify(input);
    const { protocol, hostname, host, pathname: path } = url;
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
    };
    const request = { method: 'POST', protocol, hostname, path, headers, body };
    const signed = await (await config.signer()).sign(request);
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const response = await fetch(url, { method: 'POST', headers: signed.headers, body, signal });
    const answer: unknown = await response.json();
    if (response.ok && isObject(answer)) return answer;
    const { __type: type, message, Message } = isObject(answer) ? answer : {};
    // As `TrimmedDataAccessException`.
    const code = String(type).replace(/^.*#/, '');
    throw Object.assign(new Error(`${code}: ${String(message ?? Message)}`), { code });
  };
  return {
    shards: async (StreamArn: string): Promise<readonly Shard[]> => {
      const shards: Shard[] = [];
      let ExclusiveStartShardId: unknown;
      do {
        const { StreamDescription: found } = await ask('DescribeStream', {
          StreamArn,
          ExclusiveStartShardId,
        });
        const { Shards = [], LastEvaluatedShardId } = isObject(found) ? found : {};
        shards.push(...(Shards as readonly Shard[]));
        ExclusiveStartShardId = LastEvaluatedShardId;
      } while (ExclusiveStartShardId !== undefined);
      return shards;
    },
    /** @param after a sequence number; undefined = from the oldest record that is kept */
    iterator: async (StreamArn: string, ShardId: string, after: string | undefined): Promise<string> => {
      const from =
        after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after };
      return String((await ask('GetShardIterator', { StreamArn, ShardId, ...from }))['ShardIterator']);
    },
    records: async (ShardIterator: string, Limit: number): Promise<Page> =>
      (await ask('GetRecords', { ShardIterator, Limit })) as unknown as Page,
  };
}
