import ky, { type KyInstance } from 'ky';
import type {
  CancelCall,
  CancelOutcome,
  ListPage,
  ListQuery,
  LookUp,
  PaymentGateway,
} from '../protocol/ports.ts';
import { TOKEN_TIMEOUT_MS } from '../refund/times.ts';
import { hashOfAccount } from './account-hash.ts';
import { cancelBody } from './cancel-body.ts';
import type { Send } from './not-sent.ts';
import {
  cancelOutcome,
  describeError,
  lookUpOutcome,
  neverLeft,
  pageOutcome,
  type Answer,
  type Unauthorized,
} from './outcome.ts';
import { pathOf, pathOfPayment } from './path.ts';
import { limits, type Within } from './time-limit.ts';
import { tokenCache, type Credentials, type CredentialsSource, type TokenCache } from './token.ts';

export interface IamportClientOptions {
  /** Base address, without a trailing slash. */
  readonly apiUrl: string;
  readonly credentials: CredentialsSource;
  /** Epoch ms. */
  readonly now: () => number;
  /** Aborted when the invocation that asks has ended: its requests end with it. @default never */
  readonly invocation?: () => AbortSignal | undefined;
  /** @default the platform's own */
  readonly fetch?: Send;
}

interface Asking {
  readonly http: KyInstance;
  readonly tokens: TokenCache;
  readonly now: () => number;
  readonly within: Within;
}

async function toAnswer(response: Promise<Response>): Promise<Answer> {
  const head = await response;
  return { status: head.status, body: await head.text() };
}

/**
 * i'mport's V1 API as far as refunds need it. Nothing is ever retried here but one re-send after a 401, which proves
 * that nothing was executed: every other repetition is the protocol's decision.
 */
export function iamportClient(options: IamportClientOptions): PaymentGateway {
  const { credentials, now, invocation = () => undefined, fetch: send = globalThis.fetch } = options;
  const http = ky.create({
    prefix: options.apiUrl,
    retry: 0,
    throwHttpErrors: false,
    redirect: 'manual',
  });
  const within = limits(send, invocation);
  const requestToken = async ({ impKey, impSecret }: Credentials): Promise<Answer> => {
    const json = { imp_key: impKey, imp_secret: impSecret };
    return within({ timeoutMs: TOKEN_TIMEOUT_MS }, async (limit) =>
      toAnswer(http.post('users/getToken', { json, ...limit })),
    );
  };
  const tokens = tokenCache({ credentials, requestToken, now, invocation });
  const asking: Asking = { http, tokens, now, within };
  return {
    async prepare() {
      const result = await tokens.get();
      return result.kind === 'token' ? { kind: 'ready' } : result;
    },
    cancel: async (call) => cancel(call, asking),
    payment: async (impUid, timeoutMs) => lookUp(pathOfPayment(impUid), timeoutMs, asking),
    find: async (merchantUid, timeoutMs) => find(merchantUid, timeoutMs, asking),
    list: async (query, timeoutMs) => list(query, timeoutMs, asking),
    async hashAccount(account) {
      const secret = await credentials({ fresh: false }).catch(() => undefined);
      return secret === undefined ? undefined : hashOfAccount(account, secret);
    },
  };
}

/** At most this often is a token renewed for one call. */
const MAX_RENEWALS = 1;

async function cancel(call: CancelCall, asking: Asking): Promise<CancelOutcome> {
  const endsAtMs = asking.now() + call.timeoutMs;
  for (let renewals = 0; ; renewals += 1) {
    const token = await asking.tokens.get();
    if (token.kind !== 'token') return { kind: 'not_sent', cause: token.cause };
    const nowMs = asking.now();
    if (nowMs > call.sendBeforeMs || nowMs >= endsAtMs)
      return { kind: 'not_sent', cause: 'too late to be sent' };
    const outcome = await sendCancel(call, { token: token.token, timeoutMs: endsAtMs - nowMs }, asking);
    if (outcome.kind !== 'unauthorized') return outcome;
    asking.tokens.forget(token.token);
    if (renewals >= MAX_RENEWALS)
      return { kind: 'not_sent', cause: 'the provider refuses a new access token' };
  }
}

async function sendCancel(
  call: CancelCall,
  { token, timeoutMs }: { readonly token: string; readonly timeoutMs: number },
  { http, within }: Asking,
): Promise<CancelOutcome | Unauthorized> {
  const json = cancelBody(call);
  try {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await within({ timeoutMs, sendBeforeMs: call.sendBeforeMs }, async (limit) =>
      toAnswer(http.post('payments/cancel', { json, headers, ...limit })),
    );
    return cancelOutcome(answer, call.account);
  } catch (error) {
    const cause = describeError(error);
    return neverLeft(error) ? { kind: 'not_sent', cause } : { kind: 'unknown', cause };
  }
}

/** A read, with one renewal of the token. Rejects for anything the network does. */
type Read =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly cause: string };

async function get(path: string, timeoutMs: number, asking: Asking): Promise<Read> {
  const endsAtMs = asking.now() + timeoutMs;
  for (let renewals = 0; ; renewals += 1) {
    const token = await asking.tokens.get();
    if (token.kind !== 'token') return { kind: 'failed', cause: token.cause };
    const left = endsAtMs - asking.now();
    if (left <= 0) return { kind: 'failed', cause: 'no time left' };
    try {
      const headers = { authorization: `Bearer ${token.token}` };
      const answer = await asking.within({ timeoutMs: left }, async (limit) =>
        toAnswer(asking.http.get(path, { headers, ...limit })),
      );
      if (answer.status !== 401 || renewals >= MAX_RENEWALS) return { kind: 'answer', answer };
      asking.tokens.forget(token.token);
    } catch (error) {
      return { kind: 'failed', cause: describeError(error) };
    }
  }
}

/** Without a path there can be no such payment. */
async function lookUp(path: string | undefined, timeoutMs: number, asking: Asking): Promise<LookUp> {
  if (path === undefined) return { kind: 'missing' };
  const read = await get(path, timeoutMs, asking);
  return read.kind === 'answer' ? lookUpOutcome(read.answer) : read;
}

/**
 * The paid attempt, or the one that has been cancelled since; the plain search would answer with the newest, which can be
 * a later failed one (IAMPORT 5). Both are asked at once, whatever the first says: an unknown order must not take longer
 * than somebody else's.
 */
async function find(merchantUid: string, timeoutMs: number, asking: Asking): Promise<LookUp> {
  const [paid, cancelled] = await Promise.all([
    lookUp(pathOf`payments/find/${merchantUid}/paid`, timeoutMs, asking),
    lookUp(pathOf`payments/find/${merchantUid}/cancelled`, timeoutMs, asking),
  ]);
  return paid.kind === 'missing' ? cancelled : paid;
}

/** The oldest change first: what changes meanwhile comes at the end, so that no page is moved by it. */
const OLDEST_CHANGE_FIRST = 'updated';

async function list(query: ListQuery, timeoutMs: number, asking: Asking): Promise<ListPage> {
  const search = new URLSearchParams({
    page: String(query.page),
    limit: String(query.limit),
    from: String(query.fromSeconds),
    to: String(query.toSeconds),
    sorting: OLDEST_CHANGE_FIRST,
  });
  const read = await get(`payments/status/${query.status}?${search.toString()}`, timeoutMs, asking);
  return read.kind === 'answer' ? pageOutcome(read.answer, query) : read;
}
