import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IndexName } from '../../functions/ledger/keys.ts';
import type { FunctionName, ServiceFunctions } from './functions.ts';

/** What of the tables a function uses beside single items and whole partitions of the ledger. */
interface Uses {
  readonly indexes: readonly IndexName[];
  /** The owner of an order, and what it should have cost. */
  readonly orders: boolean;
}

const USES: Readonly<Record<FunctionName, Uses>> = {
  // A button pressed twice is looked for among the payment's newest refunds (row 0b).
  cancelPayment: { indexes: ['by_request'], orders: true },
  getPayment: { indexes: ['by_request'], orders: true },
  getRefund: { indexes: [], orders: true },
  closeRefund: { indexes: [], orders: true },
  receiveWebhook: { indexes: [], orders: true },
  resolveRefunds: { indexes: ['open_refunds'], orders: false },
  reconcilePayments: { indexes: [], orders: true },
};

export interface Granted {
  readonly ledger: ITable;
  readonly orders: ITable;
  readonly secret: ISecret;
}

export function grantFunctions(functions: ServiceFunctions, { ledger, orders, secret }: Granted): void {
  for (const [name, uses] of Object.entries(USES) as [FunctionName, Uses][]) {
    const { role } = functions[name];
    grantLedger(role, ledger, uses.indexes);
    if (uses.orders) grantOrders(role, orders);
    grantSecret(role, secret);
  }
}

/**
 * A transaction has no permission of its own: each of its writes needs that of the same write alone.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
function grantLedger(role: Role, ledger: ITable, indexes: readonly IndexName[]): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReadAndWriteLedger',
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
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
  grantTableKey(role, ledger, USE_KEY);
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
