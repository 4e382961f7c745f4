import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IndexName } from '../../functions/ledger/keys.ts';
import type { FunctionName, ServiceFunctions } from './functions.ts';

/** What a function uses of the tables and of the secret. */
interface Uses {
  readonly ledger: readonly LedgerAction[];
  readonly indexes: readonly IndexName[];
  /** The owner of an order, and what it should have cost. */
  readonly orders: boolean;
  /** Asks the provider, or hashes an account. */
  readonly secret: boolean;
}

type LedgerAction = 'GetItem' | 'PutItem' | 'Query' | 'UpdateItem';

/** The protocol's: what settles one refund can settle every other that is due. */
const PROTOCOL = { ledger: ['GetItem', 'PutItem', 'Query', 'UpdateItem'], secret: true } as const;

const USES: Readonly<Record<FunctionName, Uses>> = {
  // A button pressed twice is looked for among the payment's newest refunds (row 0b).
  cancelPayment: { ...PROTOCOL, indexes: ['by_request'], orders: true },
  getPayment: { ...PROTOCOL, indexes: ['by_request'], orders: true },
  getRefund: { ...PROTOCOL, indexes: [], orders: true },
  closeRefund: { ...PROTOCOL, indexes: [], orders: true },
  listRefunds: {
    ledger: ['GetItem', 'Query'],
    indexes: ['open_refunds', 'by_day', 'by_refund_id', 'by_reference'],
    // A shop's own order number names payments that the provider has under another one.
    orders: true,
    secret: false,
  },
  getReconciliation: { ledger: ['GetItem'], indexes: [], orders: false, secret: false },
  acknowledgeFinding: { ledger: ['GetItem', 'UpdateItem'], indexes: [], orders: false, secret: false },
  receiveWebhook: { ...PROTOCOL, indexes: [], orders: true },
  resolveRefunds: { ...PROTOCOL, indexes: ['open_refunds'], orders: false },
  reconcilePayments: { ...PROTOCOL, indexes: [], orders: true },
  // Beside stream, bus and queue (events.ts): what is sent again is read in the order of the lists.
  publishRefunds: { ledger: ['GetItem'], indexes: ['by_day'], orders: false, secret: false },
  forwardEvents: { ledger: [], indexes: [], orders: false, secret: false },
};

export interface Granted {
  readonly ledger: ITable;
  readonly orders: ITable;
  readonly secret: ISecret;
}

export function grantFunctions(functions: ServiceFunctions, { ledger, orders, secret }: Granted): void {
  for (const [name, uses] of Object.entries(USES) as [FunctionName, Uses][]) {
    const role = functions[name]?.role;
    if (role === undefined) continue;
    if (uses.ledger.length > 0) grantLedger(role, ledger, uses);
    if (uses.orders) grantOrders(role, orders);
    if (uses.secret) grantSecret(role, secret);
  }
}

/**
 * A transaction has no permission of its own: each of its writes needs that of the same write alone.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
function grantLedger(role: Role, ledger: ITable, { ledger: actions, indexes }: Uses): void {
  const writes = actions.includes('UpdateItem');
  role.addToPolicy(
    new PolicyStatement({
      sid: writes ? 'ReadAndWriteLedger' : 'ReadLedger',
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [ledger.tableArn],
    }),
  );
  if (indexes.length > 0) {
    role.addToPolicy(
      new PolicyStatement({
        sid: 'QueryIndexes',
        actions: ['dynamodb:Query'],
        resources: indexes.map((index) => `${ledger.tableArn}/index/${index}`),
      }),
    );
  }
  grantTableKey(role, ledger, writes ? USE_KEY : READ_WITH_KEY);
}

function grantOrders(role: Role, orders: ITable): void {
  role.addToPolicy(
    new PolicyStatement({ sid: 'ReadOrders', actions: ['dynamodb:GetItem'], resources: [orders.tableArn] }),
  );
  grantTableKey(role, orders, READ_WITH_KEY);
}

/**
 * Lets a checkout read and write the shop's orders, one at a time. The ledger is in another table under another key, so nothing
 * that a checkout writes can change what is known of a refund.
 */
export function grantCheckout(grantee: IGrantable, orders: ITable): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    resourceArns: [orders.tableArn],
  }).combine(grantTableKey(grantee, orders, USE_KEY));
}

const READ_WITH_KEY = ['kms:Decrypt', 'kms:DescribeKey'];
const USE_KEY = [
  ...READ_WITH_KEY,
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** DynamoDB uses the table's key in the caller's name, and only through DynamoDB. */
function grantTableKey(grantee: IGrantable, table: ITable, actions: string[]): Grant {
  if (table.encryptionKey === undefined) return Grant.drop(grantee, 'The table has no key of its own');
  return Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [table.encryptionKey.keyArn],
    conditions: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
  });
}

/** The value of the one secret, and its key only for that. */
function grantSecret(role: Role, secret: ISecret): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReadProviderSecret',
      actions: ['secretsmanager:GetSecretValue'],
      resources: [secret.secretArn],
    }),
  );
  if (secret.encryptionKey !== undefined) {
    role.addToPolicy(
      new PolicyStatement({
        sid: 'UseSecretKey',
        actions: ['kms:Decrypt'],
        resources: [secret.encryptionKey.keyArn],
        conditions: { StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' } },
      }),
    );
  }
}
