import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

import { ORDER_SORT_KEY, PARTITION_KEY, SORT_KEY } from '../../../../functions/payments-store/keys.ts';
import type { JsonObject } from '../json.ts';

/** What a shop's checkout writes into the table: an item for each payment, and one for the order. */
export interface ShopItems {
  /** False when the table has an item with these keys already, which stays as it is. */
  readonly create: (item: JsonObject) => Promise<boolean>;
  /** The order item with the fields that are given; those that are not stay as they are. Resolves to the whole item. */
  readonly putOrder: (merchantUid: string, fields: JsonObject) => Promise<JsonObject>;
}

export function createShopItems(client: DynamoDBClient, tableName: string): ShopItems {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    create: async (item) => {
      const absent = `attribute_not_exists(${PARTITION_KEY})`;
      try {
        await documents.send(
          new PutCommand({ TableName: tableName, Item: item, ConditionExpression: absent }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    putOrder: async (merchantUid, fields) => {
      const given = Object.entries(fields).filter(([, value]) => value !== undefined);
      const set = given.map((_, index) => `#${index} = :${index}`).join(', ');
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { [PARTITION_KEY]: merchantUid, [SORT_KEY]: ORDER_SORT_KEY },
          ReturnValues: 'ALL_NEW',
          ...(given.length > 0 && {
            UpdateExpression: `SET ${set}`,
            ExpressionAttributeNames: Object.fromEntries(given.map(([name], index) => [`#${index}`, name])),
            ExpressionAttributeValues: Object.fromEntries(
              given.map(([, value], index) => [`:${index}`, value]),
            ),
          }),
        }),
      );
      return Attributes ?? {};
    },
  };
}
