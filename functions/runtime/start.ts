import { setTimeout } from 'node:timers/promises';
import type { PaymentGateway } from '../protocol/ports.ts';
import { currentInvocation, withInvocation } from './invocation.ts';

/**
 * Builds something at the start of an environment, so that the first request does not wait for it. A failure then does not end
 * the start: Lambda would start again and again without a word of ours. It is thrown to every request instead, which answers
 * 500 and raises the metric.
 */
export function builtOnce<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  const get = (): T => (built ??= { value: build() }).value;
  try {
    get();
  } catch {
    // Told by the first request.
  }
  return get;
}

/**
 * Well under the 10 s that Lambda gives to a start, and short enough that a first caller still has time for everything:
 * a provider that does not answer now is asked again by the first request, which tells what is wrong.
 */
const LONGEST_WAIT_MS = 1_500;

/** Set by Lambda, and by the local run; a tool or a test that imports a door is not a start of one. */
const IN_LAMBDA = '_HANDLER';

/** What is opened: the live surroundings, of which a door has one. */
export interface Openable {
  readonly firstRead: (signal: AbortSignal) => Promise<void>;
  readonly world: { readonly gateway: Pick<PaymentGateway, 'prepare'> };
}

/**
 * What a first request would wait for, done at the start, where Lambda gives a whole processor and nobody waits yet: the
 * connections, one read, and for a door that asks the provider the secret and a token. Never fails, and leaves nothing that is
 * still under way.
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
  // Each for itself: a provider that is away is no reason to leave the table cold.
  await Promise.allSettled([firstRead(signal), asksProvider ? world.gateway.prepare() : undefined]);
}
