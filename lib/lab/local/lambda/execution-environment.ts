import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

import type { FunctionPlan } from '../template/plan.ts';

export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** ms since the epoch at which Lambda ends the environment. */
  readonly deadlineMs: number;
}

export type Outcome =
  | { readonly kind: 'returned'; readonly payload: string }
  | {
      readonly kind: 'failed';
      readonly errorType: string;
      readonly errorMessage: string;
      /** The place in the code; may be empty. */
      readonly at: string;
    };

/** The first message of the thread, and then the answer to each event. */
export type FromEnvironment = Outcome | { readonly kind: 'ready' };

/** Runs one event at a time, and ends after a crash or a timeout. */
export type ExecutionEnvironment = ReturnType<typeof startEnvironment>;

/** Lambda gives the code outside the handler 10 seconds: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const LOAD_TIMEOUT_MS = 10_000;
const THREAD = new URL('execution-environment-thread.ts', import.meta.url);
/** V8's default lets a thread's young generation grow to 48 MB; with sixteen threads that would be most of the run's memory. */
const YOUNG_MB = 12;

/** A thread whose `process.env` is `env` and nothing else, and whose output goes to `log` line by line. */
function startThread(
  plan: FunctionPlan,
  env: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Worker {
  const worker = new Worker(THREAD, {
    workerData: plan,
    env: { ...env },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: plan.memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  for (const stream of [worker.stdout, worker.stderr]) createInterface({ input: stream }).on('line', log);
  return worker;
}

export function startEnvironment(...given: Parameters<typeof startThread>) {
  const worker = startThread(...given);
  /** Why it runs no more events. */
  let ended: Outcome | undefined;
  let waiting = Promise.withResolvers<FromEnvironment>();
  const end = async (errorType: string, errorMessage: string, at = ''): Promise<void> => {
    ended ??= { kind: 'failed', errorType, errorMessage, at };
    waiting.resolve(ended);
    await worker.terminate();
  };
  worker.on('message', (answer: FromEnvironment) => waiting.resolve(answer));
  worker.on('error', ({ name, message }: Error) => void end(name, message));
  worker.on('exit', () => void end('Runtime.ExitError', 'Runtime exited without providing a reason'));

  const answer = async (limitMs: number, late: string): Promise<FromEnvironment> => {
    const timer = setTimeout(() => void end('Sandbox.Timedout', late), limitMs);
    const answered = await waiting.promise;
    clearTimeout(timer);
    return answered;
  };
  const loaded = answer(LOAD_TIMEOUT_MS, 'The code outside the handler took too long').then((first) =>
    first.kind === 'failed' ? end(first.errorType, first.errorMessage, first.at) : undefined,
  );
  return {
    isAlive: (): boolean => ended === undefined,
    /** Resolves when the code outside the handler has run or failed. Never rejects. */
    loaded,
    /** Runs one event, for at most `timeoutMs`. Never rejects. */
    run: async (event: Omit<Invocation, 'deadlineMs'>, timeoutMs: number): Promise<Outcome> => {
      if (ended !== undefined) return ended;
      waiting = Promise.withResolvers();
      worker.postMessage({ ...event, deadlineMs: Date.now() + timeoutMs } satisfies Invocation, []);
      const late = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      const outcome = await answer(timeoutMs, late);
      if (outcome.kind === 'ready') throw new Error('Bug: an execution environment became ready twice');
      return outcome;
    },
    end: (): Promise<void> => end('Runtime.ExitError', 'The environment was ended'),
  };
}
