import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

/** The data with which the thread loads the function. */
export interface EnvironmentSettings {
  readonly functionName: string;
  readonly arn: string;
  readonly directory: string;
  readonly handler: string;
  readonly memoryMb: number;
}

export interface Invocation {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** ms since the epoch at which Lambda ends the environment. */
  readonly deadlineMs: number;
  readonly traceId: string;
}

export type ToEnvironment =
  | ({ readonly kind: 'load' } & EnvironmentSettings)
  | ({ readonly kind: 'run' } & Invocation);

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: string;
}

export type Outcome =
  | { readonly kind: 'returned'; readonly payload: string }
  | ({ readonly kind: 'failed' } & FunctionError);

/** The answer to each message; a load is answered with `ready` or `failed`. */
export type FromEnvironment = Outcome | { readonly kind: 'ready' };

/** An execution environment: runs one event at a time, and ends after a crash or a timeout. */
export interface ExecutionEnvironment {
  readonly isAlive: () => boolean;
  /** Resolves when the code outside the handler has run or failed. Never rejects. */
  readonly loaded: Promise<unknown>;
  /** Runs one event, for at most `timeoutMs` after the code outside the handler is loaded. Never rejects. */
  readonly run: (event: Omit<Invocation, 'deadlineMs'>, timeoutMs: number) => Promise<Outcome>;
  readonly end: () => Promise<void>;
}

/** Lambda gives the code outside the handler 10 seconds: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const LOAD_TIMEOUT_MS = 10_000;
const LOADING_TOO_LONG = 'The code outside the handler took too long';
const THREAD = new URL('execution-environment-thread.ts', import.meta.url);

export function startEnvironment(
  settings: EnvironmentSettings,
  env: Readonly<Record<string, string>>,
  log: (line: string) => void,
): ExecutionEnvironment {
  const worker = startThread(settings.memoryMb, env, log);
  /** Why it runs no more events. */
  let ended: Outcome | undefined;
  let waiting: ((answer: FromEnvironment) => void) | undefined;
  const end = async (outcome = failed('Runtime.ExitError', 'The environment was ended')): Promise<void> => {
    ended ??= outcome;
    waiting?.(outcome);
    await worker.terminate();
  };
  worker.on('message', (answer: FromEnvironment) => waiting?.(answer));
  worker.on('error', ({ name, message, stack }: Error) => void end(failed(name, message, stack)));
  worker.on('exit', () => void end(failed('Runtime.ExitError', 'Runtime exited without providing a reason')));

  const exchange = async (
    message: ToEnvironment,
    limitMs: number,
    late: string,
  ): Promise<FromEnvironment> => {
    if (ended !== undefined) return ended;
    const { promise, resolve } = Promise.withResolvers<FromEnvironment>();
    waiting = resolve;
    const timer = setTimeout(() => void end(failed('Sandbox.Timedout', late)), limitMs);
    worker.postMessage(message, []);
    const answer = await promise;
    clearTimeout(timer);
    return answer;
  };
  const loaded = exchange({ kind: 'load', ...settings }, LOAD_TIMEOUT_MS, LOADING_TOO_LONG).then(
    async (answer) => (answer.kind === 'failed' ? end(answer) : undefined),
  );
  return {
    isAlive: () => ended === undefined,
    loaded,
    run: async (event, timeoutMs) => {
      await loaded;
      const late = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      const deadlineMs = Date.now() + timeoutMs;
      const answer = await exchange({ kind: 'run', ...event, deadlineMs }, timeoutMs, late);
      if (answer.kind === 'ready') throw new Error('Bug: an execution environment became ready twice');
      return answer;
    },
    end: () => end(),
  };
}

/** V8's default lets a thread's young generation grow to 48 MB; with sixteen threads that would be most of the run's memory. */
const YOUNG_MB = 12;

/** A thread whose `process.env` is `env` and nothing else, and whose output goes to `log` line by line. */
function startThread(
  memoryMb: number,
  env: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Worker {
  const worker = new Worker(THREAD, {
    env: { ...env },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    createInterface({ input: stream }).on('line', log);
  }
  return worker;
}

function failed(errorType: string, errorMessage: string, trace = ''): Outcome {
  return { kind: 'failed', errorType, errorMessage, trace };
}
