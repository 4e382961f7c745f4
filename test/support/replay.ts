import { BrokenPromise, fromNumber, playOne } from './explorer.ts';
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

/** Plays one schedule; returns its steps, and the promise that it breaks. */
export async function replay(
  number: string,
): Promise<{ name: string; steps: readonly string[]; broken?: string }> {
  const all = BigInt(number);
  const index = Number(all % SCENARIO_DIGITS);
  const schedule = all / SCENARIO_DIGITS;
  const named = SCENARIOS[index];
  const name = index === STORY ? 'a random story' : named?.name;
  const scenario = index === STORY ? story() : named?.scenario;
  if (name === undefined || scenario === undefined) throw new Error(`there is no scenario ${index}`);
  try {
    const run = await playOne(scenario, fromNumber(schedule));
    return { name, steps: run.story };
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    const [broken = '', steps = ''] = error.message.split('\n\nschedule:\n');
    return { name, steps: steps.split('\n').map((line) => line.slice(2)), broken };
  }
}
