import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createIndexKeys } from '../../../lib/lab/local/dynamodb/dynamodb-index-keys.ts';
import { startDynamoDb } from '../../../lib/lab/local/dynamodb/dynamodb.ts';
import {
  dropIndexEntries,
  INDEX_ENTRIES,
  levelDatabase,
} from '../../../lib/lab/local/dynamodb/index-entries.ts';
import type { HttpServer } from '../../../lib/lab/local/http-server.ts';
import type { TablePlan } from '../../../lib/lab/local/template/plan.ts';
import { ensureTable, rebuildIndexes } from '../../../lib/lab/local/dynamodb/tables.ts';
import { temporaryDirectory } from '../../support/local-run.ts';
import { statusByName } from './by-name.ts';

const TABLE: TablePlan = {
  logicalId: 'Table',
  name: 'Sample-Table',
  attributes: [
    { AttributeName: 'merchant_uid', AttributeType: 'S' },
    { AttributeName: 'imp_uid', AttributeType: 'S' },
    { AttributeName: 'shard', AttributeType: 'S' },
  ],
  keySchema: [
    { AttributeName: 'merchant_uid', KeyType: 'HASH' },
    { AttributeName: 'imp_uid', KeyType: 'RANGE' },
  ],
  indexes: [
    {
      IndexName: 'by_imp_uid',
      KeySchema: [{ AttributeName: 'imp_uid', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: 'by_shard',
      KeySchema: [{ AttributeName: 'shard', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};
const TableName = TABLE.name;
const REMEDY = 'delete it';

let directory: string;
let server: HttpServer;
let client: DynamoDBClient;
const faults: unknown[] = [];
let documents: DynamoDBDocumentClient;

async function start(): Promise<void> {
  server = await startDynamoDb({
    directory,
    indexKeys: createIndexKeys([TABLE]),
    onFault: (error) => faults.push(error),
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint: server.url, region: 'ap-northeast-2', credentials });
  documents = DynamoDBDocumentClient.from(client);
}

async function stop(): Promise<void> {
  client.destroy();
  await server.end();
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await start();
});
beforeEach(async () => {
  await ensureTable(client, TABLE, REMEDY);
});
afterAll(async () => {
  await stop();
  await rm(directory, { recursive: true });
});

/** To be put back once an item has been changed: entries that it no longer has. */
async function indexEntries(): Promise<(readonly [string, string])[]> {
  const level = levelDatabase(directory);
  const entries: (readonly [string, string])[] = [];
  for await (const entry of level.iterator(INDEX_ENTRIES)) entries.push(entry);
  await level.close();
  return entries;
}

async function putBack(entries: readonly (readonly [string, string])[]): Promise<void> {
  const level = levelDatabase(directory);
  for (const [key, value] of entries) await level.put(key, value);
  await level.close();
}

async function listed(IndexName: string, key: string, value: string) {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      IndexName,
      KeyConditionExpression: '#key = :value',
      ExpressionAttributeNames: { '#key': key },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
  return Items;
}

async function foundBy(impUid: string): Promise<readonly string[]> {
  return (await listed('by_imp_uid', 'imp_uid', impUid)).map((item) => String(item['merchant_uid']));
}

async function listedIn(shard: string): Promise<readonly string[]> {
  return (await listed('by_shard', 'shard', shard)).map((item) => String(item['imp_uid']));
}

describe('what the emulator lacks', () => {
  const EMPTY_KEY = 'cannot contain an empty string value. IndexName: by_shard, IndexKey: shard';

  it('an empty text as the key of an index is refused, as the real service does', async () => {
    const Item = { merchant_uid: 'order-1', imp_uid: 'imp_1', shard: '' };
    await expect(documents.send(new PutCommand({ TableName, Item }))).rejects.toThrow(EMPTY_KEY);
    const update = new UpdateCommand({
      TableName,
      Key: { merchant_uid: 'order-1', imp_uid: 'imp_1' },
      UpdateExpression: 'SET #uid = :none, other = :none',
      ExpressionAttributeNames: { '#uid': 'shard' },
      ExpressionAttributeValues: { ':none': '' },
    });
    await expect(documents.send(update)).rejects.toThrow(EMPTY_KEY);
    const batch = new BatchWriteCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item } }] } });
    await expect(documents.send(batch)).rejects.toThrow(EMPTY_KEY);
  });

  it('an empty text elsewhere is a value like any other', async () => {
    const Key = { merchant_uid: 'order-2', imp_uid: 'imp_2' };
    await documents.send(new PutCommand({ TableName, Item: { ...Key, name: '' } }));
    const { Item } = await documents.send(new GetCommand({ TableName, Key }));
    expect(Item).toEqual({ ...Key, name: '' });
  });
});

