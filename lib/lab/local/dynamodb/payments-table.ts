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
import type { Plan, TablePlan } from '../template/plan.ts';
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
  readonly plan: Pick<Plan, 'region' | 'tables'>;
  /** The developer's own DynamoDB. @default - an embedded one */
  readonly dynamodbUrl?: string | undefined;
  /** Of the embedded one. */
  readonly directory: string | undefined;
  /** What to do about a table of another definition. */
  readonly remedy: string;
  readonly onFault: (error: unknown) => void;
}

/** @throws LocalRunError for tables that cannot be used */
export async function startPaymentsTable(options: TableOptions): Promise<PaymentsTable> {
  const { directory, dynamodbUrl, remedy, plan, onFault } = options;
  const { region, tables } = plan;
  const embedded =
    dynamodbUrl === undefined
      ? await startDynamoDb({ directory, region, onFault }).catch((error: unknown) => {
          throw new LocalRunError(
            `The tables in ${directory} cannot be opened (${reasonOf(error)}): ${remedy}`,
          );
        })
      : undefined;
  const url = embedded?.url ?? dynamodbUrl ?? '';
  const credentials = dynamoDbCredentials(url, dynamodbUrl, process.env);
  const client = new DynamoDBClient({ endpoint: url, region, credentials });
  const end = async (): Promise<void> => {
    client.destroy();
    await embedded?.end();
  };
  try {
    await ensureTable(client, tables.orders, remedy);
    const { isNew, table } = await ensureTable(client, tables.ledger, remedy);
    const isStreamed = table.StreamSpecification?.StreamEnabled === true;
    return {
      url,
      client,
      credentials,
      isNew,
      streamArn: isStreamed ? table.LatestStreamArn : undefined,
      end,
    };
  } catch (error) {
    await end();
    if (dynamodbUrl === undefined || error instanceof LocalRunError) throw error;
    const place = `AWS_ENDPOINT_URL_DYNAMODB (${dynamodbUrl})`;
    throw new LocalRunError(`${place} cannot be used: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error ? cause.message : String(error);
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
  wanted: TablePlan,
  remedy: string,
): Promise<{ readonly isNew: boolean; readonly table: TableDescription }> {
  const { TableName } = wanted;
  const describe = async (): Promise<TableDescription> =>
    (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};
  try {
    const table = await describe();
    if (keysOf(wanted) === keysOf(table)) return { isNew: false, table };
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateTableCommand(wanted));
    await waitUntilTableExists({ client, ...WAITING }, { TableName });
    return { isNew: true, table: await describe() };
  }
  throw new LocalRunError(
    `The table ${TableName} has other keys or indexes than the template's (older data): ${remedy}`,
  );
}

/** The parts of a definition that must match. The stream is not one: a table without it only has no events. */
function keysOf(table: CreateTableCommandInput | TableDescription): string {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return [table, ...indexes]
    .map((each) => {
      const keys = each.KeySchema?.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`);
      return ['IndexName' in each ? each.IndexName : '', ...(keys ?? [])].join(' ');
    })
    .toSorted()
    .join('\n');
}
