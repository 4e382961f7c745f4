import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { createStreamsClient } from '../../../lib/lab/local/dynamodb/streams-client.ts';
import { CREDENTIALS, LEDGER, REGION } from './dynamodb-world.ts';

/** Of the ledger, at any DynamoDB. */
export async function streamArnAt(url: string): Promise<string> {
  const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials: CREDENTIALS });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: LEDGER.name }));
  client.destroy();
  return Table?.LatestStreamArn ?? '';
}

/** All records of the ledger's stream that are kept, whoever plays it. */
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
