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

interface Waiting {
  readonly resolve: (environment: ExecutionEnvironment | undefined) => void;
  readonly makeRoom: () => boolean;
}

/** The execution environments of one function. */
export class Fleet {
  readonly plan: FunctionPlan;
  readonly #start: () => ExecutionEnvironment;
  readonly #all = new Set<ExecutionEnvironment>();
  /** In the order of their last use, with the timer that ends them. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();
  readonly #waiting: Waiting[] = [];
  #loading = 0;

  constructor(plan: FunctionPlan, env: Readonly<Record<string, string>>, log: (line: string) => void) {
    this.plan = plan;
    const { name: functionName, arn, directory, handler, memoryMb } = plan;
    const settings = { functionName, functionVersion: '1', arn, directory, handler, memoryMb };
    this.#start = () => startEnvironment(settings, env, log);
  }

  get size(): number {
    return this.#all.size;
  }

  /** An idle environment, else the first to be free; nothing when everything is busy and no more are allowed. */
  async take(makeRoom: () => boolean): Promise<ExecutionEnvironment | undefined> {
    const idle = this.#takeIdle();
    if (idle !== undefined) return idle;
    const mayGrow = (): boolean => this.size < (this.plan.reservedConcurrency ?? Infinity) && makeRoom();
    if (this.#loading === 0 && !mayGrow()) return undefined;
    const { promise, resolve } = Promise.withResolvers<ExecutionEnvironment | undefined>();
    this.#waiting.push({ resolve, makeRoom: mayGrow });
    this.#growForTheWaiting();
    return promise;
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
      this.#growForTheWaiting();
      return;
    }
    this.#offer(environment);
  }

  #offer(environment: ExecutionEnvironment): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve(environment);
      return;
    }
    const timer = setTimeout(() => void this.#end(environment), IDLE_MS);
    timer.unref();
    this.#idle.set(environment, timer);
  }

  #growForTheWaiting(): void {
    while (this.#loading < MAX_LOADING && this.#loading < this.#waiting.length) {
      if (this.#waiting[0]?.makeRoom() !== true) break;
      const environment = this.#start();
      this.#all.add(environment);
      this.#loading += 1;
      void this.#welcome(environment);
    }
    // Nobody will come free for them any more.
    if (this.#loading === 0 && this.size === 0)
      for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
  }

  async #welcome(environment: ExecutionEnvironment): Promise<void> {
    await environment.loaded;
    this.#loading -= 1;
    // One that could not be loaded is handed over as well: running it tells why.
    this.#offer(environment);
    this.#growForTheWaiting();
  }

  async end(): Promise<void> {
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
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
