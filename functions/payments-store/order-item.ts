import type { OrderWord } from '../refund/order.ts';
import { present } from '../refund/present.ts';
import { textIn } from './stored-value.ts';

/**
 * The order item, which the shop writes and the service only reads. A value that cannot be read is as if it were absent,
 * and its name is told.
 */
export function orderWordFromItem(item: Readonly<Record<string, unknown>>): OrderWord {
  const customerId = textIn(item['customer_id']);
  const amount = numberIn(item['amount']);
  const currency = textIn(item['currency'])?.toUpperCase();
  const read = { customer_id: customerId, amount, currency };
  const unreadable = Object.entries(read).flatMap(([name, value]) =>
    value === undefined && !isAbsent(item[name]) ? [name] : [],
  );
  return { ...present({ customerId, amount, currency }), unreadable };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function numberIn(value: unknown): number | undefined {
  const plain = typeof value === 'string' ? value.trim().replaceAll(/,(?=\d{3}(?:\D|$))/g, '') : value;
  const number = typeof plain === 'string' && /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : plain;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
