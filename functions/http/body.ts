import { isSafeNumber, LosslessNumber, parse } from 'lossless-json';
import * as v from 'valibot';
import type { FieldFault } from '../refund/refusals.ts';
import { faultText, isFaultName, type FaultName } from './faults.ts';
import { unknownFields } from './unknown-fields.ts';

/** A refund needs a few hundred bytes; the limit keeps garbage out of the parser. */
const MAX_BODY_BYTES = 16 * 1024;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldFault[] };

export function fault(pointer: string, name: FaultName, number?: number): FieldFault {
  return { pointer, message: faultText(name, number) };
}

function broken(
  name: FaultName,
  number?: number,
): { readonly ok: false; readonly errors: readonly FieldFault[] } {
  return { ok: false, errors: [fault('', name, number)] };
}

/** What API Gateway hands over: text, or bytes in base64. */
export interface Carried {
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

/**
 * A number only when a double holds it exactly; 1000.0000000000000001 stays a text object and is refused as not a
 * number, instead of becoming 1000.
 */
function exactNumber(digits: string): number | LosslessNumber {
  return isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits);
}

/** Strict JSON: a name that stands twice with different values is an error too, because two readers could take different ones. */
export function parseBody({ body = '', isBase64Encoded }: Carried): Parsed<unknown> {
  const text = isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body;
  if (text.trim() === '') return broken('body_empty');
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) return broken('body_too_long', MAX_BODY_BYTES);
  try {
    return { ok: true, value: parse(text, undefined, { parseNumber: exactNumber }) };
  } catch (error) {
    const twice = error instanceof Error && /duplicate key/i.test(error.message);
    return broken(twice ? 'body_twice' : 'body_not_json');
  }
}

type BodySchema<T> = v.GenericSchema<unknown, T> & { readonly entries: Readonly<Record<string, unknown>> };

/** A body against its schema: every fault at once, each with a JSON pointer. */
export function readBody<T>(event: Carried, schema: BodySchema<T>): Parsed<T> {
  const body = parseBody(event);
  if (!body.ok) return body;
  const { value } = body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return broken('body_not_object');
  const parsed = v.safeParse(schema, value);
  const unknown = unknownFields(value, Object.keys(schema.entries));
  if (parsed.success && unknown.length === 0) return { ok: true, value: parsed.output };
  const known = parsed.success ? [] : parsed.issues.flatMap(toFault);
  return { ok: false, errors: [...known, ...unknown] };
}

/** Unknown fields are told by `unknownFields`, with a hint, and not by the strict object's own issue. */
function toFault(issue: v.BaseIssue<unknown>): readonly FieldFault[] {
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  return isUnknown ? [] : [faultOf(issue)];
}

/** A rule that a schema names, with the number it compares with. */
export function faultOf(issue: v.BaseIssue<unknown>): FieldFault {
  const path = v.getDotPath(issue);
  const name = isFaultName(issue.message) ? issue.message : 'required';
  const number = typeof issue.requirement === 'number' ? issue.requirement : undefined;
  return fault(path === null ? '' : `/${path}`, name, number);
}
