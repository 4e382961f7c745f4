import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { documentClient } from '../payments-store/document-client.ts';
import { firstRead } from '../payments-store/first-read.ts';
import type { Table } from '../payments-store/table.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { systemClock } from './clock.ts';
import { readConfig, type Config } from './config.ts';
import { reportEvent } from './report.ts';
import { secretCredentials } from './secrets.ts';
import { surroundingsOf } from './surroundings.ts';
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
  const world = surroundingsOf(config, {
    documents,
    credentials: secretCredentials({ client: secrets, secretId: config.secretId, now: systemClock }),
    fetch: transport({ now: systemClock }),
    report: reportEvent,
  });
  const table = { client: documents, name: config.tableName };
  return { config, world, table, firstRead: async (signal) => firstRead(table, signal) };
}
