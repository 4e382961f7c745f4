import type { DynamoDBRecord } from 'aws-lambda';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  startStreamPoller,
  type StreamPollerOptions,
} from '../../../lib/lab/local/dynamodb/stream-poller.ts';
import { noPages, readBody, sendJson, startHttpServer } from '../../../lib/lab/local/http-server.ts';
import {
  adding,
  type Ask,
  batch,
  CREDENTIALS,
  type DynamoDb,
  ORDERS,
  put,
  putting,
  recordsOf,
  REGION,
  remove,
  startedDynamoDb,
  streamArnAt,
  temporaryDirectory,
  answerTo,
  transact,
  update,
} from './dynamodb-support.ts';

const DAY_MS = 86_400_000;
const NOON_MS = 1_796_050_800_123;

let directory: string;
let dynamodb: DynamoDb;
let nowMs: number;
const start = () => startedDynamoDb({ directory: path.join(directory, 'data'), now: () => nowMs });
beforeEach(async () => {
  nowMs = NOON_MS;
  directory = await temporaryDirectory();
  dynamodb = await start();
});
afterEach(async () => {
  await dynamodb.end();
  await rm(directory, { recursive: true });
});

async function restart(): Promise<void> {
  await dynamodb.end();
  dynamodb = await start();
}

async function ask(...asked: readonly Ask[]): Promise<void> {
  for (const each of asked) await answerTo(dynamodb.documents, each);
}

async function write(...sortKeys: readonly string[]): Promise<void> {
  await ask(...sortKeys.map((sk) => put({ pk: 'order-1', sk })));
}

function sortKeyOf({ dynamodb: image }: DynamoDBRecord): string {
  return String(image?.Keys?.['sk']?.S);
}

