import { rmSync } from 'node:fs';
import path from 'node:path';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { createIndexKeys } from './dynamodb/dynamodb-index-keys.ts';
import { startDynamoDb } from './dynamodb/dynamodb.ts';
import { LocalRunError } from './errors.ts';
import { startIamportSimulator } from '../simulator/simulator.ts';
import { type LocalData, openLocalData } from './local-data.ts';
import type { Plan, TablePlan } from './template/plan.ts';
import { type Credentials, externalProvider, type Provider, simulatedProvider } from './provider.ts';
import type { LocalRunOptions, Log } from './options.ts';
import type { Started } from './started.ts';
import { ensureTable, rebuildIndexes } from './dynamodb/tables.ts';
import { unplayable } from './template/template.ts';

/** What remembers payments: the table, and i'mport. */
export interface DataServices {
  readonly provider: Provider;
  readonly iamportCredentials: Credentials;
  readonly table: TablePlan;
  readonly dynamoDbUrl: string;
  readonly dynamoDb: DynamoDBClient;
  readonly awsCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What the simulator accepts, and the functions find in the secret, unless somebody names another pair. */
const SIMULATOR_CREDENTIALS: Credentials = { impKey: 'local_imp_key', impSecret: 'local_imp_secret' };

export interface DataOptions extends LocalRunOptions {
  readonly plan: Plan;
  readonly webhookUrl: string;
  readonly log: Log;
  /** The run before was killed, maybe in the middle of a write. */
  readonly wasKilled: boolean;
}

export async function startDataServices(options: DataOptions, started: Started): Promise<DataServices> {
  const data = openLocalData(directoryOf(options));
  if (data.notice !== undefined) options.log('notice', data.notice);
  const { table, dynamoDb, isNew, ...rest } = await startTable(options, data, started);
  // A table somewhere else can vanish by itself; what the simulator held of its payments goes with it.
  const simulatorDirectory = `${data.simulatorDirectory}${options.dynamodbUrl === undefined ? '' : '-external-table'}`;
  if (isNew) rmSync(simulatorDirectory, { recursive: true, force: true });
  const { impKey = SIMULATOR_CREDENTIALS.impKey, impSecret = SIMULATOR_CREDENTIALS.impSecret } = options;
  const iamportCredentials = { impKey, impSecret };
  if (options.iamportApiUrl !== undefined) {
    const provider = externalProvider(options.iamportApiUrl, iamportCredentials);
    return { ...rest, table, dynamoDb, provider, iamportCredentials };
  }
  const { webhookUrl } = options;
  const simulator = await startIamportSimulator({
    impKey,
    impSecret,
    webhookUrl,
    directory: simulatorDirectory,
  });
  started.keep(simulator);
  return { ...rest, table, dynamoDb, provider: simulatedProvider(simulator), iamportCredentials };
}

/** Another i'mport has other payments: its table must not be the simulator's. */
function directoryOf({ directory, iamportApiUrl }: LocalRunOptions): string {
  return iamportApiUrl === undefined ? directory : path.join(directory, 'external-iamport');
}

type Table = Pick<DataServices, 'table' | 'dynamoDb' | 'dynamoDbUrl' | 'awsCredentials'>;

async function startTable(
  options: DataOptions,
  { tableDirectory }: LocalData,
  started: Started,
): Promise<Table & { readonly isNew: boolean }> {
  const { plan, dynamodbUrl: external } = options;
  const [table, ...others] = plan.tables;
  if (table === undefined || others.length > 0) throw unplayable('The local run plays exactly one table');
  const embedded = (): ReturnType<typeof startDynamoDb> =>
    startDynamoDb({ directory: tableDirectory }, createIndexKeys(plan.tables));
  const dynamoDbUrl = external ?? started.keep(await embedded()).url;
  const awsCredentials = credentialsFor(options);
  const dynamoDb = new DynamoDBClient({
    endpoint: dynamoDbUrl,
    region: plan.region,
    credentials: awsCredentials,
  });
  started.keep({ end: () => dynamoDb.destroy() });
  const isNew = (await ensureTable(dynamoDb, table).catch(explainFor(external))) === 'created';
  if (!isNew && external === undefined && options.wasKilled) await rebuildIndexes(dynamoDb, table);
  return { table, dynamoDb, dynamoDbUrl, awsCredentials, isNew };
}

/** A DynamoDB of somebody's own that does not answer, or does not let us in, is theirs to mend. */
function explainFor(external: string | undefined): (error: unknown) => never {
  return (error) => {
    if (external === undefined || error instanceof LocalRunError) throw error;
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new LocalRunError(`AWS_ENDPOINT_URL_DYNAMODB (${external}) cannot be used: ${reason}`, {
      cause: error,
    });
  };
}

/** Credentials that are none, but for a DynamoDB of somebody's own: some emulators keep a set of tables for each key. */
function credentialsFor({ dynamodbUrl }: LocalRunOptions): DataServices['awsCredentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  return dynamodbUrl === undefined || !accessKeyId || !secretAccessKey
    ? { accessKeyId: 'local', secretAccessKey: 'local' }
    : { accessKeyId, secretAccessKey };
}
