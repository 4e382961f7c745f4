import { setTimeout as sleep } from 'node:timers/promises';

export interface DrainWorld {
  /** Refunds whose outcome is not known yet. */
  readonly inDoubt: () => Promise<number>;
  /** Has them looked at, or waits while the schedule does. */
  readonly turn: () => Promise<void>;
  /** Turns without any change after which waiting longer is pointless. */
  readonly patience: number;
  readonly tell: (line: string) => void;
  /** How often the count is told while a turn is under way, in milliseconds. */
  readonly tellEveryMs: number;
}

/** Follows the refunds in doubt until none is left, or nothing changes any more. Resolves to how many are left. */
export async function drain(world: DrainWorld): Promise<number> {
  const { inDoubt, turn, patience } = world;
  const atFirst = await inDoubt();
  let left = atFirst;
  let unchanged = 0;
  while (left > 0 && unchanged < patience) {
    const before = left;
    await telling(world, atFirst, turn());
    left = await inDoubt();
    unchanged = left === before ? unchanged + 1 : 0;
  }
  return left;
}

async function telling(
  { inDoubt, tell, tellEveryMs }: DrainWorld,
  atFirst: number,
  turn: Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const teller = (async () => {
    while (!over.signal.aborted) {
      tell(`${atFirst - (await inDoubt())} of ${atFirst} resolved`);
      await sleep(tellEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  await Promise.all([turn.finally(() => over.abort()), teller]);
}
