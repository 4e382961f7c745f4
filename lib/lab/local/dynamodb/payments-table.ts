import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

import { type DynamoDbCredentials, dynamoDbCredentials } from '../../../cli/dynamodb-credentials.ts';
import { LocalRunError } from '../errors.ts';
import type { HttpServer } from '../http-server.ts';
import { isObject, type JsonObject } from '../json.ts';
import { namedTables, type Plan, type TablePlan } from '../template/plan.ts';
import { startDynamoDb } from './dynamodb.ts';

/** The template's tables, wherever they are, and how to reach them. */
export interface PaymentsTable {
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly credentials: DynamoDbCredentials;
  /** This start created the ledger, so it has no payments. */
  readonly isNew: boolean;
  /** The ledger's stream; undefined if it has none. */
  readonly streamArn: string | undefined;
  readonly end: () => Promise<void>;
}

export interface TableOptions {
  readonly plan: Plan;
  /** The developer's own DynamoDB. @default - an embedded one */
  readonly dynamodbUrl?: string | undefined;
  /** undefined if the tables are in the developer's own DynamoDB. */
  readonly directory: string | undefined;
  /** What to do about a table of another definition. */
  readonly remedy: string;
  readonly onFault: (error: unknown) => void;
}

export async function startPaymentsTable(given: TableOptions): Promise<PaymentsTable> {
  const { directory, dynamodbUrl, remedy, plan } = given;
  const embedded = directory === undefined ? undefined : await startEmbedded(directory, given);
  const url = embedded?.url ?? dynamodbUrl ?? '';
  const credentials = dynamoDbCredentials(url, dynamodbUrl, process.env);
  const client = new DynamoDBClient({ endpoint: url, region: plan.region, credentials });
  const end = async (): Promise<void> => {
    client.destroy();
    await embedded?.end();
  };
  try {
    const made = await Promise.all(plan.tables.map((table) => ensureTable(client, table, remedy)));
    const { ledger } = namedTables(plan);
    const isNew = made[plan.tables.indexOf(ledger)] === 'created';
    const described = await describeTable(client, ledger.name);
    const isStreamed = described?.StreamSpecification?.StreamEnabled === true;
    const streamArn = isStreamed ? described?.LatestStreamArn : undefined;
    return { url, client, credentials, isNew, streamArn, end };
  } catch (error) {
    await end();
    throw explained(error, dynamodbUrl);
  }
}

async function startEmbedded(
  directory: string,
  { plan, remedy, onFault }: TableOptions,
): Promise<HttpServer> {
  try {
    return await startDynamoDb({ directory, region: plan.region, onFault });
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.cause ?? cause) : cause;
    throw new LocalRunError(`The tables in ${directory} cannot be opened (${String(reason)}): ${remedy}`);
  }
}

/** The error for a developer's own DynamoDB that does not answer or refuses access. */
function explained(error: unknown, external: string | undefined): unknown {
  if (external === undefined || error instanceof LocalRunError) return error;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new LocalRunError(`AWS_ENDPOINT_URL_DYNAMODB (${external}) cannot be used: ${reason}`);
}

/** Seconds. The embedded table is active at once; another DynamoDB may need longer. */
const WAITING = { minDelay: 0.02, maxDelay: 1, maxWaitTime: 60 };

/**
 * Creates the table as the template defines it, unless it is there.
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
  if (found === undefined) {
    await client.send(new CreateTableCommand(wanted));
    await waitUntilTableExists({ client, ...WAITING }, { TableName: plan.name });
    return 'created';
  }
  if (fingerprint(wanted) === fingerprint(found)) return 'found';
  throw new LocalRunError(
    `The table ${plan.name} has other keys or indexes than the template's (older data): ${remedy}`,
  );
}

/** The request that creates the table: exactly the template's definition, which DynamoDB validates. */
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

/** Leaves out the index's billing settings. */
function indexDefinition({ IndexName, KeySchema, Projection }: JsonObject): JsonObject {
  return { IndexName, KeySchema, Projection };
}

async function describeTable(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** The parts of a definition that must match, in a fixed order. The stream is not one: a table without it only has no events. */
function fingerprint(table: CreateTableCommandInput | TableDescription): string {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return [table.KeySchema, ...indexes.map(({ IndexName, KeySchema }) => [IndexName, KeySchema])]
    .map((definition) => JSON.stringify(definition, inOrderOfNames))
    .toSorted()
    .join('\n');
}

function inOrderOfNames(_: string, value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
