import { describe, expect, it } from 'vitest';
import { exponentOf } from '../../../functions/refund/currencies.ts';

/** Currencies with more decimals in ISO 4217 than in the CLDR, which knows the decimals used in shops: code → decimals by ISO. */
const MORE_THAN_CLDR = {
  AFN: 2,
  ALL: 2,
  COP: 2,
  HUF: 2,
  IDR: 2,
  IQD: 3,
  IRR: 2,
  KPW: 2,
  LAK: 2,
  LBP: 2,
  MGA: 2,
  MMK: 2,
  PKR: 2,
  SOS: 2,
  SYP: 2,
  YER: 2,
};

function digitsByCldr(currency: string): number | undefined {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const CODES = LETTERS.flatMap((a) => LETTERS.flatMap((b) => LETTERS.map((c) => a + b + c)));

describe('the list of currencies', () => {
  it('the list has the decimals of the CLDR, except for the known differences', () => {
    const known = CODES.filter((code) => exponentOf(code) !== undefined);
    expect(known).toHaveLength(165);
    const different = known.filter((code) => exponentOf(code) !== digitsByCldr(code));
    expect(Object.fromEntries(different.map((code) => [code, exponentOf(code)]))).toEqual(MORE_THAN_CLDR);
  });
});
