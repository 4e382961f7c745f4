import type { Payment } from '../refund/payment.ts';
import type { OpenRefund, Surroundings } from './ports.ts';
import { resolveRefund, type Resolved } from './doubt.ts';

export interface ResolverRun {
  /** Looked at in this run, by how each look ended. */
  readonly outcomes: Readonly<Partial<Record<Resolved['outcome'], number>>>;
  /** False when the time was up before everything due had been looked at. */
  readonly drained: boolean;
  readonly inDoubt: {
    readonly count: number;
    readonly oldestMs: number;
    readonly amounts: Readonly<Record<string, number>>;
  };
}

export interface ResolverOptions {
  readonly shards: number;
  /** Looks under way at the same time: each is one read at i'mport, whose rate limit is not published. */
  readonly parallel: number;
  readonly pageSize: number;
  /** Epoch ms after which no new look is begun. */
  readonly stopAtMs: number;
  readonly deadlineMs: number;
  /** Look at every open refund now, due or not (on demand). Evidence holds at any time, so this is always safe. */
  readonly all: boolean;
}

/** Later than any due time: the index is sorted by it, so this asks for everything. */
const EVERYTHING_DUE_MS = Number.MAX_SAFE_INTEGER;

class Tally {
  readonly outcomes: Partial<Record<Resolved['outcome'], number>> = {};
  readonly open = new Map<string, { ageMs: number; currency: string; amount: number }>();

  count({ outcome, payment }: Resolved, nowMs: number): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    if (outcome !== 'settled') this.note(payment, nowMs);
  }

  fail(): void {
    this.outcomes.store_failed = (this.outcomes.store_failed ?? 0) + 1;
  }

  /** A payment that may still have a refund in doubt. */
  note({ pending, merchantUid, currency }: Payment, nowMs: number): void {
    if (pending === undefined) return;
    this.open.set(merchantUid, { ageMs: nowMs - pending.requestedAtMs, currency, amount: pending.amount });
  }

  inDoubt(): ResolverRun['inDoubt'] {
    const amounts: Record<string, number> = {};
    let oldestMs = 0;
    for (const { ageMs, currency, amount } of this.open.values()) {
      amounts[currency] = (amounts[currency] ?? 0) + amount;
      oldestMs = Math.max(oldestMs, ageMs);
    }
    return { count: this.open.size, oldestMs, amounts };
  }
}

/**
 * Looks at every due refund until nothing is due or the time is up. The workers take from one listing of all shards: a
 * backlog is spread over them, and shard after shard most workers would have nothing to do. Several resolvers share the work.
 */
export async function resolveOpenRefunds(
  options: ResolverOptions,
  world: Surroundings,
): Promise<ResolverRun> {
  const tally = new Tally();
  const seen = new Set<string>();
  const due = openRefunds(options.all ? EVERYTHING_DUE_MS : world.now(), seen, options, world);
  const drained = await forEach(due, options, world, async (refund) => {
    const could = await withItem(refund, world, async (payment) => {
      tally.count(await resolveRefund(payment, options.deadlineMs, world), world.now());
    });
    if (!could) tally.fail();
  });
  // What is not due yet is in doubt too, and the oldest of it may be.
  const others = openRefunds(EVERYTHING_DUE_MS, seen, options, world);
  await forEach(others, options, world, async (refund) => {
    await withItem(refund, world, (payment) => tally.note(payment, world.now()));
  });
  return { outcomes: tally.outcomes, drained, inDoubt: tally.inDoubt() };
}

/** False when the time was up before each had its turn. */
async function forEach(
  refunds: AsyncGenerator<OpenRefund, void>,
  { parallel, stopAtMs }: ResolverOptions,
  world: Surroundings,
  work: (refund: OpenRefund) => Promise<void>,
): Promise<boolean> {
  let inTime = true;
  const worker = async (): Promise<void> => {
    for (;;) {
      if (world.now() >= stopAtMs) {
        inTime = false;
        return;
      }
      const next = await refunds.next();
      if (next.done === true) return;
      await work(next.value);
    }
  };
  // All of them, also when the listing fails: a look that is under way is brought to its end.
  const ended = await Promise.allSettled(Array.from({ length: parallel }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return inTime;
}

/** Each that was not seen before, page by page. A look moves its entry to a later time, so one may come up again. */
async function* openRefunds(
  dueMs: number,
  seen: Set<string>,
  options: ResolverOptions,
  world: Surroundings,
): AsyncGenerator<OpenRefund, void> {
  const shards = Array.from({ length: options.shards }, (_, shard) => shard);
  for (const shard of rotated(shards, world.now())) {
    let after: OpenRefund | undefined;
    do {
      const query = { shard, dueMs, limit: options.pageSize, ...(after === undefined ? {} : { after }) };
      const page = await world.store.openRefunds(query);
      for (const refund of page) {
        if (seen.has(refund.merchantUid)) continue;
        seen.add(refund.merchantUid);
        yield refund;
      }
      after = page.length < options.pageSize ? undefined : page.at(-1);
    } while (after !== undefined);
  }
}

/** Starts at another shard each time, so that a run that is cut short does not always neglect the same ones. */
function rotated(shards: readonly number[], nowMs: number): readonly number[] {
  const start = Math.floor(nowMs / 60_000) % Math.max(shards.length, 1);
  return [...shards.slice(start), ...shards.slice(0, start)];
}

/** One item that cannot be read or written must not keep the others waiting. False when it could not. */
async function withItem(
  { merchantUid }: OpenRefund,
  world: Surroundings,
  use: (payment: Payment) => Promise<void> | void,
): Promise<boolean> {
  try {
    const payment = await world.store.read(merchantUid);
    if (payment !== undefined) await use(payment);
    return true;
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown';
    world.report({ event: 'store_failed', during: 'resolve', cause, merchantUid });
    return false;
  }
}
