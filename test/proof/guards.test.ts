import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../support/scenarios.ts';
import { GUARDS } from './guards.ts';

/** The mutations themselves take long (npm run test:mutations); that they still fit the sources is looked at each time. */
describe('the list of guards, taken out one at a time by npm run test:mutations', () => {
  it.each(GUARDS)('names what stands in the sources once: $guard', ({ file, from, to }) => {
    const source = readFileSync(new URL(`../../functions/${file}`, import.meta.url), 'utf8');
    expect(source.split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  });

  it('names scenarios that there are', () => {
    const names = new Set(SCENARIOS.map(({ name }) => name));
    const named = GUARDS.map(({ by }) => by).filter((by) => by !== undefined);
    expect(named.filter((by) => !names.has(by))).toEqual([]);
  });
});
