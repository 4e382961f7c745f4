import { CreateTableCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORDER_ATTRIBUTES } from '../../../functions/ledger/keys.ts';
import { dynamoDbOrders, orderFromItem } from '../../../functions/ledger/orders.ts';
import { emulatedLedger } from '../../support/emulated-ledger.ts';

function read(item: Record<string, AttributeValue>) {
  return orderFromItem('1', item, DEFAULT_ORDER_ATTRIBUTES);
}

const NOTHING: readonly AttributeValue[] = [{ S: '' }, { NULL: true }];

it.for<[attribute: string, AttributeValue, read: object]>([
  ['memo', { S: 'another attribute of the shop' }, {}],
  ...['customer_id', 'amount', 'currency', 'imp_uid'].flatMap((attribute) =>
    NOTHING.map((value): [string, AttributeValue, object] => [attribute, value, {}]),
  ),
  ['customer_id', { S: ' customer ' }, { customerId: ' customer ' }],
  // No double holds it.
  ['customer_id', { N: '12345678901234567891' }, { customerId: '12345678901234567891' }],
  ['amount', { N: '14.2' }, { amount: 14.2 }],
  ['amount', { N: '0' }, { amount: 0 }],
  ['amount', { S: ' 1,234,000.50 ' }, { amount: 1_234_000.5 }],
  ['currency', { S: ' usd ' }, { currency: 'USD' }],
  ['imp_uid', { S: 'imp_1' }, { impUids: ['imp_1'] }],
  ['imp_uid', { L: [{ S: 'imp_1' }, { S: 'imp_2' }, { S: 'imp_1' }] }, { impUids: ['imp_1', 'imp_2'] }],
  ['imp_uid', { SS: ['imp_1', 'imp_2'] }, { impUids: ['imp_1', 'imp_2'] }],
  ['imp_uid', { L: [{ S: 'imp_1' }, { S: '' }, { NULL: true }] }, { impUids: ['imp_1'] }],
])('%s is read from %j', ([attribute, value, word]) => {
  expect(read({ [attribute]: value })).toEqual({ merchantUid: '1', impUids: [], unreadable: [], ...word });
});

it.for<[attribute: string, AttributeValue]>([
  ['customer_id', { L: [{ S: 'customer' }] }],
  ['customer_id', { M: { id: { S: 'customer' } } }],
  ['customer_id', { BOOL: true }],
  ['amount', { N: '-1' }],
  ['amount', { S: 'free' }],
  ['amount', { S: '1,00' }],
  ['amount', { S: '0x10' }],
  ['currency', { S: 'WON' }],
  ['currency', { N: '410' }],
  ['imp_uid', { N: '1' }],
  ['imp_uid', { NS: ['1'] }],
])('%s counts as absent and is reported when it is %j', ([attribute, value]) => {
  expect(read({ [attribute]: value })).toEqual({ merchantUid: '1', impUids: [], unreadable: [attribute] });
});

it('a list of payments with something else keeps what is readable, and is reported', () => {
  const word = read({ imp_uid: { L: [{ S: 'imp_1' }, { N: '2' }] } });
  expect(word).toMatchObject({ impUids: ['imp_1'], unreadable: ['imp_uid'] });
});

const emulated = await emulatedLedger();
afterAll(async () => emulated.end());

const NAMES = {
  merchantUid: 'order_no',
  customerId: 'buyer',
  amount: 'total',
  currency: 'currency',
  impUid: 'payments',
};
await emulated.client.send(
  new CreateTableCommand({
    TableName: 'shop-orders',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: NAMES.merchantUid, KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: NAMES.merchantUid, AttributeType: 'S' }],
  }),
);
const orders = dynamoDbOrders(emulated.client, { name: 'shop-orders', attributes: NAMES });

await emulated.client.send(
  new PutItemCommand({
    TableName: 'shop-orders',
    Item: {
      order_no: { S: '주문-1' },
      buyer: { N: '12345678901234567891' },
      total: { S: 'a lot' },
      payments: { SS: ['imp_1'] },
      amount: { N: '5' },
    },
  }),
);

describe('the shop’s table', () => {
  it('an order is read at once by the shop’s own attribute names, only these, and faults are reported with them', async () => {
    const told: unknown[] = [];
    emulated.client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        told.push((result.output as { readonly Item?: object }).Item);
        return result;
      },
      { step: 'initialize', name: 'listen' },
    );
    expect(await orders.order('주문-1')).toEqual({
      merchantUid: '주문-1',
      customerId: '12345678901234567891',
      impUids: ['imp_1'],
      unreadable: ['total'],
    });
    emulated.client.middlewareStack.remove('listen');
    expect(told.map((item) => Object.keys(item ?? {}).toSorted())).toEqual([
      ['buyer', 'order_no', 'payments', 'total'],
    ]);
  });

  it('an order that the shop’s table lacks is unknown', async () => {
    expect(await orders.order('nobody')).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['half a surrogate pair', 'order \uD83D'],
    ['longer than a key can be', '가'.repeat(700)],
  ])('the shop’s table is not read for an impossible order number: %s', async (_what, merchantUid) => {
    emulated.actions.length = 0;
    expect(await orders.order(merchantUid)).toBeUndefined();
    expect(emulated.actions).toEqual([]);
  });

  it('a missing table is reported by its name', async () => {
    const missing = dynamoDbOrders(emulated.client, { name: 'no-such-table', attributes: NAMES });
    await expect(missing.order('1')).rejects.toThrow(
      'read an order in table no-such-table: ResourceNotFoundException',
    );
  });
});
