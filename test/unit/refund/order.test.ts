import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  differsFromOrder,
  openPayments,
  paidTwice,
  rightOn,
} from '../../../functions/refund/order.ts';
import type { Actor } from '../../../functions/refund/payment.ts';
import { IMP_UID, ORDER, thePayment, won } from '../../support/ledger-samples.ts';

const says = { merchantUid: ORDER, impUids: [], unreadable: [] };

describe('the right on an order', () => {
  it.each<[string, Actor['kind'], string, string | undefined, string | undefined, Actor['kind'] | undefined]>(
    [
      ['the shop’s customer', 'customer', 'a', 'a', 'b', 'customer'],
      ['the payer, when the shop names another', 'customer', 'b', 'a', 'b', undefined],
      ['the payer, when the shop names nobody', 'customer', 'b', undefined, 'b', 'customer'],
      ['nobody, when nobody is named', 'customer', '', undefined, undefined, undefined],
      ['staff', 'staff', 'x', 'a', 'b', 'staff'],
      ['staff without an owner', 'staff', 'x', undefined, undefined, 'staff'],
      ['staff on an order of their own', 'staff', 'a', 'a', undefined, 'customer'],
    ],
  )('only the owner and staff may act on an order: %s', (_who, kind, sub, shop, payer, role) => {
    const word = { ...says, ...(shop !== undefined && { customerId: shop }) };
    const payment = payer === undefined ? {} : { customerId: payer };
    expect(rightOn({ word }, payment, { kind, sub })?.kind).toBe(role);
  });
});

it('a payment belongs to an order when it has exactly its number, or the shop names it', () => {
  const payment = thePayment();
  expect(belongsTo({ merchantUid: ORDER }, payment)).toBe(true);
  for (const merchantUid of [` ${ORDER}`, ORDER.toUpperCase(), `${ORDER}1`]) {
    expect(belongsTo({ merchantUid }, payment)).toBe(false);
    expect(belongsTo({ merchantUid, word: { ...says, impUids: [IMP_UID] } }, payment)).toBe(true);
  }
});

it('a payment is open when it has money left or a refund in flight, and an order is paid twice while two have money left', () => {
  const paid = thePayment();
  const spent = thePayment({ cancelAmount: won(10_000) });
  const payments = [paid, spent, thePayment({ isPaid: false }), { ...spent, inFlight: 'rf' }];
  expect(openPayments(payments)).toEqual([payments[0], payments[3]]);
  expect(paidTwice(payments)).toBe(false);
  expect(paidTwice([paid, ...payments])).toBe(true);
});

it.each([
  [{}, false],
  [{ amount: 10_000, currency: 'KRW' }, false],
  [{ amount: 9_999 }, true],
  [{ amount: 0.5 }, true],
  [{ currency: 'USD' }, true],
])('a payment of 10,000 won differs from an order of %j: %s', (word, differs) => {
  expect(differsFromOrder({ word: { ...says, ...word } }, thePayment())).toBe(differs);
});
