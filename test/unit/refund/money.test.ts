import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDecimal, isMinor, minus, toDecimal } from '../../../functions/refund/money.ts';

describe('an amount', () => {
  it.each([
    [1_000, 'KRW', 1_000],
    [14.2, 'USD', 1_420],
    [0.29, 'USD', 29],
    [1.005, 'KWD', 1_005],
    [0, 'KRW', 0],
    [-0, 'KRW', 0],
  ])('%d %s is %d minor units', (value, currency, minor) => {
    expect(fromDecimal(value, currency)).toBe(minor);
  });

  it.each([
    [0.5, 'KRW', 'too_many_decimals'],
    [0.1, 'JPY', 'too_many_decimals'],
    [0.1 + 0.2, 'USD', 'too_many_decimals'],
    [1e-7, 'USD', 'too_many_decimals'],
    [-1, 'KRW', 'negative'],
    [Number.NaN, 'KRW', 'not_finite'],
    [Infinity, 'KRW', 'not_finite'],
    [1e21, 'KRW', 'too_large'],
    [1e15, 'KRW', 'too_large'],
    [1, 'XAU', 'unknown_currency'],
    [1, 'WON', 'unknown_currency'],
  ])('%d %s is refused as %s', (value, currency, why) => {
    expect(fromDecimal(value, currency)).toBe(why);
  });

  it('an amount converts to major units and back without loss', () => {
    const currencies = fc.constantFrom('KRW', 'JPY', 'USD', 'EUR', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), currencies, (units, currency) => {
        const amount = fromDecimal(units, 'KRW');
        return isMinor(amount) && fromDecimal(toDecimal(amount, currency), currency) === units;
      }),
    );
  });

  it('a subtraction of amounts is exact where floating point is not', () => {
    const [paid, part] = [fromDecimal(14.2, 'USD'), fromDecimal(0.3, 'USD')];
    expect(isMinor(paid) && isMinor(part) ? toDecimal(minus(paid, part), 'USD') : undefined).toBe(13.9);
    expect(14.2 - 0.3).not.toBe(13.9);
  });
});
