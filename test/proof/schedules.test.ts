import { describe, expect, it } from 'vitest';
import { explore, sample } from '../support/explorer.ts';
import { told } from '../support/replay.ts';
import { SCENARIOS } from '../support/scenarios.ts';

/**
 * The bounded run stops here; the long one (npm run test:exhaustive) covers every case. Of the guards that schedules notice,
 * six times as many would notice no other one.
 */
const LIMIT = Number(process.env['SCHEDULES_LIMIT'] ?? 25);
/** Random schedules from the whole tree, before the tree is searched in order. */
const SAMPLES = Number(process.env['SCHEDULE_SAMPLES'] ?? 50);

describe('every promise is kept for any order of steps, any lost message and any crash', () => {
  it.each(SCENARIOS.map((named, index) => ({ ...named, index })))(
    '$name',
    { timeout: 3_600_000 },
    async ({ name, scenario, index }) => {
      try {
        await sample(scenario, SAMPLES);
        const { schedules, states, complete } = await explore(scenario, LIMIT);
        const covered = complete ? 'all there are' : `of more, and ${SAMPLES} at random`;
        console.log(`${name}: ${schedules} schedules, ${states} states, ${covered}`);
        expect(schedules).toBeGreaterThan(10);
        expect(complete || schedules === LIMIT).toBe(true);
      } catch (error) {
        throw told(error, index);
      }
    },
  );
});
