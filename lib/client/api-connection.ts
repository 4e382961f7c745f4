import { isStopped, sleep, type Following, type RefundClientOptions } from './options.ts';
import type { CancelRequest, Payment, Problem, Refund } from './types.ts';

/** The gateway times out after 30 s, so no answer comes after this time. */
const REQUEST_TIMEOUT_MS = 40_000;

export interface Reply {
  readonly status: number;
  /** Of the service: the gateway and proxies give none. */
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Path of the refund, from the Location header of a 202. */
  readonly location: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Call<Read> {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST. Without it the call is a GET. */
  readonly body?: object | undefined;
  /** The request is sent only with a token of this caller: with another caller's token the service would see another key. */
  readonly subject?: string | null;
  readonly read: (response: Response) => Promise<Read | undefined>;
  readonly following?: Following;
}

/** No answer, or an answer that is not a JSON object. */
export const NO_ANSWER: Reply = {
  status: 0,
  code: undefined,
  retryAfterMs: undefined,
  location: undefined,
  body: {},
};

/** Stands for a 401 of the gateway when there is no token, or one of another caller. Nothing is sent. */
export const NOT_SIGNED_IN: Reply = { ...NO_ANSWER, status: 401 };

/** Sends requests to the API, with the headers that its CORS rules allow and without cookies. */
export class ApiConnection {
  readonly #options: RefundClientOptions;

  constructor(options: RefundClientOptions) {
    this.#options = options;
  }

  async get(path: string, following: Following): Promise<Reply> {
    return (await this.ask({ path, following, read: readReply })) ?? NO_ANSWER;
  }

  async cancel(
    body: CancelRequest,
    { key, subject }: { readonly key: string; readonly subject: string | null },
    following: Following,
  ): Promise<Reply> {
    const headers = { 'idempotency-key': key };
    const call = { path: '/payments/cancel', headers, body, subject, following, read: readReply };
    return (await this.ask(call)) ?? NO_ANSWER;
  }

  /** A refused token is renewed once. Undefined: no answer, or an answer that cannot be read. */
  async ask<Read extends { readonly status: number }>(call: Call<Read>): Promise<Read | undefined> {
    const first = await this.#once(call, false);
    return first?.status === 401 ? this.#once(call, true) : first;
  }

  /** Undefined: there is no token. Null: the token has no readable `sub`. */
  async subject(): Promise<string | null | undefined> {
    const token = await this.#token(false);
    return token === undefined ? undefined : subjectOf(token);
  }

  async #token(renew: boolean): Promise<string | undefined> {
    try {
      const token = await this.#options.getToken({ renew });
      return typeof token === 'string' && token !== '' ? token : undefined;
    } catch {
      return undefined;
    }
  }

  async #once<Read>(call: Call<Read>, renew: boolean): Promise<Read | undefined> {
    const { path, headers, body, subject, read, following = {} } = call;
    const token = await this.#token(renew);
    const isOthers = token !== undefined && subject !== undefined && subjectOf(token) !== subject;
    if (token === undefined || isOthers) return read(new Response('{}', { status: NOT_SIGNED_IN.status }));
    const { baseUrl = '', language = 'ko', fetch: send = globalThis.fetch.bind(globalThis) } = this.#options;
    const hangUp = new AbortController();
    void sleep(REQUEST_TIMEOUT_MS, hangUp.signal).then(() => hangUp.abort());
    const leave = (): void => hangUp.abort();
    following.signal?.addEventListener('abort', leave);
    if (isStopped(following)) leave();
    const sent = body && { method: 'POST', body: JSON.stringify(body) };
    const type = body && { 'content-type': 'application/json' };
    try {
      const response = await send(`${baseUrl}${path}`, {
        ...sent,
        headers: { ...headers, ...type, authorization: `Bearer ${token}`, 'accept-language': language },
        credentials: 'omit',
        cache: 'no-store',
        signal: hangUp.signal,
      });
      return await read(response);
    } catch {
      return undefined;
    } finally {
      following.signal?.removeEventListener('abort', leave);
      hangUp.abort();
    }
  }
}

async function readReply(response: Response): Promise<Reply> {
  const { status, headers } = response;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const location = headers.get('location') ?? '';
  const json: unknown = await response.json();
  if (typeof json !== 'object' || json === null) return NO_ANSWER;
  const body = json as Reply['body'];
  const { code } = body;
  return {
    status,
    code: typeof code === 'string' ? code : undefined,
    retryAfterMs: seconds >= 0 ? seconds * 1_000 : undefined,
    location: isRefundPath(location) ? location : undefined,
    body,
  };
}

export type Claims = Readonly<Record<string, unknown>>;

/** The claims of a JWT, not verified: they only distinguish and name the callers of this browser. */
export function claimsIn(token: string): Claims {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
    return { ...(JSON.parse(text) as Claims) };
  } catch {
    return {};
  }
}

