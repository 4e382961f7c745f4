import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { fromDecimal, fromProviderDecimal, isMinor, toDecimal, type Minor } from '../refund/money.ts';
import { timeOf } from '../refund/unix-seconds.ts';

/** The item holds what the code cannot work with. Names the attribute and the rule; nothing has been sent when it is thrown. */
export class ItemError extends Error {
  override readonly name = 'ItemError';
  readonly code = 'ITEM_ERROR';
}

/** An amount as it stands in an item. Not `exact`: what it means is clear, but a condition could not compare it. */
export interface StoredAmount {
  readonly amount: Minor;
  readonly isExact: boolean;
}

/** A double tells any two numbers of so many digits apart. */
const DIGITS_OF_A_DOUBLE = 15;

/** A number of the table's, which may have 38 digits: a double where it is that number, else all its digits. */
export function numberFrom(digits: string): number | NumberValue {
  const number = Number(digits);
  const significant = digits
    .replace(/e.*$/i, '')
    .replaceAll(/[-.]/g, '')
    .replaceAll(/^0+|0+$/g, '');
  const isExact = significant.length <= DIGITS_OF_A_DOUBLE || String(number) === digits;
  // The SDK writes no larger number back, exact or not.
  const isWritten = Math.abs(number) <= Number.MAX_SAFE_INTEGER;
  return isExact && isWritten ? number : NumberValue.from(digits);
}

/** "10,000" and " 14.20 " mean what they say; "1,00" and "abc" are no amounts. */
const PLAIN = /^\d+(\.\d+)?$/;
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/;

function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  if (PLAIN.test(trimmed)) return Number(trimmed);
  return GROUPED.test(trimmed) ? Number(trimmed.replaceAll(',', '')) : undefined;
}

/** A number, or text that means one. Undefined for everything else; where it has too many digits, the nearest. */
export function decimalIn(value: unknown): number | undefined {
  if (typeof value === 'string') return numberIn(value);
  const number = value instanceof NumberValue ? Number(value.toString()) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Reads an amount for what it means. Absent and NULL are nothing. @throws ItemError for what is no amount */
export function amountIn(attribute: string, value: unknown, currency: string): StoredAmount | undefined {
  if (value === undefined || value === null) return undefined;
  const decimal = decimalIn(value);
  if (decimal === undefined) throw new ItemError(`attribute ${attribute} must be a number`);
  const amount = fromProviderDecimal(decimal, currency);
  if (!isMinor(amount)) {
    throw new ItemError(`attribute ${attribute} is not an amount in ${currency} (${amount})`);
  }
  return { amount, isExact: value === toDecimal(amount, currency) };
}

/** An amount of our own, which we wrote exactly. @throws ItemError */
export function ownAmount(attribute: string, value: number, currency: string): Minor {
  const amount = fromDecimal(value, currency);
  if (isMinor(amount)) return amount;
  throw new ItemError(`attribute ${attribute} is not an amount in ${currency} (${amount})`);
}

/** Text, also where a number was written; empty and everything else is absent. */
export function textIn(value: unknown): string | undefined {
  if (value instanceof NumberValue) return value.toString();
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A time as shops write them, in ms. */
export function timeIn(value: unknown): number | undefined {
  return timeOf(value instanceof NumberValue ? value.toString() : value);
}

/** A map of the item's; undefined for everything else. */
export function mapIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isPlainObject(value) ? value : undefined;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
