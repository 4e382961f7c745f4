import { exponentOf } from './currencies.ts';

/**
 * A non-negative whole number of minor units of some currency: won for KRW, cents for USD. Made only by {@link fromDecimal} and
 * the arithmetic below, so an amount is never a float that only looks whole.
 */
export type Minor = number & { readonly minorUnits: unique symbol };

export type NotMoney = 'not_finite' | 'negative' | 'too_many_decimals' | 'too_large' | 'unknown_currency';

/** Up to 15 significant digits, two different decimals are two different doubles. */
const MAX_SIGNIFICANT_DIGITS = 15;

export const ZERO = 0 as Minor;

/**
 * Converts a decimal amount in major units (1000, 14.2) exactly to minor units. It takes the shortest decimal that reads back as
 * the same double; nothing is rounded or multiplied.
 */
export function fromDecimal(value: number, currency: string): Minor | NotMoney {
  const exponent = exponentOf(currency);
  if (exponent === undefined) return 'unknown_currency';
  if (!Number.isFinite(value)) return 'not_finite';
  if (value < 0) return 'negative';
  const text = String(value);
  if (/e-/i.test(text)) return 'too_many_decimals';
  if (/e/i.test(text)) return 'too_large';
  const [whole = '0', fraction = ''] = text.split('.');
  if (fraction.length > exponent) return 'too_many_decimals';
  const digits = (whole + fraction.padEnd(exponent, '0')).replace(/^0+(?=\d)/, '');
  if (digits.length > MAX_SIGNIFICANT_DIGITS) return 'too_large';
  return Number(digits) as Minor;
}

/**
 * Floating-point dust (0.1 + 0.2) is far smaller than this share of a minor unit, and an amount with too many decimals differs by
 * far more.
 */
const DUST = 1e-4;

/**
 * A sum from the provider, rounded to the minor unit only to remove floating-point dust. Only for the provider's amounts: a
 * caller's are never rounded.
 */
export function fromProviderDecimal(value: number, currency: string): Minor | NotMoney {
  const exact = fromDecimal(value, currency);
  if (exact !== 'too_many_decimals' && exact !== 'too_large') return exact;
  const exponent = exponentOf(currency);
  if (exponent === undefined) return 'unknown_currency';
  const minor = value * 10 ** exponent;
  const rounded = Math.round(minor);
  if (Math.abs(minor - rounded) > DUST) return 'too_many_decimals';
  return rounded < 10 ** MAX_SIGNIFICANT_DIGITS ? (rounded as Minor) : 'too_large';
}

/** Minor units as major units for the wire and the table: 1420 USD is 14.2, 5000 KRW is 5000. */
export function toDecimal(amount: Minor, currency: string): number {
  const exponent = exponentOf(currency);
  if (exponent === undefined) throw new Error(`Bug: money in a currency outside ISO 4217: ${currency}`);
  const digits = String(amount).padStart(exponent + 1, '0');
  return exponent === 0 ? amount : Number(`${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`);
}

export function isMinor(value: Minor | NotMoney): value is Minor {
  return typeof value === 'number';
}

export function plus(a: Minor, b: Minor): Minor {
  return (a + b) as Minor;
}

/** `a − b`, but never below zero. */
export function minus(a: Minor, b: Minor): Minor {
  return Math.max(0, a - b) as Minor;
}

export function greater(a: Minor, b: Minor): Minor {
  return a >= b ? a : b;
}

export function sum(amounts: readonly Minor[]): Minor {
  return amounts.reduce(plus, ZERO);
}
