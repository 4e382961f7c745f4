import type { Payment, Refund, RefundClientOptions } from './types.ts';

export const DEFAULT_WAIT_MS = 2_000;

export interface Reply {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Undefined: no answer at all, or one that nobody can read. */
export async function replyTo(call: Call, options: RefundClientOptions): Promise<Reply | undefined> {
  const { baseUrl = '', getToken } = options;
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);
  const { path, signal, headers, ...init } = call;
  try {
    const authorization = `Bearer ${await getToken()}`;
    const response = await send(`${baseUrl}${path}`, {
      ...init,
      headers: { ...headers, authorization },
      ...(signal === undefined ? {} : { signal }),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : DEFAULT_WAIT_MS;
    const body: unknown = await response.json();
    if (typeof body !== 'object' || body === null) return undefined;
    return { status: response.status, retryAfterMs, body: body as Reply['body'] };
  } catch {
    return undefined;
  }
}

/** The service says of each of these that nothing was sent, or that the same key may ask again. */
export function worthRepeating({ status, body }: Reply): boolean {
  return status === 429 || status >= 500 || body['code'] === 'REFUND_IN_PROGRESS';
}

/** A 5xx of the gateway's own: the function may have died after it had sent the cancel. */
export function provesNothing(reply: Reply | undefined): boolean {
  return reply === undefined || (reply.status >= 500 && typeof reply.body['code'] !== 'string');
}

/**
 * Refusals that hold for every request with the same key, also for one under way. One at the door (token, throttle, the order
 * of somebody else) and one for now (busy, provider down) hold for the request that got it.
 */
export function speaksOfTheRefund(reply: Reply): boolean {
  return !worthRepeating(reply) && ![401, 403, 404].includes(reply.status);
}

export function codeOf({ status, body }: Reply): string {
  const { code } = body;
  if (typeof code === 'string') return code;
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  return status === 429 ? 'TOO_MANY_REQUESTS' : 'INTERNAL_ERROR';
}

export function paymentIn(reply: Reply | undefined): Payment | undefined {
  return reply?.status === 200 ? (reply.body as unknown as Payment) : undefined;
}

export function refundIn(reply: Reply | undefined, refundId: string): Refund | undefined {
  return paymentIn(reply)?.refunds?.find(({ refund_id: id }) => id === refundId);
}

/** What may be said while nobody knows: never that nothing was refunded. */
export function openCode(reply: Reply | undefined): string {
  if (reply === undefined || provesNothing(reply)) return 'NETWORK';
  return [401, 403, 429].includes(reply.status) ? codeOf(reply) : 'UNKNOWN';
}
