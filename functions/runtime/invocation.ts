import { AsyncLocalStorage } from 'node:async_hooks';

/** The functions by the names that the stack gives them; the metrics' dimension `Function`. */
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

/** Made once: the platform's own reason is an error with a stack, made anew for every request. */
const ENDED = new Error('the invocation has ended');
ENDED.name = 'AbortError';

/**
 * Runs one invocation and ends with it whatever it has begun and not awaited. Lambda freezes the environment after the answer: a
 * request that still hung would thaw minutes later, in the middle of somebody else's.
 */
export async function withInvocation<T>(run: () => Promise<T>, door?: Door): Promise<T> {
  const end = new AbortController();
  try {
    return await invocations.run({ ended: end.signal, door }, run);
  } finally {
    end.abort(ENDED);
  }
}

/** Aborted when the invocation that asks has ended; undefined outside of one (at the start of an environment, in tools). */
export function currentInvocation(): AbortSignal | undefined {
  return invocations.getStore()?.ended;
}

/** The function that is at work; undefined outside of an invocation. */
export function currentDoor(): Door | undefined {
  return invocations.getStore()?.door;
}
