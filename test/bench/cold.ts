import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startRuntimeApi } from '../real/support/runtime-api.ts';
import { runtimeClient } from '../real/support/tools.ts';
import { cancelEvent } from './events.ts';
import { byLot, compared } from './stats.ts';
import { bundled, environmentFor, SDK_ONLY, SERVICE, startStubs } from './stubs.ts';

const RUNS = 15;
const DEADLINE_MS = 28_000;

interface Environment {
  /** The real runtime client. */
  readonly client: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Slows the process when it has started: in Lambda the start has a whole processor and the request only its share. */
  readonly slow: (pid: number) => void;
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

async function coldStart(folder: string, { client, variables, slow }: Environment): Promise<Start> {
  const api = await startRuntimeApi('arn:aws:lambda:ap-northeast-2:000000000000:function:bench');
  const fromMs = performance.now();
  const child = spawn(process.execPath, [client, 'index.handler'], {
    cwd: folder,
    env: { ...variables, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void gone.then(() => api.fail('the environment ended without an answer'));
  await api.ready;
  slow(child.pid ?? 0);
  const { payload } = await api.invoke(cancelEvent(`bench-${child.pid}`), DEADLINE_MS);
  const took = { wallMs: performance.now() - fromMs, cpuMs: processorMs(child.pid) };
  if ((payload as { statusCode?: number }).statusCode !== 200)
    throw new Error(`a cold refund was answered by ${JSON.stringify(payload)}`);
  child.kill('SIGKILL');
  await gone;
  await api.end();
  return took;
}

/** A cold refund in the real runtime client compared with the SDK-only handler, at full speed and as in Lambda. */
export async function benchCold(): Promise<readonly string[]> {
  const client = await runtimeClient();
  if (client.kind === 'missing') return [`Cold starts were NOT measured: ${client.why}`];
  const stubs = await startStubs();
  const folders = [path.dirname(await bundled(SERVICE)), path.dirname(await bundled(SDK_ONLY))];
  const measure = async (slow: Environment['slow']): Promise<readonly Start[][]> => {
    const took: Start[][] = folders.map(() => []);
    const environment = { client: client.path, variables: environmentFor(stubs.url), slow };
    for (let run = -1; run < RUNS; run += 1) {
      for (const side of byLot([...folders.keys()])) {
        const start = await coldStart(folders[side] ?? '', environment);
        // The first run of each side only fills the file system's cache.
        if (run >= 0) took[side]?.push(start);
      }
    }
    return took;
  };
  const line = (what: string, measured: keyof Start, [ours = [], others = []]: readonly Start[][]) =>
    compared({
      what: `A cold refund, ${what}`,
      than: 'SDK-only handler',
      ours: ours.map((start) => start[measured]),
      others: others.map((start) => start[measured]),
      target: 1,
    });
  const full = await measure(() => undefined);
  const lines = [line('wall', 'wallMs', full), line('processor', 'cpuMs', full)];
  const throttle = thirdOfACore();
  const what = 'the request at a third of a core';
  lines.push(
    throttle === undefined
      ? `${what} was NOT measured: no control group may be made here.`
      : line(what, 'wallMs', await measure(throttle.slow)),
  );
  throttle?.end();
  stubs.end();
  return lines;
}

const PERIOD_US = 10_000;
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/**
 * A control group of the kernel (either version) with a third of a processor, which is what Lambda gives to half a gigabyte.
 * `undefined` where this user may not make one.
 */
function thirdOfACore(): { readonly slow: (pid: number) => void; readonly end: () => void } | undefined {
  const quota = Math.round(PERIOD_US / 3);
  const isV1 = existsSync(`${V1}/cgroup.procs`);
  const folder = `${isV1 ? V1 : V2}/iamport-refunds-bench-${process.pid}`;
  try {
    mkdirSync(folder);
    if (isV1) writeFileSync(`${folder}/cpu.cfs_period_us`, String(PERIOD_US));
    if (isV1) writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quota));
    else writeFileSync(`${folder}/cpu.max`, `${quota} ${PERIOD_US}`);
  } catch {
    return undefined;
  }
  return {
    slow: (pid) => writeFileSync(`${folder}/cgroup.procs`, String(pid)),
    end: () => rmdirSync(folder),
  };
}
