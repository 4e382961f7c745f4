import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureTable, startPaymentsTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import type { FunctionPlan, Plan } from '../../../lib/lab/local/template/plan.ts';
import { adding, get, put, told, transact } from './dynamodb-asking.ts';
import { CASES } from './dynamodb-cases.ts';
import {
  type DynamoDb,
  LEDGER,
  ORDERS,
  REGION,
  startedDynamoDb,
  temporaryDirectory,
} from './dynamodb-world.ts';

const REMEDY = 'delete it';

let directory: string;
let dynamodb: DynamoDb;
const operations: string[] = [];
const start = () => startedDynamoDb({ directory, onOperation: (name) => operations.push(name) });
beforeAll(async () => {
  directory = await temporaryDirectory();
  dynamodb = await start();
});
afterAll(async () => {
  expect(dynamodb.faults).toEqual([]);
  await dynamodb.end();
  await rm(directory, { recursive: true });
});

describe('the embedded DynamoDB', () => {
  it.each(CASES.map((each, index) => ({ ...each, pk: `case-${index}` })))('$rule', async ({ steps, pk }) => {
    for (const [ask, answer] of steps(pk)) expect(await told(dynamodb.documents, ask)).toEqual(answer);
  });
});

describe('the tables of the template', () => {
  it('the tables are created as the template defines them, and keep their items over a restart', async () => {
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
      LatestStreamArn: `${Table?.TableArn}/stream/${Table?.LatestStreamLabel}`,
    });
  });

  it.each([
    ['a global index', { indexes: LEDGER.indexes.map((index) => ({ ...index, IndexName: 'by_uid' })) }],
    ['a local index', { localIndexes: [] }],
    ['keys', { keySchema: ORDERS.keySchema }],
  ])('an existing table with other %s is refused', async (_what, other) => {
    const refused = ensureTable(dynamodb.client, { ...LEDGER, ...other }, REMEDY);
    await expect(refused).rejects.toThrow(
      "has other keys or indexes than the template's (older data): delete it",
    );
  });
});

describe('the start of the tables', () => {
  const names = { ORDERS_TABLE_NAME: ORDERS.name, LEDGER_TABLE_NAME: LEDGER.name };
  const plan = {
    region: REGION,
    functions: [{ environment: names } as unknown as FunctionPlan],
    tables: [ORDERS, LEDGER],
  } as unknown as Plan;
  const started = async (given: {
    readonly directory?: string;
    readonly dynamodbUrl?: string;
    readonly plan?: Plan;
  }) => {
    const { directory: data, dynamodbUrl } = given;
    const onFault = (error: unknown): void => expect(error).toBeUndefined();
    const options = { dynamodbUrl };
    const table = await startPaymentsTable({
      plan,
      ...given,
      options,
      directory: data,
      remedy: REMEDY,
      onFault,
    });
    onTestFinished(table.end);
    return table;
  };

  it('the start creates missing tables, in the embedded or the developer’s own DynamoDB, and reports a new ledger', async () => {
    const others = { ...ORDERS, name: 'Other-Orders' };
    const functions = [
      { environment: { ...names, ORDERS_TABLE_NAME: others.name } } as unknown as FunctionPlan,
    ];
    const embedded = await started({ directory: path.join(directory, 'another') });
    expect(embedded.isNew).toBe(true);
    expect(embedded.streamArn).toContain(`${LEDGER.name}/stream/`);
    const { isNew } = await started({
      dynamodbUrl: embedded.url,
      plan: { ...plan, functions, tables: [others, LEDGER] },
    });
    expect(isNew).toBe(false);
    const { TableNames } = await embedded.client.send(new ListTablesCommand({}));
    expect(TableNames?.toSorted()).toEqual([others.name, LEDGER.name, ORDERS.name]);
  });

  it('the start accepts a ledger without a stream, which sends no events', async () => {
    const tables = [ORDERS, { ...LEDGER, streamViewType: undefined }];
    const old = await started({ directory: path.join(directory, 'unstreamed'), plan: { ...plan, tables } });
    expect(old.streamArn).toBeUndefined();
    const found = await started({ dynamodbUrl: old.url });
    expect(found).toMatchObject({ isNew: false, streamArn: undefined });
  });

  it('the start names a data directory that cannot be opened, and what to do', async () => {
    const data = path.join(directory, 'broken');
    await (await startedDynamoDb({ directory: data })).end();
    const current = path.join(data, 'CURRENT');
    await writeFile(current, (await readFile(current, 'utf8')).replace(/\d/g, '9'));
    await expect(started({ directory: data })).rejects.toThrow(
      /^The tables in .*broken cannot be opened \(.*\): delete it$/,
    );
  });

  it('the start names a developer’s own DynamoDB that does not answer', async () => {
    const nobody = started({ dynamodbUrl: 'http://127.0.0.1:9' });
    await expect(nobody).rejects.toThrow('AWS_ENDPOINT_URL_DYNAMODB (http://127.0.0.1:9) cannot be used');
  });
});

