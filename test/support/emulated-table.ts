import { CreateTableCommand, DynamoDBClient, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../functions/payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../../functions/payments-store/dynamodb-payments-store.ts';
import {
  IMP_UID_INDEX,
  OPEN_REFUNDS_INDEX,
  OPEN_SHARD_KEY,
  PARTITION_KEY,
  RESOLVE_AT_KEY,
  SORT_KEY,
} from '../../functions/payments-store/keys.ts';
import type { PaymentsStore } from '../../functions/protocol/ports.ts';
import { createDynalite } from '../../lib/lab/local/dynamodb/dynalite.ts';

const TABLE: CreateTableCommandInput = {
  TableName: 'payments',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
    { AttributeName: SORT_KEY, KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: PARTITION_KEY, AttributeType: 'S' },
    { AttributeName: SORT_KEY, AttributeType: 'S' },
    { AttributeName: OPEN_SHARD_KEY, AttributeType: 'S' },
    { AttributeName: RESOLVE_AT_KEY, AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: IMP_UID_INDEX,
      KeySchema: [{ AttributeName: SORT_KEY, KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: OPEN_REFUNDS_INDEX,
      KeySchema: [
        { AttributeName: OPEN_SHARD_KEY, KeyType: 'HASH' },
        { AttributeName: RESOLVE_AT_KEY, KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};

/** The payments table on an emulated DynamoDB, over real HTTP. */
export interface EmulatedTable {
  readonly name: string;
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  readonly store: (shards: number) => PaymentsStore;
  /** Actions asked for, in IAM's words (`dynamodb:GetItem`), in order. */
  readonly actions: string[];
  readonly end: () => Promise<void>;
}

export async function emulatedTable(): Promise<EmulatedTable> {
  const server = createDynalite();
  const actions: string[] = [];
  server.on('request', ({ headers }) =>
    actions.push(`dynamodb:${String(headers['x-amz-target']).split('.')[1]}`),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: the emulator listens on a port');
  const url = `http://127.0.0.1:${address.port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: url, region: 'ap-northeast-2', credentials });
  await client.send(new CreateTableCommand(TABLE));
  const documents = documentClient(client);
  actions.length = 0;
  return {
    name: 'payments',
    actions,
    url,
    client,
    documents,
    store: (shards) => dynamoDbPaymentsStore(documents, { tableName: 'payments', shards }),
    end: async () => {
      client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
