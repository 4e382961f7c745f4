import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../support/scenarios.ts';
import { GUARDS } from './guards.ts';

/** The mutations take long (npm run test:mutations); here each is only checked to fit the sources. */
describe('the list of guards that npm run test:mutations removes one at a time', () => {
  it.each(GUARDS)('the guard occurs in the sources exactly once: $guard', ({ file, from, to }) => {
    const source = readFileSync(new URL(`../../functions/${file}`, import.meta.url), 'utf8');
    expect(source.split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  });

  it('every scenario that a guard names exists', () => {
    const names = new Set(SCENARIOS.map(({ name }) => name));
    const named = GUARDS.map(({ by }) => by).filter((by) => by !== undefined);
    expect(named.filter((by) => !names.has(by))).toEqual([]);
  });
});