function subjectOf(token: string): string | null {
  const { sub } = claimsIn(token);
  return typeof sub === 'string' ? sub : null;
}

// --- Paths ---

interface Named {
  readonly merchant_uid: string;
  readonly imp_uid: string | null;
}

/** A gateway decodes a path before routing, and a browser resolves dots, so such order numbers cannot stand in a path. */
const NOT_FOR_A_PATH = /[/\\?#%;]|^\.{1,2}$/;

export function paymentPath({ merchant_uid: order, imp_uid: payment }: Named): string {
  if (payment === null) return `/payments/${encodeURIComponent(order)}`;
  const path = NOT_FOR_A_PATH.test(order) ? '/payments' : `/payments/${encodeURIComponent(order)}`;
  return `${path}?imp_uid=${encodeURIComponent(payment)}`;
}

export function refundPath({ merchant_uid: order, imp_uid: payment }: Named, refundId: string): string {
  const path = `/payments/${NOT_FOR_A_PATH.test(order) ? '-' : encodeURIComponent(order)}`;
  const query = payment === null ? '' : `?imp_uid=${encodeURIComponent(payment)}`;
  return `${path}/refunds/${encodeURIComponent(refundId)}${query}`;
}

/** The token is sent to this path, so the path must not lead to another host (`//host`, `@host`). */
export function isRefundPath(path: string): boolean {
  return /^\/payments\/[^/]+\/refunds\//.test(path);
}

// --- Parsing and judging answers. Pure. ---

export function problemIn({ body }: Reply): Problem {
  const { refund, ...rest } = body;
  return isRefund(refund) ? { ...rest, refund } : rest;
}

/** The payment and the refund in the answer to a cancel, or to a read of one refund. */
export function refundIn({
  status,
  body,
}: Reply): { readonly payment: Payment; readonly refund: Refund } | undefined {
  const { refund, ...payment } = body;
  const isAnswer = status === 200 || status === 202;
  return isAnswer && isRefund(refund) ? { payment: payment as unknown as Payment, refund } : undefined;
}

export function paymentIn({ status, body }: Reply): Payment | undefined {
  if (status !== 200 || typeof body['merchant_uid'] !== 'string') return undefined;
  return body as unknown as Payment;
}

/** A refund counts as found if its id can be read, even if other members cannot: an existing refund must not seem missing. */
export function isRefund(value: unknown): value is Refund {
  const has = typeof value === 'object' && value !== null && 'refund_id' in value;
  return has && typeof value.refund_id === 'string';
}

/** Codes of a 503 that prove that this request sent nothing to i'mport and never will. */
const NOTHING_SENT: readonly string[] = ['PROVIDER_UNAVAILABLE', 'STORE_UNAVAILABLE'];

export function saysNothingSent({ status, code = '' }: Reply): boolean {
  return status === 503 && NOTHING_SENT.includes(code);
}

/** Refusals by the gateway or a proxy: the request did not reach the function. */
const GATEWAY: readonly number[] = [401, 403, 404, 413, 429];

/**
 * No answer, or an answer that may come from a crashed function. Only a code of the service proves a decision; its 500
 * proves nothing about the refund, and a success without a refund counts as no answer.
 */
export function provesNothing(reply: Reply): boolean {
  if (reply.status < 400) return true;
  if (reply.status < 500) return reply.code === undefined && !GATEWAY.includes(reply.status);
  return !saysNothingSent(reply);
}

/** The longest time that a customer is asked to wait at the page. */
const LONGEST_WAIT_MS = 30_000;

/** The same request with the same key may succeed in a moment. */
export function isWorthRepeating(reply: Reply): boolean {
  if (provesNothing(reply)) return true;
  const { status, code, retryAfterMs } = reply;
  const isThrottle = status === 429 && (code === undefined || retryAfterMs !== undefined);
  const isMoment = status === 503 || isThrottle || code === 'REFUND_IN_PROGRESS';
  return isMoment && (retryAfterMs ?? 0) <= LONGEST_WAIT_MS;
}

/** Refusals that apply to every request with the same key, and refusals that apply only to the same body. */
const HOLD_FOR_THE_KEY: readonly string[] = ['ALREADY_FULLY_REFUNDED', 'AMOUNT_EXCEEDS_CANCELABLE'];
const HOLD_FOR_THE_BODY: readonly string[] = [
  'INVALID_REQUEST',
  'REFUND_ACCOUNT_REQUIRED',
  'INVALID_REFUND_BANK',
  'REFUND_NOT_ALLOWED',
];

/**
 * Whether a refusal also applies to an earlier request with the same key that had no answer. A temporary refusal (busy,
 * throttled, token) and an unknown one apply only to the request that got it.
 */
export function holdsForEarlier(reply: Reply, isSameBody: boolean): boolean {
  const { code = '' } = reply;
  const holds = HOLD_FOR_THE_KEY.includes(code) || (isSameBody && HOLD_FOR_THE_BODY.includes(code));
  return holds || problemIn(reply).refund !== undefined;
}
