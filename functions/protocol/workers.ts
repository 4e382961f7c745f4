/** Whether the called service answered: while it does, the concurrency grows. */
export type Worked = 'answered' | 'refused';

export interface WorkerOptions {
  /** Maximum of concurrent workers. */
  readonly parallel: number;
  /** Epoch ms after which nothing new starts. */
  readonly stopAtMs: number;
  readonly now: () => number;
}

/** How many workers start; each answer adds one, each failure halves the number, like TCP congestion control. */
const FIRST_PARALLEL = 4;

/**
 * Processes a listing with as many workers as the answers allow. False when the time ended before all items were processed. An
 * item that fails ends only its own work; a listing that fails ends the work after the running items. Either error is thrown when
 * all have ended.
 */
export async function parallelWorkers<Item>(
  items: AsyncGenerator<Item, void>,
  { parallel, stopAtMs, now }: WorkerOptions,
  work: (item: Item) => Promise<Worked>,
): Promise<boolean> {
  const state = { allowed: Math.min(FIRST_PARALLEL, parallel), isInTime: true, isListed: false };
  const failures: unknown[] = [];
  const atWork = new Set<Promise<void>>();

  const next = async (): Promise<Item | undefined> => {
    if (now() >= stopAtMs) state.isInTime = false;
    if (!state.isInTime || state.isListed) return undefined;
    try {
      const listed = await items.next();
      if (listed.done !== true) return listed.value;
    } catch (error) {
      failures.push(error);
    }
    state.isListed = true;
    return undefined;
  };
  const worker = async (): Promise<void> => {
    // A surplus worker ends; another starts when answers allow it.
    for (let item = await next(); item !== undefined; item = await next()) {
      const worked = await work(item).catch((error: unknown): Worked => {
        failures.push(error);
        return 'refused';
      });
      state.allowed = changed(state.allowed, worked, parallel);
      if (atWork.size > state.allowed) return;
      fill();
    }
  };
  const fill = (): void => {
    while (atWork.size < state.allowed && state.isInTime && !state.isListed) {
      const one: Promise<void> = worker().finally(() => atWork.delete(one));
      atWork.add(one);
    }
  };
  fill();
  while (atWork.size > 0) await Promise.race(atWork);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return state.isInTime;
}

function changed(allowed: number, worked: Worked, parallel: number): number {
  return worked === 'answered' ? Math.min(parallel, allowed + 1) : Math.max(1, Math.floor(allowed / 2));
}
