import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  differsFromOrder,
  openPayments,
  paidTwice,
  rightOn,
} from '../../../functions/refund/order.ts';
import { IMP_UID, ORDER, thePayment, won } from '../../support/ledger-samples.ts';

const says = { merchantUid: ORDER, impUids: [], unreadable: [] };

describe('the owner of an order', () => {
  const word = { ...says, customerId: 'shop-says' };
  const payment = { customerId: 'payer-says' };

  it('only the owner and staff may act on an order, and staff act as the customer of their own order', () => {
    expect(rightOn({ word }, payment, { kind: 'customer', sub: 'payer-says' })).toBeUndefined();
    expect(rightOn({ word }, payment, { kind: 'customer', sub: 'shop-says' })).toMatchObject({
      kind: 'customer',
    });
    expect(rightOn({ word }, payment, { kind: 'staff', sub: 'x' })).toEqual({ kind: 'staff', sub: 'x' });
    expect(rightOn({ word }, payment, { kind: 'staff', sub: 'shop-says' })).toMatchObject({
      kind: 'customer',
    });
  });

  it('only staff may act on a payment without an owner', () => {
    expect(rightOn({}, {}, { kind: 'customer', sub: '' })).toBeUndefined();
    expect(rightOn({}, {}, { kind: 'staff', sub: 's' })).toBeDefined();
  });
});

describe('which payments belong to an order', () => {
  it('a payment belongs to an order when it has exactly its number, or the shop names it', () => {
    const payment = thePayment();
    expect(belongsTo({ merchantUid: ORDER }, payment)).toBe(true);
    for (const merchantUid of [` ${ORDER}`, ORDER.toUpperCase(), `${ORDER}1`]) {
      expect(belongsTo({ merchantUid }, payment)).toBe(false);
      expect(belongsTo({ merchantUid, word: { ...says, impUids: [IMP_UID] } }, payment)).toBe(true);
    }
  });
});

describe('several payments of one order', () => {
  const paid = thePayment();
  const spent = thePayment({ cancelAmount: won(10_000) });
  const failed = thePayment({ isPaid: false });

  it('a payment is open when it has money left or a refund in flight', () => {
    const inFlight = { ...spent, inFlight: 'rf' };
    expect(openPayments([paid, spent, failed, inFlight])).toEqual([paid, inFlight]);
  });

  it('an order counts as paid twice only while two payments have money left', () => {
    expect(paidTwice([paid, spent, failed])).toBe(false);
    expect(paidTwice([paid, paid])).toBe(true);
  });

  it('a payment that differs from the shop’s amount or currency is told', () => {
    expect(differsFromOrder({}, paid)).toBe(false);
    expect(differsFromOrder({ word: says }, paid)).toBe(false);
    expect(differsFromOrder({ word: { ...says, amount: 10_000, currency: 'KRW' } }, paid)).toBe(false);
    expect(differsFromOrder({ word: { ...says, amount: 9_999 } }, paid)).toBe(true);
    expect(differsFromOrder({ word: { ...says, amount: 0.5 } }, paid)).toBe(true);
    expect(differsFromOrder({ word: { ...says, currency: 'USD' } }, paid)).toBe(true);
  });
});
