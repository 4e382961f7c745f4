import { present } from '../refund/present.ts';
import type { OpenRefund, Surroundings } from './ports.ts';

export interface Listing {
  readonly dueMs: number;
  /** Only what is due later than this. */
  readonly afterMs?: number;
  readonly startedAtMs: number;
  readonly pageSize: number;
  readonly seen: Set<string> | undefined;
}

/** Page by page, so that memory does not grow with the number in doubt. */
export async function* listing(
  { dueMs, afterMs, startedAtMs, pageSize, seen }: Listing,
  world: Surroundings,
): AsyncGenerator<OpenRefund, void> {
  for (const shard of rotated(world.store.shards, startedAtMs)) {
    let after: OpenRefund | undefined;
    do {
      const query = { shard, dueMs, limit: pageSize, ...present({ afterMs, after }) };
      const page = await world.store.openRefunds(query);
      for (const refund of page) {
        const name = JSON.stringify([refund.merchantUid, refund.impUid]);
        if (seen?.has(name) === true) continue;
        seen?.add(name);
        yield refund;
      }
      after = page.length < pageSize ? undefined : page.at(-1);
    } while (after !== undefined);
  }
}

export async function countListed(of: Listing, world: Surroundings): Promise<number> {
  let count = 0;
  const refunds = listing(of, world);
  for (let next = await refunds.next(); next.done !== true; next = await refunds.next()) count += 1;
  return count;
}

/** Starts at another shard each time, so that a run that is cut short does not always neglect the same ones. */
function rotated(shards: number, nowMs: number): readonly number[] {
  const start = Math.floor(nowMs / 60_000) % Math.max(shards, 1);
  return Array.from({ length: shards }, (_, index) => (start + index) % shards);
}