describe('items of one order', () => {
  it('stand side by side under its number, one for each sort key', async () => {
    for (const imp_uid of ['order', 'imp_7', 'imp_8']) {
      await documents.send(new PutCommand({ TableName, Item: { merchant_uid: 'order-7', imp_uid } }));
    }
    const { Items } = await documents.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'merchant_uid = :order',
        ExpressionAttributeValues: { ':order': 'order-7' },
      }),
    );
    expect(Items?.map(({ imp_uid }) => String(imp_uid))).toEqual(['imp_7', 'imp_8', 'order']);
    expect(await foundBy('imp_8')).toEqual(['order-7']);
  });
});

describe('pages of the Internet', () => {
  it('are turned away before a table is touched: their preflight, their name for this machine, their origin', async () => {
    const target = { 'x-amz-target': 'DynamoDB_20120810.ListTables' };
    const preflight = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    const origin = { ...target, origin: server.url };
    expect((await fetch(server.url, { method: 'POST', headers: origin, body: '{}' })).status).toBe(403);
    expect(await statusByName('rebound.example', server.url)).toBe(403);
    expect(await statusByName('localhost:1', server.url)).toBe(403);
    expect(faults).toEqual([]);
  });
});

describe('the table', () => {
  it('is made once, and found after a restart with what was in it', async () => {
    await documents.send(new PutCommand({ TableName, Item: { merchant_uid: 'order-4', imp_uid: 'imp_4' } }));
    await stop();
    await start();
    expect(await ensureTable(client, TABLE, REMEDY)).toBe('found');
    expect(await foundBy('imp_4')).toEqual(['order-4']);
  });

  it('an item that its index lost to a kill -9 is found again once the indexes are rebuilt, unchanged', async () => {
    const Item = { merchant_uid: 'order-5', imp_uid: 'imp_5', amount: 7 };
    await documents.send(new PutCommand({ TableName, Item }));
    await stop();
    // What a kill between the two writes of dynalite leaves, for every item at once.
    await dropIndexEntries(directory);
    await start();
    expect(await foundBy('imp_5')).toEqual([]);
    await rebuildIndexes(client, TABLE);
    expect(await foundBy('imp_5')).toEqual(['order-5']);
    expect(
      await documents.send(new GetCommand({ TableName, Key: { merchant_uid: 'order-5', imp_uid: 'imp_5' } })),
    ).toMatchObject({ Item });
  });

  it('an entry that an item no longer has, left by a kill -9, is gone once the indexes are rebuilt', async () => {
    const Item = { merchant_uid: 'order-7', imp_uid: 'imp_7', shard: 'open-1' };
    await documents.send(new PutCommand({ TableName, Item }));
    await stop();
    const entries = await indexEntries();
    await start();
    const { shard: _, ...ended } = Item;
    await documents.send(new PutCommand({ TableName, Item: ended }));
    await stop();
    await putBack(entries);
    await start();
    expect(await listedIn('open-1')).toEqual(['imp_7']);
    await stop();
    await dropIndexEntries(directory);
    await start();
    await rebuildIndexes(client, TABLE);
    expect(await listedIn('open-1')).toEqual([]);
    expect(await foundBy('imp_7')).toEqual(['order-7']);
  });

  it('of another definition is refused rather than used', async () => {
    const changed = { ...TABLE, indexes: TABLE.indexes.map((index) => ({ ...index, IndexName: 'by_uid' })) };
    await expect(ensureTable(client, changed, REMEDY)).rejects.toThrow(
      "has other keys or indexes than the template's (older data): delete it",
    );
  });

  it('is closed after what is under way, also after what nobody waits for any more', async () => {
    const uncaught: unknown[] = [];
    const hear = (error: unknown): unknown => uncaught.push(error);
    process.on('uncaughtException', hear);
    onTestFinished(() => void process.off('uncaughtException', hear));
    for (let turns = 0; turns < 40; turns += 1) {
      const asked = Array.from({ length: 20 }, async () => foundBy('imp_6').catch(() => []));
      // Each time a little further on the way through the emulator.
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await stop();
      await Promise.all(asked);
      await start();
    }
    expect(uncaught).toEqual([]);
  });
});
