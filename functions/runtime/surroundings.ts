import { randomBytes } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { iamportClient } from '../iamport/client.ts';
import type { CredentialsSource } from '../iamport/token.ts';
import { dynamoDbPaymentsStore } from '../payments-store/dynamodb-payments-store.ts';
import type { Surroundings } from '../protocol/ports.ts';
import { idFromBytes } from '../refund/identity.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { currentInvocation } from './invocation.ts';
import { waitUntil } from './wait.ts';

/** What is real in one place and played in the other. */
export interface Ends {
  readonly documents: DynamoDBDocumentClient;
  readonly credentials: CredentialsSource;
  readonly fetch: typeof globalThis.fetch;
  readonly report: Surroundings['report'];
}

/** The workflows' world on top of a table, a secret, a network and a log. */
export function surroundingsOf(
  { apiUrl, tableName, openRefundShards, settings }: Config,
  { documents, credentials, fetch, report }: Ends,
): Surroundings {
  return {
    store: dynamoDbPaymentsStore(documents, { tableName, shards: openRefundShards }),
    gateway: iamportClient({ apiUrl, credentials, now: systemClock, invocation: currentInvocation, fetch }),
    now: systemClock,
    newId: () => idFromBytes(randomBytes(24)),
    report,
    settings,
    until: async (atMs, signal) => waitUntil(atMs, systemClock(), signal),
  };
}
