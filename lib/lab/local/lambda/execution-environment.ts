import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

/** The data with which the thread loads the function. */
export interface EnvironmentSettings {
  readonly functionName: string;
  readonly functionVersion: string;
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

export type FromEnvironment =
  | Outcome
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'not-loaded' } & FunctionError);

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
  let isAlive = true;
  const end = async (): Promise<void> => {
    isAlive = false;
    await worker.terminate();
  };
  const mailbox = createMailbox<FromEnvironment>();
  worker.on('message', mailbox.put);
  worker.on('error', (error: Error) => {
    isAlive = false;
    mailbox.put(failed(error.name, error.message, error.stack));
  });
  worker.on('exit', () => {
    isAlive = false;
    mailbox.put(failed('Runtime.ExitError', 'Runtime exited without providing a reason'));
  });

  const exchange = async (
    message: ToEnvironment,
    limitMs: number,
    late: string,
  ): Promise<FromEnvironment> => {
    worker.postMessage(message, []);
    const answer = await mailbox.take(limitMs);
    if (answer === undefined || answer.kind === 'not-loaded') await end();
    return answer ?? failed('Sandbox.Timedout', late);
  };
  const loaded = exchange({ kind: 'load', ...settings }, LOAD_TIMEOUT_MS, LOADING_TOO_LONG);
  return {
    isAlive: () => isAlive,
    loaded,
    run: async (event, timeoutMs) => {
      const start = await loaded;
      if (start.kind !== 'ready') return outcomeOf(start);
      const late = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
      return outcomeOf(
        await exchange({ kind: 'run', ...event, deadlineMs: Date.now() + timeoutMs }, timeoutMs, late),
      );
    },
    end,
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

function outcomeOf(message: FromEnvironment): Outcome {
  if (message.kind === 'not-loaded') return { ...message, kind: 'failed' };
  if (message.kind === 'ready') return failed('Bug', 'an execution environment became ready twice');
  return message;
}

/** Queues arriving messages for the next reader. */
interface Mailbox<Message> {
  readonly put: (message: Message) => void;
  /** The next message, or undefined when none came within `limitMs`. One caller at a time. */
  readonly take: (limitMs: number) => Promise<Message | undefined>;
}

function createMailbox<Message>(): Mailbox<Message> {
  const arrived: Message[] = [];
  let waiting: ((message: Message) => void) | undefined;
  return {
    put: (message) => {
      if (waiting === undefined) arrived.push(message);
      else waiting(message);
    },
    take: async (limitMs) => {
      const first = arrived.shift();
      if (first !== undefined) return first;
      const { promise, resolve } = Promise.withResolvers<Message | undefined>();
      waiting = resolve;
      const timer = setTimeout(() => resolve(undefined), limitMs);
      const message = await promise;
      clearTimeout(timer);
      waiting = undefined;
      return message;
    },
  };
}
