import type { FieldFault } from '../refund/refusals.ts';
import { unknownFieldText } from './faults.ts';

/** Names that people write instead, from i'mport's own API and from camelCase habits. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['amount', 'cancel_request_amount'],
  ['cancelamount', 'cancel_request_amount'],
  ['refundamount', 'cancel_request_amount'],
  ['requestamount', 'cancel_request_amount'],
  ['orderid', 'merchant_uid'],
  ['paymentid', 'imp_uid'],
  ['vat', 'vat_amount'],
  ['taxfree', 'tax_free'],
]);

/** So much of an unknown name is quoted: enough to find the typing error. */
const MAX_SHOWN_CHARACTERS = 60;

/** The names of a body that are not among `fields`, each with a hint where one was nearly hit. */
export function unknownFields(body: object, fields: readonly string[]): readonly FieldFault[] {
  return Object.keys(body)
    .filter((name) => !fields.includes(name))
    .map((name) => {
      const shown = name.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed();
      const pointer = `/${shown.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return { pointer, message: unknownFieldText(nearMiss(name, fields)) };
    });
}

function nearMiss(name: string, fields: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  const meant = MEANT.get(plain);
  if (meant !== undefined && fields.includes(meant)) return meant;
  return fields.find((field) => distance(field.replaceAll('_', ''), plain) <= 2);
}

/** Levenshtein distance, in one row; both words are short. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
