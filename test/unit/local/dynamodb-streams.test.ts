import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../../lib/lab/local/json.ts';
import { ensureTable } from '../../../lib/lab/local/dynamodb/tables.ts';
import { adding, batch, type Ask, put, putting, remove, told, transact, update } from './dynamodb-asking.ts';
import { recordsOf, streamArnAt } from './dynamodb-records.ts';
import { type DynamoDb, LEDGER, ORDERS, startedDynamoDb, temporaryDirectory } from './dynamodb-world.ts';

const DAY_MS = 86_400_000;
const NOON_MS = 1_796_050_800_123;

let directory: string;
let dynamodb: DynamoDb;
let nowMs: number;
const start = () => startedDynamoDb({ directory, now: () => nowMs });
beforeEach(async () => {
  nowMs = NOON_MS;
  directory = await temporaryDirectory();
  dynamodb = await start();
});
afterEach(async () => {
  await dynamodb.end();
  await rm(directory, { recursive: true });
});

async function write(...asked: readonly Ask[]): Promise<void> {
  for (const ask of asked) await told(dynamodb.documents, ask);
}

/** The operation's answer as it stands on the wire. */
async function answered(operation: string, input: JsonObject): Promise<JsonObject> {
  const headers = {
    'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
    authorization: 'AWS4-HMAC-SHA256',
  };
  const response = await fetch(dynamodb.url, { method: 'POST', headers, body: JSON.stringify(input) });
  const answer: unknown = await response.json();
  return isObject(answer) ? answer : {};
}

async function shard() {
  const StreamArn = await streamArnAt(dynamodb.url);
  const { StreamDescription: described } = await answered('DescribeStream', { StreamArn });
  const shards: unknown = isObject(described) ? described['Shards'] : [];
  const first: unknown = Array.isArray(shards) ? shards[0] : undefined;
  return { StreamArn, ShardId: isObject(first) ? String(first['ShardId']) : '' };
}

/** The sort keys of the items whose records come from there. */
async function readFrom(place: JsonObject): Promise<unknown> {
  const { ShardIterator } = await answered('GetShardIterator', { ...(await shard()), ...place });
  return typeof ShardIterator === 'string' ? sortKeysFrom(ShardIterator) : undefined;
}

async function sortKeysFrom(ShardIterator: string): Promise<readonly unknown[]> {
  const { Records } = await answered('GetRecords', { ShardIterator });
  return (Array.isArray(Records) ? Records : []).map(
    (record: { readonly dynamodb: { readonly Keys: { readonly sk: { readonly S: string } } } }) =>
      record.dynamodb.Keys.sk.S,
  );
}

