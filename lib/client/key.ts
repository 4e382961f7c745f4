const BYTES = 16;

/**
 * 128 bits that nobody guesses. `crypto.randomUUID` is missing where a page is not secure (http on a name), getRandomValues
 * is not.
 */
export function newKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
