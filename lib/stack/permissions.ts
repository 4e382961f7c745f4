import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IndexName } from '../../functions/ledger/keys.ts';
import type { FunctionName, ServiceFunctions } from './functions.ts';

/** A function's use of the tables and of the secret. */
interface Uses {
  readonly ledger: readonly LedgerAction[];
  readonly indexes: readonly IndexName[];
  /** Reads the owner and the price of an order. */
  readonly orders: boolean;
  /** Calls i'mport, or hashes an account. */
  readonly secret: boolean;
}

type LedgerAction = 'GetItem' | 'PutItem' | 'Query' | 'UpdateItem';

/** The protocol's permissions: a function that settles one refund may settle every other due one. */
const PROTOCOL = { ledger: ['GetItem', 'PutItem', 'Query', 'UpdateItem'], secret: true } as const;

const USES: Readonly<Record<FunctionName, Uses>> = {
  // A double press is searched among the payment's newest refunds (row 0b).
  cancelPayment: { ...PROTOCOL, indexes: ['by_request'], orders: true },
  getPayment: { ...PROTOCOL, indexes: ['by_request'], orders: true },
  getRefund: { ...PROTOCOL, indexes: [], orders: true },
  closeRefund: { ...PROTOCOL, indexes: [], orders: true },
  listRefunds: {
    ledger: ['GetItem', 'Query'],
    indexes: ['open_refunds', 'by_day', 'by_refund_id', 'by_reference'],
    // The shop's order item may name payments that i'mport has under another order number.
    orders: true,
    secret: false,
  },
  getReconciliation: { ledger: ['GetItem'], indexes: [], orders: false, secret: false },
  acknowledgeFinding: { ledger: ['GetItem', 'UpdateItem'], indexes: [], orders: false, secret: false },
  receiveWebhook: { ...PROTOCOL, indexes: [], orders: true },
  resolveRefunds: { ...PROTOCOL, indexes: ['open_refunds'], orders: false },
  reconcilePayments: { ...PROTOCOL, indexes: [], orders: true },
  // Besides stream, bus and queue (events.ts): events to send again are read in list order.
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

/** `allow(role, 'ReadLedger', arn, 'dynamodb:GetItem')`: a statement of its own on these resources alone. */
export function allow(role: Role, sid: string, resources: string | string[], ...actions: string[]): void {
  role.addToPolicy(new PolicyStatement({ sid, actions, resources: [resources].flat() }));
}

/**
 * A transaction has no own permission: each write in it needs the permission of the single write.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
function grantLedger(role: Role, ledger: ITable, { ledger: uses, indexes }: Uses): void {
  const writes = uses.includes('UpdateItem');
  const actions = uses.map((action) => `dynamodb:${action}`);
  allow(role, writes ? 'ReadAndWriteLedger' : 'ReadLedger', ledger.tableArn, ...actions);
  const arns = indexes.map((index) => `${ledger.tableArn}/index/${index}`);
  if (arns.length > 0) allow(role, 'QueryIndexes', arns, 'dynamodb:Query');
  grantTableKey(role, ledger, writes ? USE_KEY : READ_WITH_KEY);
}

function grantOrders(role: Role, orders: ITable): void {
  allow(role, 'ReadOrders', orders.tableArn, 'dynamodb:GetItem');
  grantTableKey(role, orders, READ_WITH_KEY);
}

/**
 * Lets a checkout read and write single orders. The ledger is another table with another key, so a checkout cannot change a
 * refund's record.
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

/** The caller may use the table's key only through DynamoDB. */
function grantTableKey(grantee: IGrantable, table: ITable, actions: string[]): Grant {
  if (table.encryptionKey === undefined) return Grant.drop(grantee, 'The table has no key of its own');
  return Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [table.encryptionKey.keyArn],
    conditions: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
  });
}

/** Reads the secret's value, and uses its key only for that. */
function grantSecret(role: Role, secret: ISecret): void {
  allow(role, 'ReadProviderSecret', secret.secretArn, 'secretsmanager:GetSecretValue');
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
