import { omitMissing } from '../refund/omit-missing.ts';
import type { OpenRefund, Surroundings } from './ports.ts';

/** As many partitions as a deployer may choose. */
export const MOST_SHARDS = 64;

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
  const { shards } = world.store;
  const beyond = seen === undefined ? oneStray(shards, startedAtMs) : allStrays(shards);
  for (const shard of [...rotated(shards, startedAtMs), ...beyond]) {
    let after: OpenRefund | undefined;
    do {
      const query = { shard, dueMs, limit: pageSize, ...omitMissing({ afterMs, after }) };
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

/**
 * Beyond the partitions in use: a deployer who lowers their number may leave refunds in doubt there, which nobody else would
 * ever list. One a minute is enough to find each within the hour.
 */
function oneStray(shards: number, nowMs: number): readonly number[] {
  const strays = allStrays(shards);
  return strays.slice(Math.floor(nowMs / 60_000) % Math.max(strays.length, 1)).slice(0, 1);
}

function allStrays(shards: number): readonly number[] {
  return Array.from({ length: Math.max(0, MOST_SHARDS - shards) }, (_, index) => shards + index);
}
