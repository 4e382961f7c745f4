import type { OpenRefund, Surroundings } from './ports.ts';
import { resolveRefund, type Resolved } from './resolve-workflow.ts';
import { StoreError } from './store-error.ts';

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
    const { pending, merchantUid, currency } = payment;
    if (pending === undefined || outcome === 'settled') this.open.delete(merchantUid);
    else
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
  const due = dueRefunds(options, world);
  let drained = true;
  const worker = async (): Promise<void> => {
    for (;;) {
      if (world.now() >= options.stopAtMs) {
        drained = false;
        return;
      }
      const next = await due.next();
      if (next.done === true) return;
      await lookAt(next.value, tally, options, world);
    }
  };
  // All of them, also when the listing fails: a look that is under way is brought to its end.
  const ended = await Promise.allSettled(Array.from({ length: options.parallel }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
  return { outcomes: tally.outcomes, drained, inDoubt: tally.inDoubt() };
}

/** Each once, page by page. A look moves its entry to a later time, so one may come up again further on. */
async function* dueRefunds(options: ResolverOptions, world: Surroundings): AsyncGenerator<OpenRefund, void> {
  const nowMs = world.now();
  const dueMs = options.all ? EVERYTHING_DUE_MS : nowMs;
  const shards = Array.from({ length: options.shards }, (_, shard) => shard);
  for (const shard of rotated(shards, nowMs)) {
    const seen = new Set<string>();
    let after: OpenRefund | undefined;
    do {
      const query = { shard, dueMs, limit: options.pageSize, ...(after === undefined ? {} : { after }) };
      const page = await world.store.openRefunds(query);
      for (const refund of page) {
        if (!seen.has(refund.merchantUid)) yield refund;
        seen.add(refund.merchantUid);
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

async function lookAt(
  refund: OpenRefund,
  tally: Tally,
  options: ResolverOptions,
  world: Surroundings,
): Promise<void> {
  try {
    const payment = await world.store.read(refund.merchantUid);
    if (payment !== undefined)
      tally.count(await resolveRefund(payment, options.deadlineMs, world), world.now());
  } catch (error) {
    // One item that cannot be read must not keep the others waiting.
    const cause = error instanceof Error ? error.message : 'unknown';
    world.report({ event: 'store_failed', during: 'resolve', cause, merchantUid: refund.merchantUid });
    if (!(error instanceof StoreError)) tally.outcomes.store_failed = (tally.outcomes.store_failed ?? 0) + 1;
  }
}
