import { CreateTableCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_ORDER_ATTRIBUTES } from '../../../functions/ledger/keys.ts';
import { dynamoDbOrders, orderFromItem } from '../../../functions/ledger/orders.ts';
import { emulatedLedger } from '../../support/emulated-ledger.ts';
import { FakeOrders } from '../../support/fake-table.ts';

function read(item: Record<string, AttributeValue>) {
  return orderFromItem('1', item, DEFAULT_ORDER_ATTRIBUTES);
}

describe('an order item without the attributes that we read', () => {
  it('an empty order item names nothing and reports no fault', () => {
    expect(read({ merchant_uid: { S: '1' }, memo: { S: '…' } })).toEqual({
      merchantUid: '1',
      impUids: [],
      unreadable: [],
    });
  });
});

describe('the owner of an order', () => {
  it.each<[string, AttributeValue, string | undefined]>([
    ['text', { S: 'customer' }, 'customer'],
    ['text with spaces', { S: ' customer ' }, ' customer '],
    ['a number', { N: '42' }, '42'],
    ['a number that no double holds', { N: '12345678901234567891' }, '12345678901234567891'],
    ['an empty text', { S: '' }, undefined],
    ['NULL', { NULL: true }, undefined],
  ])('customer_id is read: %s', (_what, customer_id, customerId) => {
    const word = read({ customer_id });
    expect(word.customerId).toBe(customerId);
    expect(word.unreadable).toEqual([]);
  });

  it.each<[string, AttributeValue]>([
    ['a list', { L: [{ S: 'customer' }] }],
    ['a map', { M: { id: { S: 'customer' } } }],
    ['a set of texts', { SS: ['customer'] }],
    ['a set of numbers', { NS: ['42'] }],
    ['yes or no', { BOOL: true }],
    ['bytes', { B: new TextEncoder().encode('customer') }],
  ])('a customer_id that is %s names nobody and is reported', (_what, customer_id) => {
    const word = read({ customer_id });
    expect(word).not.toHaveProperty('customerId');
    expect(word.unreadable).toEqual(['customer_id']);
  });
});

describe('the amount of an order', () => {
  it.each<[string, AttributeValue, number]>([
    ['a number', { N: '10000' }, 10_000],
    ['decimals', { N: '14.2' }, 14.2],
    ['text', { S: '10000' }, 10_000],
    ['text with separators', { S: ' 1,234,000.50 ' }, 1_234_000.5],
    ['nothing', { N: '0' }, 0],
  ])('the amount is read: %s', (_what, amount, expected) => {
    expect(read({ amount })).toMatchObject({ amount: expected, unreadable: [] });
  });

  it.each<[string, AttributeValue]>([
    ['less than nothing', { N: '-1' }],
    ['a word', { S: 'free' }],
    ['a separator too many', { S: '1,00' }],
    ['a number of JavaScript’s', { S: '0x10' }],
    ['a list', { L: [{ N: '1' }] }],
  ])('an amount that is %s counts as absent and is reported', (_what, amount) => {
    const word = read({ amount });
    expect(word).not.toHaveProperty('amount');
    expect(word.unreadable).toEqual(['amount']);
  });
});

describe('the currency of an order', () => {
  it.each<[AttributeValue, string | undefined, readonly string[]]>([
    [{ S: 'KRW' }, 'KRW', []],
    [{ S: ' usd ' }, 'USD', []],
    [{ S: 'WON' }, undefined, ['currency']],
    [{ N: '410' }, undefined, ['currency']],
    [{ S: '' }, undefined, []],
  ])('the currency %j is read or reported', (currency, expected, unreadable) => {
    const word = read({ currency });
    expect([word.currency, word.unreadable]).toEqual([expected, unreadable]);
  });
});

describe('the payments that an order names', () => {
  it.each<[string, AttributeValue, readonly string[], readonly string[]]>([
    ['one text', { S: 'imp_1' }, ['imp_1'], []],
    ['a list', { L: [{ S: 'imp_1' }, { S: 'imp_2' }, { S: 'imp_1' }] }, ['imp_1', 'imp_2'], []],
    ['a set', { SS: ['imp_1', 'imp_2'] }, ['imp_1', 'imp_2'], []],
    ['none', { L: [] }, [], []],
    ['an empty text', { S: '' }, [], []],
    ['a list with something empty', { L: [{ S: 'imp_1' }, { S: '' }, { NULL: true }] }, ['imp_1'], []],
    ['a list with something else', { L: [{ S: 'imp_1' }, { N: '2' }] }, ['imp_1'], ['imp_uid']],
    ['a number', { N: '1' }, [], ['imp_uid']],
    ['a map', { M: {} }, [], ['imp_uid']],
    ['a set of numbers', { NS: ['1'] }, [], ['imp_uid']],
  ])('the payments are read or reported: %s', (_what, imp_uid, impUids, unreadable) => {
    expect(read({ imp_uid })).toMatchObject({ impUids, unreadable });
  });
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

async function written(item: Record<string, AttributeValue>): Promise<void> {
  await emulated.client.send(new PutItemCommand({ TableName: 'shop-orders', Item: item }));
}

describe('the shop’s table', () => {
  it('the shop’s table is read by the shop’s own attribute names, and faults are reported with them', async () => {
    await written({
      order_no: { S: '주문-1' },
      buyer: { N: '12345678901234567891' },
      total: { S: 'a lot' },
      payments: { SS: ['imp_1'] },
      amount: { N: '5' },
    });
    expect(await orders.order('주문-1')).toEqual({
      merchantUid: '주문-1',
      customerId: '12345678901234567891',
      impUids: ['imp_1'],
      unreadable: ['total'],
    });
  });

  it('an order that the shop’s table lacks names nothing', async () => {
    expect(await orders.order('nobody')).toBeUndefined();
  });

  it('an order without attributes that we read still exists', async () => {
    await written({ order_no: { S: 'bare' }, memo: { S: '…' } });
    expect(await orders.order('bare')).toEqual({ merchantUid: 'bare', impUids: [], unreadable: [] });
  });

  it('an order with 275 kB of the shop’s own text takes one read of only the attributes that we need (A5)', async () => {
    await written({ order_no: { S: 'large' }, buyer: { S: 'customer' }, memo: { S: 'x'.repeat(275_000) } });
    emulated.actions.length = 0;
    const told: unknown[] = [];
    emulated.client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        told.push(result.output);
        return result;
      },
      { step: 'initialize', name: 'listen' },
    );
    expect(await orders.order('large')).toMatchObject({ customerId: 'customer' });
    emulated.client.middlewareStack.remove('listen');
    const item = { order_no: { S: 'large' }, buyer: { S: 'customer' } };
    expect(told).toEqual([expect.objectContaining({ Item: item })]);
    expect(emulated.actions).toEqual(['dynamodb:GetItem']);
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
    await expect(missing.order('1')).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining(
        'read an order in table no-such-table: ResourceNotFoundException',
      ) as string,
    });
  });
});

describe('the shop’s table of the tests', () => {
  it('the shop’s table of the tests is read by the same code', async () => {
    const fake = new FakeOrders();
    fake.put({ merchant_uid: '1', customer_id: 7, amount: 10_000, imp_uid: ['imp_1', 5] });
    expect(await fake.order('1')).toEqual({
      merchantUid: '1',
      customerId: '7',
      amount: 10_000,
      impUids: ['imp_1'],
      unreadable: ['imp_uid'],
    });
    expect(await fake.order('2')).toBeUndefined();
  });
});
