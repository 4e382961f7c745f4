import type { RefundClientOptions } from './options.ts';

type Locks = NonNullable<RefundClientOptions['locks']>;

/** A turn takes no time; a tab that was frozen in the middle of its own must not stop the others. */
const LONGEST_WAIT_MS = 2_000;

/** Undefined: this page has no locks (it is not secure, or the browser is old), or nobody gives one. Nothing was done then. */
export async function inTurn<T>(
  name: string,
  locks: Locks | undefined,
  work: () => T,
): Promise<{ readonly value: T } | undefined> {
  const desk = locks ?? pageLocks();
  if (desk === undefined) return undefined;
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), LONGEST_WAIT_MS);
  try {
    return await desk.request(name, { signal: giveUp.signal }, () => ({ value: work() }));
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function pageLocks(): Locks | undefined {
  const { navigator } = globalThis as { readonly navigator?: { readonly locks?: Locks } };
  return navigator?.locks;
}
