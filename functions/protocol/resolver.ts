import type { RequestedRefund } from '../refund/refund.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { resolveRefund, type Resolved } from './doubt.ts';
import type { OpenRefund, Surroundings } from './ports.ts';
import { parallelWorkers, type Worked } from './workers.ts';
import { StoreError } from './write.ts';

export interface ResolverRun {
  /** Refunds looked at in this run, by the result of their looks. */
  readonly outcomes: Readonly<Partial<Record<Resolved['outcome'], number>>>;
  /** False when the time ended before every due refund was looked at. */
  readonly drained: boolean;
  /** Refunds in doubt at the end of the run, even when its time ended before it looked at all. */
  readonly inDoubt: {
    readonly count: number;
    /** Only of refunds read in this run; the others' turn comes within minutes. */
    readonly oldestMs: number;
    readonly amounts: Readonly<Record<string, number>>;
  };
}

export interface ResolverOptions {
  /** Maximum of concurrent looks: each is one read at i'mport, whose rate limit is not published. */
  readonly parallel: number;
  readonly pageSize: number;
  /** Epoch ms after which no new look starts. */
  readonly stopAtMs: number;
  readonly deadlineMs: number;
  /** Looks at every open refund now, due or not (on demand). Evidence is bound to the claim, so this is always safe. */
  readonly all: boolean;
}

/** Later than any due time: the index is sorted by it, so this lists everything. */
const EVERYTHING_DUE_MS = Number.MAX_SAFE_INTEGER;
/** Up to this many refunds that are not due are read for age and amount; the rest is counted. */
const MOST_READ_FOR_AMOUNTS = 2_000;
/** An index entry has some hundred bytes: a page of this many stays below the megabyte of one answer. */
const COUNTING_PAGE_SIZE = 1_000;

class Tally {
  readonly outcomes: Partial<Record<Resolved['outcome'], number>> = {};
  readonly amounts: Record<string, number> = {};
  oldestMs = 0;
  open = 0;

  count({ outcome, refund }: Resolved, nowMs: number): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    if (refund.status === 'requested') this.note(refund, nowMs);
  }

  fail(): void {
    this.outcomes.store_failed = (this.outcomes.store_failed ?? 0) + 1;
    this.open += 1;
  }

  note({ amount, currency, requestedAtMs }: RequestedRefund, nowMs: number): void {
    this.open += 1;
    this.amounts[currency] = (this.amounts[currency] ?? 0) + amount;
    // A look time far in the future, from a wrong clock, would delay every look: people must see it like one long past.
    this.oldestMs = Math.max(this.oldestMs, Math.abs(nowMs - requestedAtMs));
  }
}

/**
 * Looks at every due refund until none is due or the time ends. The rest is the longest due next time, so the next run continues
 * there. The workers take from one listing of all shards, and the provider's answers decide how many work. Several resolvers
 * share the work.
 */
export async function resolveOpenRefunds(
  options: ResolverOptions,
  world: Surroundings,
): Promise<ResolverRun> {
  const tally = new Tally();
  const startedAtMs = world.now();
  const dueMs = options.all ? EVERYTHING_DUE_MS : startedAtMs;
  const secret = reportSecret(world);
  const notDue = options.all ? 0 : await readOthers({ afterMs: dueMs, options, tally }, world);
  // A refund that a look leaves open becomes due later: the listing's upper bound excludes it.
  const seen = options.all ? new Set<string>() : undefined;
  const due = listing({ dueMs, startedAtMs, pageSize: options.pageSize, seen }, world);
  const drained = await parallelWorkers(due, { ...options, now: world.now }, async (refund) =>
    lookAt(refund, options.deadlineMs, tally, world),
  );
  let unseen = 0;
  if (!drained) {
    const rest = listing({ dueMs, startedAtMs, pageSize: COUNTING_PAGE_SIZE, seen }, world);
    while ((await rest.next()).done !== true) unseen += 1;
  }
  await secret;
  const { outcomes, oldestMs, amounts } = tally;
  return {
    outcomes,
    drained,
    inDoubt: { count: tally.open + notDue + unseen, oldestMs, amounts },
  };
}

/**
 * Detects an empty or wrong secret within the minute, before the first refund of the day. With a cached token it sends no
 * request. An unreachable provider is reported by those who need it. Resolves to what is wrong with the secret.
 */