describe('requests to the embedded DynamoDB', () => {
  const target = { 'x-amz-target': 'DynamoDB_20120810.ListTables' };
  const signed = { ...target, authorization: 'AWS4-HMAC-SHA256 Credential=local' };
  const statusAndBody = async (headers: Readonly<Record<string, string>>, body = '{}') => {
    const response = await fetch(dynamodb.url, { method: 'POST', headers, body });
    return [response.status, await response.text()] as const;
  };

  it.each([
    ['not signed', target, '{}', 'MissingAuthenticationTokenException'],
    [
      'of an unknown operation',
      { ...signed, 'x-amz-target': 'DynamoDB_20120810.Do' },
      '{}',
      'UnknownOperationException',
    ],
    ['not JSON', signed, '{', 'SerializationException'],
    ['a list', signed, '[]', 'SerializationException'],
    [
      'of a wrong type',
      { ...signed, 'x-amz-target': 'DynamoDB_20120810.DescribeTable' },
      '{"TableName":1}',
      'SerializationException',
    ],
  ])('a request that is %s is refused with the error of AWS', async (_what, headers, body, code) => {
    expect(await statusAndBody(headers, body)).toEqual([400, expect.stringContaining(`#${code}"`)]);
  });

  it('a request over 16 MB is refused and not read into memory', async () => {
    expect(await statusAndBody(signed, ' '.repeat(16 * 1024 * 1024 + 1))).toEqual([413, '{}']);
  });

  it('each operation is reported to the listener', async () => {
    operations.length = 0;
    await told(dynamodb.documents, transact([adding('order-1', 'told')]));
    await told(dynamodb.documents, get('order-1'));
    expect(operations).toEqual(['TransactWriteItems', 'GetItem']);
  });
});

describe('stopping the embedded DynamoDB', () => {
  it('the database is closed after all running requests, including those whose caller has gone', async () => {
    const uncaught: unknown[] = [];
    const hear = (error: unknown): unknown => uncaught.push(error);
    process.on('uncaughtException', hear);
    onTestFinished(() => void process.off('uncaughtException', hear));
    const asking = (index: number) =>
      index % 2 === 0 ? get('order-1') : transact([adding('order-1', `${index}`)]);
    for (let turns = 0; turns < 12; turns += 1) {
      const asked = Array.from({ length: 20 }, (_each, index) => told(dynamodb.documents, asking(index)));
      // Stop at a slightly later moment each time.
      for (let turn = 0; turn < turns * 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await dynamodb.end();
      await Promise.all(asked);
      expect(dynamodb.faults).toEqual([]);
      dynamodb = await start();
    }
    expect(uncaught).toEqual([]);
    expect(await told(dynamodb.documents, put({ pk: 'order-2', sk: 'a' }))).toEqual({});
  });
});
