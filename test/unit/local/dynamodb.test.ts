import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIndexKeys } from '../../../lib/local/dynamodb/dynamodb-index-keys.ts';
import { startDynamoDb } from '../../../lib/local/dynamodb/dynamodb.ts';
import type { HttpServer } from '../../../lib/local/http-server.ts';
import type { TablePlan } from '../../../lib/local/template/plan.ts';
import { ensureTable, rebuildIndexes } from '../../../lib/local/dynamodb/tables.ts';
import { temporaryDirectory } from '../../support/local-run.ts';

const TABLE: TablePlan = {
  logicalId: 'Table',
  name: 'Sample-Table',
  attributes: [
    { AttributeName: 'merchant_uid', AttributeType: 'S' },
    { AttributeName: 'imp_uid', AttributeType: 'S' },
  ],
  keySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
  indexes: [
    {
      IndexName: 'by_imp_uid',
      KeySchema: [{ AttributeName: 'imp_uid', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};
const TableName = TABLE.name;

let directory: string;
let server: HttpServer;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;

async function start(): Promise<void> {
  server = await startDynamoDb({ directory }, createIndexKeys([TABLE]));
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
  await ensureTable(client, TABLE);
});
afterAll(async () => {
  await stop();
  await rm(directory, { recursive: true });
});

/** What a kill between the two writes of dynalite leaves, for every item at once. */
async function forgetIndexes(): Promise<void> {
  const { Level } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('level') as {
    readonly Level: new (place: string) => {
      readonly keys: () => AsyncIterable<string>;
      readonly del: (key: string) => Promise<void>;
      readonly close: () => Promise<void>;
    };
  };
  const level = new Level(directory);
  for await (const key of level.keys()) {
    if (key.startsWith('index-')) await level.del(key);
  }
  await level.close();
}

async function foundBy(impUid: string): Promise<readonly string[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      IndexName: 'by_imp_uid',
      KeyConditionExpression: 'imp_uid = :imp_uid',
      ExpressionAttributeValues: { ':imp_uid': impUid },
    }),
  );
  return Items.map((item) => String(item['merchant_uid']));
}

async function refusalOf(command: PutCommand | UpdateCommand): Promise<ConditionalCheckFailedException> {
  const error: unknown = await documents.send(command as PutCommand).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConditionalCheckFailedException);
  return error as ConditionalCheckFailedException;
}

describe('what the emulator lacks', () => {
  const EMPTY_KEY = 'cannot contain an empty string value. IndexName: by_imp_uid, IndexKey: imp_uid';

  test('an empty text as the key of an index is refused, as the real service does', async () => {
    const Item = { merchant_uid: 'order-1', imp_uid: '' };
    await expect(documents.send(new PutCommand({ TableName, Item }))).rejects.toThrow(EMPTY_KEY);
    const update = new UpdateCommand({
      TableName,
      Key: { merchant_uid: 'order-1' },
      UpdateExpression: 'SET #uid = :none, other = :none',
      ExpressionAttributeNames: { '#uid': 'imp_uid' },
      ExpressionAttributeValues: { ':none': '' },
    });
    await expect(documents.send(update)).rejects.toThrow(EMPTY_KEY);
    const batch = new BatchWriteCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item } }] } });
    await expect(documents.send(batch)).rejects.toThrow(EMPTY_KEY);
  });

  test('an empty text elsewhere is a value like any other', async () => {
    await documents.send(new PutCommand({ TableName, Item: { merchant_uid: 'order-2', name: '' } }));
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { merchant_uid: 'order-2' } }));
    expect(Item).toEqual({ merchant_uid: 'order-2', name: '' });
  });

  test('a failed condition gives back the item when it is asked to', async () => {
    const Item = { merchant_uid: 'order-3', cancel_amount: 500 };
    await documents.send(new PutCommand({ TableName, Item }));
    const failing = {
      TableName,
      ConditionExpression: 'cancel_amount = :none',
      ExpressionAttributeValues: { ':none': 0 },
    };
    const asked = { ...failing, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
    const expected = { merchant_uid: { S: 'order-3' }, cancel_amount: { N: '500' } };
    const puts = await refusalOf(new PutCommand({ ...asked, Item }));
    expect(puts.Item).toEqual(expected);
    const Key = { merchant_uid: 'order-3' };
    const updates = await refusalOf(
      new UpdateCommand({ ...asked, Key, UpdateExpression: 'REMOVE cancel_amount' }),
    );
    expect(updates.Item).toEqual(expected);
    const silent = await refusalOf(new PutCommand({ ...failing, Item }));
    expect(silent.Item).toBeUndefined();
  });
});

describe('the table', () => {
  test('is made once, and found after a restart with what was in it', async () => {
    await documents.send(new PutCommand({ TableName, Item: { merchant_uid: 'order-4', imp_uid: 'imp_4' } }));
    await stop();
    await start();
    expect(await ensureTable(client, TABLE)).toBe('found');
    expect(await foundBy('imp_4')).toEqual(['order-4']);
  });

  test('an item that its index lost to a kill -9 is found again once the indexes are rebuilt, unchanged', async () => {
    const Item = { merchant_uid: 'order-5', imp_uid: 'imp_5', amount: 7 };
    await documents.send(new PutCommand({ TableName, Item }));
    await stop();
    await forgetIndexes();
    await start();
    expect(await foundBy('imp_5')).toEqual([]);
    await rebuildIndexes(client, TABLE);
    expect(await foundBy('imp_5')).toEqual(['order-5']);
    expect(
      await documents.send(new GetCommand({ TableName, Key: { merchant_uid: 'order-5' } })),
    ).toMatchObject({ Item });
  });

  test('of another definition is refused rather than used', async () => {
    const changed = { ...TABLE, indexes: TABLE.indexes.map((index) => ({ ...index, IndexName: 'by_uid' })) };
    await expect(ensureTable(client, changed)).rejects.toThrow('made from another definition');
  });
});
