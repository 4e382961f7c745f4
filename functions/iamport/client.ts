import { createHmac, hkdfSync } from 'node:crypto';
import ky, { type Options } from 'ky';
import type {
  CancelCall,
  CancelOutcome,
  ListPage,
  ListQuery,
  LookUp,
  PaymentGateway,
} from '../protocol/ports.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { TOKEN_TIMEOUT_MS } from '../refund/times.ts';
import {
  cancelOutcome,
  describeError,
  lookUpOutcome,
  neverLeft,
  pageOutcome,
  type Answer,
} from './outcome.ts';
import { tokenCache, TokenUnavailableError, type Credentials, type TokenOptions } from './token.ts';
import { cancelBody } from './wire.ts';

/** The options of one request. */
interface SendOptions extends RequestInit {
  /** Epoch ms after which it must not be sent: connecting takes time, too. @default never */
  readonly sendBeforeMs?: number;
}

/** A `fetch` that refuses to send too late, and throws `NotSent` when nothing of a request has left. */
export type Send = (request: Request | URL | string, options?: SendOptions) => Promise<Response>;

export interface IamportClientOptions {
  /** Base address. */
  readonly apiUrl: string;
  readonly credentials: TokenOptions['credentials'];
  /** Epoch ms. */
  readonly now: () => number;
  readonly fetch: Send;
  /** Aborted when the current invocation has ended: its requests end with it. @default never */
  readonly invocation?: () => AbortSignal | undefined;
  /** The three characters of a sub-merchant (하위상점), sent with every request (IAMPORT 9). @default none */
  readonly tier?: string;
}

/** Only these statuses are retried. Others explain themselves in the body, and 429 asks for fewer requests. */
const PASSING = [500, 502, 503, 504];

/** For requests that move no money: two more tries, after 0.3 and 0.6 s, within the request's own time. */
const REPEATED = {
  retry: { limit: 2, methods: ['get', 'post'], statusCodes: PASSING, afterStatusCodes: [] },
  throwHttpErrors: (status) => PASSING.includes(status),
} satisfies Options;

/** The part of i'mport's V1 API that refunds need. A cancel is sent once and never again; all other requests may be repeated. */
export function iamportClient(options: IamportClientOptions): PaymentGateway {
  const requests = requestsOf(options);
  return {
    async prepare() {
      try {
        await requests.tokens.get();
        return { kind: 'ready' };
      } catch (error) {
        return { kind: 'unavailable', ...failureOf(error) };
      }
    },
    cancel: async (call) => cancel(call, requests),
    payment: async (impUid, timeoutMs) => lookUp(pathOfPayment(impUid), timeoutMs, requests),
    find: async (merchantUid, timeoutMs) => find(merchantUid, timeoutMs, requests),
    list: async (query, timeoutMs) => list(query, timeoutMs, requests),
    async hashAccount(account) {
      const secret = await options.credentials({ fresh: false }).catch(() => undefined);
      return secret === undefined ? undefined : hashOfAccount(account, secret);
    },
  };
}

type Requests = ReturnType<typeof requestsOf>;

function requestsOf(options: IamportClientOptions) {
  const { apiUrl, credentials, now, fetch: send, invocation = () => undefined, tier } = options;
  /** Sends exactly once, whatever the answer. */
  const once = ky.create({
    prefix: apiUrl,
    headers: omitMissing({ tier }),
    fetch: send,
    redirect: 'manual',
    retry: 0,
    throwHttpErrors: false,
  });
  /** Ends a request together with the invocation that started it. */
  const ending = (): Options => omitMissing({ signal: invocation() });
  const again = once.extend(REPEATED);
  const requestToken = async ({ impKey, impSecret }: Credentials): Promise<Answer> => {
    const json = { imp_key: impKey, imp_secret: impSecret };
    return answerTo(again.post('users/getToken', { json, ...within(TOKEN_TIMEOUT_MS), ...ending() }));
  };
  const tokens = tokenCache({ credentials, requestToken, now, invocation });
  /** Reads, and renews the token when it was refused. */
  const reads = again.extend({ hooks: authorized(tokens) });
  return { once, reads, tokens, now, send, ending };
}

/** Limit for all tries, their pauses and a new token together. */
function within(timeoutMs: number): Options {
  return { timeout: timeoutMs, totalTimeout: timeoutMs };
}

function failureOf(error: unknown): { readonly cause: string; readonly secret?: boolean } {
  if (!(error instanceof TokenUnavailableError)) return { cause: describeError(error) };
  return { cause: error.message, secret: error.secret };
}

