import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  CfnGlobalTable,
  CfnTable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
  type ITable,
} from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import * as v from 'valibot';
import {
  DEFAULT_ORDER_ATTRIBUTES,
  LEDGER_TABLE,
  type OrderAttributes,
  type TableDescription,
} from '../../functions/ledger/keys.ts';

/** Retained when the stack is deleted or an upgrade would replace it; a failed first deployment leaves nothing. */
export const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Left out if not set, because a deployment must not undo the protection set by the command of the outputs. */
export function protectedIf(deletionProtection: boolean): { readonly deletionProtection?: true } {
  return deletionProtection ? { deletionProtection } : {};
}

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

function attribute(name: string): { readonly name: string; readonly type: AttributeType } {
  const { attributes }: TableDescription = LEDGER_TABLE;
  const type = attributes[name];
  if (type === undefined) throw new Error(`Bug: ${name} is a key of the ledger without a type`);
  return { name, type: TYPES[type] };
}

function projectionOf(projection: TableDescription['localIndexes'][number]['projection']) {
  return typeof projection === 'string'
    ? { projectionType: ProjectionType[projection] }
    : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projection] };
}

/**
 * The service's ledger, as `functions/ledger/keys.ts` describes it: the record of every refund. It can be restored to any
 * second of the last 35 days and is encrypted with its own key. Its stream costs nothing until it is read.
 */
export function ledgerTable(scope: Construct, deletionProtection: boolean): Table {
  const description: TableDescription = LEDGER_TABLE;
  const encryptionKey = new Key(scope, 'LedgerKey', {
    description: 'Encrypts the ledger of the refunds',
    enableKeyRotation: true,
    removalPolicy: KEPT,
  });
  const table = new Table(scope, 'Ledger', {
    partitionKey: attribute(description.partitionKey),
    sortKey: attribute(description.sortKey),
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: description.timeToLive,
    stream: StreamViewType[description.stream],
    ...protectedIf(deletionProtection),
    removalPolicy: KEPT,
  });
  for (const { name, sortKey = '', projection } of description.localIndexes) {
    table.addLocalSecondaryIndex({
      indexName: name,
      sortKey: attribute(sortKey),
      ...projectionOf(projection),
    });
  }
  for (const { name, partitionKey, sortKey, projection } of description.globalIndexes) {
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: attribute(partitionKey),
      ...(sortKey === undefined ? {} : { sortKey: attribute(sortKey) }),
      ...projectionOf(projection),
    });
  }
  return table;
}

/** The orders table for a shop without its own. It is encrypted with DynamoDB's own key, so a checkout needs no key permission. */
export function ordersTable(scope: Construct, deletionProtection: boolean): Table {
  return new Table(scope, 'Orders', {
    partitionKey: { name: DEFAULT_ORDER_ATTRIBUTES.merchantUid, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    ...protectedIf(deletionProtection),
    removalPolicy: KEPT,
  });
}

const KeySchema = v.array(v.object({ attributeName: v.string(), keyType: v.string() }));
const Definitions = v.array(v.object({ attributeName: v.string(), attributeType: v.string() }));

/** The keys of a table created in this app, as `pk HASH S`; undefined for a table given only by name. */
function keysOf(table: ITable): readonly string[] | undefined {
  const definition = table.node.defaultChild;
  if (!(definition instanceof CfnTable) && !(definition instanceof CfnGlobalTable)) return undefined;
  const stack = Stack.of(table);
  const schema = v.parse(KeySchema, stack.resolve(definition.keySchema));
  const types = v.parse(v.optional(Definitions, []), stack.resolve(definition.attributeDefinitions));
  return schema.map(({ attributeName: name, keyType }) => {
    const type = types.find(({ attributeName }) => attributeName === name)?.attributeType;
    return `${name} ${keyType} ${type}`;
  });
}

function keyFaults(prop: string, table: ITable, expected: readonly string[]): readonly string[] {
  const keys = keysOf(table) ?? expected;
  if (keys.join() === expected.join()) return [];
  return [`${prop} must have the keys ${expected.join(', ')}; it has ${keys.join(', ')}`];
}

/** An order is read by its number alone, so this must be the only key. The name is `orders.attributes.merchantUid`. */
export function orderTableFaults(table: ITable, attributes: Partial<OrderAttributes>): readonly string[] {
  const name = attributes.merchantUid ?? DEFAULT_ORDER_ATTRIBUTES.merchantUid;
  return keyFaults('orders.table', table, [`${name} HASH S`]);
}

/** Why an existing table cannot be the ledger: wrong keys, or no stream for the events. */
export function ledgerFaults(table: ITable): readonly string[] {
  const { partitionKey, sortKey } = LEDGER_TABLE;
  const keys = keyFaults('ledger', table, [`${partitionKey} HASH S`, `${sortKey} RANGE S`]);
  const isStreamed = table.tableStreamArn !== undefined;
  return isStreamed
    ? keys
    : ['ledger must name its stream (tableStreamArn), which events come from', ...keys];
}

/** The secret for i'mport's credentials, with its own key, because readers of payments must not read it. */
export function iamportSecret(scope: Construct): Secret {
  const encryptionKey = new Key(scope, 'IamportSecretKey', {
    description: "Encrypts i'mport's REST API key and secret",
    enableKeyRotation: true,
    removalPolicy: KEPT,
  });
  // Without rotation: only i'mport's console can issue a new key, and a new one is picked up within minutes.
  return new Secret(scope, 'IamportSecret', {
    description: 'i\'mport\'s REST API key and secret: {"imp_key", "imp_secret"}',
    encryptionKey,
    removalPolicy: KEPT,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ imp_key: '' }),
      generateStringKey: 'imp_secret',
    },
  });
}
