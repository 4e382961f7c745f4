interface Task {
  readonly dueAtMs: number;
  readonly run: () => Promise<void> | void;
}

/** The longest time a Node timer can wait; a later task is looked at again then. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Simulated time: the given clock, plus what a test has skipped. Real time passes in it too, so a demonstration goes on by
 * itself.
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

  /** Runs `task` once `delayMs` of simulated time have passed, whoever makes them pass. */
  after(delayMs: number, run: Task['run']): void {
    const dueAtMs = this.nowMs() + delayMs;
    // Of two tasks due at the same time the one scheduled first runs first.
    const before = this.#tasks.findLastIndex((task) => task.dueAtMs <= dueAtMs);
    this.#tasks.splice(before + 1, 0, { dueAtMs, run });
    this.#watch();
  }

  /** Starts what is due and was not started, e.g. after an injected clock was moved. Does not wait for it. */
  catchUp(): void {
    for (let task = this.#takeDue(this.nowMs()); task !== undefined; task = this.#takeDue(this.nowMs())) {
      void runAlone(task);
    }
    this.#watch();
  }

  /** Moves time forward: every task that falls due runs at its own time, in order, and is finished when this resolves. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs() + ms;
    for (let task = this.#takeDue(untilMs); task !== undefined; task = this.#takeDue(untilMs)) {
      this.#skippedMs += Math.max(task.dueAtMs - this.nowMs(), 0);
      // One after the other: a task that runs at 60 s must see what the one at 30 s did.
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
    if (first !== undefined) {
      // At least 1 ms: an injected clock that stands still must not make this spin.
      const waitMs = Math.min(Math.max(first.dueAtMs - this.nowMs(), 1), LONGEST_TIMER_MS);
      this.#timer = setTimeout(() => this.catchUp(), waitMs);
      this.#timer.unref();
    }
  }
}

/** No caller waits for this task, so its failure is told here. */
async function runAlone({ run }: Task): Promise<void> {
  try {
    await run();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error), "i'mport simulator: a task failed");
  }
}
