import type { LedgerItem } from '../refund/refund.ts';
import { resolveRefund, type Resolved } from './doubt.ts';
import type { Lease, OpenRefund, Surroundings } from './ports.ts';
import { parallelWorkers } from './workers.ts';
import { StoreError } from './write.ts';

export interface ResolverRun {
  /** Refunds looked at in this run, by the result of their looks. */
  readonly outcomes: Readonly<Partial<Record<Resolved['outcome'], number>>>;
  /** False when the time ended before every due refund was looked at. */
  readonly drained: boolean;
  /** Refunds in doubt at the end of the run, even when its time ended before it looked at all. */
  readonly inDoubt: {
    readonly count: number;
    readonly oldestMs: number;
    /** Only of refunds read in this run; the others' turn comes within minutes. */
    readonly amounts: Readonly<Record<string, number>>;
  };
}

export interface ResolverOptions {
  /** Maximum of concurrent looks: each is one read at i'mport, whose rate limit is not published. */
  readonly parallel: number;
  /** Epoch ms after which no new look starts. */
  readonly stopAtMs: number;
  readonly deadlineMs: number;
  /** Looks at every open refund now, due or not (on demand). Evidence is bound to the claim, so this is always safe. */
  readonly all: boolean;
}

/** Refunds that are not due and are read for their amounts in one run; each read costs a unit of the table. */
const MOST_READ_FOR_AMOUNTS = 2_000;

/**
 * Looks at every due refund, the longest due first, until its time ends; the next run continues there. The provider's answers
 * decide how many looks are concurrent. Several resolvers share the work.
 */
export async function resolveOpenRefunds(
  { parallel, stopAtMs, deadlineMs, all }: ResolverOptions,
  world: Surroundings,
): Promise<ResolverRun> {
  const [listed] = await Promise.all([world.ledger.openRefunds(), reportSecret(world)]);
  const nowMs = world.now();
  const open = listed.toSorted((a, b) => a.resolveAtMs - b.resolveAtMs);
  const isLookedAt = ({ resolveAtMs }: OpenRefund): boolean => all || resolveAtMs <= nowMs;
  const workers = { parallel, stopAtMs, now: world.now };
  const outcomes: Partial<Record<Resolved['outcome'], number>> = {};
  const amounts: Record<string, number> = {};
  const ended = new Set<OpenRefund>();
  const count = (each: OpenRefund, refund: LedgerItem | undefined): void => {
    if (refund?.status === 'requested')
      amounts[refund.currency] = (amounts[refund.currency] ?? 0) + refund.amount;
    else ended.add(each);
  };

  const drained = await parallelWorkers(open.filter(isLookedAt), workers, async (each) => {
    const looked = await unlessItFails(each, async () => lookAt(each, deadlineMs, world), world);
    const outcome = looked === 'failed' ? 'store_failed' : looked?.outcome;
    if (outcome !== undefined) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (looked !== 'failed') count(each, looked?.refund);
    return outcome === 'provider_unavailable' || outcome === 'store_failed' ? 'refused' : 'answered';
  });
  // Refunds that are not due are in doubt, too. After an outage they are many, and the amounts need no exact figure.
  const others = open.filter((each) => !isLookedAt(each)).slice(0, MOST_READ_FOR_AMOUNTS);
  await parallelWorkers(others, workers, async (each) => {
    const refund = await unlessItFails(each, async () => world.ledger.refund(each), world);
    if (refund !== 'failed') count(each, refund);
    return refund === 'failed' ? 'refused' : 'answered';
  });
  const inDoubt = open.filter((each) => !ended.has(each));
  // A look time far in the future, from a wrong clock, would delay every look: people must see it like one long past.
  const oldestMs = inDoubt.reduce((most, each) => Math.max(most, Math.abs(nowMs - each.listedAtMs)), 0);
  return { outcomes, drained, inDoubt: { count: inDoubt.length, oldestMs, amounts } };
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

/** Undefined: it has ended already. */
async function lookAt(
  open: OpenRefund,
  deadlineMs: number,
  world: Surroundings,
): Promise<Resolved | undefined> {
  const payment = await world.ledger.payment(open);
  const refund = await world.ledger.refund(open);
  if (payment === undefined || refund?.status !== 'requested') return undefined;
  return resolveRefund({ payment, refund, deadlineMs }, world);
}

/** One refund that fails must not delay the others. */
async function unlessItFails<T>(
  { merchantUid, impUid, refundId }: OpenRefund,
  work: () => Promise<T>,
  world: Surroundings,
): Promise<T | 'failed'> {
  try {
    return await work();
  } catch (error) {
    const about = { during: 'resolve', merchantUid, impUid, refundId };
    world.report(
      error instanceof StoreError
        ? { event: 'store_failed', cause: error.message, ...about }
        : { event: 'failed', error, ...about },
    );
    return 'failed';
  }
}

/**
 * Works only while no other run does; undefined: another run is working. A killed run holds the lease until the time at which it
 * would have been stopped anyway.
 */
export async function whileAlone<T>(
  work: () => Promise<T>,
  untilMs: number,
  { lease, now, newId }: Pick<Surroundings, 'now' | 'newId'> & { readonly lease: Lease },
): Promise<T | undefined> {
  const owner = newId();
  if (!(await lease.take({ owner, nowMs: now(), untilMs }))) return undefined;
  try {
    return await work();
  } finally {
    // A lease that cannot be given back expires by itself before the next minute's run.
    await lease.giveBack(owner).catch(() => undefined);
  }
}
