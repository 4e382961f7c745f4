import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { DEFAULT_ORDER_ATTRIBUTES, type OrderAttributes } from '../../functions/ledger/keys.ts';
import { dynamoDbOrders } from '../../functions/ledger/orders.ts';
import { dynamoDbTable } from '../../functions/ledger/store.ts';
import type { Ledger, Orders } from '../../functions/protocol/ports.ts';
import { dynamoDbCredentials } from './dynamodb-credentials.ts';
import { localInfo } from './local-run.ts';
import type { Target } from './where.ts';

/** The reads of the ledger that the commands use; they write nothing. */
export type LedgerReads = Pick<
  Ledger,
  | 'orderOf'
  | 'payments'
  | 'payment'
  | 'refund'
  | 'allRefunds'
  | 'refundById'
  | 'listedOn'
  | 'byReference'
  | 'openRefunds'
  | 'reconciliation'
  | 'acknowledgements'
>;

export interface Tables {
  readonly ledger: LedgerReads;
  /** Absent if the table is not named. */
  readonly orders?: Orders;
}

/** Opens the tables that a command reads. */
export async function openTables(target: Target, env = process.env): Promise<Tables> {
  if (target.kind === 'aws') {
    // The aws command reads the second variable, and the SDK only the first.
    const {
      table,
      orders,
      orderAttributes,
      region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'],
    } = target;
    return tablesOn(region === undefined ? {} : { region }, { ledger: table, orders }, orderAttributes);
  }
  const { dynamodb: endpoint, tables, region } = await localInfo(target.url);
  const credentials = dynamoDbCredentials(endpoint, env['AWS_ENDPOINT_URL_DYNAMODB'], env);
  return tablesOn({ endpoint, region, credentials }, tables);
}

function tablesOn(
  config: DynamoDBClientConfig,
  names: { readonly ledger: string; readonly orders?: string | undefined },
  attributes: OrderAttributes = DEFAULT_ORDER_ATTRIBUTES,
): Tables {
  const client = new DynamoDBClient(config);
  const ledger = ledgerOn(dynamoDbTable({ client, writes: client, name: names.ledger }));
  if (names.orders === undefined) return { ledger };
  return { ledger, orders: dynamoDbOrders(client, { name: names.orders, attributes }) };
}
