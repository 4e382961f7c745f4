import { rm } from 'node:fs/promises';
import { spawnLocalRun, temporaryDirectory } from '../support/local-run.ts';
import { digits, sideOf, type Found, type Tell } from './stats.ts';

const AGAIN = 5;

/** `npm start` in a directory of its own, until it says that it is ready: first with a synthesis, then with nothing changed. */
export async function benchStart(tell: Tell): Promise<Found> {
  const directory = await temporaryDirectory();
  const took: number[] = [];
  for (let run = 0; run <= AGAIN; run += 1) {
    tell(`npm start: ${run} of ${AGAIN + 1}`);
    const fromMs = performance.now();
    const { stop } = await spawnLocalRun(directory, {}, 'own');
    took.push(performance.now() - fromMs);
    await stop('SIGTERM');
  }
  await rm(directory, { recursive: true, force: true });
  const [first = NaN, ...others] = took;
  const again = sideOf(others);
  const line = `npm start: the first time ${digits(first)} ms; again ${digits(again.median)} ms (${digits(again.low)}–${digits(again.high)})`;
  return { lines: [line], figures: { first, again } };
}
