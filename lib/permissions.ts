import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** What the store does with the table: an order read whole, one item read or conditionally updated, and the named indexes asked. */
export function grantTable(
  role: Role,
  table: ITable,
  { queries }: { readonly queries: readonly string[] },
): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReadOrdersAndUpdatePayments',
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      resources: [table.tableArn],
    }),
  );
  if (queries.length > 0) {
    role.addToPolicy(
      new PolicyStatement({
        sid: 'AskIndex',
        actions: ['dynamodb:Query'],
        resources: queries.map((index) => `${table.tableArn}/index/${index}`),
      }),
    );
  }
  // DynamoDB uses the table's key in the caller's name, and only through DynamoDB.
  if (table.encryptionKey !== undefined) {
    role.addToPolicy(
      new PolicyStatement({
        sid: 'UseTableKey',
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources: [table.encryptionKey.keyArn],
        conditions: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
      }),
    );
  }
}

/** The value of the one secret, and its key only for that. */
export function grantSecret(role: Role, secret: ISecret): void {
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
