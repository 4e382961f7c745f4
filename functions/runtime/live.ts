import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { iamportClient } from '../iamport/client.ts';
import { documentClient } from '../payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../payments-store/dynamodb-payments-store.ts';
import { firstRead } from '../payments-store/first-read.ts';
import type { Table } from '../payments-store/table.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { idFromBytes } from '../refund/identity.ts';
import { systemClock } from './clock.ts';
import { readConfig, type Config } from './config.ts';
import { currentInvocation } from './invocation.ts';
import { reportEvent } from './report.ts';
import { secretCredentials } from './secrets.ts';
import { transport } from './transport.ts';

/** DynamoDB answers in milliseconds; a try that takes this long is lost, and the next usually is not. */
const DYNAMODB_TIMEOUT_MS = 2_500;
const DYNAMODB_ATTEMPTS = 3;
const SECRETS_TIMEOUT_MS = 2_500;
const SECRETS_ATTEMPTS = 2;
const CONNECT_TIMEOUT_MS = 2_000;

/** A time limit that really ends the request: `requestTimeout` alone only warns. */
function limited(requestTimeout: number) {
  return { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout, throwOnRequestTimeout: true } as const;
}

export interface Live {
  readonly config: Config;
  readonly world: Surroundings;
  readonly table: Table;
  /** Opens the connection to the table. */
  readonly firstRead: (signal: AbortSignal) => Promise<void>;
}

/** The real surroundings, built once for each execution environment. Throws `ConfigurationError`. */
export function live(environment: Readonly<Record<string, string | undefined>> = process.env): Live {
  const config = readConfig(environment);
  const dynamoDb = new DynamoDBClient({
    maxAttempts: DYNAMODB_ATTEMPTS,
    requestHandler: limited(DYNAMODB_TIMEOUT_MS),
  });
  const secrets = new SecretsManagerClient({
    maxAttempts: SECRETS_ATTEMPTS,
    requestHandler: limited(SECRETS_TIMEOUT_MS),
  });
  const documents = documentClient(dynamoDb);
  const world: Surroundings = {
    store: dynamoDbPaymentsStore(documents, { tableName: config.tableName, shards: config.openRefundShards }),
    gateway: iamportClient({
      apiUrl: config.apiUrl,
      credentials: secretCredentials({ client: secrets, secretId: config.secretId, now: systemClock }),
      now: systemClock,
      invocation: currentInvocation,
      fetch: transport({ now: systemClock }),
    }),
    now: systemClock,
    newId: () => idFromBytes(randomBytes(24)),
    report: reportEvent,
    settings: config.settings,
    async until(atMs, signal) {
      await setTimeout(Math.max(0, atMs - systemClock()), undefined, { signal });
    },
  };
  const table = { client: documents, name: config.tableName };
  return { config, world, table, firstRead: async (signal) => firstRead(table, signal) };
}
