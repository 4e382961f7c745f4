import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';

import { LocalRunError } from '../errors.ts';
import type { FunctionPlan } from '../template/plan.ts';
import {
  type ExecutionEnvironment,
  type FunctionError,
  type Outcome,
  startEnvironment,
} from './execution-environment.ts';

export type InvocationResult =
  | Outcome
  /** No execution environment was free (in time); nothing was run. */
  | { readonly kind: 'throttled' };

/** Receives a function's output: one call for each line. */
export type LogLine = (functionName: string, line: string) => void;

interface InvokeOptions {
  /** @default - a new one */
  readonly traceId?: string;
  /** Called when the event has its environment, after any wait. */
  readonly onStart?: () => void;
}

/** Runs the functions of the template, one event at a time in each execution environment, as Lambda does. */
export interface LambdaHost {
  /** Runs one event (JSON text) and waits for it, as `RequestResponse` does. Never rejects for what the function does. */
  readonly invoke: (functionId: string, event: string, options?: InvokeOptions) => Promise<InvocationResult>;
  readonly end: () => Promise<void>;
}

export interface LambdaHostOptions {
  readonly functions: readonly FunctionPlan[];
  /** The whole environment of a function. */
  readonly environmentOf: (plan: FunctionPlan) => Readonly<Record<string, string>>;
  readonly log: LogLine;
  /** The maximum number of environments. @default - a limit for one machine */
  readonly maxEnvironments?: number;
}

export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const { functions, log } = options;
  const pool = new Pool(options);
  const plans = new Map(functions.map((plan) => [plan.logicalId, plan]));
  let isEnding = false;
  return {
    invoke: async (functionId, event, { traceId = newTraceId(), onStart } = {}) => {
      const plan = plans.get(functionId);
      if (plan === undefined) throw new LocalRunError(`The template has no function ${functionId}`);
      const environment = await pool.take(plan);
      if (environment === undefined) return { kind: 'throttled' };
      onStart?.();
      const requestId = randomUUID();
      const outcome = await environment.run({ requestId, event, traceId }, plan.timeoutMs);
      pool.giveBack(environment);
      if (outcome.kind === 'failed' && !isEnding) log(plan.name, errorLine(requestId, outcome));
      return outcome;
    },
    end: () => {
      isEnding = true;
      return pool.end();
    },
  };
}

