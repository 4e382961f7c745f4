import type { JsonObject } from '../json.ts';
import type { Item } from './dynalite.ts';

/**
 * Bytes that an item counts against the limits of 400 KB and 4 MB. dynalite counts characters of a text instead, of which a
 * Korean one has three bytes each.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueSize(value)));
}

/** What a list or a map counts beside its members, and what each of these counts beside itself. */
const DOCUMENT_BYTES = 3;
const MEMBER_BYTES = 1;

function valueSize(value: JsonObject): number {
  return sum(Object.entries(value).map(([type, held]) => sizeOf(type, held)));
}

function sizeOf(type: string, held: unknown): number {
  if (typeof held === 'string') {
    if (type === 'N') return numberSize(held);
    return type === 'B' ? Buffer.byteLength(held, 'base64') : Buffer.byteLength(held);
  }
  // NULL and BOOL.
  if (typeof held !== 'object' || held === null) return 1;
  const isDocument = type === 'L' || type === 'M';
  if (!isDocument) return sum(Object.values(held).map((member) => sizeOf(type.charAt(0), member)));
  const own = type === 'M' ? Object.keys(held).map((name) => Buffer.byteLength(name)) : [];
  const members = Object.values(held as JsonObject).map(
    (member) => MEMBER_BYTES + valueSize(member as JsonObject),
  );
  return DOCUMENT_BYTES + sum(own) + sum(members);
}

/** About a byte for two digits, and one more. */
function numberSize(text: string): number {
  const digits = text
    .replace(/e.*$/i, '')
    .replaceAll(/[^0-9]/g, '')
    .replaceAll(/^0+|0+$/g, '');
  return Math.ceil(digits.length / 2) + (text.startsWith('-') ? 2 : 1);
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
