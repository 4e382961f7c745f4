import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../support/scenarios.ts';
import { GUARDS, withoutGuard } from './guards.ts';

/** The mutations take long (npm run test:mutations); here each is only checked to fit the sources. */
describe('the list of guards that npm run test:mutations removes one at a time', () => {
  it.each(GUARDS)('the guard occurs in the sources exactly once: $guard', (guard) => {
    const source = readFileSync(new URL(`../../functions/${guard.file}`, import.meta.url), 'utf8');
    expect(withoutGuard(guard, source)).not.toBe(source);
  });

  it('every scenario that a guard names exists', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(GUARDS.flatMap(({ by }) => by ?? [])));
  });
});