function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Sampled=0`;
}

function errorLine(requestId: string, { errorType, errorMessage, trace }: FunctionError): string {
  const frame = trace.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `ERROR ${requestId} ${errorType}: ${errorMessage} ${frame?.trim() ?? ''}`;
}

/** The limit for one machine: a used environment needs some 50 MB. AWS's default is 1,000 per account. */
const MAX_ENVIRONMENTS = 16;
/** As long as an HTTP API waits for a function. */
const PATIENCE_MS = 30_000;
/** An idle environment costs some 15 MB; the cloud keeps them for minutes as well. */
const IDLE_MS = 60_000;
/**
 * Loading a bundle needs a processor, so only as many load at once as there are processors. A waiting event gets the first free
 * environment, newly loaded or reused.
 */
const MAX_LOADING = Math.max(2, availableParallelism());

/** An event that waits for an environment. */
interface Waiting {
  readonly plan: FunctionPlan;
  readonly resolve: (environment: ExecutionEnvironment | undefined) => void;
}

/** The execution environments of all functions. */
class Pool {
  readonly #options: LambdaHostOptions;
  readonly #all = new Map<ExecutionEnvironment, FunctionPlan>();
  readonly #loading = new Set<ExecutionEnvironment>();
  /** In the order of their last use, with the timer that ends them. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #waiting = new Set<Waiting>();
  #isEnded = false;

  constructor(options: LambdaHostOptions) {
    this.#options = options;
  }

  /**
   * An idle environment, else the first that becomes free. Nothing if the function uses all the concurrency that the template reserves
   * for it, as in AWS, or if this machine had none in time, which AWS does not limit.
   */
  async take(plan: FunctionPlan): Promise<ExecutionEnvironment | undefined> {
    const idle = this.#takeIdle(plan);
    if (idle !== undefined) return idle;
    if (this.#isEnded || this.#hasAllItReserves(plan)) return undefined;
    const { promise, resolve } = Promise.withResolvers<ExecutionEnvironment | undefined>();
    const waiting = { plan, resolve };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => {
      this.#waiting.delete(waiting);
      resolve(undefined);
    }, PATIENCE_MS);
    this.#startForTheWaiting();
    const environment = await promise;
    clearTimeout(timer);
    return environment;
  }

  giveBack(environment: ExecutionEnvironment): void {
    if (environment.isAlive()) this.#offer(environment);
    else this.#forget(environment);
    // An idle environment can make room for events of another function.
    this.#startForTheWaiting();
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    for (const { resolve } of this.#waiting) resolve(undefined);
    this.#waiting.clear();
    await Promise.all([...this.#all.keys()].map((environment) => this.#end(environment)));
  }

  #takeIdle(plan: FunctionPlan): ExecutionEnvironment | undefined {
    // The one used last comes first, so that unused ones can end.
    for (const [environment, timer] of [...this.#idle].toReversed()) {
      if (this.#all.get(environment) !== plan) continue;
      clearTimeout(timer);
      this.#idle.delete(environment);
      if (environment.isAlive()) return environment;
      this.#forget(environment);
    }
    return undefined;
  }

  #offer(environment: ExecutionEnvironment): void {
    const plan = this.#all.get(environment);
    const next = [...this.#waiting].find((waiting) => waiting.plan === plan);
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.resolve(environment);
      return;
    }
    this.#idle.set(environment, setTimeout(() => void this.#end(environment), IDLE_MS).unref());
  }

  #startForTheWaiting(): void {
    for (const { plan } of this.#waiting) {
      if (this.#loading.size >= MAX_LOADING) return;
      const waiting = [...this.#waiting].filter((each) => each.plan === plan).length;
      const loading = [...this.#loading].filter((each) => this.#all.get(each) === plan).length;
      if (loading < waiting && this.#mayStart(plan)) this.#start(plan);
    }
  }

  #sizeOf(plan: FunctionPlan): number {
    return [...this.#all.values()].filter((each) => each === plan).length;
  }

  #hasAllItReserves(plan: FunctionPlan): boolean {
    return this.#sizeOf(plan) >= (plan.reservedConcurrency ?? Infinity);
  }

  /**
   * Ends the one that has been idle longest to make room. A function without an environment always gets one, even beyond the limit of
   * this machine, so that a busy function never stops another.
   */
  #mayStart(plan: FunctionPlan): boolean {
    if (this.#hasAllItReserves(plan)) return false;
    if (this.#all.size < (this.#options.maxEnvironments ?? MAX_ENVIRONMENTS)) return true;
    const [longest] = this.#idle.keys();
    if (longest !== undefined) void this.#end(longest);
    return longest !== undefined || this.#sizeOf(plan) === 0;
  }

  #start(plan: FunctionPlan): void {
    const { environmentOf, log } = this.#options;
    const { name: functionName, arn, directory, handler, memoryMb } = plan;
    const settings = { functionName, arn, directory, handler, memoryMb };
    const environment = startEnvironment(settings, environmentOf(plan), (line) => log(functionName, line));
    this.#all.set(environment, plan);
    this.#loading.add(environment);
    void this.#offerOnceLoaded(environment);
  }

  async #offerOnceLoaded(environment: ExecutionEnvironment): Promise<void> {
    await environment.loaded;
    this.#loading.delete(environment);
    // An environment that failed to load is given, too: its run reports the reason.
    this.#offer(environment);
    this.#startForTheWaiting();
  }

  #forget(environment: ExecutionEnvironment): void {
    clearTimeout(this.#idle.get(environment));
    this.#idle.delete(environment);
    this.#all.delete(environment);
  }

  async #end(environment: ExecutionEnvironment): Promise<void> {
    this.#forget(environment);
    await environment.end();
  }
}
