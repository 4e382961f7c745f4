import { exponentOf } from '../refund/currencies.ts';
import type { OrderWord } from '../refund/order.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { decimalIn, textIn } from './stored-value.ts';

/**
 * The order item, which the shop writes and the service only reads. A value that cannot be read is as if it were absent,
 * and its name is told.
 */
export function orderWordFromItem(item: Readonly<Record<string, unknown>>): OrderWord {
  const customerId = textIn(item['customer_id']);
  const amount = positiveIn(item['amount']);
  const currency = currencyIn(item['currency']);
  const read = { customer_id: customerId, amount, currency };
  const unreadable = Object.entries(read).flatMap(([name, value]) =>
    value === undefined && !isAbsent(item[name]) ? [name] : [],
  );
  return { ...omitMissing({ customerId, amount, currency }), unreadable };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function positiveIn(value: unknown): number | undefined {
  const decimal = decimalIn(value);
  return decimal !== undefined && decimal >= 0 ? decimal : undefined;
}

function currencyIn(value: unknown): string | undefined {
  const code = textIn(value)?.trim().toUpperCase();
  return code !== undefined && exponentOf(code) !== undefined ? code : undefined;
}
