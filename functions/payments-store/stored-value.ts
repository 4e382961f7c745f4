import { fromDecimal, fromProviderDecimal, isMinor, toDecimal, ZERO, type Minor } from '../refund/money.ts';

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

/** "10,000" and " 14.20 " mean what they say; "1,00" and "abc" are no amounts. */
const PLAIN = /^\d+(\.\d+)?$/;
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/;

function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  if (PLAIN.test(trimmed)) return Number(trimmed);
  return GROUPED.test(trimmed) ? Number(trimmed.replaceAll(',', '')) : undefined;
}

/** Reads an amount for what it means. Absent and NULL are nothing. @throws ItemError for what is no amount */
export function amountIn(attribute: string, value: unknown, currency: string): StoredAmount | undefined {
  if (value === undefined || value === null) return undefined;
  const decimal = typeof value === 'string' ? numberIn(value) : value;
  if (typeof decimal !== 'number') throw new ItemError(`attribute ${attribute} must be a number`);
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

export const NOTHING: StoredAmount = { amount: ZERO, isExact: true };

/** Text, also where a number was written; empty and everything else is absent. */
export function textIn(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** From here on a number of seconds would be a time after the year 5000: it is milliseconds. */
const FIRST_MS = 100_000_000_000;

/** A time as shops write them: Unix seconds, milliseconds, either as text, or ISO 8601. In ms; undefined for never and for no time. */
export function timeIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && PLAIN.test(value.trim()) ? Number(value.trim()) : value;
  if (typeof number === 'number') {
    if (!Number.isFinite(number) || number <= 0) return undefined;
    return Math.round(number >= FIRST_MS ? number : number * 1000);
  }
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** A map of the item's; undefined for everything else. */
export function mapIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isPlainObject(value) ? value : undefined;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
