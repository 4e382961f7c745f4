import { availableParallelism } from 'node:os';

import { type ExecutionEnvironment, startEnvironment } from './execution-environment.ts';
import type { FunctionPlan } from '../template/plan.ts';

/** An idle environment costs some 15 MB; the cloud keeps them for minutes as well. */
const IDLE_MS = 60_000;

/**
 * Loading a bundle is work for a processor, so as many load at once as there are; whoever waits is served by the first
 * environment that is free, loaded just now or done with another event. Fifty loading at once would only make each slow.
 */
const MAX_LOADING = Math.max(2, availableParallelism());

type Resolve = (environment: ExecutionEnvironment | undefined) => void;

interface FleetOptions {
  readonly plan: FunctionPlan;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /** Whether one more environment may be started on this machine; may end an idle one for it. */
  readonly makeRoom: () => boolean;
  /** How long an event waits in line for a place on this machine. */
  readonly patienceMs: number;
}

/** The execution environments of one function. */
export class Fleet {
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
   * An idle environment, else the first to be free. Nothing when the function has all the places that the template reserves
   * for it, as in the cloud; or when this machine had none in time, which the cloud always has.
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

  /** A function that has no environment gets one in any case: others must not keep it out altogether. */
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
    // One that could not be loaded is handed over as well: running it tells why.
    this.#offer(environment);
    this.growForTheWaiting();
  }

  async end(): Promise<void> {
    for (const resolve of this.#waiting) resolve(undefined);
    this.#waiting.clear();
    await Promise.all([...this.#all].map((environment) => this.#end(environment)));
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    // The one used last first, so that those which are not needed can end.
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
