/** What ends a request of ky's: its own limit ends with the head of an answer, and is a second timer. */
export interface Limit {
  readonly signal: AbortSignal;
  readonly timeout: false;
}

/**
 * The time an answer may take as a whole, head and body. Ends with the invocation, too, and leaves no timer behind. Rejects
 * by `TimeoutError` or by what the invocation ended with.
 */
export async function withinTime<T>(
  ask: (limit: Limit) => Promise<T>,
  timeoutMs: number,
  ended: AbortSignal | undefined,
): Promise<T> {
  const limit = new AbortController();
  const end = (): void => limit.abort(ended?.reason);
  const timer = setTimeout(
    () => limit.abort(new DOMException('no answer in time', 'TimeoutError')),
    timeoutMs,
  );
  if (ended?.aborted === true) end();
  ended?.addEventListener('abort', end, { once: true });
  try {
    return await ask({ signal: limit.signal, timeout: false });
  } finally {
    clearTimeout(timer);
    ended?.removeEventListener('abort', end);
  }
}
