import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { projectFile, TARGET } from '../../lib/stack/bundle.ts';
import { ourBundle, rivalBundle } from './bundles.ts';
import { cancelEvent } from './events.ts';
import { command } from '../real/support/command.ts';
import { startRuntimeApi } from '../real/support/runtime-api.ts';
import { runtimeClient } from '../real/support/tools.ts';
import { recordCalls } from './recorded.ts';
import { byLot, pairOf, pairsFound, type Found, type Pair, type Tell } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import { THIRD, throttleTo, type Throttle } from './throttle.ts';

const RUNS = 15;
/** Git-ignored: tools for measuring are built here. */
const REAL_FOLDER = projectFile('.real');
const AXIOS = 'axios@1.21.1';
const DEADLINE_MS = 28_000;

/** `invocation`: as in Lambda, the start has a whole processor and the request only its share. */
const SPEEDS = ['full', 'invocation', 'everything'] as const;
type Speed = (typeof SPEEDS)[number];
const SPEED_TEXTS: Readonly<Record<Speed, string>> = {
  full: 'at full speed',
  invocation: 'the request at a third of a core, the start at a whole one as in Lambda',
  everything: 'everything at a third of a core',
};

interface Cold {
  readonly main: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly throttle: Throttle | undefined;
}

interface Start {
  /** From the start of a process to its first answer, ms. */
  readonly wallMs: number;
  /** Processor time of all its threads until then, ms. */
  readonly cpuMs: number;
}

/** Linux's processor time per thread, in ns. */
function processorMs(pid = 0): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}

async function coldStart(
  folder: string,
  speed: Speed,
  { main, environment, throttle }: Cold,
): Promise<Start> {
  const api = await startRuntimeApi('arn:aws:lambda:ap-northeast-2:000000000000:function:bench');
  const fromMs = performance.now();
  const child = spawn(process.execPath, [main, 'index.handler'], {
    cwd: folder,
    env: { ...environment, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const slow = (): void => throttle?.slow(child.pid ?? 0);
  if (speed === 'everything') slow();
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void gone.then(() => api.fail('the environment ended without an answer'));
  await api.ready;
  if (speed === 'invocation') slow();
  const { payload } = await api.invoke(cancelEvent(`bench-${child.pid}`), DEADLINE_MS);
  const took = { wallMs: performance.now() - fromMs, cpuMs: processorMs(child.pid) };
  if ((payload as { statusCode?: number }).statusCode !== 200)
    throw new Error(`a cold refund was answered by ${JSON.stringify(payload)}`);
  child.kill('SIGKILL');
  await gone;
  await api.end();
  return took;
}

/** The sample is deployed as most shops do it: with its packages in node_modules, not bundled. */
async function guideSample(): Promise<string> {
  if (!existsSync(path.join(REAL_FOLDER, 'node_modules/axios'))) {
    mkdirSync(REAL_FOLDER, { recursive: true });
    writeFileSync(path.join(REAL_FOLDER, 'package.json'), '{"private":true}\n');
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', AXIOS];
    const { status, output } = await command('npm', args, { cwd: REAL_FOLDER });
    if (status !== 0) throw new Error(`the guide's sample needs ${AXIOS}: ${output.trim()}`);
  }
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

/** A cold refund in the real runtime client against the SDK-only handler, the guide's sample and the floor. */
export async function benchCold(tell: Tell): Promise<Found> {
  const client = await runtimeClient();
  if (client.kind === 'missing')
    return { lines: [`Cold starts were NOT measured: ${client.why}`], figures: [] };
  const stubs = await startStubs();
  const ours = await ourBundle('cancel-payment');
  const environment = { ...environmentFor(stubs.url), ...(await recordCalls(ours, stubs)) };
  const folders = [
    path.dirname(ours),
    path.dirname(await rivalBundle('sdk-only', 'as_everybody')),
    await guideSample(),
    path.dirname(await rivalBundle('floor', 'as_ours')),
  ];
  const throttle = throttleTo(THIRD);
  if (throttle === undefined)
    console.log('A third of a core was NOT measured: no control group may be made here.');
  const cold: Cold = { main: client.path, environment, throttle };
  const pairs: Pair[] = [];
  for (const speed of throttle === undefined ? (['full'] as const) : SPEEDS) {
    const took: Start[][] = folders.map(() => []);
    for (let run = -1; run < RUNS; run += 1) {
      tell(`cold, ${SPEED_TEXTS[speed]}: ${run} of ${RUNS}`);
      for (const side of byLot([...folders.keys()])) {
        const start = await coldStart(folders[side] ?? '', speed, cold);
        // The first run of each side only fills the file system's cache.
        if (run >= 0) took[side]?.push(start);
      }
    }
    pairs.push(...pairsOf(speed, took));
  }
  throttle?.end();
  stubs.end();
  return pairsFound(pairs);
}

/** The limit of the ratio between two sides. */
const TARGETS: Readonly<Record<string, number>> = { 'SDK-only handler': 1, "the guide's sample": 0.85 };

function pairsOf(speed: Speed, took: readonly (readonly Start[])[]): Pair[] {
  const [ours = [], ...others] = took;
  const names = ['SDK-only handler', "the guide's sample", 'floor'];
  const measures = speed === 'full' ? (['wallMs', 'cpuMs'] as const) : (['wallMs'] as const);
  return measures.flatMap((measure) =>
    names.map((name, index) => {
      const target = speed === 'everything' ? undefined : TARGETS[name];
      const what = `A cold refund, ${measure === 'cpuMs' ? 'processor' : SPEED_TEXTS[speed]}`;
      return pairOf(
        { what, unit: 'ms', name, ...(target === undefined ? {} : { target }) },
        ours.map((start) => start[measure]),
        (others[index] ?? []).map((start) => start[measure]),
      );
    }),
  );
}