export async function reportSecret(world: Surroundings): Promise<string | undefined> {
  const ready = await world.gateway.prepare();
  if (ready.kind === 'ready' || ready.secret !== true) return undefined;
  world.report({ event: 'unavailable', cause: ready.cause, secret: true, merchantUid: '' });
  return ready.cause;
}

/**
 * Refunds that are not due are in doubt, too. They are read for age and amount up to a limit; the number beyond it is returned.
 */
async function readOthers(
  { afterMs, options, tally }: { afterMs: number; options: ResolverOptions; tally: Tally },
  world: Surroundings,
): Promise<number> {
  let read = 0;
  let counted = 0;
  const { parallel, stopAtMs } = options;
  const range = { dueMs: EVERYTHING_DUE_MS, afterMs, startedAtMs: afterMs, pageSize: COUNTING_PAGE_SIZE };
  const others = listing({ ...range, seen: undefined }, world);
  await parallelWorkers(others, { parallel, stopAtMs, now: world.now }, async (refund) => {
    if (read >= MOST_READ_FOR_AMOUNTS) {
      counted += 1;
      return 'answered';
    }
    read += 1;
    const item = await readOpen(refund, world);
    if (item !== undefined && item !== 'failed') tally.note(item, world.now());
    return 'answered';
  });
  return counted;
}

/** One refund that fails must not delay the others. */
async function lookAt(
  open: OpenRefund,
  deadlineMs: number,
  tally: Tally,
  world: Surroundings,
): Promise<Worked> {
  try {
    const payment = await world.ledger.payment(open);
    const refund = await readOpen(open, world);
    if (refund === 'failed') {
      tally.fail();
      return 'refused';
    }
    if (payment === undefined || refund === undefined) return 'answered';
    const resolved = await resolveRefund({ payment, refund, deadlineMs }, world);
    tally.count(resolved, world.now());
    const { outcome } = resolved;
    return outcome === 'provider_unavailable' || outcome === 'store_failed' ? 'refused' : 'answered';
  } catch (error) {
    reportFailure(open, error, world);
    tally.fail();
    return 'refused';
  }
}

/** Undefined: it has ended already. */
async function readOpen(
  open: OpenRefund,
  world: Surroundings,
): Promise<RequestedRefund | 'failed' | undefined> {
  try {
    const refund = await world.ledger.refund(open);
    return refund?.status === 'requested' ? refund : undefined;
  } catch (error) {
    reportFailure(open, error, world);
    return 'failed';
  }
}

function reportFailure(
  { merchantUid, impUid, refundId }: OpenRefund,
  error: unknown,
  world: Surroundings,
): void {
  const about = { during: 'resolve', merchantUid, impUid, refundId };
  world.report(
    error instanceof StoreError
      ? { event: 'store_failed', cause: error.message, ...about }
      : { event: 'failed', error, ...about },
  );
}

interface Listing {
  readonly dueMs: number;
  /** Only refunds due later than this. */
  readonly afterMs?: number;
  readonly startedAtMs: number;
  readonly pageSize: number;
  readonly seen: Set<string> | undefined;
}

/** Page by page, so that memory does not grow with the number in doubt. */
async function* listing(
  { dueMs, afterMs, startedAtMs, pageSize, seen }: Listing,
  world: Surroundings,
): AsyncGenerator<OpenRefund, void> {
  for (const shard of shardsFrom(startedAtMs, world.ledger.openShards)) {
    let after: OpenRefund | undefined;
    do {
      const query = { shard, dueMs, limit: pageSize, ...omitMissing({ afterMs, after }) };
      const page = await world.ledger.openRefunds(query);
      for (const refund of page) {
        const name = refund.refundId;
        if (seen?.has(name) === true) continue;
        seen?.add(name);
        yield refund;
      }
      after = page.length < pageSize ? undefined : page.at(-1);
    } while (after !== undefined);
  }
}

/** All shards, beginning with another one each minute, so that an interrupted run does not always miss the same ones. */
function shardsFrom(nowMs: number, openShards: number): readonly number[] {
  const minute = Math.floor(nowMs / 60_000);
  return Array.from({ length: openShards }, (_, index) => (minute + index) % openShards);
}
