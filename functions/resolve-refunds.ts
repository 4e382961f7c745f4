import * as v from 'valibot';
import { leaseOn } from './ledger/service-items.ts';
import { whileAlone, type Lease } from './protocol/lease.ts';
import type { Surroundings } from './protocol/ports.ts';
import { resolveOpenRefunds, type ResolverRun } from './protocol/resolver.ts';
import { live } from './runtime/live.ts';
import { resolverMeasures } from './runtime/measures.ts';
import { writeLine } from './runtime/observability.ts';
import { scheduledHandler } from './runtime/scheduled.ts';
import { builtOnce } from './runtime/start.ts';

/** Twenty looks at half a second each are 40 a second, gentle enough for i'mport; more only as long as it answers. */
const PARALLEL_LOOKS = 20;
const PAGE_SIZE = 200;
/** No look is begun when it could not end any more: a read-back, two writes, and the counting of what is left. */
const STOP_BEFORE_END_MS = 20_000;

const Invocation = v.object({ all: v.optional(v.boolean(), false) });

function asksForAll(event: unknown): boolean {
  const invoked = v.safeParse(Invocation, event ?? {});
  return invoked.success && invoked.output.all;
}

/** One run of the resolver; `{"all": true}` looks at every refund in doubt now, due or not. */
export async function handleResolve(
  event: unknown,
  deadlineMs: number,
  world: Surroundings,
): Promise<ResolverRun> {
  const left = deadlineMs - world.now();
  const options = {
    parallel: PARALLEL_LOOKS,
    pageSize: PAGE_SIZE,
    stopAtMs: deadlineMs - Math.min(STOP_BEFORE_END_MS, left / 2),
    deadlineMs,
    all: asksForAll(event),
  };
  return resolveOpenRefunds(options, world);
}

/**
 * A run of the schedule. Undefined: another one is at work, and two would only look at the same refunds. Who asks for
 * everything by hand is answered in any case: that several share the work is safe, and only a waste.
 */
export async function handleSchedule(
  event: unknown,
  deadlineMs: number,
  { world, lease }: { readonly world: Surroundings; readonly lease: Lease },
): Promise<ResolverRun | undefined> {
  const run = async (): Promise<ResolverRun> => handleResolve(event, deadlineMs, world);
  return asksForAll(event) ? run() : whileAlone(run, deadlineMs, { ...world, lease });
}

const built = builtOnce(() => {
  const { world, table } = live();
  return { world, lease: leaseOn(table, 'resolver') };
});

export const handler = scheduledHandler('resolveRefunds', async (event, deadlineMs) => {
  const run = await handleSchedule(event, deadlineMs, built());
  if (run === undefined) {
    writeLine({ level: 'INFO', event: 'resolver_run', busy: true });
    return { busy: true };
  }
  const { outcomes, drained } = run;
  const level = drained ? 'INFO' : 'WARN';
  writeLine({ level, event: 'resolver_run', outcomes, drained }, resolverMeasures(run));
  return run;
});
