/** Whether what a worker asked did answer: as long as it does, more are asked at the same time. */
export type Worked = 'answered' | 'refused';

export interface WorkerOptions {
  /** The most that work at the same time. */
  readonly parallel: number;
  /** Epoch ms after which nothing new is begun. */
  readonly stopAtMs: number;
  readonly now: () => number;
}

/** So many begin; each answer lets one more in, each refusal halves them, as TCP shares a line. */
const FIRST_PARALLEL = 4;

/**
 * Works through a listing with as many workers as answers allow. False when the time was up before each had its turn. A
 * listing that fails ends the work after what is under way.
 */
export async function parallelWorkers<Item>(
  items: AsyncGenerator<Item, void>,
  { parallel, stopAtMs, now }: WorkerOptions,
  work: (item: Item) => Promise<Worked>,
): Promise<boolean> {
  let allowed = Math.min(FIRST_PARALLEL, parallel);
  let atWork = 0;
  let isInTime = true;
  const workers: Promise<void>[] = [];

  const worker = async (): Promise<void> => {
    // One that is too many goes; another comes when answers allow it.
    while (atWork <= allowed) {
      if (now() >= stopAtMs) {
        isInTime = false;
        return;
      }
      const next = await items.next();
      if (next.done === true) return;
      const worked = await work(next.value);
      allowed =
        worked === 'answered' ? Math.min(parallel, allowed + 1) : Math.max(1, Math.floor(allowed / 2));
      fill();
    }
  };
  const fill = (): void => {
    while (atWork < allowed) {
      atWork += 1;
      workers.push(
        worker().finally(() => {
          atWork -= 1;
        }),
      );
    }
  };
  fill();
  // All of them, also when the listing fails: a look that is under way is brought to its end. The list grows meanwhile.
  for (let index = 0; index < workers.length; index += 1) await Promise.allSettled([workers[index]]);
  for (const ended of await Promise.allSettled(workers)) if (ended.status === 'rejected') throw ended.reason;
  return isInTime;
}
