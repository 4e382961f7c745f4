import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { orderWordFromItem } from '../../../functions/payments-store/order-item.ts';

describe('the shop’s word about an order', () => {
  it.each([
    [
      'whole',
      { customer_id: 'c', amount: 10_000, currency: 'KRW' },
      { customerId: 'c', amount: 10_000, currency: 'KRW' },
    ],
    ['nothing', {}, {}],
    ['empty values', { customer_id: '', amount: null, currency: '' }, {}],
    ['a customer by number', { customer_id: 42 }, { customerId: '42' }],
    [
      'a customer by a long number',
      { customer_id: NumberValue.from('12345678901234567891') },
      { customerId: '12345678901234567891' },
    ],
    ['an amount as text', { amount: ' 1,000.50 ' }, { amount: 1_000.5 }],
    ['a currency in small letters', { currency: ' usd ' }, { currency: 'USD' }],
    ['attributes of its own', { memo: { a: [1] } }, {}],
  ])('%s', (_what, item, word) => {
    expect(orderWordFromItem(item)).toEqual({ ...word, unreadable: [] });
  });

  it.each([
    ['customer_id', { customer_id: ['c'] }],
    ['amount', { amount: 'free' }],
    ['amount', { amount: '1,00' }],
    ['amount', { amount: -1 }],
    ['amount', { amount: Number.NaN }],
    ['currency', { currency: '원' }],
    ['currency', { currency: 7 }],
  ])('a value that cannot be read is as if it were absent, and is named: %s', (name, item) => {
    expect(orderWordFromItem(item)).toEqual({ unreadable: [name] });
  });
});
