import { fault, type Parsed } from './body.ts';

const MAX_CHARACTERS = 255;

/**
 * `Idempotency-Key` in its quoted form (a structured-field string, draft-ietf-httpapi-idempotency-key-header) or bare.
 * Both forms of one key are the same key. API Gateway joins a header that was sent twice with a comma, and that would be a
 * third key, and so another refund: a comma outside quotes is refused, and so is a quote anywhere but at both ends.
 */
export function readIdempotencyKey(header: string | undefined): Parsed<string | undefined> {
  if (header === undefined) return { ok: true, value: undefined };
  const key = keyOf(header.trim());
  if (key !== undefined && key.length >= 1 && key.length <= MAX_CHARACTERS) return { ok: true, value: key };
  return { ok: false, errors: [fault('header:Idempotency-Key', 'key', MAX_CHARACTERS)] };
}

function keyOf(value: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(value) && !/[",]/.test(value)) return value;
  // In quotes a backslash stands only before another one: before a quote it would bring a quote in.
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\\\)*)"$/.exec(value)?.[1];
  return quoted?.replaceAll('\\\\', '\\');
}