async function answerTo(response: Promise<Response>): Promise<Answer> {
  const head = await response;
  return { status: head.status, body: await head.text() };
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Adds the token; when it is refused, tries once more with a new one. */
function authorized(tokens: ReturnType<typeof tokenCache>): NonNullable<Options['hooks']> {
  return {
    beforeRequest: [
      async ({ request }) => request.headers.set('authorization', bearer(await tokens.get()).authorization),
    ],
    afterResponse: [
      async ({ request, response, retryCount }) => {
        if (response.status !== 401) return undefined;
        tokens.forget(request.headers.get('authorization')?.replace(/^Bearer /, ''));
        if (retryCount > 0) return undefined;
        const headers = { ...Object.fromEntries(request.headers), ...bearer(await tokens.get()) };
        return ky.retry({ request: new globalThis.Request(request, { headers }), delay: 0 });
      },
    ],
  };
}

/**
 * The token is the one that the look before used. If i'mport refuses it now, the cancel has ended (PROTOCOL P4, row 5): it is
 * never sent with another one.
 */
async function cancel(
  call: CancelCall,
  { once, tokens, now, send, ending }: Requests,
): Promise<CancelOutcome> {
  const endsAtMs = now() + call.timeoutMs;
  let token: string;
  try {
    token = await tokens.get();
  } catch (error) {
    return { kind: 'not_sent', cause: failureOf(error).cause };
  }
  const nowMs = now();
  const timeout = endsAtMs - nowMs;
  if (nowMs > call.sendBeforeMs || timeout <= 0) return { kind: 'not_sent', cause: 'too late to be sent' };
  const json = cancelBody(call);
  // Half of its time for connecting: ky's own time-out could not say whether anything was sent.
  const sendBeforeMs = Math.min(call.sendBeforeMs, nowMs + timeout / 2);
  const sendInTime = async (request: Parameters<Send>[0]) => send(request, { sendBeforeMs });
  try {
    const options = { json, headers: bearer(token), fetch: sendInTime, timeout, ...ending() };
    const outcome = cancelOutcome(await answerTo(once.post('payments/cancel', options)), call.account);
    const isRefusedByHttp = outcome.kind === 'refused' && outcome.by === 'http';
    if (isRefusedByHttp && outcome.provider.code === 401) tokens.forget(token);
    return outcome;
  } catch (error) {
    return { kind: neverLeft(error) ? 'not_sent' : 'unknown', cause: describeError(error) };
  }
}

type Read = Answer | ({ readonly kind: 'failed' } & ReturnType<typeof failureOf>);

async function read(path: string, options: Options, { reads, ending }: Requests): Promise<Read> {
  try {
    return await answerTo(reads.get(path, { ...options, ...ending() }));
  } catch (error) {
    return { kind: 'failed', ...failureOf(error) };
  }
}

/** Without a path there can be no such payment. */
async function lookUp(path: string | undefined, timeoutMs: number, requests: Requests): Promise<LookUp> {
  if (path === undefined) return { kind: 'missing' };
  const found = await read(path, within(timeoutMs), requests);
  return 'body' in found ? lookUpOutcome(found) : found;
}

/**
 * The paid attempt, or one cancelled since; the plain search would return the newest, which may be a later failed one (IAMPORT
 * 5). Both are requested at once, whatever the first returns: an unknown order must not take longer than somebody else's.
 */
async function find(merchantUid: string, timeoutMs: number, requests: Requests): Promise<LookUp> {
  const [paid, cancelled] = await Promise.all([
    lookUp(pathOf`payments/find/${merchantUid}/paid`, timeoutMs, requests),
    lookUp(pathOf`payments/find/${merchantUid}/cancelled`, timeoutMs, requests),
  ]);
  return paid.kind === 'missing' ? cancelled : paid;
}

/** Oldest change first: payments that change meanwhile move to the end and do not shift a page. */
const OLDEST_CHANGE_FIRST = 'updated';

async function list(query: ListQuery, timeoutMs: number, requests: Requests): Promise<ListPage> {
  const { page, limit, fromSeconds, toSeconds, status } = query;
  const searchParams = { page, limit, from: fromSeconds, to: toSeconds, sorting: OLDEST_CHANGE_FIRST };
  const listed = await read(`payments/status/${status}`, { searchParams, ...within(timeoutMs) }, requests);
  return 'body' in listed ? pageOutcome(listed, query) : listed;
}

/**
 * One path segment at i'mport. Undefined when there can be no such segment: `.` and `..` would change the path, encoded or not
 * (the URL standard reads `%2E` as a dot), an empty one makes another path, and half a surrogate has no bytes.
 */
function segment(text: string): string | undefined {
  if (text === '' || /^\.{1,2}$/.test(text) || !text.isWellFormed()) return undefined;
  return encodeURIComponent(text).replaceAll('.', '%2E');
}

/** A path made of literal words and foreign segments; undefined when a segment is not possible. */
function pathOf(words: TemplateStringsArray, ...values: readonly string[]): string | undefined {
  const segments = values.map(segment);
  if (!segments.every((each) => each !== undefined)) return undefined;
  return String.raw({ raw: words }, ...segments);
}

/** Words of i'mport's own paths (IAMPORT 5): used as an imp_uid they return something else. */
const OWN_WORDS: ReadonlySet<string> = new Set(['cancel', 'find', 'findall', 'prepare', 'status']);

/** Payments of test channels are hidden without `include_sandbox` since 2026-01-26. */
function pathOfPayment(impUid: string): string | undefined {
  return OWN_WORDS.has(impUid.toLowerCase()) ? undefined : pathOf`payments/${impUid}?include_sandbox=true`;
}

/** Names the purpose of the derived key, so that no other use of the secret derives the same key. */
const PURPOSE = 'iamport-refunds/refund-account';
const KEY_BYTES = 32;
/** 128 bits of the hash, enough to exclude collisions. */
const HASH_BYTES = 16;

/** Equal for equal digits, with or without hyphens; without the secret nobody can try all accounts. */
function hashOfAccount(account: string, { impSecret }: Credentials): string {
  const key = hkdfSync('sha256', impSecret, '', PURPOSE, KEY_BYTES);
  const digits = account.replaceAll(/\D/g, '');
  const hash = createHmac('sha256', Buffer.from(key)).update(digits).digest();
  return hash.subarray(0, HASH_BYTES).toString('base64url');
}
