import * as v from 'valibot';
import type { Surroundings } from './protocol/ports.ts';
import { resolveOpenRefunds, type ResolverRun } from './protocol/resolver.ts';
import { builtOnce } from './runtime/built-once.ts';
import { live } from './runtime/live.ts';
import { resolverMeasures } from './runtime/measures.ts';
import { writeLine } from './runtime/observability.ts';
import { scheduledHandler } from './runtime/scheduled.ts';

/** Enough for 10,000 looks within the function's five minutes at half a second each, gentle enough for i'mport. */
const PARALLEL_LOOKS = 20;
const PAGE_SIZE = 200;
/** No look is begun when one could not end any more: a read-back, a re-send and its read-back, two writes. */
const STOP_BEFORE_END_MS = 40_000;

const Invocation = v.object({ all: v.optional(v.boolean(), false) });

/** One run of the resolver; `{"all": true}` looks at every refund in doubt now, due or not. */
export async function handleResolve(
  event: unknown,
  deadlineMs: number,
  world: Surroundings,
): Promise<ResolverRun> {
  const invoked = v.safeParse(Invocation, event ?? {});
  const left = deadlineMs - world.now();
  const options = {
    parallel: PARALLEL_LOOKS,
    pageSize: PAGE_SIZE,
    stopAtMs: deadlineMs - Math.min(STOP_BEFORE_END_MS, left / 2),
    deadlineMs,
    all: invoked.success && invoked.output.all,
  };
  return resolveOpenRefunds(options, world);
}

const built = builtOnce(live);

export const handler = scheduledHandler('resolveRefunds', async (event, deadlineMs) => {
  const run = await handleResolve(event, deadlineMs, built().world);
  const { outcomes, drained, unreadable } = run;
  const level = drained && unreadable === 0 ? 'INFO' : 'WARN';
  writeLine({ level, event: 'resolver_run', outcomes, drained, unreadable }, resolverMeasures(run));
  return run;
});
