import type { Send } from './not-sent.ts';

/**
 * Options of one request. Its end is told to `fetch` itself: ky would join the signal with one of its own, and its time limit
 * ends with the head of an answer.
 */
export interface Limit {
  readonly fetch: typeof globalThis.fetch;
  readonly timeout: false;
}

export interface Times {
  readonly timeoutMs: number;
  /** Epoch ms after which the request must not go out any more. @default never */
  readonly sendBeforeMs?: number;
}

export type Within = <T>(times: Times, ask: (limit: Limit) => Promise<T>) => Promise<T>;

export function limits(send: Send, invocation: () => AbortSignal | undefined): Within {
  return async ({ timeoutMs, sendBeforeMs }, ask) => {
    const limited = async (signal: AbortSignal): ReturnType<typeof ask> =>
      ask({ fetch: async (request) => send(request, { signal, sendBeforeMs }), timeout: false });
    return withinTime(limited, timeoutMs, invocation());
  };
}

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
