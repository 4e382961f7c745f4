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
 * Processes items in their order, with as many workers as the answers allow. False when the time ended before the last one was
 * started. `work` must not fail: it reports what went wrong with its item.
 */
export async function parallelWorkers<Item>(
  items: Iterable<Item>,
  { parallel, stopAtMs, now }: WorkerOptions,
  work: (item: Item) => Promise<Worked>,
): Promise<boolean> {
  let allowed = Math.min(FIRST_PARALLEL, parallel);
  const atWork = new Set<Promise<void>>();
  const start = async (item: Item): Promise<void> => {
    const worked = await work(item);
    allowed = worked === 'answered' ? Math.min(parallel, allowed + 1) : Math.max(1, Math.floor(allowed / 2));
  };
  let isInTime = true;
  for (const item of items) {
    while (atWork.size >= allowed) await Promise.race(atWork);
    isInTime = now() < stopAtMs;
    if (!isInTime) break;
    const one: Promise<void> = start(item).finally(() => atWork.delete(one));
    atWork.add(one);
  }
  await Promise.all(atWork);
  return isInTime;
}
