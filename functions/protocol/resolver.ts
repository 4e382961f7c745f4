import type { Payment } from '../refund/payment.ts';
import { UNREADABLE_PAUSE_MS } from '../refund/times.ts';
import { resolveRefund, type Resolved } from './doubt.ts';
import { countListed, listing } from './open-refunds.ts';
import type { OpenRefund, Surroundings } from './ports.ts';
import { StoreError } from './store-error.ts';
import { parallelWorkers, type Worked } from './workers.ts';

export interface ResolverRun {
  /** Looked at in this run, by how each look ended. */
  readonly outcomes: Readonly<Partial<Record<Resolved['outcome'], number>>>;
  /** False when the time was up before everything due had been looked at. */
  readonly drained: boolean;
  /** Items that cannot be read: tried again more rarely, and counted until somebody mends them. */
  readonly unreadable: number;
  /** What is in doubt when the run ends, also when its time was up before it had looked at everything. */
  readonly inDoubt: {
    readonly count: number;
    /** Of what was read in this run; the others' turn comes within minutes. */
    readonly oldestMs: number;
    readonly amounts: Readonly<Record<string, number>>;
  };
}

export interface ResolverOptions {
  /** Looks under way at the same time, at most: each is one read at i'mport, whose rate limit is not published. */
  readonly parallel: number;
  readonly pageSize: number;
  /** Epoch ms after which no new look is begun. */
  readonly stopAtMs: number;
  readonly deadlineMs: number;
  /** Look at every open refund now, due or not (on demand). Evidence is bound to claim and attempt, so this is always safe. */
  readonly all: boolean;
}

/** Later than any due time: the index is sorted by it, so this asks for everything. */
const EVERYTHING_DUE_MS = Number.MAX_SAFE_INTEGER;
/** What is not due is read for its age and amount up to this many; the rest is counted. */
const MOST_READ_FOR_AMOUNTS = 2_000;
/** An index entry has some hundred bytes: a page of these stays under the megabyte of one answer. */
const COUNTING_PAGE_SIZE = 1_000;

class Tally {
  readonly outcomes: Partial<Record<Resolved['outcome'], number>> = {};
  readonly amounts: Record<string, number> = {};
  oldestMs = 0;
  unreadable = 0;
  open = 0;

  count({ outcome, payment }: Resolved, nowMs: number): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    this.note(payment, nowMs);
  }

  fail(): void {
    this.outcomes.store_failed = (this.outcomes.store_failed ?? 0) + 1;
    this.open += 1;
  }

  /** A payment that may still have a refund in doubt. */
  note({ pending, currency }: Payment, nowMs: number): void {
    if (pending === undefined) return;
    this.open += 1;
    this.amounts[currency] = (this.amounts[currency] ?? 0) + pending.amount;
    // A time ahead of ours, by a clock that was wrong, puts off every look: as much a case for people as one long past.
    this.oldestMs = Math.max(this.oldestMs, Math.abs(nowMs - pending.requestedAtMs));
  }
}

/**
 * Looks at every due refund until nothing is due or the time is up. What is left over is the longest due next time, so a
 * run goes on where the last one stopped. The workers take from one listing of all shards, and as many work as the
 * provider's answers allow. Several resolvers share the work.
 */
export async function resolveOpenRefunds(
  options: ResolverOptions,
  world: Surroundings,
): Promise<ResolverRun> {
  const tally = new Tally();
  const startedAtMs = world.now();
  const dueMs = options.all ? EVERYTHING_DUE_MS : startedAtMs;
  const secret = tellSecret(world);
  const notDue = options.all ? 0 : await tellOthers({ afterMs: dueMs, options, tally }, world);
  // What a look leaves open becomes due later: with an upper bound to the listing it does not come up again.
  const seen = options.all ? new Set<string>() : undefined;
  const due = listing({ dueMs, startedAtMs, pageSize: options.pageSize, seen }, world);
  const drained = await parallelWorkers(due, { ...options, now: world.now }, async (refund) =>
    lookAt(refund, options.deadlineMs, tally, world),
  );
  const unseen = drained
    ? 0
    : await countListed({ dueMs, startedAtMs, pageSize: COUNTING_PAGE_SIZE, seen }, world);
  await secret;
  const { outcomes, unreadable, oldestMs, amounts } = tally;
  return {
    outcomes,
    drained,
    unreadable,
    inDoubt: { count: tally.open + notDue + unseen, oldestMs, amounts },
  };
}

/**
 * A secret that is empty or wrong is noticed within the minute, not by the first refund of the day. With a token at hand
 * this asks nobody. A provider that is away is told by those who need it.
 */
async function tellSecret(world: Surroundings): Promise<void> {
  const ready = await world.gateway.prepare();
  if (ready.kind === 'ready' || ready.secret !== true) return;
  world.report({ event: 'unavailable', cause: ready.cause, secret: true, merchantUid: '' });
}

/** What is not due yet is in doubt too. Read for age and amount as far as that is cheap; the number beyond that is returned. */
async function tellOthers(
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
    const payment = await readItem(refund, world);
    if (payment === 'unreadable') tally.unreadable += 1;
    else if (payment !== undefined && payment !== 'failed') tally.note(payment, world.now());
    return 'answered';
  });
  return counted;
}

async function lookAt(
  refund: OpenRefund,
  deadlineMs: number,
  tally: Tally,
  world: Surroundings,
): Promise<Worked> {
  const payment = await readItem(refund, world);
  if (payment === 'failed') {
    tally.fail();
    return 'refused';
  }
  if (payment === 'unreadable') {
    tally.unreadable += 1;
    return (await postpone(refund, world)) ? 'answered' : 'refused';
  }
  if (payment === undefined) return 'answered';
  const resolved = await resolveRefund(payment, deadlineMs, world);
  tally.count(resolved, world.now());
  return resolved.outcome === 'provider_unavailable' || resolved.outcome === 'store_failed'
    ? 'refused'
    : 'answered';
}

async function postpone(refund: OpenRefund, world: Surroundings): Promise<boolean> {
  try {
    await world.store.postpone(refund, world.now() + UNREADABLE_PAUSE_MS);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { merchantUid, impUid } = refund;
    world.report({ event: 'store_failed', during: 'postpone', cause: error.message, merchantUid, impUid });
    return false;
  }
}

/** One item that cannot be read must not keep the others waiting. Undefined: it is gone. */
async function readItem(
  { merchantUid, impUid }: OpenRefund,
  world: Surroundings,
): Promise<Payment | 'unreadable' | 'failed' | undefined> {
  try {
    const order = await world.store.order(merchantUid);
    const unreadable = order.unreadable.find((item) => item.impUid === impUid);
    if (unreadable === undefined) return order.payments.find((item) => item.impUid === impUid);
    world.report({ event: 'unreadable_item', why: unreadable.why, merchantUid, impUid });
    return 'unreadable';
  } catch (error) {
    const about = { during: 'resolve', merchantUid, impUid };
    world.report(
      error instanceof StoreError
        ? { event: 'store_failed', cause: error.message, ...about }
        : { event: 'failed', error, ...about },
    );
    return 'failed';
  }
}
