import { setTimeout } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import type { Ledger, PaymentGateway } from '../protocol/ports.ts';
import { systemClock } from './clock.ts';
import { withInvocation, type Door } from './invocation.ts';
import { reportFailure } from './report.ts';

/**
 * Builds something at the start of an environment, so that the first request does not wait for it. A failure does not end the
 * start, because Lambda would then restart again and again without a log line of ours. It is thrown in every request instead,
 * which answers 500 and raises the metric.
 */
export function builtOnce<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  const get = (): T => (built ??= { value: build() }).value;
  try {
    get();
  } catch {
    // The first request reports the error.
  }
  return get;
}

/**
 * The handler of a schedule, queue or stream. A failure is counted and thrown again, so that Lambda counts and repeats it. A table
 * failure is no defect of ours: Lambda sees no error, because a throttle would otherwise roll back a deployment; the next run
 * does the work. `deadlineMs`: epoch ms at which the function is stopped.
 */
export function scheduledHandler<World, T>(
  door: Door,
  open: () => World,
  run: (event: unknown, deadlineMs: number, world: World) => Promise<T>,
): (event: unknown, context: Context) => Promise<T | { readonly failed: string }> {
  const built = builtOnce(open);
  return async (event, context) => {
    const deadlineMs = systemClock() + context.getRemainingTimeInMillis();
    try {
      return await withInvocation(async () => run(event, deadlineMs, built()), door);
    } catch (error) {
      if (reportFailure(door, error, { requestId: context.awsRequestId })) return { failed: error.message };
      throw error;
    }
  };
}

/**
 * Well below Lambda's 10 s for a start. The gateway counts the start as part of the first request: a longer wait and then a slow
 * cancel would be answered by the gateway's own 5xx. What does not answer now is asked again, and reported, by that request.
 */
const LONGEST_WAIT_MS = 1_500;

/** Set by Lambda and by the local run; importing a door in a tool or a test is no start. */
const IN_LAMBDA = '_HANDLER';

/** The live dependencies that a start uses. */
interface Started {
  readonly world: {
    readonly ledger: Pick<Ledger, 'orderOf'>;
    readonly gateway: Pick<PaymentGateway, 'prepare'>;
  };
}

/**
 * Does at the start what a first request would wait for; there Lambda gives a whole processor and nobody waits. That is one read
 * of the table, which opens the connection, and for a door that asks the provider the secret and a token. Never fails, and leaves
 * nothing running: the provider's requests end with the invocation, the read has time limits of its own.
 */
export async function prewarm(
  built: () => Started,
  { asksProvider }: { readonly asksProvider: boolean },
): Promise<void> {
  if (process.env[IN_LAMBDA] === undefined) return;
  await withInvocation(async () => {
    const { ledger, gateway } = built().world;
    // No payment has this id. Separately: an unreachable provider must not keep the table cold.
    const work = [ledger.orderOf(''), ...(asksProvider ? [gateway.prepare()] : [])];
    await Promise.race([Promise.allSettled(work), setTimeout(LONGEST_WAIT_MS)]);
  }).catch(() => undefined);
}
