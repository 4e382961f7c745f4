import type { DynamoDBRecord } from 'aws-lambda';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer, readBody, sendJson } from '../../../lib/lab/local/http-server.ts';
import {
  startStreamPoller,
  type StreamPollerOptions,
} from '../../../lib/lab/local/dynamodb/stream-poller.ts';
import { put, told } from './dynamodb-asking.ts';
import { streamArnAt } from './dynamodb-records.ts';
import { CREDENTIALS, type DynamoDb, REGION, startedDynamoDb, temporaryDirectory } from './dynamodb-world.ts';

let directory: string;
let dynamodb: DynamoDb;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.now();
  directory = await temporaryDirectory();
  dynamodb = await startedDynamoDb({ directory: path.join(directory, 'data'), now: () => nowMs });
});
afterEach(async () => {
  await dynamodb.end();
  await rm(directory, { recursive: true });
});

async function write(...sortKeys: readonly string[]): Promise<void> {
  for (const sk of sortKeys) await told(dynamodb.documents, put({ pk: 'order-1', sk }));
}

function sortKeyOf({ dynamodb: image }: DynamoDBRecord): string {
  return String(image?.Keys?.['sk']?.S);
}

/** A poller whose records go to `onRecords`; ended with the test. */
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

/** What is handled, by sort key. */
function handling() {
  const handled: string[] = [];
  const onRecords = async (records: readonly DynamoDBRecord[]): Promise<void> => {
    handled.push(...records.map(sortKeyOf));
  };
  return { handled, onRecords };
}

describe('the poller of a stream', () => {
  it('hands over what was written before it began and since, in order, as Lambda does', async () => {
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

  it('goes on where it was ended, and gives no more at a time than asked for', async () => {
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

  it('that is killed while records are handled gives them again, and begins with none that was handled', async () => {
    await write('a');
    const first = handling();
    const poller = await started({ onRecords: first.onRecords });
    await expect.poll(() => first.handled).toEqual(['a']);
    await poller.end();
    await write('b');
    // What a kill leaves: records taken, their handling not ended, and a new position cut short.
    const underWay = Promise.withResolvers<void>();
    let taken: readonly DynamoDBRecord[] = [];
    await started({
      onRecords: async (records) => {
        taken = records;
        await underWay.promise;
      },
    });
    await expect.poll(() => taken.map(sortKeyOf)).toEqual(['b']);
    await writeFile(path.join(directory, 'position.json.new'), '{"stre');
    const second = handling();
    await started({ onRecords: second.onRecords });
    await expect.poll(() => second.handled).toEqual(['b']);
    underWay.resolve();
  });

  it('gives the same records again when they could not be handled, and says so once', async () => {
    await write('a', 'b');
    const tries: string[][] = [];
    const { faults } = await started({
      onRecords: async (records) => {
        tries.push(records.map(sortKeyOf));
        if (tries.length < 3) throw new Error('the function failed');
      },
    });
    await expect
      .poll(() => tries)
      .toEqual([
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'b'],
      ]);
    expect(faults).toEqual(['Error: the function failed']);
  });

  it('goes on after the machine has slept', async () => {
    const { handled, onRecords } = handling();
    const { faults } = await started({ onRecords });
    await write('a');
    await expect.poll(() => handled).toEqual(['a']);
    nowMs += 3_600_000;
    await write('b');
    await expect.poll(() => handled).toEqual(['a', 'b']);
    expect(faults).toEqual([]);
  });

  it('that nobody has run for days says that records were dropped, and begins with the oldest that is left', async () => {
    await write('a');
    const first = handling();
    const poller = await started({ onRecords: first.onRecords });
    await expect.poll(() => first.handled).toEqual(['a']);
    await poller.end();
    nowMs += 3 * 86_400_000;
    await write('b');
    await dynamodb.end();
    dynamodb = await startedDynamoDb({ directory: path.join(directory, 'data'), now: () => nowMs });
    const second = handling();
    const { faults } = await started({ onRecords: second.onRecords });
    await expect.poll(() => second.handled).toEqual(['b']);
    expect(faults).toEqual([expect.stringContaining('TrimmedDataAccessException')]);
  });

  it('uses no position of another stream', async () => {
    await write('a');
    const position = { 'shardId-00000000000000000000-00000000': '9'.repeat(21) };
    await writeFile(
      path.join(directory, 'position.json'),
      JSON.stringify({ streamArn: 'another', position }),
    );
    const { handled, onRecords } = handling();
    await started({ onRecords });
    await expect.poll(() => handled).toEqual(['a']);
  });

  it('that cannot reach the stream says so once, and asks again', async () => {
    const { handled, onRecords } = handling();
    let isThere = false;
    const server = await startHttpServer(
      { port: 0, guard: () => undefined, onFault: () => undefined },
      (_, response) => {
        asked += 1;
        sendJson(
          response,
          isThere ? 200 : 500,
          isThere ? { StreamDescription: { Shards: [] } } : { __type: 'Internal' },
        );
      },
    );
    let asked = 0;
    onTestFinished(server.end);
    const { faults } = await started({ endpoint: server.url, streamArn: 'any', onRecords });
    await expect.poll(() => asked).toBeGreaterThan(1);
    isThere = true;
    const before = asked;
    await expect.poll(() => asked).toBeGreaterThan(before + 1);
    expect(faults).toEqual([expect.stringContaining('Internal')]);
    expect(handled).toEqual([]);
  });
});

describe('the poller of a stream whose shards are divided', () => {
  it('reads a shard to its end before its children, and none twice', async () => {
    const asked: string[] = [];
    const all: Record<string, readonly string[]> = { parent: ['a', 'b'], left: ['c'], right: ['d'] };
    const shards = [
      { ShardId: 'left', ParentShardId: 'parent' },
      { ShardId: 'parent', ParentShardId: 'trimmed' },
      { ShardId: 'right', ParentShardId: 'parent' },
    ];
    const server = await startHttpServer(
      { port: 0, guard: () => undefined, onFault: () => undefined },
      async (request, response) => {
        const input = JSON.parse((await readBody(request)).toString()) as Record<string, string>;
        const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
        if (operation === 'DescribeStream')
          return sendJson(response, 200, { StreamDescription: { Shards: shards } });
        if (operation === 'GetShardIterator') {
          asked.push(`${input['ShardId']} ${input['SequenceNumber'] ?? 'from the oldest'}`);
          return sendJson(response, 200, { ShardIterator: `${input['ShardId']}/0` });
        }
        const [shard = '', from = '0'] = String(input['ShardIterator']).split('/');
        const names = all[shard]?.slice(Number(from), Number(from) + 1) ?? [];
        const Records = names.map((S) => ({
          dynamodb: { Keys: { sk: { S } }, SequenceNumber: `number of ${S}` },
        }));
        const isEnd = shard === 'parent' && Number(from) > 1;
        const NextShardIterator = `${shard}/${Number(from) + names.length}`;
        sendJson(response, 200, { Records, ...(!isEnd && { NextShardIterator }) });
      },
    );
    onTestFinished(server.end);
    const first = handling();
    const poller = await started({ endpoint: server.url, streamArn: 'divided', onRecords: first.onRecords });
    await expect.poll(() => first.handled).toEqual(['a', 'b', 'c', 'd']);
    await poller.end();
    expect(asked).toEqual(['parent from the oldest', 'left from the oldest', 'right from the oldest']);
    const second = handling();
    await started({ endpoint: server.url, streamArn: 'divided', onRecords: second.onRecords });
    await expect.poll(() => asked.slice(3)).toEqual(['left number of c', 'right number of d']);
  });
});
