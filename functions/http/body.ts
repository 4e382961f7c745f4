import { isSafeNumber, LosslessNumber, parse } from 'lossless-json';
import * as v from 'valibot';
import type { FieldFault } from '../refund/refusals.ts';
import { faultText, isFaultName, unknownFieldText, type FaultName } from './faults.ts';

/** A refund needs a few hundred bytes; the limit protects the parser. */
const MAX_BODY_BYTES = 16 * 1024;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldFault[] };

export function fault(pointer: string, name: FaultName, number?: number): FieldFault {
  return { pointer, message: faultText(name, number) };
}

function broken(name: FaultName, number?: number): Parsed<never> {
  return { ok: false, errors: [fault('', name, number)] };
}

/** The body from API Gateway: text, or bytes in base64. */
export interface Carried {
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

/**
 * A number only when a double holds it exactly: 1000.0000000000000001 stays a text object and is refused as no number instead of
 * becoming 1000.
 */
function exactNumber(digits: string): number | LosslessNumber {
  return isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits);
}

/**
 * Strict JSON: a name with two different values is an error, because two readers could choose different ones. A leading byte
 * order mark is skipped (RFC 8259, 8.1).
 */
export function parseBody({ body = '', isBase64Encoded }: Carried): Parsed<unknown> {
  const sent = isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body;
  const text = withoutMark(sent);
  if (text.trim() === '') return broken('body_empty');
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) return broken('body_too_long', MAX_BODY_BYTES);
  try {
    return { ok: true, value: parse(text, undefined, { parseNumber: exactNumber }) };
  } catch (error) {
    const twice = error instanceof Error && /duplicate key/i.test(error.message);
    return broken(twice ? 'body_twice' : 'body_not_json');
  }
}

export function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** A strict object of fields, with rules about fields that depend on each other. */
export interface BodyRules<T> {
  readonly schema: v.GenericSchema<unknown, T> & { readonly entries: Readonly<Record<string, unknown>> };
  /** Rules about several fields. They run beside those of single fields, so a value may have any type here. */
  readonly together?: (body: Readonly<Record<string, unknown>>) => readonly FieldFault[];
}

/** Checks a body: returns every fault at once, each with a JSON pointer. */
export function readBody<T>(event: Carried, rules: BodyRules<T>): Parsed<T> {
  const body = parseBody(event);
  if (!body.ok) return body;
  const { value } = body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return broken('body_not_object');
  return checked(value, rules);
}

const inQuery = (each: FieldFault) => ({ ...each, pointer: each.pointer.replace('/', 'query:') });

/** Checks a query like a body: each fault names its parameter as `query:from`. */
export function readQuery<T>(
  query: Readonly<Record<string, string | undefined>> | undefined,
  rules: BodyRules<T>,
): Parsed<T> {
  const read = checked(query ?? {}, rules);
  if (read.ok) return read;
  return { ok: false, errors: read.errors.map(inQuery) };
}

function checked<T>(value: object, { schema, together }: BodyRules<T>): Parsed<T> {
  // One fault per field: an empty text is not reported as blank as well.
  const parsed = v.safeParse(schema, value, { abortPipeEarly: true });
  const unknown = unknownFields(value, Object.keys(schema.entries));
  const dependent = together?.(value as Readonly<Record<string, unknown>>) ?? [];
  if (parsed.success && unknown.length + dependent.length === 0) return { ok: true, value: parsed.output };
  const single = parsed.success ? [] : parsed.issues.filter((issue) => !isUnknownField(issue)).map(faultOf);
  return { ok: false, errors: [...single, ...dependent, ...unknown] };
}

/** Unknown fields are reported by `unknownFields`, with a hint, and not by the strict object's own issue. */
function isUnknownField({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === 'strict_object' && expected === 'never';
}

/** The fault for an issue of a schema, with the number of its rule. */
export function faultOf(issue: v.BaseIssue<unknown>): FieldFault {
  const name = isFaultName(issue.message) ? issue.message : 'required';
  const number = typeof issue.requirement === 'number' ? issue.requirement : undefined;
  const pointer = (issue.path ?? []).map(({ key }) => `/${escaped(String(key))}`).join('');
  return fault(pointer, name, number);
}

/** Names that people often use instead, from i'mport's own API and from camelCase. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['amount', 'cancel_request_amount'],
  ['cancelamount', 'cancel_request_amount'],
  ['refundamount', 'cancel_request_amount'],
  ['requestamount', 'cancel_request_amount'],
  ['orderid', 'merchant_uid'],
  ['paymentid', 'imp_uid'],
  ['returnid', 'reference'],
  ['entry', 'entries'],
  ['vat', 'vat_amount'],
]);

/** An unknown name is quoted up to this length: enough to find the typing error. */
const MAX_SHOWN_CHARACTERS = 60;

/** The unknown names of a body, each with a hint when a known name is similar. */
function unknownFields(body: object, fields: readonly string[]): readonly FieldFault[] {
  return Object.keys(body)
    .filter((name) => !fields.includes(name))
    .map((name) => {
      const shown = name.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed();
      return { pointer: `/${escaped(shown)}`, message: unknownFieldText(nearMiss(name, fields)) };
    });
}

/** A name within a JSON pointer (RFC 6901). */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function nearMiss(name: string, fields: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  const meant = MEANT.get(plain);
  if (meant !== undefined && fields.includes(meant)) return meant;
  return fields.find((field) => distance(field.replaceAll('_', ''), plain) <= 2);
}

/** Levenshtein distance, in one row; both words are short. Lengths that differ by more than two are not compared. */
export function distance(a: string, b: string): number {
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
