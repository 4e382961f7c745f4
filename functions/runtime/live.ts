import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { iamportClient } from '../iamport/client.ts';
import { ledgerOn } from '../ledger/ledger.ts';
import { dynamoDbOrders } from '../ledger/orders.ts';
import { dynamoDbTable } from '../ledger/store.ts';
import type { Table } from '../ledger/table.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { idFromBytes } from '../refund/identity.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { systemClock } from './clock.ts';
import { readConfig, type Config } from './config.ts';
import { currentInvocation } from './invocation.ts';
import { reportEvent } from './report.ts';
import { secretCredentials } from './secrets.ts';
import { limited } from './time-limits.ts';
import { transport } from './transport.ts';

/** DynamoDB answers in milliseconds; a try that takes this long is lost, and a retry usually succeeds. */
const DYNAMODB_TIMEOUT_MS = 2_500;
const DYNAMODB_ATTEMPTS = 3;
const SECRETS_TIMEOUT_MS = 2_500;
const SECRETS_ATTEMPTS = 2;
const ID_BYTES = 24;

export interface Live {
  readonly config: Config;
  readonly world: Surroundings;
  /** The ledger's. */
  readonly table: Table;
}

/** The live dependencies, built once per execution environment. Throws `ConfigurationError`. */
export function live(environment: Readonly<Record<string, string | undefined>> = process.env): Live {
  const config = readConfig(environment);
  const client = new DynamoDBClient({
    maxAttempts: DYNAMODB_ATTEMPTS,
    requestHandler: limited(DYNAMODB_TIMEOUT_MS),
  });
  // Uses the same connections. The protocol itself repeats transactions, and must know the result of each try.
  const writes = new DynamoDBClient({ maxAttempts: 1, requestHandler: client.config.requestHandler });
  const table = dynamoDbTable({ client, writes, name: config.ledgerTable });
  const world: Surroundings = {
    orders: dynamoDbOrders(client, { name: config.ordersTable, attributes: config.orderAttributes }),
    ledger: ledgerOn(table),
    gateway: gatewayFor(config),
    now: systemClock,
    newId: () => idFromBytes(randomBytes(ID_BYTES)),
    report: reportEvent,
    settings: config.settings,
    until: async (atMs, signal) =>
      setTimeout(Math.max(0, atMs - systemClock()), undefined, omitMissing({ signal })),
  };
  return { config, world, table };
}

function gatewayFor({ apiUrl, secretId, iamportTier }: Config): Surroundings['gateway'] {
  const client = new SecretsManagerClient({
    maxAttempts: SECRETS_ATTEMPTS,
    requestHandler: limited(SECRETS_TIMEOUT_MS),
  });
  return iamportClient({
    apiUrl,
    credentials: secretCredentials({ client, secretId, now: systemClock }),
    now: systemClock,
    invocation: currentInvocation,
    fetch: transport({ now: systemClock }),
    ...omitMissing({ tier: iamportTier }),
  });
}
