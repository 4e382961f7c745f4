import { UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { Lease } from '../protocol/lease.ts';
import { PARTITION_KEY, RESOLVER_SORT_KEY, SERVICE_PARTITION, SORT_KEY } from './keys.ts';
import { storeError, type Table } from './table.ts';

type Change = Pick<
  UpdateCommandInput,
  'ConditionExpression' | 'UpdateExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

const isMine = '#owner = :me';
const isFree = 'attribute_not_exists(#owner)';
const hasRunOut = '#until <= :now';

/** An item of the service's own: who resolves, and until when. */
export function resolverLease(table: Table): Lease {
  const change = async (what: string, input: Change): Promise<boolean> => {
    const Key = { [PARTITION_KEY]: SERVICE_PARTITION, [SORT_KEY]: RESOLVER_SORT_KEY };
    try {
      await table.client.send(new UpdateCommand({ TableName: table.name, Key, ...input }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeError(table, what, error);
    }
  };
  return {
    // A repeated try of the same write finds its own name there.
    take: async ({ owner, nowMs, untilMs }) =>
      change('take the lease', {
        ConditionExpression: `${isFree} OR ${isMine} OR ${hasRunOut}`,
        UpdateExpression: 'SET #owner = :me, #until = :until',
        ExpressionAttributeNames: { '#owner': 'owner', '#until': 'until' },
        ExpressionAttributeValues: { ':me': owner, ':now': nowMs, ':until': untilMs },
      }),
    giveBack: async (owner) => {
      await change('give the lease back', {
        ConditionExpression: isMine,
        UpdateExpression: 'REMOVE #owner, #until',
        ExpressionAttributeNames: { '#owner': 'owner', '#until': 'until' },
        ExpressionAttributeValues: { ':me': owner },
      });
    },
  };
}
