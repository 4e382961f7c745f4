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

export interface InvokeOptions {
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
  /** How long an event waits for a free environment. @default - as long as an HTTP API waits */
  readonly patienceMs?: number;
}

/** The limit for one machine: a used environment needs some 50 MB. AWS's default is 1,000 per account. */
const MAX_ENVIRONMENTS = 16;
/** As long as an HTTP API waits for a function. */
const PATIENCE_MS = 30_000;

export function startLambdaHost(options: LambdaHostOptions): LambdaHost {
  const { functions, environmentOf, log } = options;
  const { maxEnvironments = MAX_ENVIRONMENTS, patienceMs = PATIENCE_MS } = options;
  // An idle environment is ended here to make room for another function; AWS needs no such limit.
  const makeRoom = (): boolean => {
    const all = [...fleets.values()];
    const isFull = all.reduce((sum, fleet) => sum + fleet.size, 0) >= maxEnvironments;
    return !isFull || all.some((fleet) => fleet.endAnIdleOne());
  };
  const fleets = new Map(
    functions.map((plan) => {
      const ownLog = (line: string): void => log(plan.name, line);
      return [
        plan.logicalId,
        new Fleet({ plan, env: environmentOf(plan), log: ownLog, makeRoom, patienceMs }),
      ];
    }),
  );
  let isEnding = false;
  const fleetOf = (functionId: string): Fleet => {
    const fleet = fleets.get(functionId);
    if (fleet === undefined) throw new LocalRunError(`The template has no function ${functionId}`);
    return fleet;
  };
  const invoke: LambdaHost['invoke'] = async (
    functionId,
    event,
    { traceId = newTraceId(), onStart } = {},
  ) => {
    const fleet = fleetOf(functionId);
    const environment = await fleet.take();
    if (environment === undefined) return { kind: 'throttled' };
    onStart?.();
    const requestId = randomUUID();
    const outcome = await environment.run({ requestId, event, traceId }, fleet.plan.timeoutMs);
    fleet.giveBack(environment);
    // An idle environment can make room for events of another function.
    for (const other of fleets.values()) if (other !== fleet) other.growForTheWaiting();
    if (outcome.kind === 'failed' && !isEnding) log(fleet.plan.name, errorLine(requestId, outcome));
    return outcome;
  };

  return {
    invoke,
    end: async () => {
      isEnding = true;
      await Promise.all([...fleets.values()].map((fleet) => fleet.end()));
    },
  };
}

function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Sampled=0`;
}

function errorLine(requestId: string, { errorType, errorMessage, trace }: FunctionError): string {
  const frame = trace
    .split('\n')
    .find((line) => line.trimStart().startsWith('at '))
    ?.trim();
  return `ERROR ${requestId} ${errorType}: ${errorMessage} ${frame ?? ''}`;
}

/** An idle environment costs some 15 MB; the cloud keeps them for minutes as well. */
const IDLE_MS = 60_000;

/**
 * Loading a bundle needs a processor, so only as many load at once as there are processors. A waiting event gets the first free
 * environment, newly loaded or reused.
 */
const MAX_LOADING = Math.max(2, availableParallelism());

type Resolve = (environment: ExecutionEnvironment | undefined) => void;

interface FleetOptions {
  readonly plan: FunctionPlan;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /** Whether one more environment may be started on this machine; may end an idle one for it. */
  readonly makeRoom: () => boolean;
  /** How long an event waits for an environment on this machine. */
  readonly patienceMs: number;
}

/** The execution environments of one function. */
class Fleet {
  readonly plan: FunctionPlan;
  readonly #options: FleetOptions;
  readonly #all = new Set<ExecutionEnvironment>();
  /** In the order of their last use, with the timer that ends them. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #waiting = new Set<Resolve>();
  #loading = 0;

  constructor(options: FleetOptions) {
    this.plan = options.plan;
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  /**
   * An idle environment, else the first that becomes free. Nothing if the function uses all the concurrency that the template reserves
   * for it, as in AWS, or if this machine had none in time, which AWS does not limit.
   */
  async take(): Promise<ExecutionEnvironment | undefined> {
    const idle = this.#takeIdle();
    if (idle !== undefined) return idle;
    if (this.#loading === 0 && this.#hasAllItReserves()) return undefined;
    const { promise, resolve } = Promise.withResolvers<ExecutionEnvironment | undefined>();
    this.#waiting.add(resolve);
    const timer = setTimeout(() => {
      this.#waiting.delete(resolve);
      resolve(undefined);
    }, this.#options.patienceMs);
    this.growForTheWaiting();
    const environment = await promise;
    clearTimeout(timer);
    return environment;
  }

  #hasAllItReserves(): boolean {
    return this.size >= (this.plan.reservedConcurrency ?? Infinity);
  }

  /** A function without an environment always gets one, even beyond the limit of this machine. */
  #mayGrow(): boolean {
    return !this.#hasAllItReserves() && (this.#options.makeRoom() || this.size === 0);
  }

  /** Ends the one that has been idle longest. False when all are busy. */
  endAnIdleOne(): boolean {
    const [longest] = this.#idle.keys();
    if (longest === undefined) return false;
    void this.#end(longest);
    return true;
  }

  giveBack(environment: ExecutionEnvironment): void {
    if (!environment.isAlive()) {
      this.#forget(environment);
      this.growForTheWaiting();
      return;
    }
    this.#offer(environment);
  }

  #offer(environment: ExecutionEnvironment): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next(environment);
      return;
    }
    const timer = setTimeout(() => void this.#end(environment), IDLE_MS);
    timer.unref();
    this.#idle.set(environment, timer);
  }

  growForTheWaiting(): void {
    while (this.#loading < Math.min(MAX_LOADING, this.#waiting.size) && this.#mayGrow()) {
      const environment = this.#start();
      this.#all.add(environment);
      this.#loading += 1;
      void this.#welcome(environment);
    }
  }

  #start(): ExecutionEnvironment {
    const { plan, env, log } = this.#options;
    const { name: functionName, arn, directory, handler, memoryMb } = plan;
    const settings = { functionName, functionVersion: '1', arn, directory, handler, memoryMb };
    return startEnvironment(settings, env, log);
  }

  async #welcome(environment: ExecutionEnvironment): Promise<void> {
    await environment.loaded;
    this.#loading -= 1;
    // An environment that failed to load is returned, too: its run reports the reason.
    this.#offer(environment);
    this.growForTheWaiting();
  }

  async end(): Promise<void> {
    for (const resolve of this.#waiting) resolve(undefined);
    this.#waiting.clear();
    await Promise.all([...this.#all].map((environment) => this.#end(environment)));
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    // The one used last comes first, so that unused ones can end.
    for (const [environment, timer] of [...this.#idle].toReversed()) {
      clearTimeout(timer);
      this.#idle.delete(environment);
      if (environment.isAlive()) return environment;
      this.#forget(environment);
    }
    return undefined;
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
