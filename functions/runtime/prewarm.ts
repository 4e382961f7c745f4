import { setTimeout } from 'node:timers/promises';
import type { PaymentGateway } from '../protocol/ports.ts';
import { currentInvocation, withInvocation } from './invocation.ts';

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

/** What a door does at its start. */
export interface Start<T> {
  readonly asksProvider: boolean;
  /** Runs the door's code once, while the network is waited for. */
  readonly rehearse?: (opened: T) => Promise<unknown>;
}

/**
 * What a first request would wait for, done at the start, where Lambda gives a whole processor and nobody waits yet: the
 * connections, one read, for a door that asks the provider the secret and a token, and a rehearsal. Never fails, and leaves nothing
 * that is still under way.
 */
export async function prewarm<T extends Openable>(built: () => T, start: Start<T>): Promise<void> {
  if (process.env[IN_LAMBDA] === undefined) return;
  const done = new AbortController();
  await withInvocation(async () => {
    const work = begin(built, start).catch(() => undefined);
    const limit = setTimeout(LONGEST_WAIT_MS, undefined, { signal: done.signal }).catch(() => undefined);
    await Promise.race([work, limit]);
  });
  done.abort();
}

async function begin<T extends Openable>(
  built: () => T,
  { asksProvider, rehearse }: Start<T>,
): Promise<void> {
  const opened = built();
  const { world, firstRead } = opened;
  const signal = currentInvocation() ?? AbortSignal.abort();
  // Each for itself: a provider that is away is no reason to leave the table cold.
  const network = [firstRead(signal), asksProvider ? world.gateway.prepare() : undefined];
  await Promise.allSettled([...network, rehearse?.(opened)]);
}
