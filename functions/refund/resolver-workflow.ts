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

/** Looks at every due refund, page by page, until nothing is due or the time is up. Several resolvers share the work. */
export async function resolveOpenRefunds(
  options: ResolverOptions,
  world: Surroundings,
): Promise<ResolverRun> {
  const tally = new Tally();
  const seen = new Set<string>();
  const dueMs = options.all ? EVERYTHING_DUE_MS : world.now();
  const shards = Array.from({ length: options.shards }, (_, shard) => shard);
  let drained = true;
  for (const shard of rotated(shards, world.now())) {
    const shardDrained = await drainShard({ shard, dueMs, seen, tally }, options, world);
    drained = drained && shardDrained;
  }
  return { outcomes: tally.outcomes, drained, inDoubt: tally.inDoubt() };
}

/** Starts at another shard each time, so that a run that is cut short does not always neglect the same ones. */
function rotated(shards: readonly number[], nowMs: number): readonly number[] {
  const start = Math.floor(nowMs / 60_000) % Math.max(shards.length, 1);
  return [...shards.slice(start), ...shards.slice(0, start)];
}

interface Shard {
  readonly shard: number;
  readonly dueMs: number;
  readonly seen: Set<string>;
  readonly tally: Tally;
}

async function drainShard(work: Shard, options: ResolverOptions, world: Surroundings): Promise<boolean> {
  let after: OpenRefund | undefined;
  for (;;) {
    if (world.now() >= options.stopAtMs) return false;
    const { shard, dueMs, seen } = work;
    const query = { shard, dueMs, limit: options.pageSize, ...(after === undefined ? {} : { after }) };
    const page = await world.store.openRefunds(query);
    const fresh = page.filter(({ merchantUid }) => !seen.has(merchantUid));
    for (const { merchantUid } of fresh) seen.add(merchantUid);
    if (!(await lookAtAll(fresh, work.tally, options, world))) return false;
    after = page.at(-1);
    if (after === undefined || page.length < options.pageSize) return true;
  }
}

/** False when the time was up before each had its turn. */
async function lookAtAll(
  refunds: readonly OpenRefund[],
  tally: Tally,
  options: ResolverOptions,
  world: Surroundings,
): Promise<boolean> {
  const queue = refunds.values();
  let inTime = true;
  const worker = async (): Promise<void> => {
    for (const refund of queue) {
      if (world.now() >= options.stopAtMs) {
        inTime = false;
        return;
      }
      await lookAt(refund, tally, options, world);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, refunds.length) }, worker));
  return inTime;
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
