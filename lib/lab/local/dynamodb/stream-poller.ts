import type { DynamoDBRecord } from 'aws-lambda';
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { isObject, parseJson } from '../json.ts';
import { createStreamsClient, type Shard, type StreamsEndpoint, StreamsError } from './streams-client.ts';

export interface StreamPollerOptions extends StreamsEndpoint {
  /** `LatestStreamArn` of the table. */
  readonly streamArn: string;
  /** Where the position is kept between starts; of another stream it is not used. */
  readonly positionFile: string;
  /**
   * Is given the records as Lambda gives them to a function, in order. They are asked for again when it rejects, or when the
   * process ends before it resolves.
   */
  readonly onRecords: (records: readonly DynamoDBRecord[]) => Promise<void>;
  /** Is told what fails, once until it works again. */
  readonly onFault: (error: unknown) => void;
  /** Records at a time. @default 100, Lambda's own */
  readonly batchSize?: number;
  /** How long after a look that found nothing the next one follows. @default 200 */
  readonly pauseMs?: number;
}

export interface StreamPoller {
  /** Resolves once the records under way are handled. */
  readonly end: () => Promise<void>;
}

/** The sequence number of the last record handled, by shard; a shard read to its end is `closed`. */
type Position = Record<string, string>;
const CLOSED = 'closed';

const FAILED_PAUSE_MS = 1_000;

/** Reads a stream from its oldest record, or from where it was left, and hands every record over at least once. */
export function startStreamPoller(options: StreamPollerOptions): StreamPoller {
  const { onFault, pauseMs = 200 } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const look = createReader(options, signal);
  const run = async (): Promise<void> => {
    let isFailing = false;
    while (!signal.aborted) {
      try {
        const found = await look();
        isFailing = false;
        if (!found) await pause(pauseMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        // After a sleep of the machine: the next look begins with a new one.
        if (isCalled(error, 'ExpiredIteratorException')) continue;
        if (!isFailing) onFault(error);
        isFailing = true;
        await pause(FAILED_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
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

/** A look at every shard that may be read. Resolves to whether it found records. */
function createReader(options: StreamPollerOptions, signal: AbortSignal): () => Promise<boolean> {
  const { streamArn, positionFile, onRecords, onFault, batchSize = 100 } = options;
  const client = createStreamsClient(options);
  const position = readPosition(positionFile, streamArn);
  const iterators = new Map<string, string>();
  let shards: readonly Shard[] = [];

  const save = async (shardId: string, place: string): Promise<void> => {
    position[shardId] = place;
    // A file that a kill has cut short would lose the position.
    await writeFile(`${positionFile}.new`, JSON.stringify({ streamArn, position }), { mode: 0o600 });
    await rename(`${positionFile}.new`, positionFile);
  };
  const iteratorBehind = async (shardId: string): Promise<string> => {
    try {
      return await client.iterator(streamArn, shardId, position[shardId]);
    } catch (error) {
      if (!isCalled(error, 'TrimmedDataAccessException')) throw error;
      // Nobody has read for a day. The oldest record that is left is the next one.
      onFault(error);
      return client.iterator(streamArn, shardId, undefined);
    }
  };
  const read = async (shardId: string): Promise<boolean> => {
    const iterator = iterators.get(shardId) ?? (await iteratorBehind(shardId));
    // Whatever fails from here on, the next look begins behind what was handled.
    iterators.delete(shardId);
    const { Records, NextShardIterator } = await client.records(iterator, batchSize);
    const records = Records.map((record) => ({ ...record, eventSourceARN: streamArn }));
    if (records.length > 0) await onRecords(records);
    if (NextShardIterator === undefined) await save(shardId, CLOSED);
    else iterators.set(shardId, NextShardIterator);
    const last = records.at(-1)?.dynamodb?.SequenceNumber;
    if (NextShardIterator !== undefined && last !== undefined) await save(shardId, last);
    return records.length > 0;
  };
  const isOpen = ({ ShardId }: Shard): boolean => position[ShardId] !== CLOSED;
  return async () => {
    // A shard that is read to its end has children, which are read then.
    if (!shards.some(isOpen)) shards = await client.shards(streamArn);
    const isReadable = ({ ParentShardId }: Shard): boolean =>
      !shards.some((shard) => shard.ShardId === ParentShardId && isOpen(shard));
    let found = false;
    for (const shard of shards.filter((each) => isOpen(each) && isReadable(each))) {
      if (signal.aborted) break;
      found = (await read(shard.ShardId)) || found;
    }
    return found;
  };
}

function isCalled(error: unknown, code: string): boolean {
  return error instanceof StreamsError && error.code === code;
}

function readPosition(file: string, streamArn: string): Position {
  const kept = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : undefined;
  const isOfStream = isObject(kept) && kept['streamArn'] === streamArn && isObject(kept['position']);
  return isOfStream ? { ...(kept['position'] as Position) } : {};
}
