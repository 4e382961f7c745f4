import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { PARTITION_KEY } from './keys.ts';
import type { Table } from './table.ts';

/** Longer than an order's number can be (40), so that there is nothing under it. */
const NO_ORDER = 'nothing-is-here-it-only-opens-the-connection';

/** A read of nothing: after it there is a connection, and the code of a read has run once. */
export async function firstRead({ client, name }: Table, abortSignal: AbortSignal): Promise<void> {
  const query = new QueryCommand({
    TableName: name,
    KeyConditionExpression: '#key = :value',
    ExpressionAttributeNames: { '#key': PARTITION_KEY },
    ExpressionAttributeValues: { ':value': NO_ORDER },
    ConsistentRead: true,
  });
  await client.send(query, { abortSignal });
}
