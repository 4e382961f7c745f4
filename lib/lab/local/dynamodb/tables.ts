import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
  PutItemCommand,
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
  const found = await describeTable(client, plan.name);
  if (found !== undefined) {
    if (isOfOtherDefinition(plan, found)) {
      throw new LocalRunError(
        `The table ${plan.name} has other keys or indexes than the template's (older data): ${remedy}`,
      );
    }
    return 'found';
  }
  // The template's definition of a table is the request that makes it, word for word; the service checks it.
  const definition = {
    TableName: plan.name,
    AttributeDefinitions: plan.attributes,
    KeySchema: plan.keySchema,
    BillingMode: 'PAY_PER_REQUEST',
    ...(plan.indexes.length > 0 && { GlobalSecondaryIndexes: plan.indexes.map(indexDefinition) }),
  } as unknown as CreateTableCommandInput;
  await client.send(new CreateTableCommand(definition));
  await waitUntilTableExists({ client, ...PATIENCE }, { TableName: plan.name });
  return 'created';
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

function isOfOtherDefinition(plan: TablePlan, found: TableDescription): boolean {
  const wanted = [plan.keySchema, ...plan.indexes.map((index) => [index['IndexName'], index['KeySchema']])];
  const indexes = found.GlobalSecondaryIndexes ?? [];
  const existing = [found.KeySchema, ...indexes.map(({ IndexName, KeySchema }) => [IndexName, KeySchema])];
  return fingerprint(wanted) !== fingerprint(existing);
}

/** The same whatever the order of indexes and of fields. */
function fingerprint(definitions: readonly unknown[]): string {
  return definitions
    .map((definition) => JSON.stringify(definition, inOrderOfNames))
    .toSorted()
    .join('\n');
}

function inOrderOfNames(_: string, value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

/**
 * Writes every item once more as it is. dynalite writes an item and its index entries one after the other, so a `kill -9`
 * in between can lose an index entry: a refund in doubt that no resolver would ever find. What it leaves of entries that an item
 * no longer has is dropped before (`dropIndexEntries`).
 */
export async function rebuildIndexes(client: DynamoDBClient, { name }: TablePlan): Promise<void> {
  for await (const page of paginateScan({ client }, { TableName: name, ConsistentRead: true })) {
    const items = page.Items ?? [];
    await Promise.all(items.map((Item) => client.send(new PutItemCommand({ TableName: name, Item }))));
  }
}
