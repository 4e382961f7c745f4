import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  type DeleteCommandInput,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDynamoDb, type DynamoDbOptions } from '../../../lib/lab/local/dynamodb/dynamodb.ts';
import { ensureTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import { createStreamsClient } from '../../../lib/lab/local/dynamodb/stream-poller.ts';
import { isObject } from '../../../lib/lab/local/json.ts';
import type { TablePlan } from '../../../lib/lab/local/template/plan.ts';

export const REGION = 'ap-northeast-2';
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The shop's table, with only a partition key. */
export const ORDERS: TablePlan = {
  TableName: 'Sample-Orders',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'merchant_uid', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
};

const keyOf = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
];

/** A table with a sort key, a local index, global indexes and a stream. */
export const LEDGER: TablePlan = {
  TableName: 'Sample-Ledger',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    ...['pk', 'sk', 'place', 'open_shard', 'refund_id'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S' as const,
    })),
    { AttributeName: 'due_ms', AttributeType: 'N' },
  ],
  KeySchema: keyOf('pk', 'sk'),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'open_refunds',
      KeySchema: keyOf('open_shard', 'due_ms'),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['refund_id'] },
    },
    {
      IndexName: 'by_refund_id',
      KeySchema: [{ AttributeName: 'refund_id', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  LocalSecondaryIndexes: [
    { IndexName: 'by_place', KeySchema: keyOf('pk', 'place'), Projection: { ProjectionType: 'ALL' } },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
};

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'dynamodb-'));
}

export interface DynamoDb {
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  readonly faults: readonly unknown[];
  readonly end: () => Promise<void>;
}

/** The embedded DynamoDB with both tables. */
export async function startedDynamoDb(given: Partial<DynamoDbOptions> = {}): Promise<DynamoDb> {
  const faults: unknown[] = [];
  const options = { directory: undefined, region: REGION, onFault: (error: unknown) => faults.push(error) };
  const server = await startDynamoDb({ ...options, ...given });
  // One attempt only: errors that the SDK would retry are expected answers here.
  const settings = { endpoint: server.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  const client = new DynamoDBClient(settings);
  for (const table of [ORDERS, LEDGER]) await ensureTable(client, table, 'delete it');
  return {
    url: server.url,
    client,
    documents: DynamoDBDocumentClient.from(client),
    faults,
    end: async () => {
      client.destroy();
      await server.end();
    },
  };
}

/** The stream of the ledger, at any DynamoDB. */
export async function streamArnAt(url: string): Promise<string> {
  const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials: CREDENTIALS });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: LEDGER.TableName }));
  client.destroy();
  return Table?.LatestStreamArn ?? '';
}

/** All records in the ledger's stream, at any DynamoDB. */
export async function recordsOf(url: string): Promise<readonly DynamoDBRecord[]> {
  const streams = createStreamsClient({ endpoint: url, region: REGION, credentials: CREDENTIALS });
  const arn = await streamArnAt(url);
  const records: DynamoDBRecord[] = [];
  for (const { ShardId } of await streams.shards(arn)) {
    let next: string | undefined = await streams.iterator(arn, ShardId, undefined);
    while (next !== undefined) {
      const { Records, NextShardIterator } = await streams.records(next, 1000);
      records.push(...Records);
      next = Records.length > 0 ? NextShardIterator : undefined;
    }
  }
  return records;
}

// --- Requests ---

/** A request to DynamoDB. */
export type Ask = (documents: DynamoDBDocumentClient) => Promise<object>;

/** The parts of the answer that a caller uses; they are the same for every DynamoDB. */
export type Answer = Readonly<Record<string, unknown>>;

export const DONE: Answer = {};
export const INVALID: Answer = { error: 'ValidationException' };
export const FAILED: Answer = { error: 'ConditionalCheckFailedException' };

/** @param reasons a code, or an object with the code and the item */
export function cancelled(...reasons: readonly unknown[]): Answer {
  return { error: 'TransactionCanceledException', reasons };
}

export async function answerTo(documents: DynamoDBDocumentClient, ask: Ask): Promise<Answer> {
  try {
    const output = await ask(documents);
    const used = Object.entries(output).filter(([name]) => USED.has(name));
    return Object.fromEntries(used.filter(([, value]) => value !== undefined));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reasons: unknown = Reflect.get(error, 'CancellationReasons');
    const item: unknown = Reflect.get(error, 'Item');
    return {
      error: error.name,
      ...(Array.isArray(reasons) && { reasons: reasons.map(reasonOf) }),
      ...(item !== undefined && { Item: item }),
    };
  }
}

const USED = new Set(['Item', 'Items']);

function reasonOf(reason: unknown): unknown {
  const { Code, Item } = isObject(reason) ? reason : {};
  return Item === undefined ? Code : { Code, Item };
}

const TableName = LEDGER.TableName;

type Without<Input> = Omit<Input, 'TableName'>;

export function put(item: object, more: Partial<PutCommandInput> = {}): Ask {
  return (documents) => documents.send(new PutCommand({ TableName, Item: { ...item }, ...more }));
}

export function update(input: Without<UpdateCommandInput>): Ask {
  return (documents) => documents.send(new UpdateCommand({ TableName, ...input }));
}

export function remove(input: Without<DeleteCommandInput>): Ask {
  return (documents) => documents.send(new DeleteCommand({ TableName, ...input }));
}

export function query(input: Without<QueryCommandInput>): Ask {
  return (documents) => documents.send(new QueryCommand({ TableName, ...input }));
}

export function batch(requests: NonNullable<BatchWriteCommandInput['RequestItems']>[string]): Ask {
  return (documents) => documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
}

export function get(pk: string, sk = 'a'): Ask {
  const input = { TableName, Key: { pk, sk }, ConsistentRead: true };
  return (documents) => documents.send(new GetCommand(input));
}

export function getOrder(merchantUid: string): Ask {
  const input = { TableName: ORDERS.TableName, Key: { merchant_uid: merchantUid } };
  return (documents) => documents.send(new GetCommand(input));
}

export type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export function transact(items: readonly Action[], ClientRequestToken?: string): Ask {
  const input = {
    TransactItems: [...items],
    ...(ClientRequestToken !== undefined && { ClientRequestToken }),
  };
  return (documents) => documents.send(new TransactWriteCommand(input));
}

export function putting(item: object, ConditionExpression?: string): Action {
  return { Put: { TableName, Item: { ...item }, ...(ConditionExpression && { ConditionExpression }) } };
}

/** Adds 1 to the amount of an item, which need not exist. */
export function adding(pk: string, sk = 'a'): Action {
  const ExpressionAttributeValues = { ':one': 1 };
  return {
    Update: { TableName, Key: { pk, sk }, UpdateExpression: 'ADD amount :one', ExpressionAttributeValues },
  };
}

export function checking(Key: Readonly<Record<string, string>>, ConditionExpression: string): Action {
  return { ConditionCheck: { TableName, Key, ConditionExpression } };
}
