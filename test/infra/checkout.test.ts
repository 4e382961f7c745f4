import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { SHOP_ATTRIBUTES } from '../../functions/payments-store/keys.ts';
import { RefundService } from '../../lib/stack/refund-service.ts';
import { newApp, resources } from './support.ts';

const Statement = v.object({
  Action: v.union([v.string(), v.array(v.string())]),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
  Resource: v.unknown(),
});
const Policy = v.object({ PolicyDocument: v.object({ Statement: v.array(Statement) }) });

/** What another app's checkout may do after `grantCheckout`. */
function granted() {
  const stack = new Stack(newApp(), 'Shop');
  const checkout = new Role(stack, 'Checkout', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const service = new RefundService(stack, 'Refunds');
  service.grantCheckout(checkout).assertSuccess();
  const policy = resources(Template.fromStack(stack), 'AWS::IAM::Policy').find(({ id }) =>
    id.startsWith('CheckoutDefaultPolicy'),
  );
  return v.parse(Policy, policy?.properties).PolicyDocument.Statement;
}

const statements = granted();

function of(action: string) {
  const found = statements.filter(({ Action }) => [Action].flat().includes(action));
  expect(found).toHaveLength(1);
  return found[0];
}

describe("a shop's checkout", () => {
  it('updates and reads one item at a time; nothing that replaces, deletes, lists or writes several', () => {
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.startsWith('dynamodb:')).toSorted()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
    ]);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  it("writes the shop's attributes alone: a request that names another one, or none, is refused", () => {
    const { Condition = {} } = of('dynamodb:UpdateItem') ?? {};
    expect(Condition['ForAllValues:StringEquals']).toEqual({ 'dynamodb:Attributes': [...SHOP_ATTRIBUTES] });
    expect(Condition['Null']).toEqual({ 'dynamodb:Attributes': 'false', 'dynamodb:LeadingKeys': 'false' });
    expect(SHOP_ATTRIBUTES.filter((name) => name.startsWith('refund_'))).toEqual([]);
  });

  it('reads no record of ours, neither by an update nor by a read', () => {
    const update = of('dynamodb:UpdateItem')?.Condition;
    expect(update?.['StringEqualsIfExists']).toEqual({
      'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'],
    });
    const read = of('dynamodb:GetItem')?.Condition;
    // Without a projection a read asks for everything.
    expect(read?.['StringEquals']).toEqual({ 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' });
    expect(read?.['ForAllValues:StringEquals']).toEqual({ 'dynamodb:Attributes': [...SHOP_ATTRIBUTES] });
  });

  it("has no part in the service's own notes", () => {
    for (const action of ['dynamodb:UpdateItem', 'dynamodb:GetItem'])
      expect(of(action)?.Condition['ForAllValues:StringNotEquals']).toEqual({
        'dynamodb:LeadingKeys': ['refund_service'],
      });
  });

  it('reaches the table and not its indexes, and the key only through DynamoDB', () => {
    const reached = statements.map(({ Action, Resource }) => [
      [Action].flat()[0]?.split(':')[0],
      /Refunds\w+(?=[0-9A-F]{8})/.exec(JSON.stringify(Resource))?.[0],
      JSON.stringify(Resource).includes('index'),
    ]);
    expect(reached).toEqual([
      ['dynamodb', 'RefundsPaymentsTable', false],
      ['dynamodb', 'RefundsPaymentsTable', false],
      ['kms', 'RefundsPaymentsKey', false],
    ]);
    expect(of('kms:Decrypt')?.Condition).toEqual({
      StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' },
    });
  });
});
