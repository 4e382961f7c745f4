import * as v from 'valibot';
import { leaseOn } from './ledger/service-items.ts';
import type { Lease, Surroundings } from './protocol/ports.ts';
import { resolveOpenRefunds, whileAlone, type ResolverRun } from './protocol/resolver.ts';
import { live } from './runtime/live.ts';
import { resolverMeasures, writeLine } from './runtime/report.ts';
import { scheduledHandler } from './runtime/start.ts';

/** Twenty looks of half a second each are 40 per second, which i'mport can bear; more only while it answers. */
const PARALLEL_LOOKS = 20;
/** A look is started only when it can end in time: a read-back, and two writes. */
const STOP_BEFORE_END_MS = 20_000;

function asksForAll(event: unknown): boolean {
  return v.is(v.object({ all: v.literal(true) }), event);
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
    stopAtMs: deadlineMs - Math.min(STOP_BEFORE_END_MS, left / 2),
    deadlineMs,
    all: asksForAll(event),
  };
  return resolveOpenRefunds(options, world);
}

/**
 * A scheduled run. Undefined: another run is working, and two would look at the same refunds. A manual run of everything always
 * works: concurrent runs are safe, only wasteful.
 */
export async function handleSchedule(
  event: unknown,
  deadlineMs: number,
  { world, lease }: { readonly world: Surroundings; readonly lease: Lease },
): Promise<ResolverRun | undefined> {
  const run = async (): Promise<ResolverRun> => handleResolve(event, deadlineMs, world);
  return asksForAll(event) ? run() : whileAlone(run, deadlineMs, { ...world, lease });
}

export const handler = scheduledHandler(
  'resolveRefunds',
  live,
  async (event, deadlineMs, { world, table }) => {
    const run = await handleSchedule(event, deadlineMs, { world, lease: leaseOn(table, 'resolver') });
    if (run === undefined) {
      writeLine({ level: 'INFO', event: 'resolver_run', busy: true });
      return { busy: true };
    }
    const { outcomes, drained } = run;
    const level = drained ? 'INFO' : 'WARN';
    writeLine({ level, event: 'resolver_run', outcomes, drained }, resolverMeasures(run));
    return run;
  },
);
