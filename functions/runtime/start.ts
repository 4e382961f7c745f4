import { setTimeout } from 'node:timers/promises';
import type { PaymentGateway } from '../protocol/ports.ts';
import { currentInvocation, withInvocation } from './invocation.ts';

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
    // The first request reports it.
  }
  return get;
}

/**
 * Well below Lambda's 10 s for a start, and short enough for a first caller to finish in time. When the provider does not answer
 * now, the first request asks again and reports the failure.
 */
const LONGEST_WAIT_MS = 1_500;

/** Set by Lambda and by the local run; importing a door in a tool or a test is no start. */
const IN_LAMBDA = '_HANDLER';

/** The live dependencies that a door opens. */
export interface Openable {
  readonly firstRead: (signal: AbortSignal) => Promise<void>;
  readonly world: { readonly gateway: Pick<PaymentGateway, 'prepare'> };
}

/**
 * Does at the start what a first request would wait for; there Lambda gives a whole processor and nobody waits. That is the
 * connections, one read, and for a door that asks the provider the secret and a token. Never fails, and leaves nothing running.
 */
export async function prewarm(
  built: () => Openable,
  { asksProvider }: { readonly asksProvider: boolean },
): Promise<void> {
  if (process.env[IN_LAMBDA] === undefined) return;
  const done = new AbortController();
  await withInvocation(async () => {
    const work = begin(built, asksProvider).catch(() => undefined);
    const limit = setTimeout(LONGEST_WAIT_MS, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([work, limit]);
  });
  done.abort();
}

async function begin(built: () => Openable, asksProvider: boolean): Promise<void> {
  const { world, firstRead } = built();
  const signal = currentInvocation() ?? AbortSignal.abort();
  // Separately: an unreachable provider must not keep the table cold.
  await Promise.allSettled([firstRead(signal), asksProvider ? world.gateway.prepare() : undefined]);
}
