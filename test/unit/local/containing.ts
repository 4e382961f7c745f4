import { expect } from 'vitest';

/** `expect.stringContaining` with a type; the original returns `any`, which disables type checks. */
export function containing(text: string): unknown {
  return expect.stringContaining(text);
}