describe('the stream of the embedded DynamoDB', () => {
  it('each changed item has one record with its old and new image; a write without a change has none', async () => {
    const Key = { pk: 'order-1', sk: 'a' };
    const item = { ...Key, amount: 1, list: ['x', { y: 1 }] };
    const UpdateExpression = 'SET amount = amount + :one';
    const both = transact([adding('order-1', 'b'), adding('order-1', 'c')], 'token');
    await ask(
      put(item),
      put({ list: ['x', { y: 1 }], amount: 1, sk: 'a', pk: 'order-1' }),
      put(Key, { ConditionExpression: 'attribute_not_exists(pk)' }),
      remove({ Key: { pk: 'order-1', sk: 'none' } }),
      put({ merchant_uid: 'order-1' }, { TableName: ORDERS.TableName }),
      update({ Key, UpdateExpression, ExpressionAttributeValues: { ':one': 1 } }),
      remove({ Key }),
      both,
      both,
      transact([
        putting({ pk: 'order-1', sk: 'd' }),
        putting({ pk: 'order-1', sk: 'b' }, 'attribute_not_exists(pk)'),
      ]),
      batch([{ DeleteRequest: { Key: { pk: 'order-1', sk: 'b' } } }]),
    );
    const records = await recordsOf(dynamodb.url);
    expect(
      records.map(({ eventName, dynamodb: { Keys, OldImage, NewImage } = {} }) =>
        [eventName, Keys?.['sk']?.S, OldImage?.['amount']?.N, NewImage?.['amount']?.N].join(' '),
      ),
    ).toEqual(['INSERT a  1', 'MODIFY a 1 2', 'REMOVE a 2 ', 'INSERT b  1', 'INSERT c  1', 'REMOVE b 1 ']);
    expect(records[0]).toMatchObject({
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(NOON_MS / 1000),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });

  it('the sequence number always rises, also when the clock goes back or after a restart; records are kept for a day', async () => {
    await write('a', 'b');
    nowMs -= DAY_MS / 2;
    await write('c');
    await restart();
    await write('d');
    const records = await recordsOf(dynamodb.url);
    expect(records.map(sortKeyOf)).toEqual(['a', 'b', 'c', 'd']);
    const numbers = records.map((record) => record.dynamodb?.SequenceNumber ?? '');
    expect(numbers).toEqual([...new Set(numbers)].toSorted());
    nowMs += 3 * DAY_MS;
    // A database that was off loses none: the day counts from the newest record.
    await restart();
    expect(await recordsOf(dynamodb.url)).toHaveLength(4);
    await write('e');
    await restart();
    expect((await recordsOf(dynamodb.url)).map(sortKeyOf)).toEqual(['e']);
  });
});

/** Starts a poller; it ends with the test. `handled`: the sort keys of its records, `faults`: what it reported. */
async function started({ onRecords, ...given }: Partial<StreamPollerOptions> = {}) {
  const faults: string[] = [];
  const handled: string[] = [];
  const poller = startStreamPoller({
    endpoint: dynamodb.url,
    region: REGION,
    credentials: CREDENTIALS,
    streamArn: await streamArnAt(dynamodb.url),
    positionFile: path.join(directory, 'position.json'),
    onRecords: async (records) => {
      handled.push(...records.map(sortKeyOf));
      await onRecords?.(records);
    },
    onFault: (error) => faults.push(String(error)),
    pauseMs: 5,
    ...given,
  });
  onTestFinished(poller.end);
  return { ...poller, handled, faults };
}

describe('the poller of a stream', () => {
  it('the poller delivers records in order and in batches, and continues from its last position', async () => {
    await write('a', 'b', 'c');
    const sizes: number[] = [];
    const first = await started({ batchSize: 2, onRecords: async ({ length }) => void sizes.push(length) });
    await expect.poll(() => sizes).toEqual([2, 1]);
    await write('d');
    await expect.poll(() => first.handled).toEqual(['a', 'b', 'c', 'd']);
    await first.end();
    expect(first.faults).toEqual([]);
    await write('e');
    const second = await started();
    await expect.poll(() => second.handled).toEqual(['e']);
    await second.end();
    const other = JSON.stringify({ streamArn: 'another', position: {} });
    await writeFile(path.join(directory, 'position.json'), other);
    const third = await started();
    await expect.poll(() => third.handled).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('records are delivered again if the function failed or the poller was killed, and a failure is reported once', async () => {
    await write('a', 'b');
    const underWay = Promise.withResolvers<void>();
    let tries = 0;
    const first = await started({
      onRecords: async () => {
        tries += 1;
        if (tries < 3) throw new Error('the function failed');
        await underWay.promise;
      },
    });
    await expect.poll(() => first.handled.join('')).toBe('ababab');
    expect(first.faults).toEqual(['Error: the function failed']);
    // A kill may leave an incomplete new position file.
    await writeFile(path.join(directory, 'position.json.new'), '{"stre');
    const second = await started();
    await expect.poll(() => second.handled).toEqual(['a', 'b']);
    underWay.resolve();
  });
});

/** A scripted stream whose parent shard was split into two. Each page has one record. */
async function dividedStream() {
  const state = { isTrimmed: false, asked: [] as string[] };
  const all: Record<string, readonly string[]> = { left: ['c'], parent: ['a', 'b'], right: ['d'] };
  const Shards = Object.keys(all).map((ShardId) => ({
    ShardId,
    ParentShardId: ShardId === 'parent' ? 'trimmed' : 'parent',
  }));
  const answer = (input: Readonly<Record<string, string>>): object => {
    const { ShardId, SequenceNumber, ShardIterator } = input;
    if (SequenceNumber !== undefined && state.isTrimmed) return { __type: 'TrimmedDataAccessException' };
    if (ShardId !== undefined) {
      state.asked.push(`${ShardId} ${SequenceNumber ?? 'from the oldest'}`);
      return { ShardIterator: `${ShardId}/0` };
    }
    if (ShardIterator === undefined) return { StreamDescription: { Shards } };
    const [shard = '', from] = ShardIterator.split('/');
    const S = all[shard]?.[Number(from)];
    const record = { dynamodb: { Keys: { sk: { S } }, SequenceNumber: `number of ${S}` } };
    const next = `${shard}/${Number(from) + (S === undefined ? 0 : 1)}`;
    return {
      Records: S === undefined ? [] : [record],
      ...((shard !== 'parent' || S !== undefined) && { NextShardIterator: next }),
    };
  };
  const options = { port: 0, guard: noPages, onFault: () => undefined };
  const server = await startHttpServer(options, async (request, response) => {
    const given = answer(JSON.parse((await readBody(request)).toString()) as Record<string, string>);
    sendJson(response, '__type' in given ? 400 : 200, given);
  });
  onTestFinished(server.end);
  return { state, from: { endpoint: server.url, streamArn: 'divided' } };
}

it('the poller reads a shard to its end before its children, none twice, and reports trimmed records', async () => {
  const { state, from } = await dividedStream();
  const first = await started(from);
  await expect.poll(() => first.handled).toEqual(['a', 'b', 'c', 'd']);
  await first.end();
  expect(state.asked).toEqual(['parent from the oldest', 'left from the oldest', 'right from the oldest']);
  const again = await started(from);
  await expect.poll(() => state.asked.slice(3)).toEqual(['left number of c', 'right number of d']);
  await again.end();
  state.isTrimmed = true;
  const { handled, faults } = await started(from);
  await expect.poll(() => handled).toEqual(['c', 'd']);
  expect(faults).toEqual(Array(2).fill(expect.stringContaining('TrimmedDataAccessException')));
});
