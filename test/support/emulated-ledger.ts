import { CreateTableCommand, DynamoDBClient, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { LEDGER_TABLE, type TableDescription } from '../../functions/ledger/keys.ts';
import { dynamoDbTable } from '../../functions/ledger/store.ts';
import type { Table } from '../../functions/ledger/table.ts';
import { startDynamoDb } from '../../lib/lab/local/dynamodb/dynamodb.ts';

type Index = TableDescription['globalIndexes'][number];

function keySchema({ partitionKey, sortKey }: Pick<Index, 'partitionKey' | 'sortKey'>) {
  const range = sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' } as const];
  return [{ AttributeName: partitionKey, KeyType: 'HASH' } as const, ...range];
}

function indexOf(index: Index) {
  const { name, projection } = index;
  const Projection =
    typeof projection === 'string'
      ? { ProjectionType: projection }
      : { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...projection] };
  return { IndexName: name, KeySchema: keySchema(index), Projection };
}

/** The request that creates a table of this description. */
export function createTable(name: string, description: TableDescription): CreateTableCommandInput {
  const { attributes, localIndexes, globalIndexes, stream } = description;
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: Object.entries(attributes).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(description),
    LocalSecondaryIndexes: localIndexes.map(indexOf),
    GlobalSecondaryIndexes: globalIndexes.map(indexOf),
    StreamSpecification: { StreamEnabled: true, StreamViewType: stream },
  };
}

/** The ledger's table on the DynamoDB of the local run, over real HTTP. */
export interface EmulatedLedger {
  readonly name: string;
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly table: Table;
  /** Requested actions in IAM's words (`dynamodb:GetItem`), in order. */
  readonly actions: string[];
  /** The permissions that they need: `dynamodb:Query ledger/index/by_request`. In a transaction each write needs its own. */
  readonly permissions: string[];
  readonly end: () => Promise<void>;
}

export async function emulatedLedger(now: () => number = Date.now): Promise<EmulatedLedger> {
  const actions: string[] = [];
  const permissions: string[] = [];
  const faults: unknown[] = [];
  const server = await startDynamoDb({
    directory: undefined,
    region: 'ap-northeast-2',
    now,
    onFault: (error) => faults.push(error),
    onOperation: (operation, body) => {
      actions.push(`dynamodb:${operation}`);
      permissions.push(...permissionsOf(operation, JSON.parse(body.toString()) as Requested));
    },
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'ap-northeast-2',
    credentials,
    maxAttempts: 1,
  });
  const name = 'ledger';
  await client.send(new CreateTableCommand(createTable(name, LEDGER_TABLE)));
  actions.length = 0;
  return {
    name,
    url: server.url,
    client,
    actions,
    permissions,
    table: dynamoDbTable({ client, writes: client, name }),
    end: async () => {
      client.destroy();
      await server.end();
      if (faults.length > 0) throw new Error('the emulator failed', { cause: faults[0] });
    },
  };
}

interface Requested {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
}

function permissionsOf(operation: string, { TableName, IndexName, TransactItems }: Requested): string[] {
  if (TransactItems === undefined)
    return [`dynamodb:${operation} ${TableName}${IndexName === undefined ? '' : `/index/${IndexName}`}`];
  return TransactItems.flatMap((item) =>
    Object.entries(item).map(([kind, { TableName: table }]) => `dynamodb:${kind}Item ${table}`),
  );
}
