import { spawn } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { projectFile, TARGET } from '../../lib/stack/bundle.ts';
import { ourBundle, rivalBundle } from './bundles.ts';
import { cancelEvent } from './events.ts';
import { runtimeApi } from './runtime-api.ts';
import { REAL_FOLDER, runtimeClient } from './runtime-client.ts';
import { pairOf, type Pair } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import { THIRD, throttleTo, type Throttle } from './throttle.ts';

const RUNS = 15;

/** `invocation`: as Lambda does it, the start has a whole processor and the request its share. */
const SPEEDS = ['full', 'invocation', 'everything'] as const;
type Speed = (typeof SPEEDS)[number];
const SPEED_TEXTS: Readonly<Record<Speed, string>> = {
  full: 'at full speed',
  invocation: 'the request at a third of a core, the start at a whole one as in Lambda',
  everything: 'everything at a third of a core',
};

interface Cold {
  readonly main: string;
  readonly url: string;
  readonly throttle: Throttle | undefined;
}

/** From the start of a process to its first answer, in ms. */
async function coldStart(folder: string, speed: Speed, { main, url, throttle }: Cold): Promise<number> {
  const api = await runtimeApi();
  const fromMs = performance.now();
  const child = spawn(process.execPath, [main, 'index.handler'], {
    cwd: folder,
    env: { ...environmentFor(url), AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const slow = (): void => throttle?.slow(child.pid ?? 0);
  if (speed === 'everything') slow();
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const died = gone.then(() => Promise.reject(new Error('the environment ended without an answer')));
  died.catch(() => undefined);
  await Promise.race([api.ready, died]);
  if (speed === 'invocation') slow();
  const answer = await Promise.race([api.invoke(cancelEvent(`bench-${child.pid}`)), died]);
  const tookMs = performance.now() - fromMs;
  if (!/"statusCode":\s*200/.test(answer)) throw new Error(`a cold refund was answered by ${answer}`);
  child.kill('SIGKILL');
  await gone;
  api.end();
  return tookMs;
}

/** The sample is deployed as most shops do: its packages beside it, not bundled. */
async function guideSample(): Promise<string> {
  const folder = path.join(REAL_FOLDER, 'guide-sample');
  await build({
    entryPoints: [projectFile('test/bench/rivals/guide-sample.ts')],
    outfile: path.join(folder, 'index.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: TARGET,
  });
  return folder;
}

/** A cold refund in the real runtime client against the floor and against the guide's sample. */
export async function benchCold(tell: (text: string) => void): Promise<readonly Pair[]> {
  const client = await runtimeClient();
  if ('missing' in client) {
    console.log(`Cold starts were NOT measured: ${client.missing}`);
    return [];
  }
  const folders = [
    path.dirname(await ourBundle('cancel-payment')),
    path.dirname(await rivalBundle('floor', { standIns: false })),
    await guideSample(),
  ];
  const stubs = await startStubs();
  const throttle = throttleTo(THIRD);
  if (throttle === undefined)
    console.log('A third of a core was NOT measured: no control group may be made here.');
  const cold: Cold = { main: client.main, url: stubs.url, throttle };
  const pairs: Pair[] = [];
  for (const speed of throttle === undefined ? (['full'] as const) : SPEEDS) {
    const took: number[][] = folders.map(() => []);
    for (let run = -1; run < RUNS; run += 1) {
      tell(`cold, ${SPEED_TEXTS[speed]}: ${run} of ${RUNS}`);
      for (const [side, folder] of folders.entries()) {
        const ms = await coldStart(folder, speed, cold);
        // The first of each only fills the file system's cache.
        if (run >= 0) took[side]?.push(ms);
      }
    }
    pairs.push(...pairsOf(speed, took));
  }
  throttle?.end();
  stubs.end();
  return pairs;
}

const FLOOR_TARGETS: Readonly<Partial<Record<Speed, number>>> = { full: 1, invocation: 0.7 };
const GUIDE_TARGETS: Readonly<Partial<Record<Speed, number>>> = { invocation: 0.6 };

function pairsOf(speed: Speed, [ours = [], floor = [], guide = []]: readonly (readonly number[])[]): Pair[] {
  const about = { what: `A cold refund, ${SPEED_TEXTS[speed]}`, unit: 'ms' };
  const goal = (target: number | undefined) => (target === undefined ? {} : { target });
  return [
    pairOf({ ...about, name: 'floor', ...goal(FLOOR_TARGETS[speed]) }, ours, floor),
    pairOf({ ...about, name: "the guide's sample", ...goal(GUIDE_TARGETS[speed]) }, ours, guide),
  ];
}
