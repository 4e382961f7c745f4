import { describe, expect, it } from 'vitest';
import { cancelsLater, paidBackBy } from '../../../../functions/refund/pg/families.ts';
import { korea } from './cases.ts';

describe('a PG that accepts a cancel first and books it later (PG-FACTS 5)', () => {
  it.each([
    ['paypal', undefined, true],
    ['paypal_v2', 'card', true],
    ['paymentwall', 'card', true],
    ['kicc', 'wechat', true],
    ['kicc_v2', 'wechat', true],
    ['kicc', 'card', false],
    // What cannot be told apart counts as later.
    ['kicc', undefined, true],
    ['smartro_v2', 'vbank', true],
    ['smartro_v2', 'card', false],
    ['smartro', 'vbank', false],
    ['html5_inicis', 'unionpay', true],
    ['html5_inicis', 'card', false],
    ['nice', 'wechat', false],
    ['paypalish', 'card', false],
    [undefined, 'vbank', false],
  ])('%s with %s: %s', (pgProvider, payMethod, later) => {
    const payment = { ...(pgProvider && { pgProvider }), ...(payMethod && { payMethod }) };
    expect(cancelsLater(payment, new Set())).toBe(later);
  });

  it('is one that a deployer has named, with a method or for all', () => {
    const payment = { pgProvider: 'nice', payMethod: 'card' };
    for (const named of ['nice', 'nice:card']) expect(cancelsLater(payment, new Set([named]))).toBe(true);
    expect(cancelsLater(payment, new Set(['nice:vbank', 'nic']))).toBe(false);
  });
});

const WEDNESDAY_MS = korea(2026, 7, 1, 12);

describe('when the money of a cancel is with the customer', () => {
  it.each([
    ['the next business day for a virtual account', 'tosspayments', korea(2026, 7, 3)],
    ['also where the PG is not known', undefined, korea(2026, 7, 3)],
    ['seven business days at Kiwoom, by hand', 'daou', korea(2026, 7, 11)],
    ['the Thursday of the week at KG Financial, too late for this one', 'mobilians', korea(2026, 7, 10)],
    ['the same of its second module', 'mobilians_v2', korea(2026, 7, 10)],
    ['nobody knows at Danal, which does not refund them', 'danal_tpay', undefined],
  ])('%s', (_rule, pgProvider, byMs) => {
    const payment = { payMethod: 'vbank', ...(pgProvider && { pgProvider }) };
    expect(paidBackBy(payment, WEDNESDAY_MS)).toBe(byMs);
  });

  it.each(['card', 'trans', 'naverpay', undefined])('is told by no rule for %s', (payMethod) => {
    expect(paidBackBy({ pgProvider: 'kcp', ...(payMethod && { payMethod }) }, WEDNESDAY_MS)).toBeUndefined();
  });

  it('is the next business day for a phone payment of an earlier month at KCP, and at no other PG', () => {
    const phone = { payMethod: 'phone', pgProvider: 'kcp', paidAtMs: korea(2026, 6, 30, 23, 59) };
    expect(paidBackBy(phone, WEDNESDAY_MS)).toBe(korea(2026, 7, 3));
    expect(paidBackBy({ ...phone, paidAtMs: korea(2026, 7, 1) }, WEDNESDAY_MS)).toBeUndefined();
    expect(paidBackBy({ ...phone, pgProvider: 'danal' }, WEDNESDAY_MS)).toBeUndefined();
  });
});
