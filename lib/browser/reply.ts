import type { Payment } from './types.ts';

export interface Reply {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The service says of each of these that nothing was sent, or that the same key may ask again. */
export function worthRepeating({ status, body }: Reply): boolean {
  return status === 429 || status >= 500 || body['code'] === 'REFUND_IN_PROGRESS';
}

export function codeOf({ status, body }: Reply): string {
  const { code } = body;
  if (typeof code === 'string') return code;
  if (status === 401) return 'UNAUTHORIZED';
  return status === 429 ? 'TOO_MANY_REQUESTS' : 'INTERNAL_ERROR';
}

export function paymentIn(reply: Reply | undefined): Payment | undefined {
  return reply?.status === 200 ? (reply.body as unknown as Payment) : undefined;
}
