import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { projectFile } from '../../lib/stack/bundle.ts';
import { progressOn } from '../../lib/cli/progress.ts';
import { benchCold } from './cold.ts';
import { benchContention } from './contention.ts';
import { benchHistory, benchHundredth } from './history.ts';
import { benchLists } from './lists.ts';
import { benchMemory } from './memory.ts';
import { benchPublishing } from './publishing.ts';
import { benchReconciliation } from './reconciliation.ts';
import { benchResolver, benchResolverOverHttp } from './resolver.ts';
import { benchStart } from './start.ts';
import { benchStrangers } from './strangers.ts';
import { lineOf, type Pair } from './stats.ts';
import { benchWaits } from './waits.ts';
import { benchWarm } from './warm.ts';

/**
 * `npm run bench [-- waits warm cold contention resolver reconciliation lists publishing history memory strangers start]`: all of them, or those that are named. Both
 * sides of a pair take turns in one run: the machine is noisy, so ratios count and times do not.
 */
const progress = progressOn(process.stderr);
const write = process.stdout.write.bind(process.stdout);

/** Functions in this process log as in Lambda, which would hide the figures here. */
function withoutLog(chunk: string | Uint8Array): boolean {
  return typeof chunk === 'string' && chunk.startsWith('{"level"') ? true : write(chunk);
}

function told(line: string): void {
  progress.end();
  console.log(line);
}

const digits = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

const BENCHES: Readonly<Record<string, () => Promise<unknown>>> = {
  waits: async () => {
    const found = await benchWaits();
    for (const { when, waits, besideTheLook, calls } of found)
      told(
        `a refund, the ${when}: ${waits} waits in a row and ${besideTheLook} read beside the look, ${calls.length} calls (${calls.join(', ')})`,
      );
    return found;
  },
  warm: async () => pairs(await benchWarm(progress.tell)),
  cold: async () => pairs(await benchCold(progress.tell)),
  contention: async () => {
    const found = await benchContention(progress.tell);
    for (const { where, atOnce, ms, outcomes, cancels, wasted, looks, needless } of found) {
      const ends = Object.entries(outcomes).map(([status, count]) => `${count} × ${status}`);
      told(
        `${atOnce} at once on ${where}: ${digits(ms)} ms; ${ends.join(', ')}; ${cancels} cancels sent, ${wasted} wasted; ${looks} looks, ${needless} by who had read another in flight`,
      );
    }
    return found;
  },
  resolver: async () => {
    const found = await benchResolver(progress.tell);
    for (const { inDoubt, ms, heapMb } of found) {
      const each = (ms / inDoubt) * 1000;
      told(
        `the resolver's own work for ${inDoubt} in doubt: ${digits(ms)} ms, ${digits(each)} µs each; heap + ${digits(heapMb)} MB`,
      );
    }
    const overHttp = await benchResolverOverHttp(progress.tell);
    const each = overHttp.ms / overHttp.inDoubt;
    told(
      `the resolver with its table and HTTP, ${overHttp.inDoubt} in doubt: ${digits(overHttp.ms)} ms, ${digits(each)} ms each`,
    );
    return { found, overHttp };
  },
  reconciliation: async () => {
    const found = await benchReconciliation(progress.tell);
    for (const { payments, ms, lists, heapMb } of found) {
      const each = (ms / payments) * 1000;
      told(
        `reconciliation of ${payments} payments: ${digits(ms)} ms, ${digits(each)} µs each; ${lists} lists; heap + ${digits(heapMb)} MB`,
      );
    }
    return found;
  },
  lists: async () => {
    const found = await benchLists(progress.tell);
    for (const { refunds, pages, ms, readEach, heapMb } of found) {
      const each = (ms / refunds) * 1000;
      told(
        `lists of a day of ${refunds} refunds: ${pages} pages, ${digits(ms)} ms, ${digits(each)} µs and ${digits(readEach)} items read each; heap + ${digits(heapMb)} MB`,
      );
    }
    return found;
  },
  publishing: async () => {
    const found = await benchPublishing(progress.tell);
    for (const { records, ms, calls, heapMb } of found) {
      const each = (ms / records) * 1000;
      told(
        `events of ${records} refunds: ${digits(ms)} ms, ${digits(each)} µs each, ${calls} calls of the bus, no read or write unit; heap + ${digits(heapMb)} MB`,
      );
    }
    return found;
  },
  history: async () => {
    const found = await benchHistory(progress.tell);
    for (const { refund, bytes, transactions, writeUnits, readUnits, ms } of found)
      told(
        `refund ${refund} of one payment: ${transactions} transactions, ${writeUnits} write units, ${readUnits} read units, ${bytes} bytes in all, ${digits(ms)} ms`,
      );
    return { found, processor: pairs(await benchHundredth(progress.tell)) };
  },
  memory: async () => {
    const found = await benchMemory(progress.tell);
    if (found === undefined) told('256 MB was NOT measured: no control group may be made here.');
    else {
      pairs([found.pair]);
      told(`the function that cancels has held ${found.peaksMb.join(' and ')} MB at most`);
    }
    return found;
  },
  strangers: async () => pairs(await benchStrangers(progress.tell)),
  start: async () => {
    const { first, again } = await benchStart(progress.tell);
    told(
      `npm start: the first time ${digits(first)} ms; again ${digits(again.median)} ms (${digits(again.low)}–${digits(again.high)})`,
    );
    return { first, again };
  },
};

function pairs(found: readonly Pair[]): readonly Pair[] {
  for (const pair of found) told(lineOf(pair));
  return found;
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
  for (const name of asked.length > 0 ? asked : Object.keys(BENCHES)) results[name] = await BENCHES[name]?.();
  progress.end();
  const folder = projectFile('.artifacts/bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/results.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  console.log('.artifacts/bench/results.json has all figures.');
  // The emulators of some benches keep sockets open.
  process.exit();
}
