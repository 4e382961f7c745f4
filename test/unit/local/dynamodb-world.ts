import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDynamoDb, type DynamoDbOptions } from '../../../lib/lab/local/dynamodb/dynamodb.ts';
import { ensureTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import { createStreamsClient } from '../../../lib/lab/local/dynamodb/stream-poller.ts';
import type { TablePlan } from '../../../lib/lab/local/template/plan.ts';

export const REGION = 'ap-northeast-2';
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The shop's table, with only a partition key. */
export const ORDERS: TablePlan = {
  logicalId: 'Orders',
  name: 'Sample-Orders',
  attributes: [{ AttributeName: 'merchant_uid', AttributeType: 'S' }],
  keySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
  indexes: [],
  localIndexes: [],
  streamViewType: undefined,
};

/** A table with a sort key, a local index, global indexes and a stream. */
export const LEDGER: TablePlan = {
  logicalId: 'Ledger',
  name: 'Sample-Ledger',
  attributes: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'place', AttributeType: 'S' },
    { AttributeName: 'open_shard', AttributeType: 'S' },
    { AttributeName: 'due_ms', AttributeType: 'N' },
    { AttributeName: 'refund_id', AttributeType: 'S' },
  ],
  keySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  indexes: [
    {
      IndexName: 'open_refunds',
      KeySchema: [
        { AttributeName: 'open_shard', KeyType: 'HASH' },
        { AttributeName: 'due_ms', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['refund_id'] },
    },
    {
      IndexName: 'by_refund_id',
      KeySchema: [{ AttributeName: 'refund_id', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  localIndexes: [
    {
      IndexName: 'by_place',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'place', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  streamViewType: 'NEW_AND_OLD_IMAGES',
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
  const { Table } = await client.send(new DescribeTableCommand({ TableName: LEDGER.name }));
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
