import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { type DynamoDbCredentials, dynamoDbCredentials } from '../../../cli/dynamodb-credentials.ts';
import { LocalRunError } from '../errors.ts';
import type { HttpServer } from '../http-server.ts';
import type { LocalRunOptions } from '../options.ts';
import type { Plan } from '../template/plan.ts';
import { startDynamoDb } from './dynamodb.ts';
import { ensureTable } from './tables.ts';

/** The template's tables, wherever they are, and how to reach them. */
export interface PaymentsTable {
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly credentials: DynamoDbCredentials;
  /** Any of them was made by this start. */
  readonly isNew: boolean;
  readonly end: () => Promise<void>;
}

export interface TableOptions {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'dynamodbUrl'>;
  /** undefined where the tables are in a DynamoDB of somebody's own. */
  readonly directory: string | undefined;
  /** What to do about a table of another definition. */
  readonly remedy: string;
  readonly onFault: (error: unknown) => void;
}

export async function startPaymentsTable(given: TableOptions): Promise<PaymentsTable> {
  const { directory, options, remedy } = given;
  const { tables, region } = given.plan;
  const embedded = directory === undefined ? undefined : await startEmbedded(directory, given);
  const url = embedded?.url ?? options.dynamodbUrl ?? '';
  const credentials = dynamoDbCredentials(url, options.dynamodbUrl, process.env);
  const client = new DynamoDBClient({ endpoint: url, region, credentials });
  const end = async (): Promise<void> => {
    client.destroy();
    await embedded?.end();
  };
  try {
    const made = await Promise.all(tables.map((table) => ensureTable(client, table, remedy)));
    return { url, client, credentials, isNew: made.includes('created'), end };
  } catch (error) {
    await end();
    throw explained(error, options.dynamodbUrl);
  }
}

async function startEmbedded(
  directory: string,
  { plan, remedy, onFault }: TableOptions,
): Promise<HttpServer> {
  try {
    return await startDynamoDb({ directory, region: plan.region, onFault });
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    throw new LocalRunError(`The tables in ${directory} cannot be opened (${String(reason)}): ${remedy}`, {
      cause: error,
    });
  }
}

/** A DynamoDB of somebody's own that does not answer, or does not let us in, is theirs to mend. */
function explained(error: unknown, external: string | undefined): unknown {
  if (external === undefined || error instanceof LocalRunError) return error;
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return new LocalRunError(`AWS_ENDPOINT_URL_DYNAMODB (${external}) cannot be used: ${reason}`, {
    cause: error,
  });
}
