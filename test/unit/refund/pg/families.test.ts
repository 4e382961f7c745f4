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
    // A method that cannot be told apart counts as asynchronous.
    ['kicc', undefined, true],
    ['smartro_v2', 'vbank', true],
    ['smartro_v2', 'card', false],
    ['smartro', 'vbank', false],
    ['html5_inicis', 'unionpay', true],
    ['html5_inicis', 'card', false],
    ['nice', 'wechat', false],
    ['paypalish', 'card', false],
    [undefined, 'vbank', false],
  ])('%s with %s is asynchronous: %s', (pgProvider, payMethod, later) => {
    const payment = { ...(pgProvider && { pgProvider }), ...(payMethod && { payMethod }) };
    expect(cancelsLater(payment, new Set())).toBe(later);
  });

  it('a PG that a deployer named is asynchronous, with one method or with all', () => {
    const payment = { pgProvider: 'nice', payMethod: 'card' };
    for (const named of ['nice', 'nice:card']) expect(cancelsLater(payment, new Set([named]))).toBe(true);
    expect(cancelsLater(payment, new Set(['nice:vbank', 'nic']))).toBe(false);
  });
});

const WEDNESDAY_MS = korea(2026, 7, 1, 12);

describe('when the customer gets the money', () => {
  it.each([
    ['a virtual account is paid on the next business day', 'tosspayments', korea(2026, 7, 3)],
    ['a virtual account at an unknown PG is paid on the next business day', undefined, korea(2026, 7, 3)],
    ['Kiwoom pays by hand within seven business days', 'daou', korea(2026, 7, 11)],
    [
      'KG Financial pays on the Thursday of the week, this one being too late',
      'mobilians',
      korea(2026, 7, 10),
    ],
    ["KG Financial's second module does the same", 'mobilians_v2', korea(2026, 7, 10)],
    ['Danal has no date, because it does not refund virtual accounts', 'danal_tpay', undefined],
  ])('%s', (_rule, pgProvider, byMs) => {
    const payment = { payMethod: 'vbank', ...(pgProvider && { pgProvider }) };
    expect(paidBackBy(payment, WEDNESDAY_MS)).toBe(byMs);
  });

  it.each(['card', 'trans', 'naverpay', undefined])('no rule gives a date for %s', (payMethod) => {
    expect(paidBackBy({ pgProvider: 'kcp', ...(payMethod && { payMethod }) }, WEDNESDAY_MS)).toBeUndefined();
  });

  it('a phone payment of an earlier month is paid on the next business day at KCP only', () => {
    const phone = { payMethod: 'phone', pgProvider: 'kcp', paidAtMs: korea(2026, 6, 30, 23, 59) };
    expect(paidBackBy(phone, WEDNESDAY_MS)).toBe(korea(2026, 7, 3));
    expect(paidBackBy({ ...phone, paidAtMs: korea(2026, 7, 1) }, WEDNESDAY_MS)).toBeUndefined();
    expect(paidBackBy({ ...phone, pgProvider: 'danal' }, WEDNESDAY_MS)).toBeUndefined();
  });
});
