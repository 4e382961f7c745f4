import type { Parsed } from './body.ts';

const MAX_CHARACTERS = 255;

/**
 * `Idempotency-Key` in its quoted form (a structured-field string, draft-ietf-httpapi-idempotency-key-header) or bare.
 * Both forms of one key are the same key.
 */
export function readIdempotencyKey(header: string | undefined): Parsed<string | undefined> {
  if (header === undefined) return { ok: true, value: undefined };
  const trimmed = header.trim();
  const quoted = /^"(.*)"$/s.exec(trimmed)?.[1];
  const key = quoted === undefined ? trimmed : quoted.replaceAll(/\\(["\\])/g, '$1');
  if (key.length >= 1 && key.length <= MAX_CHARACTERS && /^[\x20-\x7e]*$/.test(key))
    return { ok: true, value: key };
  const message = `must be 1 to ${MAX_CHARACTERS} printable ASCII characters`;
  return { ok: false, errors: [{ pointer: 'header:Idempotency-Key', message }] };
}
