import { type Fields, isWhole, show } from './json.ts';
import { exponentOf, type Minor, toMinor } from './money.ts';

/** Thrown with the field and its rule in the message; nothing was added. */
export class PaymentInputError extends Error {
  override readonly name = 'PaymentInputError';
  readonly field: string;

  constructor(field: string, rule: string) {
    super(`payment.${field}: ${rule}`);
    this.field = field;
  }
}

export function money(fields: Fields, field: string, currency: string): Minor {
  const amount = typeof fields[field] === 'number' ? toMinor(fields[field], currency) : undefined;
  if (amount === undefined || amount < 0) {
    const rule = `must be a number with at most ${exponentOf(currency)} decimals (${currency})`;
    throw new PaymentInputError(field, `${rule}, got ${show(fields[field])}`);
  }
  return amount;
}

export function text(fields: Fields, field: string, max: number, fallback?: string): string {
  const value = fields[field] ?? fallback;
  const isEmpty = value === '' && fallback === undefined;
  if (typeof value !== 'string' || isEmpty || value.length > max) {
    throw new PaymentInputError(field, `must be a text of 1 to ${max} characters, got ${show(value)}`);
  }
  return value;
}

export function seconds(fields: Fields, field: string, fallback: number): number {
  const value = fields[field] ?? fallback;
  // A time in milliseconds would be some year after 5000: the most common mistake with i'mport's times.
  if (typeof value !== 'number' || !isWhole(value, 0, 99_999_999_999)) {
    throw new PaymentInputError(field, `must be a time in whole UNIX seconds, got ${show(value)}`);
  }
  return value;
}

export function flag(fields: Fields, field: string): boolean {
  const value = fields[field] ?? false;
  if (typeof value !== 'boolean') {
    throw new PaymentInputError(field, `must be true or false, got ${show(value)}`);
  }
  return value;
}
