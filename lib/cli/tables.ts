import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { documentClient } from '../../functions/payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../../functions/payments-store/dynamodb-payments-store.ts';
import { MOST_SHARDS } from '../../functions/protocol/open-refunds.ts';
import type { PaymentsStore } from '../../functions/protocol/ports.ts';
import { withAdvice, type Reached } from './advice.ts';
import { dynamoDbCredentials } from './dynamodb-credentials.ts';
import { localInfo } from './local-run.ts';
import type { Target } from './targets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The table that a command reads. Its errors say what cannot be read, why, and what to do. */
export async function openTable(target: Target, env: Environment = process.env): Promise<PaymentsStore> {
  if (target.kind === 'local') return localTable(target.url, env);
  const { tableName, region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] } = target;
  const endpoint = env['AWS_ENDPOINT_URL_DYNAMODB'];
  const reached = { tableName, region, ...(endpoint === undefined ? {} : { endpoint }) };
  return storeOn(region === undefined ? {} : { region }, reached);
}

async function localTable(url: string, env: Environment): Promise<PaymentsStore> {
  const { dynamodb_url: endpoint, table_name: tableName, region } = await localInfo(url);
  const credentials = dynamoDbCredentials(endpoint, env['AWS_ENDPOINT_URL_DYNAMODB'], env);
  return storeOn({ endpoint, region, credentials }, { tableName, region, endpoint });
}

function storeOn(config: DynamoDBClientConfig, reached: Reached): PaymentsStore {
  const client = documentClient(new DynamoDBClient(config));
  // Nothing that lies in one is overlooked.
  const options = { tableName: reached.tableName, shards: MOST_SHARDS };
  return advising(dynamoDbPaymentsStore(client, options), reached);
}

/** The same store, whose errors a person can do something about. */
export function advising(store: PaymentsStore, reached: Reached): PaymentsStore {
  const advised =
    <Arguments extends readonly unknown[], Result>(method: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      try {
        return await method(...given);
      } catch (error) {
        throw withAdvice(error, reached);
      }
    };
  return {
    shards: store.shards,
    order: advised(async (merchantUid) => store.order(merchantUid)),
    ordersOf: advised(async (impUid) => store.ordersOf(impUid)),
    openRefunds: advised(async (query) => store.openRefunds(query)),
    reconciliation: advised(async () => store.reconciliation()),
    write: advised(async (write) => store.write(write)),
    postpone: advised(async (key, resolveAtMs) => store.postpone(key, resolveAtMs)),
    saveReconciliation: advised(async (notes) => store.saveReconciliation(notes)),
  };
}