describe('a record', () => {
  it('tells an item that comes, changes and goes, with its images before and after', async () => {
    const Key = { pk: 'order-1', sk: 'a' };
    await write(
      put({ ...Key, amount: 1 }),
      update({
        Key,
        UpdateExpression: 'SET amount = amount + :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
      remove({ Key }),
    );
    const Keys = { pk: { S: 'order-1' }, sk: { S: 'a' } };
    const first = { ...Keys, amount: { N: '1' } };
    const second = { ...Keys, amount: { N: '2' } };
    const records = await recordsOf(dynamodb.url);
    expect(records).toMatchObject([
      { eventName: 'INSERT', dynamodb: { Keys, NewImage: first } },
      { eventName: 'MODIFY', dynamodb: { Keys, OldImage: first, NewImage: second } },
      { eventName: 'REMOVE', dynamodb: { Keys, OldImage: second } },
    ]);
    expect(
      records.map(({ dynamodb: images }) =>
        Object.keys(images ?? {}).filter((name) => name.endsWith('Image')),
      ),
    ).toEqual([['NewImage'], ['NewImage', 'OldImage'], ['OldImage']]);
    expect(records[0]).toMatchObject({
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'ap-northeast-2',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(NOON_MS / 1000),
        SizeBytes: 32,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3);
  });

  it('is written for what a write changes, and for nothing else', async () => {
    const item = { pk: 'order-1', sk: 'a', amount: 1, list: ['x', { y: 1 }] };
    await write(
      put(item),
      put(item),
      put({ list: ['x', { y: 1 }], amount: 1, sk: 'a', pk: 'order-1' }),
      put({ pk: 'order-1', sk: 'a' }, { ConditionExpression: 'attribute_not_exists(pk)' }),
      remove({ Key: { pk: 'order-1', sk: 'none' } }),
      put({ merchant_uid: 'order-1' }, { TableName: ORDERS.name }),
    );
    expect((await recordsOf(dynamodb.url)).length).toBe(1);
  });

  it('is written for each item of a transaction or a batch, and for none of a transaction that is cancelled', async () => {
    await write(
      transact([adding('order-1'), adding('order-1', 'b')], 'token'),
      transact([adding('order-1'), adding('order-1', 'b')], 'token'),
      transact([
        putting({ pk: 'order-1', sk: 'c' }),
        putting({ pk: 'order-1', sk: 'a' }, 'attribute_not_exists(pk)'),
      ]),
      batch([
        { PutRequest: { Item: { pk: 'order-1', sk: 'd' } } },
        { DeleteRequest: { Key: { pk: 'order-1', sk: 'b' } } },
      ]),
    );
    const changes = (await recordsOf(dynamodb.url)).map(({ eventName, dynamodb: { Keys } = {} }) => [
      eventName,
      Keys?.['sk']?.S,
    ]);
    expect(changes.slice(0, 2)).toEqual([
      ['INSERT', 'a'],
      ['INSERT', 'b'],
    ]);
    expect(changes.slice(2)).toEqual(
      expect.arrayContaining([
        ['INSERT', 'd'],
        ['REMOVE', 'b'],
      ]),
    );
    expect(changes.length).toBe(4);
  });

  it('has a higher number than every one before it, whatever the clock does, also after a restart', async () => {
    await write(put({ pk: 'order-1', sk: 'a' }), put({ pk: 'order-1', sk: 'b' }));
    nowMs -= DAY_MS;
    await write(put({ pk: 'order-1', sk: 'c' }));
    await dynamodb.end();
    dynamodb = await start();
    await write(put({ pk: 'order-1', sk: 'd' }));
    const records = await recordsOf(dynamodb.url);
    expect(records.map((record) => record.dynamodb?.Keys?.['sk']?.S)).toEqual(['a', 'b', 'c', 'd']);
    const numbers = records.map((record) => record.dynamodb?.SequenceNumber ?? '');
    expect(numbers).toEqual([...new Set(numbers)].toSorted());
    expect(numbers.every((number) => /^\d{21}$/.test(number))).toBe(true);
  });
});

describe('a reader', () => {
  it('begins with the oldest record, with what comes next, at a record or behind it', async () => {
    await write(put({ pk: 'order-1', sk: 'a' }), put({ pk: 'order-1', sk: 'b' }));
    const [{ dynamodb: { SequenceNumber } = {} } = {}] = await recordsOf(dynamodb.url);
    expect(await readFrom({ ShardIteratorType: 'TRIM_HORIZON' })).toEqual(['a', 'b']);
    expect(await readFrom({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber })).toEqual(['a', 'b']);
    expect(await readFrom({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })).toEqual(['b']);
    await dynamodb.end();
    dynamodb = await start();
    const input = { ...(await shard()), ShardIteratorType: 'LATEST' };
    const { ShardIterator } = await answered('GetShardIterator', input);
    await write(put({ pk: 'order-1', sk: 'c' }));
    expect(await sortKeysFrom(String(ShardIterator))).toEqual(['c']);
  });

  it('is given as many as it asks for, and the place to go on', async () => {
    await write(...['a', 'b', 'c'].map((sk) => put({ pk: 'order-1', sk })));
    const input = { ...(await shard()), ShardIteratorType: 'TRIM_HORIZON' };
    const { ShardIterator } = await answered('GetShardIterator', input);
    const page = await answered('GetRecords', { ShardIterator, Limit: 2 });
    expect(page['Records']).toHaveLength(2);
    expect(await sortKeysFrom(String(page['NextShardIterator']))).toEqual(['c']);
  });

  it.each([
    ['a stream', { StreamArn: `arn:aws:dynamodb:ap-northeast-2:000000000000:table/None/stream/2026` }],
    ['a shard', { ShardId: 'shardId-00000000000000000000-00000001' }],
  ])('is told that %s is not there', async (_what, other) => {
    const input = { ...(await shard()), ...other, ShardIteratorType: 'LATEST' };
    expect(await answered('GetShardIterator', input)).toMatchObject({
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    });
  });

  it.each([
    ['no sequence number', { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }],
    ['a short one', { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: '7' }],
    ['an unknown place', { ShardIteratorType: 'OLDEST' }],
  ])('is refused %s', async (_what, place) => {
    expect(await answered('GetShardIterator', { ...(await shard()), ...place })).toMatchObject({
      __type: 'com.amazon.coral.validate#ValidationException',
    });
  });

  it('has fifteen minutes to go on', async () => {
    const input = { ...(await shard()), ShardIteratorType: 'TRIM_HORIZON' };
    const { ShardIterator } = await answered('GetShardIterator', input);
    nowMs += 15 * 60_000;
    expect(await answered('GetRecords', { ShardIterator })).toHaveProperty('Records');
    nowMs += 1;
    expect(await answered('GetRecords', { ShardIterator })).toMatchObject({
      __type: 'com.amazonaws.dynamodb.v20120810#ExpiredIteratorException',
    });
    expect(await answered('GetRecords', { ShardIterator: 'none' })).toMatchObject({
      __type: 'com.amazon.coral.validate#ValidationException',
    });
  });
});

describe('what is kept', () => {
  it('is a day up to the newest record, so that nothing is lost while the database is off', async () => {
    await write(put({ pk: 'order-1', sk: 'a' }));
    const [{ dynamodb: { SequenceNumber } = {} } = {}] = await recordsOf(dynamodb.url);
    nowMs += 3 * DAY_MS;
    await dynamodb.end();
    dynamodb = await start();
    expect(await readFrom({ ShardIteratorType: 'TRIM_HORIZON' })).toEqual(['a']);
    await write(put({ pk: 'order-1', sk: 'b' }));
    await dynamodb.end();
    dynamodb = await start();
    expect(await readFrom({ ShardIteratorType: 'TRIM_HORIZON' })).toEqual(['b']);
    const behind = { ...(await shard()), ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber };
    expect(await answered('GetShardIterator', behind)).toMatchObject({
      __type: 'com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException',
    });
  });

  it('goes with its table, and a new table of its name has a stream of its own', async () => {
    await write(put({ pk: 'order-1', sk: 'a' }));
    const before = await streamArnAt(dynamodb.url);
    const makeAnew = async (): Promise<void> => {
      await dynamodb.client.send(new DeleteTableCommand({ TableName: LEDGER.name }));
      await expect.poll(() => ensureTable(dynamodb.client, LEDGER, '').catch(String)).toBe('created');
    };
    // In the same millisecond even the name is the same.
    await makeAnew();
    expect(await streamArnAt(dynamodb.url)).toBe(before);
    expect(await recordsOf(dynamodb.url)).toEqual([]);
    nowMs += 1;
    await makeAnew();
    expect(await streamArnAt(dynamodb.url)).not.toBe(before);
    const gone = { ...(await shard()), StreamArn: before, ShardIteratorType: 'LATEST' };
    expect(await answered('GetShardIterator', gone)).toMatchObject({
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
    });
  });

  it('is listed by the tables that have a stream', async () => {
    expect(await answered('ListStreams', { TableName: ORDERS.name })).toEqual({ Streams: [] });
    const StreamArn = await streamArnAt(dynamodb.url);
    expect(StreamArn).toMatch(
      /^arn:aws:dynamodb:ap-northeast-2:000000000000:table\/Sample-Ledger\/stream\/2026-/,
    );
    expect(await answered('ListStreams', { TableName: LEDGER.name })).toMatchObject({
      Streams: [{ StreamArn }],
    });
  });
});
