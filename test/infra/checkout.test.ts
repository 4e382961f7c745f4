import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table, TableEncryption, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../lib/stack/functions.ts';
import { RefundService, type RefundServiceProps } from '../../lib/stack/refund-service.ts';
import { allowedBy, newApp, resources } from './support.ts';

function shopWith(orders?: (stack: Stack) => RefundServiceProps['orders']): Template {
  const stack = new Stack(newApp(), 'Shop');
  const checkout = new Role(stack, 'Checkout', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const given = orders?.(stack);
  const service = new RefundService(stack, 'Refunds', given === undefined ? {} : { orders: given });
  service.grantCheckout(checkout).assertSuccess();
  return Template.fromStack(stack);
}

const { STRING: S, NUMBER: N } = AttributeType;
const shop = shopWith();

describe("a shop's checkout", () => {
  it('a shop’s checkout may read and write single orders, and nothing else', () => {
    const granted = allowedBy(shop, 'CheckoutDefaultPolicy');
    expect(granted.map(({ actions }) => actions)).toEqual([
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    ]);
    expect(granted[0]?.resource).toMatch(/RefundsOrders[0-9A-F]{8}/);
  });

  it('a shop’s checkout may use the key of the orders table only through DynamoDB', () => {
    const own = shopWith((stack) => ({
      table: new Table(stack, 'OrdersOfTheShop', {
        partitionKey: { name: 'merchant_uid', type: S },
        encryption: TableEncryption.CUSTOMER_MANAGED,
      }),
    }));
    const [table, key] = allowedBy(own, 'CheckoutDefaultPolicy');
    expect(table?.resource).toContain('OrdersOfTheShop');
    expect(key?.resource).toContain('OrdersOfTheShopKey');
    expect(key?.condition).toEqual({ StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } });
    const reader = allowedBy(own, 'RefundsCancelPaymentRole').filter(({ resource }) =>
      resource.includes('OrdersOfTheShopKey'),
    );
    // The service itself may not write orders.
    expect(reader.map(({ actions }) => actions)).toEqual([['kms:Decrypt', 'kms:DescribeKey']]);
  });
});

describe('the ledger', () => {
  it('only the functions’ roles may access the ledger', () => {
    const reaching = resources(shop, 'AWS::IAM::Policy')
      .filter(({ properties }) => /RefundsLedger/.test(JSON.stringify(properties)))
      .map(({ id }) => /^Refunds(\w+)RoleDefaultPolicy/.exec(id)?.[1] ?? id);
    const doors = reaching.map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    // forwardEvents reads a queue, and exists only with eventsUrl.
    expect(doors.toSorted()).toEqual(FUNCTION_NAMES.filter((name) => name !== 'forwardEvents').toSorted());
  });

  it('the ledger has no resource policy that grants access', () => {
    for (const { properties } of resources(shop, 'AWS::DynamoDB::Table'))
      expect(properties).not.toHaveProperty('ResourcePolicy');
  });
});

/** Every function has these variables, but for publishRefunds: events tell nothing of an order. */
function expectOrders(template: Template, variables: object): void {
  const functions = resources(template, 'AWS::Lambda::Function');
  const readers = functions.filter(({ id }) => !id.includes('PublishRefunds'));
  expect(readers.length).toBeGreaterThan(1);
  for (const { properties } of readers)
    expect(properties).toMatchObject({ Environment: { Variables: variables } });
}

describe('an existing table of orders', () => {
  const made = (props: ConstructorParameters<typeof Table>[2]) => (stack: Stack) => ({
    table: new Table(stack, 'OrdersOfTheShop', props),
  });

  it('an existing orders table is read with its own attribute names, and no table is created', () => {
    const own = shopWith((stack) => ({
      table: new Table(stack, 'OrdersOfTheShop', { partitionKey: { name: 'order_no', type: S } }),
      attributes: { merchantUid: 'order_no', customerId: 'member_no' },
    }));
    const [{ id } = { id: '' }] = resources(own, 'AWS::DynamoDB::Table').filter((table) =>
      table.id.startsWith('OrdersOfTheShop'),
    );
    expect(resources(own, 'AWS::DynamoDB::Table')).toHaveLength(2);
    expectOrders(own, {
      ORDERS_TABLE_NAME: { Ref: id },
      ORDERS_ATTRIBUTES: '{"merchantUid":"order_no","customerId":"member_no"}',
    });
  });

  it.each([
    [
      'another key than merchant_uid',
      made({ partitionKey: { name: 'order_no', type: S } }),
      /the order number as its partition key.*order_no \(S\).*merchantUid is merchant_uid/,
    ],
    ['a number as its key', made({ partitionKey: { name: 'merchant_uid', type: N } }), /merchant_uid \(N\)/],
    [
      'a sort key',
      made({ partitionKey: { name: 'merchant_uid', type: S }, sortKey: { name: 'imp_uid', type: S } }),
      /must have no sort key.*imp_uid/,
    ],
    [
      'another key, in every region',
      (stack: Stack) => ({
        table: new TableV2(stack, 'OrdersOfTheShop', { partitionKey: { name: 'id', type: S } }),
      }),
      /its key is id \(S\)/,
    ],
  ] as const)('with %s is refused at synthesis, with the reason', (_what, orders, reason) => {
    const stack = new Stack(new App(), 'Shop');
    expect(() => new RefundService(stack, 'Refunds', { orders: orders(stack) })).toThrow(reason);
  });

  it('a table given only by name cannot be checked and is accepted', () => {
    const arn = 'arn:aws:dynamodb:ap-northeast-2:111111111111:table/orders';
    const named = shopWith((stack) => ({ table: Table.fromTableArn(stack, 'OrdersOfTheShop', arn) }));
    expect(resources(named, 'AWS::DynamoDB::Table')).toHaveLength(1);
    expectOrders(named, { ORDERS_TABLE_NAME: 'orders' });
  });
});

describe('an existing ledger after a restore', () => {
  it('an existing ledger with other keys is refused at synthesis', () => {
    const stack = new Stack(new App(), 'Shop');
    const ledger = new Table(stack, 'Restored', { partitionKey: { name: 'merchant_uid', type: S } });
    expect(() => new RefundService(stack, 'Refunds', { ledger })).toThrow(
      'Shop/Refunds: ledger must have the keys pk, sk; it has merchant_uid',
    );
  });
});
