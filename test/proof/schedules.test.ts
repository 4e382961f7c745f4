import { describe, expect, it } from 'vitest';
import { explore } from '../support/explorer.ts';
import { progressOf } from '../support/progress.ts';
import { SCENARIOS } from '../support/scenarios.ts';

/** The bounded form stops here; the long form (npm run test:exhaustive) goes on to the end. */
const LIMIT = Number(process.env['SCHEDULES_LIMIT'] ?? 2_000);
/** No case has more schedules than this, so the long form has to come to the end of each. */
const ALL = 1_000_000;

describe('every promise is kept, whoever takes whichever turn, loses which message and dies where, when', () => {
  it.each(SCENARIOS)('$name', { timeout: 3_600_000 }, async ({ name, scenario }) => {
    const { schedules, states, complete } = await explore(
      scenario(),
      LIMIT,
      progressOf(`${name}: schedules so far`),
    );
    console.log(`${name}: ${schedules} schedules, ${states} states${complete ? ', all' : ''}`);
    expect(schedules).toBeGreaterThan(10);
    expect(complete || LIMIT < ALL).toBe(true);
  });
});
