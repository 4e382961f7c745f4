import { AsyncLocalStorage } from 'node:async_hooks';

/** The functions by their names in the stack; the metrics' dimension `Function`. */
export type Door =
  | 'cancelPayment'
  | 'getPayment'
  | 'getRefund'
  | 'closeRefund'
  | 'listRefunds'
  | 'getReconciliation'
  | 'acknowledgeFinding'
  | 'receiveWebhook'
  | 'resolveRefunds'
  | 'reconcilePayments'
  | 'publishRefunds'
  | 'forwardEvents';

interface Invocation {
  readonly ended: AbortSignal;
  readonly door: Door | undefined;
}

const invocations = new AsyncLocalStorage<Invocation>();

/** Made once: the platform's own reason is an error with a stack trace, made for every request. */
const ENDED = new Error('the invocation has ended');
ENDED.name = 'AbortError';

/**
 * Runs one invocation, and ends with it every request that it started and did not await. Lambda freezes the environment after the
 * answer: a hanging request would continue minutes later, during another invocation.
 */
export async function withInvocation<T>(run: () => Promise<T>, door?: Door): Promise<T> {
  const end = new AbortController();
  try {
    return await invocations.run({ ended: end.signal, door }, run);
  } finally {
    end.abort(ENDED);
  }
}

/** Aborted when the current invocation has ended; undefined outside of one (at the start of an environment, in tools). */
export function currentInvocation(): AbortSignal | undefined {
  return invocations.getStore()?.ended;
}

/** The running function; undefined outside of an invocation. */
export function currentDoor(): Door | undefined {
  return invocations.getStore()?.door;
}
