import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ensureTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import {
  createStreamsClient,
  startStreamPoller,
  type StreamPollerOptions,
} from '../../../lib/lab/local/dynamodb/stream-poller.ts';
import { readBody, sendJson, startHttpServer } from '../../../lib/lab/local/http-server.ts';
import { adding, batch, type Ask, put, putting, remove, told, transact, update } from './dynamodb-asking.ts';
import {
  CREDENTIALS,
  type DynamoDb,
  LEDGER,
  ORDERS,
  recordsOf,
  REGION,
  startedDynamoDb,
  streamArnAt,
  temporaryDirectory,
} from './dynamodb-world.ts';

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
  for (const each of asked) await told(dynamodb.documents, each);
}

async function write(...sortKeys: readonly string[]): Promise<void> {
  await ask(...sortKeys.map((sk) => put({ pk: 'order-1', sk })));
}

function sortKeyOf({ dynamodb: image }: DynamoDBRecord): string {
  return String(image?.Keys?.['sk']?.S);
}

describe('the stream of the embedded DynamoDB', () => {
  it('a stream has records for an inserted, a changed and a removed item, with old and new image', async () => {
    const Key = { pk: 'order-1', sk: 'a' };
    const UpdateExpression = 'SET amount = amount + :one';
    const ExpressionAttributeValues = { ':one': 1 };
    await ask(
      put({ ...Key, amount: 1 }),
      update({ Key, UpdateExpression, ExpressionAttributeValues }),
      remove({ Key }),
    );
    const Keys = { pk: { S: 'order-1' }, sk: { S: 'a' } };
    const first = { ...Keys, amount: { N: '1' } };
    const second = { ...Keys, amount: { N: '2' } };
    const records = await recordsOf(dynamodb.url);
    const common = {
      ApproximateCreationDateTime: Math.floor(NOON_MS / 1000),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      SequenceNumber: expect.any(String) as unknown,
    };
    expect(records.map((record) => record.dynamodb)).toEqual([
      { ...common, Keys, NewImage: first },
      { ...common, Keys, OldImage: first, NewImage: second },
      { ...common, Keys, OldImage: second },
    ]);
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(records[0]).toMatchObject({ eventVersion: '1.1', eventSource: 'aws:dynamodb', awsRegion: REGION });
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3);
  });

  it('a write that changes nothing has no stream record', async () => {
    const item = { pk: 'order-1', sk: 'a', amount: 1, list: ['x', { y: 1 }] };
    await ask(
      put(item),
      put(item),
      put({ list: ['x', { y: 1 }], amount: 1, sk: 'a', pk: 'order-1' }),
      put({ pk: 'order-1', sk: 'a' }, { ConditionExpression: 'attribute_not_exists(pk)' }),
      remove({ Key: { pk: 'order-1', sk: 'none' } }),
      put({ merchant_uid: 'order-1' }, { TableName: ORDERS.name }),
    );
    expect((await recordsOf(dynamodb.url)).length).toBe(1);
  });

  it('each item of a transaction or a batch has a stream record, and a cancelled transaction has none', async () => {
    const both = transact([adding('order-1'), adding('order-1', 'b')], 'token');
    await ask(
      both,
      both,
      transact([
        putting({ pk: 'order-1', sk: 'c' }),
        putting({ pk: 'order-1', sk: 'a' }, 'attribute_not_exists(pk)'),
      ]),
      batch([
        { PutRequest: { Item: { pk: 'order-1', sk: 'd' } } },
        { DeleteRequest: { Key: { pk: 'order-1', sk: 'b' } } },
      ]),
    );
    const changes = (await recordsOf(dynamodb.url)).map((record) => [record.eventName, sortKeyOf(record)]);
    expect(changes).toEqual([
      ['INSERT', 'a'],
      ['INSERT', 'b'],
      ['INSERT', 'd'],
      ['REMOVE', 'b'],
    ]);
  });

  it('the sequence number of a record always rises, also when the clock goes back or after a restart', async () => {
    await write('a', 'b');
    nowMs -= DAY_MS;
    await write('c');
    await restart();
    await write('d');
    const records = await recordsOf(dynamodb.url);
    expect(records.map(sortKeyOf)).toEqual(['a', 'b', 'c', 'd']);
    const numbers = records.map((record) => record.dynamodb?.SequenceNumber ?? '');
    expect(numbers).toEqual([...new Set(numbers)].toSorted());
    expect(numbers.every((number) => /^\d{21}$/.test(number))).toBe(true);
  });

  it('records are kept for the 24 hours before the newest one, so a database that was off loses none', async () => {
    await write('a');
    nowMs += 3 * DAY_MS;
    await restart();
    expect((await recordsOf(dynamodb.url)).map(sortKeyOf)).toEqual(['a']);
    await write('b');
    await restart();
    expect((await recordsOf(dynamodb.url)).map(sortKeyOf)).toEqual(['b']);
  });

  it('the records are deleted with the table, and a new table of the same name has a new stream', async () => {
    await write('a');
    const before = await streamArnAt(dynamodb.url);
    nowMs += 1;
    await dynamodb.client.send(new DeleteTableCommand({ TableName: LEDGER.name }));
    await expect.poll(() => ensureTable(dynamodb.client, LEDGER, '').catch(String)).toBe('created');
    expect(await recordsOf(dynamodb.url)).toEqual([]);
    const gone = createStreamsClient({ endpoint: dynamodb.url, region: REGION, credentials: CREDENTIALS });
    await expect(gone.shards(before)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await expect(gone.records('none', 1)).rejects.toMatchObject({ code: 'ValidationException' });
  });
});

