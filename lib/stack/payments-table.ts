import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import {
  IMP_UID_INDEX,
  OPEN_REFUNDS_INDEX,
  OPEN_SHARD_KEY,
  PARTITION_KEY,
  RESOLVE_AT_KEY,
  SORT_KEY,
} from '../../functions/payments-store/keys.ts';

/**
 * An order with its payments in one partition: the record of where every won went, so it outlives the stack, can be
 * restored to any second of the last 35 days, and is encrypted with a key of its own.
 */
export function paymentsTable(scope: Construct): Table {
  const encryptionKey = new Key(scope, 'PaymentsKey', {
    description: 'Encrypts the payments table',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const table = new Table(scope, 'PaymentsTable', {
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // Keys only: what an index holds is copied, and sensitive fields must be in one place.
  table.addGlobalSecondaryIndex({
    indexName: IMP_UID_INDEX,
    partitionKey: { name: SORT_KEY, type: AttributeType.STRING },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  table.addGlobalSecondaryIndex({
    indexName: OPEN_REFUNDS_INDEX,
    partitionKey: { name: OPEN_SHARD_KEY, type: AttributeType.STRING },
    sortKey: { name: RESOLVE_AT_KEY, type: AttributeType.NUMBER },
    projectionType: ProjectionType.KEYS_ONLY,
  });
  return table;
}
