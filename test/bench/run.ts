import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { projectFile } from '../../lib/stack/bundle.ts';
import { progressOn } from '../../lib/cli/progress.ts';
import { benchCold } from './cold.ts';
import { benchContention } from './contention.ts';
import { benchHistory } from './history.ts';
import { benchLists } from './lists.ts';
import { benchMemory } from './memory.ts';
import { benchPublishing } from './publishing.ts';
import { benchReconciliation } from './reconciliation.ts';
import { benchResolver } from './resolver.ts';
import { benchStart } from './start.ts';
import { benchStrangers } from './strangers.ts';
import type { Found, Tell } from './stats.ts';
import { benchWaits } from './waits.ts';
import { benchWarm } from './warm.ts';

/**
 * `npm run bench [-- NAME …]`: all of them, or those that are named. Both sides of a pair take turns in one run: the machine is
 * noisy, so ratios count and times do not.
 */
const BENCHES: Readonly<Record<string, (tell: Tell) => Promise<Found>>> = {
  waits: benchWaits,
  warm: benchWarm,
  cold: benchCold,
  contention: benchContention,
  resolver: benchResolver,
  reconciliation: benchReconciliation,
  lists: benchLists,
  publishing: benchPublishing,
  history: benchHistory,
  memory: benchMemory,
  strangers: benchStrangers,
  start: benchStart,
};

const progress = progressOn(process.stderr);
const write = process.stdout.write.bind(process.stdout);

/** Functions in this process log as in Lambda, which would hide the figures here. */
function withoutLog(chunk: string | Uint8Array): boolean {
  return typeof chunk === 'string' && chunk.startsWith('{"level"') ? true : write(chunk);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exitCode = 2;
} else {
  process.stdout.write = withoutLog;
  const results: Record<string, unknown> = {
    node: process.version,
    cores: cpus().length,
    loadBefore: loadavg()[0],
  };
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const { lines, figures } = await bench(progress.tell);
    progress.end();
    for (const line of lines) console.log(line);
    results[name] = figures;
  }
  const folder = projectFile('.artifacts/bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  console.log('.artifacts/bench/results.json has all figures.');
  // The emulators of some benches keep sockets open.
  process.exit();
}
