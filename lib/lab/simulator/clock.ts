interface Task {
  readonly dueAtMs: number;
  readonly run: () => Promise<void> | void;
}

/**
 * Simulated time: the given clock plus the time that a test has skipped. Real time also passes, so a demonstration
 * continues by itself.
 */
export class SimulatedClock {
  readonly #baseMs: () => number;
  #skippedMs = 0;
  readonly #tasks: Task[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(baseMs: () => number) {
    this.#baseMs = baseMs;
  }

  /** ms since the epoch. */
  nowMs(): number {
    return this.#baseMs() + this.#skippedMs;
  }

  /** Runs `task` after `delayMs` of simulated time. */
  after(delayMs: number, run: Task['run']): void {
    const dueAtMs = this.nowMs() + delayMs;
    // Of two tasks due at the same time, the one scheduled first runs first.
    const before = this.#tasks.findLastIndex((task) => task.dueAtMs <= dueAtMs);
    this.#tasks.splice(before + 1, 0, { dueAtMs, run });
    this.#watch();
  }

  /** Moves time forward: each due task runs at its own time, in order, and is finished when this resolves. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs() + ms;
    for (let task = this.#takeDue(untilMs); task !== undefined; task = this.#takeDue(untilMs)) {
      this.#skippedMs += Math.max(task.dueAtMs - this.nowMs(), 0);
      // One after the other: a task at 60 s must see the effect of a task at 30 s.
      await task.run();
    }
    this.#skippedMs += Math.max(untilMs - this.nowMs(), 0);
    this.#watch();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#tasks.length = 0;
  }

  #takeDue(untilMs: number): Task | undefined {
    const [first] = this.#tasks;
    return first === undefined || first.dueAtMs > untilMs ? undefined : this.#tasks.shift();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const [first] = this.#tasks;
    if (first === undefined) return;
    // At least 1 ms, so that a stopped injected clock does not cause a busy loop.
    this.#timer = setTimeout(() => this.#runDue(), Math.max(first.dueAtMs - this.nowMs(), 1));
    this.#timer.unref();
  }

  #runDue(): void {
    for (let task = this.#takeDue(this.nowMs()); task !== undefined; task = this.#takeDue(this.nowMs())) {
      void runAlone(task);
    }
    this.#watch();
  }
}

/** No caller waits for this task, so its failure is logged here. */
async function runAlone({ run }: Task): Promise<void> {
  try {
    await run();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error), "i'mport simulator: a task failed");
  }
}
