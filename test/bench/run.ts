import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { spawnLocalRun, temporaryDirectory } from '../support/local-run.ts';
import { benchCold } from './cold.ts';
import { textOf } from './stats.ts';
import { benchUnits } from './units.ts';
import { benchWaits, benchWarm } from './warm.ts';

/**
 * `npm run bench [-- NAME …]`: all benchmarks, or the named ones. The sides of a comparison take turns: the machine is noisy,
 * so ratios count and times do not.
 */
const BENCHES: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  waits: benchWaits,
  warm: benchWarm,
  cold: benchCold,
  units: benchUnits,
  start: benchStart,
};

const STARTS = 6;

/** `npm start` in a directory of its own, until it reports that it is ready: first with a synthesis, then without. */
async function benchStart(): Promise<readonly string[]> {
  const directory = await temporaryDirectory();
  const took: number[] = [];
  for (let run = 0; run < STARTS; run += 1) {
    const fromMs = performance.now();
    const { stop } = await spawnLocalRun(directory, { LOCAL_ASSEMBLY: '' });
    took.push(performance.now() - fromMs);
    await stop('SIGTERM');
  }
  await rm(directory, { recursive: true, force: true });
  return [`npm start: the first time ${textOf(took.slice(0, 1))} ms, again ${textOf(took.slice(1))} ms`];
}

const write = process.stdout.write.bind(process.stdout);
/** Functions in this process log as in Lambda, which would hide the figures here. */
process.stdout.write = (chunk) =>
  typeof chunk === 'string' && chunk.startsWith('{"level"') ? true : write(chunk);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exitCode = 2;
} else {
  console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
  for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) {
    for (const line of (await BENCHES[name]?.()) ?? []) console.log(line);
  }
  // The emulators of some benchmarks keep sockets open.
  process.exit();
}
