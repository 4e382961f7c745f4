import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { documentClient } from '../../functions/payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../../functions/payments-store/dynamodb-payments-store.ts';
import { DEFAULT_OPEN_REFUND_SHARDS } from '../../functions/payments-store/keys.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import type { OpenRefund, PaymentsStore } from '../../functions/protocol/ports.ts';

const PAGE_SIZE = 500;

/** A table in AWS, by the credentials and region of the environment. */
export function awsTable(tableName: string): PaymentsStore {
  return storeOn(new DynamoDBClient({}), tableName);
}

/** The table of a local run, found through its `GET /_local`. */
export async function localTable(url: string): Promise<PaymentsStore> {
  const response = await fetch(new URL('/_local', url)).catch((error: unknown) => {
    throw new Error(
      `no local run answers at ${url}; start it with "npm start", or name a table with --table`,
      { cause: error },
    );
  });
  const found: unknown = await response.json();
  const { dynamodb_url: endpoint, table_name: tableName, region } = found as Record<string, string>;
  if (endpoint === undefined || tableName === undefined)
    throw new Error(`${url} does not answer like a local run`);
  const credentials = localCredentials(endpoint);
  const client = new DynamoDBClient({ endpoint, region: region ?? 'ap-northeast-2', credentials });
  return storeOn(client, tableName);
}

function storeOn(client: DynamoDBClient, tableName: string): PaymentsStore {
  return dynamoDbPaymentsStore(documentClient(client), { tableName, shards: DEFAULT_OPEN_REFUND_SHARDS });
}

/** The embedded DynamoDB takes any; one of somebody's own may keep a set of tables for each key, as the local run knows. */
function localCredentials(endpoint: string): { accessKeyId: string; secretAccessKey: string } {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const isTheirs = process.env['AWS_ENDPOINT_URL_DYNAMODB'] === endpoint;
  return isTheirs && accessKeyId && secretAccessKey
    ? { accessKeyId, secretAccessKey }
    : { accessKeyId: 'local', secretAccessKey: 'local' };
}

/** Every payment with a refund that is not final, the oldest refund first. */
export async function paymentsInDoubt(store: PaymentsStore): Promise<readonly Payment[]> {
  const found: Payment[] = [];
  for (let shard = 0; shard < store.shards; shard += 1) {
    for await (const { merchantUid, impUid } of openOfShard(store, shard)) {
      const { payments } = await store.order(merchantUid);
      const payment = payments.find((each) => each.impUid === impUid);
      if (payment?.pending !== undefined) found.push(payment);
    }
  }
  return found.toSorted((a, b) => (a.pending?.requestedAtMs ?? 0) - (b.pending?.requestedAtMs ?? 0));
}

/** How many refunds are not final; reads the index alone. */
export async function countInDoubt(store: PaymentsStore): Promise<number> {
  let count = 0;
  for (let shard = 0; shard < store.shards; shard += 1) {
    for await (const _ of openOfShard(store, shard)) count += 1;
  }
  return count;
}

async function* openOfShard(store: PaymentsStore, shard: number): AsyncGenerator<OpenRefund> {
  let after: Awaited<ReturnType<PaymentsStore['openRefunds']>>[number] | undefined;
  do {
    const query = {
      shard,
      dueMs: Number.MAX_SAFE_INTEGER,
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { after }),
    };
    const page = await store.openRefunds(query);
    yield* page;
    after = page.length < PAGE_SIZE ? undefined : page.at(-1);
  } while (after !== undefined);
}
