import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';

import { type FunctionPlan, known } from '../template/plan.ts';
import { type ExecutionEnvironment, type Outcome, startEnvironment } from './execution-environment.ts';

export type InvocationResult =
  | Outcome
  /** No execution environment was free (in time); nothing was run. */
  | { readonly kind: 'throttled' };

/** Receives a function's output: one call for each line. */
export type LogLine = (functionName: string, line: string) => void;

export type LambdaHost = ReturnType<typeof startLambdaHost>;

interface LambdaHostOptions {
  readonly functions: readonly FunctionPlan[];
  /** The whole environment of a function. */
  readonly environmentOf: (plan: FunctionPlan) => Readonly<Record<string, string>>;
  readonly log: LogLine;
  /** All functions together have at most this many environments, but each may have one. @default - a limit for one machine */
  readonly maxEnvironments?: number;
}

/** Runs the functions of the template, one event at a time in each execution environment, as Lambda does. */
export function startLambdaHost(options: LambdaHostOptions) {
  const { functions, environmentOf, log, maxEnvironments = MAX_ENVIRONMENTS } = options;
  const isFull = (): boolean =>
    [...pools.values()].reduce((sum, { size }) => sum + size, 0) >= maxEnvironments;
  const pools: ReadonlyMap<string, Pool> = new Map(
    functions.map((plan) => {
      const start = () => startEnvironment(plan, environmentOf(plan), (line) => log(plan.name, line));
      return [plan.logicalId, new Pool(plan, start, isFull)];
    }),
  );
  let isEnding = false;
  return {
    /**
     * Runs one event (JSON text) and waits for it, as `RequestResponse` does. Never rejects for what the function does.
     * @param onStart called when the event has its environment, after any wait
     */
    invoke: async (functionId: string, event: string, onStart?: () => void): Promise<InvocationResult> => {
      const pool = known(pools.get(functionId), `function ${functionId}`);
      const environment = await pool.take();
      if (environment === undefined) return { kind: 'throttled' };
      onStart?.();
      const requestId = randomUUID();
      const outcome = await environment.run({ requestId, event }, pool.plan.timeoutMs);
      pool.giveBack(environment);
      if (outcome.kind === 'failed' && !isEnding)
        log(pool.plan.name, `ERROR ${requestId} ${outcome.errorType}: ${outcome.errorMessage} ${outcome.at}`);
      return outcome;
    },
    end: async (): Promise<void> => {
      isEnding = true;
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

/** The limit for one machine: a used environment needs some 50 MB. */
const MAX_ENVIRONMENTS = 16;
/** As long as an HTTP API waits for a function. */
const PATIENCE_MS = 30_000;
/** An idle environment costs some 15 MB; the cloud keeps them for minutes as well. */
const IDLE_MS = 60_000;
/** Loading a bundle needs a processor, so a function loads only as many at once as there are processors. */
const MAX_LOADING = Math.max(2, availableParallelism());

/** The execution environments of one function. A waiting event gets the first one that is free, newly loaded or reused. */
class Pool {
  readonly plan: FunctionPlan;
  readonly #start: () => ExecutionEnvironment;
  readonly #isFull: () => boolean;
  readonly #all = new Set<ExecutionEnvironment>();
  /** In the order of their last use, with the timer that ends them. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #waiting = new Set<(environment: ExecutionEnvironment | undefined) => void>();
  #loading = 0;

  /** @param isFull whether the machine has as many environments as it may */
  constructor(plan: FunctionPlan, start: () => ExecutionEnvironment, isFull: () => boolean) {
    this.plan = plan;
    this.#start = start;
    this.#isFull = isFull;
  }

  get size(): number {
    return this.#all.size;
  }

  /** undefined if there was none in time, or if the function uses all the concurrency that the template reserves for it, as in AWS. */
  async take(): Promise<ExecutionEnvironment | undefined> {
    const used = this.#all.size - this.#idle.size - this.#loading + this.#waiting.size;
    if (used >= (this.plan.reservedConcurrency ?? Infinity)) return undefined;
    const { promise, resolve } = Promise.withResolvers<ExecutionEnvironment | undefined>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, PATIENCE_MS, undefined);
    this.#serve();
    const environment = await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
    return environment;
  }

  giveBack(environment: ExecutionEnvironment): void {
    if (environment.isAlive())
      this.#idle.set(environment, setTimeout(() => void this.#end(environment), IDLE_MS).unref());
    else this.#all.delete(environment);
    this.#serve();
  }

  async end(): Promise<void> {
    for (const resolve of this.#waiting) resolve(undefined);
    this.#waiting.clear();
    await Promise.all([...this.#all].map((environment) => this.#end(environment)));
  }

  #serve(): void {
    for (const resolve of this.#waiting) {
      // The one used last comes first, so that unused ones can end.
      const [environment] = [...this.#idle.keys()].toReversed();
      if (environment === undefined) break;
      clearTimeout(this.#idle.get(environment));
      this.#idle.delete(environment);
      this.#waiting.delete(resolve);
      resolve(environment);
    }
    const wanted = Math.min(this.#waiting.size, MAX_LOADING);
    while (this.#loading < wanted && (this.size === 0 || !this.#isFull())) void this.#load();
  }

  async #load(): Promise<void> {
    const environment = this.#start();
    this.#all.add(environment);
    this.#loading += 1;
    await environment.loaded;
    this.#loading -= 1;
    // One that failed to load is given, too: its run reports the reason.
    const [resolve] = this.#waiting;
    if (environment.isAlive() || resolve === undefined) return this.giveBack(environment);
    this.#waiting.delete(resolve);
    return resolve(environment);
  }

  async #end(environment: ExecutionEnvironment): Promise<void> {
    clearTimeout(this.#idle.get(environment));
    this.#idle.delete(environment);
    this.#all.delete(environment);
    await environment.end();
  }
}
