import { randomBytes } from 'node:crypto';

/** Crockford's base 32: the alphabet of the identifiers seen from i'mport, such as `06JC8FVHJTW2WY16FEY0`. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 20 characters, as `cancel_history[].cancellation_id` has. */
export function newCancellationId(): string {
  return [...randomBytes(20)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
