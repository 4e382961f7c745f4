import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, PolicyStatement, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { IMP_UID_INDEX, OPEN_REFUNDS_INDEX } from '../../functions/payments-store/keys.ts';
import type { FunctionName, ServiceFunctions } from './service-functions.ts';

/** The index a door asks: who is told a payment's `imp_uid` finds its order by it; the resolver finds what is open. */
const INDEX: Readonly<Record<FunctionName, string>> = {
  cancelPayment: IMP_UID_INDEX,
  getPayment: IMP_UID_INDEX,
  closeRefund: IMP_UID_INDEX,
  receiveWebhook: IMP_UID_INDEX,
  reconcilePayments: IMP_UID_INDEX,
  resolveRefunds: OPEN_REFUNDS_INDEX,
};

export function grantFunctions(functions: ServiceFunctions, table: ITable, secret: ISecret): void {
  for (const [name, index] of Object.entries(INDEX) as [FunctionName, string][]) {
    const { role } = functions[name];
    grantTable(role, table, index);
    if (name === 'reconcilePayments') grantNotes(role, table);
    grantSecret(role, secret);
  }
}

/** What the store does with the table: an order read whole, an item conditionally updated, the one index asked. */
function grantTable(role: Role, table: ITable, index: string): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReadOrdersAndUpdatePayments',
      actions: ['dynamodb:Query', 'dynamodb:UpdateItem'],
      resources: [table.tableArn],
    }),
  );
  role.addToPolicy(
    new PolicyStatement({
      sid: 'AskIndex',
      actions: ['dynamodb:Query'],
      resources: [`${table.tableArn}/index/${index}`],
    }),
  );
  grantTableKey(role, table);
}

/** Where reconciliation stands is an item of the service's own. */
function grantNotes(role: Role, table: ITable): void {
  role.addToPolicy(
    new PolicyStatement({ sid: 'ReadOwnNotes', actions: ['dynamodb:GetItem'], resources: [table.tableArn] }),
  );
}

/** DynamoDB uses the table's key in the caller's name, and only through DynamoDB. */
export function grantTableKey(grantee: IGrantable, table: ITable): Grant {
  if (table.encryptionKey === undefined) return Grant.drop(grantee, 'The table has no key of its own');
  return Grant.addToPrincipal({
    grantee,
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
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
