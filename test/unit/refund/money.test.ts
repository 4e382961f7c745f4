import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentOf } from '../../../functions/refund/currencies.ts';
import { fromDecimal, isMinor, minus, toDecimal } from '../../../functions/refund/money.ts';

describe('an amount', () => {
  it.each([
    [1_000, 'KRW', 1_000],
    [14.2, 'USD', 1_420],
    [0.29, 'USD', 29],
    [-0, 'KRW', 0],
    [0.5, 'KRW', 'too_many_decimals'],
    [0.1 + 0.2, 'USD', 'too_many_decimals'],
    [1e-7, 'USD', 'too_many_decimals'],
    [-1, 'KRW', 'negative'],
    [Number.NaN, 'KRW', 'not_finite'],
    [1e21, 'KRW', 'too_large'],
    [1e15, 'KRW', 'too_large'],
    [1, 'XAU', 'unknown_currency'],
  ])('%d %s is read as %s', (value, currency, minor) => {
    expect(fromDecimal(value, currency)).toBe(minor);
  });

  it('an amount converts to major units and back without loss', () => {
    const currencies = fc.constantFrom('KRW', 'USD', 'KWD', 'CLF');
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

/** Currencies with more decimals in ISO 4217 than in the CLDR, which knows the decimals used in shops. */
const TWO_BY_ISO = 'AFN ALL COP HUF IDR IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'.split(' ');
const MORE_THAN_CLDR = { IQD: 3, ...Object.fromEntries(TWO_BY_ISO.map((code) => [code, 2])) };

function digitsByCldr(currency: string): number | undefined {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const CODES = LETTERS.flatMap((a) => LETTERS.flatMap((b) => LETTERS.map((c) => a + b + c)));

it('the list of currencies has the decimals of the CLDR, except for the known differences', () => {
  const known = CODES.filter((code) => exponentOf(code) !== undefined);
  expect(known).toHaveLength(165);
  const different = known.filter((code) => exponentOf(code) !== digitsByCldr(code));
  expect(Object.fromEntries(different.map((code) => [code, exponentOf(code)]))).toEqual(MORE_THAN_CLDR);
});
