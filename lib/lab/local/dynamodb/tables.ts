import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

import { LocalRunError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { TablePlan } from '../template/plan.ts';

/** Seconds. The embedded table is there at once; one elsewhere may take its time to become active. */
const PATIENCE = { minDelay: 0.02, maxDelay: 1, maxWaitTime: 60 };

/**
 * Creates the table as the template defines it, unless it is there. Resolves to whether it was made now.
 * @param remedy what to do about a table of another definition
 * @throws LocalRunError naming it
 */
export async function ensureTable(
  client: DynamoDBClient,
  plan: TablePlan,
  remedy: string,
): Promise<'created' | 'found'> {
  const wanted = tableDefinition(plan);
  const found = await describeTable(client, plan.name);
  if (found !== undefined) {
    if (fingerprint(wanted) !== fingerprint(found)) {
      throw new LocalRunError(
        `The table ${plan.name} has other keys or indexes than the template's (older data): ${remedy}`,
      );
    }
    return 'found';
  }
  await client.send(new CreateTableCommand(wanted));
  await waitUntilTableExists({ client, ...PATIENCE }, { TableName: plan.name });
  return 'created';
}

/** The request that makes the table: the template's definition, word for word; the service checks it. */
export function tableDefinition(plan: TablePlan): CreateTableCommandInput {
  const { indexes, localIndexes, streamViewType } = plan;
  return {
    TableName: plan.name,
    AttributeDefinitions: plan.attributes,
    KeySchema: plan.keySchema,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(indexDefinition) }),
    ...(localIndexes.length > 0 && { LocalSecondaryIndexes: localIndexes.map(indexDefinition) }),
    ...(streamViewType !== undefined && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType },
    }),
  } as unknown as CreateTableCommandInput;
}

async function describeTable(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Without how the cloud bills the index. */
function indexDefinition({ IndexName, KeySchema, Projection }: JsonObject): JsonObject {
  return { IndexName, KeySchema, Projection };
}

/** What makes the data what they are: the same whatever the order of indexes and of members. */
function fingerprint(table: CreateTableCommandInput | TableDescription): string {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  const { StreamEnabled, StreamViewType } = table.StreamSpecification ?? {};
  return [
    table.KeySchema,
    StreamEnabled === true ? StreamViewType : 'no stream',
    ...indexes.map(({ IndexName, KeySchema }) => [IndexName, KeySchema]),
  ]
    .map((definition) => JSON.stringify(definition, inOrderOfNames))
    .toSorted()
    .join('\n');
}

function inOrderOfNames(_: string, value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
