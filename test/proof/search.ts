import { BrokenPromise, explore, sample, type Scenario } from '../support/explorer.ts';
import { replayNumber, STORY } from '../support/replay.ts';
import { SCENARIOS } from '../support/scenarios.ts';
import { story } from '../support/stories.ts';

/**
 * Searches for a schedule that breaks a promise, in one scenario or (without a name) in all of them and in the stories. Prints
 * it, and exits with 1 when there is one. The mutations run it with their changed copy of the sources.
 */
const [samples = '1500', limit = '1500', only = ''] = process.argv.slice(2);

async function firstBroken(scenario: Scenario): Promise<bigint | undefined> {
  try {
    await sample(scenario, Number(samples));
    await explore(scenario, Number(limit));
    return undefined;
  } catch (error) {
    // A mutation may also crash the program; a crash does not count as a broken promise.
    if (error instanceof BrokenPromise) return error.schedule;
    throw error;
  }
}

const STORIES = 'stories';
const named = [...SCENARIOS.entries()].map(([index, { name, scenario }]) => ({ index, name, scenario }));
const all = [...named, { index: STORY, name: STORIES, scenario: story() }];
let broken: string | undefined;
for (const { index, name, scenario } of all) {
  if (broken !== undefined || (only !== '' && name !== only)) continue;
  const schedule = await firstBroken(scenario);
  if (schedule !== undefined) broken = `${name}\t${replayNumber(index, schedule)}`;
}
console.log(broken ?? 'every promise is kept');
process.exitCode = broken === undefined ? 0 : 1;