/** Starts a poller that passes records to `onRecords`; it ends with the test. */
async function started(given: Partial<StreamPollerOptions> & Pick<StreamPollerOptions, 'onRecords'>) {
  const faults: unknown[] = [];
  const poller = startStreamPoller({
    endpoint: dynamodb.url,
    region: REGION,
    credentials: CREDENTIALS,
    streamArn: await streamArnAt(dynamodb.url),
    positionFile: path.join(directory, 'position.json'),
    onFault: (error) => faults.push(String(error)),
    pauseMs: 5,
    ...given,
  });
  onTestFinished(poller.end);
  return { ...poller, faults };
}

/** The sort keys of the handled records. */
function handling() {
  const handled: string[] = [];
  const onRecords = async (records: readonly DynamoDBRecord[]): Promise<void> => {
    handled.push(...records.map(sortKeyOf));
  };
  return { handled, onRecords };
}

describe('the poller of a stream', () => {
  it('the poller delivers records from before and after its start in order, in the form that Lambda uses', async () => {
    await write('a', 'b');
    const batches: (readonly DynamoDBRecord[])[] = [];
    const { faults } = await started({ onRecords: async (records) => void batches.push(records) });
    await expect.poll(() => batches.flat().map(sortKeyOf)).toEqual(['a', 'b']);
    await write('c');
    await expect.poll(() => batches.flat().map(sortKeyOf)).toEqual(['a', 'b', 'c']);
    expect(batches[0]?.[0]).toMatchObject({
      eventName: 'INSERT',
      eventSourceARN: await streamArnAt(dynamodb.url),
      dynamodb: { NewImage: { pk: { S: 'order-1' }, sk: { S: 'a' } }, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    expect(faults).toEqual([]);
  });

  it('the poller continues from its last position, and respects the batch size', async () => {
    await write('a', 'b', 'c');
    const sizes: number[] = [];
    const first = await started({ batchSize: 2, onRecords: async ({ length }) => void sizes.push(length) });
    await expect.poll(() => sizes).toEqual([2, 1]);
    await first.end();
    await write('d');
    const { handled, onRecords } = handling();
    await started({ onRecords });
    await expect.poll(() => handled).toEqual(['d']);
  });

  it('records are delivered again if the poller was killed while they were handled', async () => {
    await write('a');
    const underWay = Promise.withResolvers<void>();
    const taken = handling();
    await started({
      onRecords: async (records) => {
        await taken.onRecords(records);
        await underWay.promise;
      },
    });
    await expect.poll(() => taken.handled).toEqual(['a']);
    // A kill may leave an incomplete new position file.
    await writeFile(path.join(directory, 'position.json.new'), '{"stre');
    const second = handling();
    await started({ onRecords: second.onRecords });
    await expect.poll(() => second.handled).toEqual(['a']);
    underWay.resolve();
  });

  it('the poller delivers failed records again, and reports the failure once', async () => {
    await write('a', 'b');
    const tries: string[][] = [];
    const { faults } = await started({
      onRecords: async (records) => {
        tries.push(records.map(sortKeyOf));
        if (tries.length < 3) throw new Error('the function failed');
      },
    });
    await expect.poll(() => tries.map(String)).toEqual(Array(3).fill('a,b'));
    expect(faults).toEqual(['Error: the function failed']);
  });

  it('the poller ignores the position of another stream', async () => {
    await write('a');
    const position = { 'shardId-00000000000000000000-00000000': '9'.repeat(21) };
    const kept = JSON.stringify({ streamArn: 'another', position });
    await writeFile(path.join(directory, 'position.json'), kept);
    const { handled, onRecords } = handling();
    await started({ onRecords });
    await expect.poll(() => handled).toEqual(['a']);
  });
});

/** A scripted stream whose parent shard was split into two. */
async function dividedStream() {
  const state = { isDown: false, isTrimmed: false, asked: [] as string[], lookedAt: 0 };
  const all: Record<string, readonly string[]> = { parent: ['a', 'b'], left: ['c'], right: ['d'] };
  const Shards = [
    { ShardId: 'left', ParentShardId: 'parent' },
    { ShardId: 'parent', ParentShardId: 'trimmed' },
    { ShardId: 'right', ParentShardId: 'parent' },
  ];
  const answer = (operation: string, input: Readonly<Record<string, string>>): object => {
    const { ShardId, SequenceNumber, ShardIterator = '' } = input;
    if (operation === 'DescribeStream') return { StreamDescription: { Shards } };
    if (operation === 'GetShardIterator') {
      state.asked.push(`${ShardId} ${SequenceNumber ?? 'from the oldest'}`);
      return { ShardIterator: `${ShardId}/0` };
    }
    const [shard = '', from = '0'] = ShardIterator.split('/');
    const names = all[shard]?.slice(Number(from), Number(from) + 1) ?? [];
    const Records = names.map((S) => ({
      dynamodb: { Keys: { sk: { S } }, SequenceNumber: `number of ${S}` },
    }));
    const isEnd = shard === 'parent' && Number(from) > 1;
    return { Records, ...(!isEnd && { NextShardIterator: `${shard}/${Number(from) + names.length}` }) };
  };
  const options = { port: 0, guard: () => undefined, onFault: () => undefined };
  const server = await startHttpServer(options, async (request, response) => {
    const input = JSON.parse((await readBody(request)).toString()) as Record<string, string>;
    state.lookedAt += 1;
    const refused = state.isDown
      ? 'Internal'
      : state.isTrimmed && 'SequenceNumber' in input && 'TrimmedDataAccessException';
    if (refused !== false) sendJson(response, 400, { __type: refused });
    else sendJson(response, 200, answer(String(request.headers['x-amz-target']).replace(/^.*\./, ''), input));
  });
  onTestFinished(server.end);
  return { state, from: { endpoint: server.url, streamArn: 'divided' } };
}

describe('the poller of a stream with split shards', () => {
  it('the poller reads a shard to its end before its children, none twice, and reports trimmed records', async () => {
    const { state, from } = await dividedStream();
    const first = handling();
    const poller = await started({ ...from, onRecords: first.onRecords });
    await expect.poll(() => first.handled).toEqual(['a', 'b', 'c', 'd']);
    await poller.end();
    expect(state.asked).toEqual(['parent from the oldest', 'left from the oldest', 'right from the oldest']);
    const again = await started({ ...from, onRecords: first.onRecords });
    await expect.poll(() => state.asked.slice(3)).toEqual(['left number of c', 'right number of d']);
    await again.end();
    state.isTrimmed = true;
    const last = handling();
    const { faults } = await started({ ...from, onRecords: last.onRecords });
    await expect.poll(() => last.handled).toEqual(['c', 'd']);
    expect(faults).toEqual(Array(2).fill(expect.stringContaining('TrimmedDataAccessException')));
  });

  it('a poller that cannot reach the stream reports it once and retries', async () => {
    const { state, from } = await dividedStream();
    state.isDown = true;
    const { handled, onRecords } = handling();
    const { faults } = await started({ ...from, onRecords });
    await expect.poll(() => state.lookedAt).toBeGreaterThan(1);
    state.isDown = false;
    await expect.poll(() => handled).toEqual(['a', 'b', 'c', 'd']);
    expect(faults).toEqual([expect.stringContaining('Internal')]);
  });
});
