import { type ExecutionEnvironment, startEnvironment } from './execution-environment.ts';
import type { FunctionPlan } from './plan.ts';

/** An idle environment costs some 15 MB; the cloud keeps them for minutes as well. */
const IDLE_MS = 60_000;

/** The execution environments of one function. */
export class Fleet {
  readonly plan: FunctionPlan;
  readonly #start: () => ExecutionEnvironment;
  readonly #all = new Set<ExecutionEnvironment>();
  /** In the order of their last use, with the timer that ends them. */
  readonly #idle = new Map<ExecutionEnvironment, NodeJS.Timeout>();

  constructor(plan: FunctionPlan, env: Readonly<Record<string, string>>, log: (line: string) => void) {
    this.plan = plan;
    const { name: functionName, arn, directory, handler, memoryMb } = plan;
    const settings = { functionName, functionVersion: '1', arn, directory, handler, memoryMb };
    this.#start = () => startEnvironment(settings, env, log);
  }

  get size(): number {
    return this.#all.size;
  }

  /** An idle environment, else a new one, else (everything busy, and no more allowed) nothing. */
  take(mayGrow: () => boolean): ExecutionEnvironment | undefined {
    const idle = this.#takeIdle();
    if (idle !== undefined) return idle;
    if (!mayGrow() || this.size >= (this.plan.reservedConcurrency ?? Infinity)) return undefined;
    const environment = this.#start();
    this.#all.add(environment);
    return environment;
  }

  giveBack(environment: ExecutionEnvironment): void {
    if (!environment.isAlive()) {
      this.#forget(environment);
      return;
    }
    const timer = setTimeout(() => void this.#end(environment), IDLE_MS);
    timer.unref();
    this.#idle.set(environment, timer);
  }

  async end(): Promise<void> {
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
