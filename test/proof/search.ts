import { BrokenPromise, explore, sample, type Scenario } from '../support/explorer.ts';
import { replayNumber, STORY } from '../support/replay.ts';
import { SCENARIOS } from '../support/scenarios.ts';
import { story } from '../support/stories.ts';

/**
 * Looks for a schedule that breaks a promise, in one scenario or (with no name) in all of them and in the stories; says
 * which, and ends with 1 when there is one. For the mutations, which run it beside their changed copy of the sources.
 */
const [samples = '1500', limit = '1500', only = ''] = process.argv.slice(2);

async function firstBroken(scenario: Scenario): Promise<bigint | undefined> {
  try {
    await sample(scenario, Number(samples));
    await explore(scenario, Number(limit));
    return undefined;
  } catch (error) {
    // What a mutation breaks may also be the program itself: that is no schedule that notices.
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
