import { describe, expect, it } from 'vitest';
import { cancelsLater, paidBackBy } from '../../../../functions/refund/pg/families.ts';
import { korea, of } from './cases.ts';

describe('a PG that accepts a cancel first and executes it later (PG-FACTS 5)', () => {
  it.each([
    ['paypal', undefined, true],
    ['paypal_v2', 'card', true],
    ['paymentwall', 'card', true],
    ['kicc_v2', 'wechat', true],
    ['kicc', 'card', false],
    // A method that cannot be told apart counts as asynchronous.
    ['kicc', undefined, true],
    ['smartro_v2', 'vbank', true],
    ['smartro', 'vbank', false],
    ['html5_inicis', 'unionpay', true],
    ['inicis', 'unionpay', true],
    ['nice', 'wechat', false],
    ['paypalish', 'card', false],
    [undefined, 'vbank', false],
  ])('%s with %s is asynchronous: %s', (pgProvider, payMethod, isLater) => {
    const payment = { ...(pgProvider && { pgProvider }), ...(payMethod && { payMethod }) };
    expect(cancelsLater(payment, new Set())).toBe(isLater);
  });

  it.each([
    ['nice', true],
    ['nice:card', true],
    ['nice:vbank', false],
    ['nic', false],
  ])('a card payment at nice is asynchronous when the deployer named %s: %s', (named, isLater) => {
    expect(cancelsLater({ pgProvider: 'nice', payMethod: 'card' }, new Set([named]))).toBe(isLater);
  });
});

describe('when the customer gets the money of a cancel on Wednesday, 1 July 2026', () => {
  const [JUNE_MS, JULY_MS] = [korea(2026, 6, 30, 23, 59), korea(2026, 7, 1)];
  const [FRIDAY_MS, SATURDAY_MS] = [korea(2026, 7, 3), korea(2026, 7, 11)];
  it.each([
    ['a virtual account is paid on the next business day', 'tosspayments vbank', JUNE_MS, FRIDAY_MS],
    ['a virtual account at an unknown PG, too', ' vbank', JUNE_MS, FRIDAY_MS],
    ['Kiwoom pays by hand within seven business days', 'daou vbank', JUNE_MS, SATURDAY_MS],
    ['KG Financial pays on the next Thursday but one', 'mobilians vbank', JUNE_MS, korea(2026, 7, 10)],
    ['KG Financial’s second module, too', 'mobilians_v2 vbank', JUNE_MS, korea(2026, 7, 10)],
    ['Danal does not refund virtual accounts', 'danal_tpay vbank', JUNE_MS, undefined],
    ['no rule is known for a transfer', 'kcp trans', JUNE_MS, undefined],
    ['KCP pays a phone payment of an earlier month', 'kcp phone', JUNE_MS, FRIDAY_MS],
    ['but not one of this month', 'kcp phone', JULY_MS, undefined],
    ['other PGs do not', 'danal phone', JUNE_MS, undefined],
  ])('%s', (_rule, name, paidAtMs, byMs) => {
    const { payment } = of(name, {}, 0, { paidAtMs });
    expect(paidBackBy(payment, korea(2026, 7, 1, 12))).toBe(byMs);
  });
});
