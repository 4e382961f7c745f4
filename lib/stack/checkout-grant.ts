import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { SERVICE_PARTITION, SHOP_ATTRIBUTES } from '../../functions/payments-store/keys.ts';
import { grantTableKey } from './permissions.ts';

/**
 * Only what the shop says, on no item of the service's own notes. `ForAllValues` is true where there is nothing to compare,
 * so `Null` asks for something: a request that names no attribute names all of them.
 */
const SHOPS_WORD = {
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...SHOP_ATTRIBUTES] },
  'ForAllValues:StringNotEquals': { 'dynamodb:LeadingKeys': [SERVICE_PARTITION] },
  Null: { 'dynamodb:Attributes': 'false', 'dynamodb:LeadingKeys': 'false' },
};

/**
 * Lets a checkout create and correct the shop's attributes of an order or a payment, and read them: with UpdateItem, which
 * leaves every other attribute as it is. No condition can limit PutItem to items that are not there yet, and it replaces
 * the whole item, with a refund in flight; so there is no PutItem, no delete, and nothing that writes in batches. A new
 * item is an UpdateItem with the condition `attribute_not_exists(merchant_uid)`. Nor may it see our records: it reads the
 * attributes that it names, and an update returns none but those it changed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function grantCheckout(grantee: IGrantable, table: ITable): Grant {
  const resourceArns = [table.tableArn];
  const writes = Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:UpdateItem'],
    resourceArns,
    conditions: {
      ...SHOPS_WORD,
      StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] },
    },
  });
  const reads = Grant.addToPrincipal({
    grantee,
    actions: ['dynamodb:GetItem'],
    resourceArns,
    conditions: { ...SHOPS_WORD, StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' } },
  });
  return writes.combine(reads).combine(grantTableKey(grantee, table));
}
