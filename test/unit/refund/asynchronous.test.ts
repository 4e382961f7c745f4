import { describe, expect, it } from 'vitest';
import { cancelsLater } from '../../../functions/refund/pg/asynchronous.ts';

describe('a PG that accepts a cancel first and books it later', () => {
  it.each([
    ['paypal_v2', undefined, true],
    ['paymentwall', 'card', true],
    ['kicc', 'wechat', true],
    ['kicc', 'card', false],
    ['smartro_v2', 'vbank', true],
    ['smartro_v2', 'card', false],
    ['smartro', 'vbank', false],
    ['nice', 'wechat', false],
    [undefined, 'vbank', false],
  ])('%s with %s: %s', (pgProvider, payMethod, later) => {
    const payment = { ...(pgProvider && { pgProvider }), ...(payMethod && { payMethod }) };
    expect(cancelsLater(payment)).toBe(later);
  });
});
