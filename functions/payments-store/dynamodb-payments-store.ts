import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, QueryCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { Payment } from '../refund/payment.ts';
import type { OpenRefund, PaymentsStore } from '../protocol/ports.ts';
import { StoreError } from '../protocol/store-error.ts';
import type { Write } from '../protocol/write.ts';
import { renderUpdate } from './expression.ts';
import { paymentFromItem } from './item.ts';
import {
  IMP_UID_INDEX,
  IMP_UID_KEY,
  OPEN_REFUNDS_INDEX,
  OPEN_SHARD_KEY,
  PARTITION_KEY,
  RESOLVE_AT_KEY,
} from './keys.ts';
import { planWrite } from './plan.ts';
import { shardName } from './shard.ts';

const IndexRow = v.object({ [PARTITION_KEY]: v.string() });
const OpenRow = v.object({ [PARTITION_KEY]: v.string(), [RESOLVE_AT_KEY]: v.number() });

/** The payments table. See `plan.ts` for what each write demands. */
export function dynamoDbPaymentsStore(client: DynamoDBDocumentClient, tableName: string): PaymentsStore {
  return {
    async read(merchantUid) {
      const key = { [PARTITION_KEY]: merchantUid };
      const get = new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true });
      const { Item } = await reaching('read', () => client.send(get));
      return Item === undefined ? undefined : paymentFromItem(Item);
    },

    async merchantUidOf(impUid) {
      const query = new QueryCommand({
        TableName: tableName,
        IndexName: IMP_UID_INDEX,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': IMP_UID_KEY },
        ExpressionAttributeValues: { ':value': impUid },
        Limit: 1,
      });
      const { Items = [] } = await reaching('look up imp_uid', () => client.send(query));
      const [row] = Items;
      return row === undefined ? undefined : v.parse(IndexRow, row)[PARTITION_KEY];
    },

    async write(write) {
      return update(client, tableName, write);
    },

    async openRefunds({ shard, dueMs, limit, after }) {
      const position = after && {
        [OPEN_SHARD_KEY]: shardName(shard),
        [RESOLVE_AT_KEY]: after.resolveAtMs,
        [PARTITION_KEY]: after.merchantUid,
      };
      const query = new QueryCommand({
        TableName: tableName,
        IndexName: OPEN_REFUNDS_INDEX,
        KeyConditionExpression: '#shard = :shard AND #at <= :due',
        ExpressionAttributeNames: { '#shard': OPEN_SHARD_KEY, '#at': RESOLVE_AT_KEY },
        ExpressionAttributeValues: { ':shard': shardName(shard), ':due': dueMs },
        Limit: limit,
        ...(position === undefined ? {} : { ExclusiveStartKey: position }),
      });
      const { Items = [] } = await reaching('list open refunds', () => client.send(query));
      return Items.map((row): OpenRefund => {
        const open = v.parse(OpenRow, row);
        return { merchantUid: open[PARTITION_KEY], resolveAtMs: open[RESOLVE_AT_KEY] };
      });
    },
  };
}

async function update(
  client: DynamoDBDocumentClient,
  tableName: string,
  write: Write,
): Promise<Payment | 'condition_failed'> {
  const plan = planWrite(write);
  const command = new UpdateCommand({
    TableName: tableName,
    Key: { [PARTITION_KEY]: plan.merchantUid },
    ...renderUpdate(plan),
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes } = await client.send(command);
    return paymentFromItem(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'condition_failed';
    throw storeError(write.kind, error);
  }
}

async function reaching<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeError(what, error);
  }
}

const Refused = v.object({
  $fault: v.literal('client'),
  $metadata: v.object({ attempts: v.optional(v.number(), 1), httpStatusCode: v.number() }),
});

/** Only a first try that the service itself refused is known not to have been applied. */
function storeError(during: string, error: unknown): StoreError {
  const refused = v.safeParse(Refused, error);
  const mayHaveBeenApplied = !(refused.success && refused.output.$metadata.attempts <= 1);
  const name = error instanceof Error ? error.name : 'unknown error';
  return new StoreError(`${during}: ${name}`, { mayHaveBeenApplied, cause: error });
}
