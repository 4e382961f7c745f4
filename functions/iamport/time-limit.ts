/**
 * The time an answer may take as a whole, head and body. Ends with the invocation, too, and leaves no timer behind. Rejects
 * by `TimeoutError` or by what the invocation ended with.
 */
export async function withinTime<T>(
  ask: (signal: AbortSignal) => Promise<T>,
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
    return await ask(limit.signal);
  } finally {
    clearTimeout(timer);
    ended?.removeEventListener('abort', end);
  }
}
