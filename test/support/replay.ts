import { BrokenPromise, type Scenario } from './explorer.ts';
import { SCENARIOS } from './scenarios.ts';
import { story } from './stories.ts';

/** The last three digits of a schedule's number name its scenario; this one is a random story. */
const SCENARIO_DIGITS = 1_000n;
export const STORY = 999;

export function replayNumber(scenario: number, schedule: bigint): string {
  return String(schedule * SCENARIO_DIGITS + BigInt(scenario));
}

/** The message of a broken promise, with the number that replays its schedule. */
export function told(error: unknown, scenario: number): Error {
  if (!(error instanceof BrokenPromise)) return error instanceof Error ? error : new Error(String(error));
  const number = replayNumber(scenario, error.schedule);
  return new Error(`${error.message}\n\nnpm run replay -- ${number}`, { cause: error.cause });
}

/** The scenario with this number, and the schedule in it. */
export function readNumber(number: bigint): { name: string; scenario: Scenario; schedule: bigint } {
  const index = Number(number % SCENARIO_DIGITS);
  const found = index === STORY ? { name: 'a random story', scenario: story() } : SCENARIOS[index];
  if (found === undefined) throw new Error(`there is no scenario ${index}`);
  return { ...found, schedule: number / SCENARIO_DIGITS };
}
