import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { OPEN_REFUND_SHARDS } from './payments-store/keys.ts';
import type { Surroundings } from './protocol/ports.ts';
import { resolveOpenRefunds, type ResolverRun } from './protocol/resolver.ts';
import { systemClock } from './runtime/clock.ts';
import { live } from './runtime/live.ts';
import { writeLine } from './runtime/observability.ts';

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
  return resolveOpenRefunds(
    {
      shards: OPEN_REFUND_SHARDS,
      parallel: PARALLEL_LOOKS,
      pageSize: PAGE_SIZE,
      stopAtMs: deadlineMs - Math.min(STOP_BEFORE_END_MS, left / 2),
      deadlineMs,
      all: invoked.success && invoked.output.all,
    },
    world,
  );
}

function reportRun(run: ResolverRun): void {
  const { count, oldestMs, amounts } = run.inDoubt;
  // KRW has no decimals: its minor unit is the won.
  const won = amounts['KRW'] ?? 0;
  const line = {
    level: run.drained ? 'INFO' : 'WARN',
    event: 'resolver_run',
    outcomes: run.outcomes,
    drained: run.drained,
  };
  writeLine(line, [
    { name: 'InDoubtCount', value: count },
    { name: 'InDoubtAmountKRW', value: won, unit: 'None' },
    { name: 'OldestInDoubtSeconds', value: Math.floor(oldestMs / 1000), unit: 'Seconds' },
    { name: 'ResolverBacklog', value: run.drained ? 0 : 1 },
  ]);
}

const { world } = live();

const chain = middy<unknown, ResolverRun>({ timeoutEarlyInMillis: 0 }).handler(async (event, context) => {
  const run = await handleResolve(event, systemClock() + context.getRemainingTimeInMillis(), world);
  reportRun(run);
  return run;
});

export const handler = async (event: unknown, context: Context): Promise<ResolverRun | undefined> =>
  chain(event, context, { signal: new AbortController().signal });
