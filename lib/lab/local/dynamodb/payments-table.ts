import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { type DynamoDbCredentials, dynamoDbCredentials } from '../../../cli/dynamodb-credentials.ts';
import { LocalRunError } from '../errors.ts';
import type { LocalRunOptions } from '../options.ts';
import type { Plan, TablePlan } from '../template/plan.ts';
import { unplayable } from '../template/template.ts';
import { startDynamoDb } from './dynamodb.ts';
import { createIndexKeys } from './dynamodb-index-keys.ts';
import { dropIndexEntries } from './index-entries.ts';
import { ensureTable, rebuildIndexes } from './tables.ts';

/** The template's table, wherever it is, and how to reach it. */
export interface PaymentsTable {
  readonly plan: TablePlan;
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly credentials: DynamoDbCredentials;
  /** It was made by this start. */
  readonly isNew: boolean;
  readonly end: () => Promise<void>;
}

export interface TableOptions {
  readonly plan: Plan;
  readonly options: Pick<LocalRunOptions, 'dynamodbUrl'>;
  /** undefined where the table is in a DynamoDB of somebody's own. */
  readonly directory: string | undefined;
  /** What to do about a table of another definition. */
  readonly remedy: string;
  /** The run before was killed, maybe in the middle of a write. */
  readonly wasKilled: boolean;
  readonly onFault: (error: unknown) => void;
}

export async function startPaymentsTable(given: TableOptions): Promise<PaymentsTable> {
  const { plan, directory, onFault, options } = given;
  const [table, ...others] = plan.tables;
  if (table === undefined || others.length > 0) throw unplayable('The local run plays exactly one table');
  if (directory !== undefined && given.wasKilled) await dropIndexEntries(directory);
  const embedded =
    directory === undefined
      ? undefined
      : await startDynamoDb({ directory, indexKeys: createIndexKeys(plan.tables), onFault });
  const url = embedded?.url ?? options.dynamodbUrl ?? '';
  const credentials = dynamoDbCredentials(url, options.dynamodbUrl, process.env);
  const client = new DynamoDBClient({ endpoint: url, region: plan.region, credentials });
  const end = async (): Promise<void> => {
    client.destroy();
    await embedded?.end();
  };
  try {
    const isNew = (await ensureTable(client, table, given.remedy)) === 'created';
    if (!isNew && embedded !== undefined && given.wasKilled) await rebuildIndexes(client, table);
    return { plan: table, url, client, credentials, isNew, end };
  } catch (error) {
    await end();
    throw explained(error, options.dynamodbUrl);
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
