import { isSafeNumber, LosslessNumber, parse } from 'lossless-json';
import * as v from 'valibot';
import { CancelBody } from './schemas.ts';
import type { FieldFault } from '../refund/refusals.ts';

/** A refund needs a few hundred bytes; the limit keeps garbage out of the parser. */
const MAX_BODY_BYTES = 16 * 1024;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldFault[] };

function fault(message: string): { readonly ok: false; readonly errors: readonly FieldFault[] } {
  return { ok: false, errors: [{ pointer: '', message }] };
}

/**
 * A number only when a double holds it exactly; 1000.0000000000000001 stays a text object and is refused as not a
 * number, instead of becoming 1000.
 */
function exactNumber(digits: string): number | LosslessNumber {
  return isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits);
}

/** Strict JSON: a name that stands twice is an error too, because two readers could take different ones. */
export function parseBody(event: {
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}): Parsed<unknown> {
  const text =
    event.isBase64Encoded === true
      ? Buffer.from(event.body ?? '', 'base64').toString('utf8')
      : (event.body ?? '');
  if (text.trim() === '') return fault('The body must be a JSON object; it is empty.');
  if (Buffer.byteLength(text) > MAX_BODY_BYTES)
    return fault(`The body must be at most ${MAX_BODY_BYTES} bytes.`);
  try {
    return { ok: true, value: parse(text, undefined, { parseNumber: exactNumber }) };
  } catch (error) {
    const twice = error instanceof Error && /duplicate key/i.test(error.message);
    return fault(twice ? 'The body must not name a field twice.' : 'The body must be valid JSON.');
  }
}

export type CancelBodyFields = v.InferOutput<typeof CancelBody>;

/** Every fault of the body at once, each with a JSON pointer. */
export function validateCancelBody(body: unknown): Parsed<CancelBodyFields> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return fault('The body must be a JSON object.');
  const parsed = v.safeParse(CancelBody, body);
  const unknown = unknownFields(body);
  if (parsed.success && unknown.length === 0) return { ok: true, value: parsed.output };
  const known = parsed.success
    ? []
    : parsed.issues.filter(({ type }) => type !== 'strict_object').map(toFault);
  return { ok: false, errors: [...known, ...unknown] };
}

function toFault(issue: v.BaseIssue<unknown>): FieldFault {
  const path = v.getDotPath(issue);
  return { pointer: path === null ? '' : `/${path}`, message: issue.message };
}

/** Names that people write instead, from i'mport's own API and from camelCase habits. */
const MEANT: Readonly<Record<string, string>> = {
  amount: 'cancel_request_amount',
  cancel_amount: 'cancel_request_amount',
  refund_amount: 'cancel_request_amount',
  request_amount: 'cancel_request_amount',
  order_id: 'merchant_uid',
  payment_id: 'imp_uid',
  vat: 'vat_amount',
  taxfree: 'tax_free',
};

const FIELDS = Object.keys(CancelBody.entries);

function unknownFields(body: object): readonly FieldFault[] {
  return Object.keys(body)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => {
      const hint = nearMiss(name);
      const shown = name.slice(0, 60);
      const pointer = `/${shown.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return {
        pointer,
        message: `is not a known field${hint === undefined ? '' : `; did you mean ${hint}?`}`,
      };
    });
}

function nearMiss(name: string): string | undefined {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  const meant = Object.entries(MEANT).find(([written]) => written.replaceAll('_', '') === plain)?.[1];
  return meant ?? FIELDS.find((field) => distance(field.replaceAll('_', ''), plain) <= 2);
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
