import { DescribeTableCommand, ListTablesCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { itemSize } from '../../../lib/lab/local/dynamodb/item-size.ts';
import { startPaymentsTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import { ensureTable } from '../../../lib/lab/local/dynamodb/tables.ts';
import type { Plan } from '../../../lib/lab/local/template/plan.ts';
import { statusByName } from './by-name.ts';
import { DONE, get, put, told, transact, adding } from './dynamodb-asking.ts';
import {
  type DynamoDb,
  LEDGER,
  ORDERS,
  REGION,
  startedDynamoDb,
  temporaryDirectory,
} from './dynamodb-world.ts';

const REMEDY = 'delete it';
const PLAN: Plan = {
  stackName: 'Sample',
  region: REGION,
  functions: [],
  api: { routes: [], cors: undefined, stageThrottle: undefined } as unknown as Plan['api'],
  tables: [ORDERS, LEDGER],
  secrets: [],
  schedules: [],
};

let directory: string;
let dynamodb: DynamoDb;
const operations: string[] = [];
const start = () => startedDynamoDb({ directory, onOperation: (name) => operations.push(name) });
beforeEach(async () => {
  directory = await temporaryDirectory();
  dynamodb = await start();
});
afterEach(async () => {
  await dynamodb.end();
  await rm(directory, { recursive: true });
});

/** What is answered to a request as it stands, signed or not. */
async function statusAndBody(headers: Readonly<Record<string, string>>, body = '{}') {
  const response = await fetch(dynamodb.url, { method: 'POST', headers, body });
  return [response.status, await response.text()] as const;
}

describe('the tables of the template', () => {
  it('are made as it defines them, and found after a restart with what was in them', async () => {
    await told(dynamodb.documents, put({ pk: 'order-1', sk: 'a' }));
    await dynamodb.end();
    dynamodb = await start();
    expect(await ensureTable(dynamodb.client, LEDGER, REMEDY)).toBe('found');
    expect(await told(dynamodb.documents, get('order-1'))).toEqual({ Item: { pk: 'order-1', sk: 'a' } });
    const { Table } = await dynamodb.client.send(new DescribeTableCommand({ TableName: LEDGER.name }));
    expect(Table).toMatchObject({
      TableArn: `arn:aws:dynamodb:${REGION}:000000000000:table/${LEDGER.name}`,
      TableStatus: 'ACTIVE',
      KeySchema: LEDGER.keySchema,
      GlobalSecondaryIndexes: LEDGER.indexes,
      LocalSecondaryIndexes: LEDGER.localIndexes,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    expect(Table?.LatestStreamArn).toBe(`${Table?.TableArn}/stream/${Table?.LatestStreamLabel}`);
  });

  it.each([
    ['a global index', { indexes: LEDGER.indexes.map((index) => ({ ...index, IndexName: 'by_uid' })) }],
    ['a local index', { localIndexes: [] }],
    ['a stream', { streamViewType: undefined }],
    ['keys', { keySchema: ORDERS.keySchema }],
  ])('of another definition (%s) are refused rather than used', async (_what, other) => {
    const refused = ensureTable(dynamodb.client, { ...LEDGER, ...other }, REMEDY);
    await expect(refused).rejects.toThrow(
      "has other keys or indexes than the template's (older data): delete it",
    );
  });

  it('have a stream from the start or never', async () => {
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } as const;
    const update = new UpdateTableCommand({ TableName: ORDERS.name, StreamSpecification });
    await expect(dynamodb.client.send(update)).rejects.toThrow('make the table anew');
  });
});

describe('the start of the tables', () => {
  const options = { dynamodbUrl: undefined };
  const started = async (given: { readonly directory?: string; readonly dynamodbUrl?: string }) => {
    const { directory: data, dynamodbUrl } = given;
    const onFault = (error: unknown): void => expect(error).toBeUndefined();
    const asked = {
      plan: PLAN,
      options: { ...options, dynamodbUrl },
      directory: data,
      remedy: REMEDY,
      onFault,
    };
    const table = await startPaymentsTable(asked);
    onTestFinished(table.end);
    return table;
  };

  it('makes all of them, in the embedded DynamoDB or in one of somebody’s own', async () => {
    const data = path.join(directory, 'another');
    const embedded = await started({ directory: data });
    expect(embedded.isNew).toBe(true);
    const { TableNames } = await embedded.client.send(new ListTablesCommand({}));
    expect(TableNames?.toSorted()).toEqual([LEDGER.name, ORDERS.name]);
    expect((await started({ dynamodbUrl: embedded.url })).isNew).toBe(false);
  });

  it('names the data that cannot be opened, and what to do', async () => {
    const data = path.join(directory, 'broken');
    await (await startedDynamoDb({ directory: data })).end();
    const current = path.join(data, 'CURRENT');
    await writeFile(current, (await readFile(current, 'utf8')).replace(/\d/g, '9'));
    const { message, name } = await started({ directory: data }).then(
      () => new Error('started'),
      (error: Error) => error,
    );
    expect(name).toBe('LocalRunError');
    expect(message).toMatch(/^The tables in .*broken cannot be opened \(.*\): delete it$/);
  });

  it('names a DynamoDB of somebody’s own that does not answer', async () => {
    const nobody = started({ dynamodbUrl: 'http://127.0.0.1:9' });
    await expect(nobody).rejects.toThrow('AWS_ENDPOINT_URL_DYNAMODB (http://127.0.0.1:9) cannot be used');
  });
});

describe('a request', () => {
  const target = { 'x-amz-target': 'DynamoDB_20120810.ListTables' };
  const signed = { ...target, authorization: 'AWS4-HMAC-SHA256 Credential=local' };

  it('of a page of the Internet is turned away before a table is touched: its preflight, its name for this machine, its origin', async () => {
    const preflight = await fetch(dynamodb.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect((await statusAndBody({ ...signed, origin: dynamodb.url }))[0]).toBe(403);
    expect(await statusByName('rebound.example', dynamodb.url)).toBe(403);
    expect(await statusByName('localhost:1', dynamodb.url)).toBe(403);
    expect(dynamodb.faults).toEqual([]);
  });

  it.each([
    ['not signed', target, '{}', 'MissingAuthenticationTokenException'],
    [
      'of an unknown operation',
      { ...signed, 'x-amz-target': 'DynamoDB_20120810.Do' },
      '{}',
      'UnknownOperationException',
    ],
    ['of no operation', {}, '{}', 'UnknownOperationException'],
    ['not JSON', signed, '{', 'SerializationException'],
    ['a list', signed, '[]', 'SerializationException'],
    [
      'of a wrong kind',
      { ...signed, 'x-amz-target': 'DynamoDB_20120810.DescribeTable' },
      '{"TableName":1}',
      'SerializationException',
    ],
  ])('that is %s is refused as the service does', async (_what, headers, body, code) => {
    const [status, text] = await statusAndBody(headers, body);
    expect([status, text]).toEqual([400, expect.stringContaining(`#${code}"`)]);
  });

  it('that is larger than the service takes is not read into memory', async () => {
    expect(await statusAndBody(signed, ' '.repeat(16 * 1024 * 1024 + 1))).toEqual([413, '{}']);
  });

  it('is told what it has used, if it asks: a transaction uses twice as much', async () => {
    const { documents } = dynamodb;
    const ReturnConsumedCapacity = 'TOTAL' as const;
    const Item = { pk: 'order-1', sk: 'a' };
    const one = await documents.send(
      new PutCommand({ TableName: LEDGER.name, Item, ReturnConsumedCapacity }),
    );
    expect(one.ConsumedCapacity).toEqual({ TableName: LEDGER.name, CapacityUnits: 1 });
    const order = {
      Put: { TableName: ORDERS.name, Item: { merchant_uid: 'order-1', text: 'x'.repeat(1500) } },
    };
    const TransactItems = [adding('order-1'), adding('order-1', 'b'), order];
    const all = await documents.send(new TransactWriteCommand({ TransactItems, ReturnConsumedCapacity }));
    expect(all.ConsumedCapacity).toEqual([
      { TableName: LEDGER.name, CapacityUnits: 4 },
      { TableName: ORDERS.name, CapacityUnits: 4 },
    ]);
  });

  it('is told to whoever wants to know what was asked', async () => {
    operations.length = 0;
    await told(dynamodb.documents, transact([adding('order-1')]));
    await told(dynamodb.documents, get('order-1'));
    expect(operations).toEqual(['TransactWriteItems', 'GetItem']);
  });
});

describe('the database', () => {
  it('is closed after what is under way, also after what nobody waits for any more', async () => {
    const uncaught: unknown[] = [];
    const hear = (error: unknown): unknown => uncaught.push(error);
    process.on('uncaughtException', hear);
    onTestFinished(() => void process.off('uncaughtException', hear));
    const asking = (index: number) =>
      index % 2 === 0 ? get('order-1') : transact([adding('order-1', `${index}`)]);
    for (let turns = 0; turns < 30; turns += 1) {
      const asked = Array.from({ length: 20 }, (_each, index) => told(dynamodb.documents, asking(index)));
      // Each time a little further on the way.
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await dynamodb.end();
      await Promise.all(asked);
      expect(dynamodb.faults).toEqual([]);
      dynamodb = await start();
    }
    expect(uncaught).toEqual([]);
    expect(await told(dynamodb.documents, put({ pk: 'order-2', sk: 'a' }))).toEqual(DONE);
  });
});

describe('what an item counts in bytes', () => {
  it.each([
    ['a name and a text, each in bytes', { 이름: { S: '환불' } }, 12],
    ['a number, two digits a byte', { n: { N: '12345' } }, 5],
    ['a negative one, one more', { n: { N: '-12345' } }, 6],
    ['zeros at its ends not at all', { n: { N: '1000' } }, 3],
    ['bytes', { b: { B: 'AAEC' } }, 4],
    ['true, false or nothing', { t: { BOOL: true }, n: { NULL: true } }, 4],
    ['a set', { s: { SS: ['a', 'bc'] } }, 4],
    ['a list', { l: { L: [{ S: 'a' }, { S: 'bc' }] } }, 9],
    ['a map', { m: { M: { a: { S: 'b' } } } }, 7],
  ])('%s', (_what, item, bytes) => {
    expect(itemSize(item)).toBe(bytes);
  });
});
