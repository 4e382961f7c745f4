import ky, { type KyInstance } from 'ky';
import type { CancelCall, CancelOutcome, LookUp, PaymentGateway } from '../protocol/ports.ts';
import { TOKEN_TIMEOUT_MS } from '../refund/timing.ts';
import { cancelOutcome, describeError, lookUpOutcome, neverLeft, type Answer } from './outcome.ts';
import { tokenCache, type Credentials, type CredentialsSource, type TokenCache } from './token.ts';
import { cancelBody } from './wire.ts';

export interface IamportClientOptions {
  /** Base address, without a trailing slash. */
  readonly apiUrl: string;
  readonly credentials: CredentialsSource;
  /** Epoch ms. */
  readonly now: () => number;
  /** @default the platform's own */
  readonly fetch?: typeof globalThis.fetch;
}

interface Asking {
  readonly http: KyInstance;
  readonly tokens: TokenCache;
  readonly now: () => number;
}

/** The time an answer may take as a whole, head and body: ky's own limit ends with the head. */
function within(timeoutMs: number) {
  return { timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) } as const;
}

async function toAnswer(response: Promise<Response>): Promise<Answer> {
  const { status, body } = await response.then(async (head) => ({
    status: head.status,
    body: await head.text(),
  }));
  return { status, body };
}

/**
 * i'mport's V1 API as far as refunds need it. Nothing is ever retried here but one re-send after a 401, which proves
 * that nothing was executed: every other repetition is the protocol's decision.
 */
export function iamportClient(options: IamportClientOptions): PaymentGateway {
  const http = ky.create({
    prefix: options.apiUrl,
    retry: 0,
    throwHttpErrors: false,
    redirect: 'manual',
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const requestToken = async ({ impKey, impSecret }: Credentials): Promise<Answer> =>
    toAnswer(
      http.post('users/getToken', {
        json: { imp_key: impKey, imp_secret: impSecret },
        ...within(TOKEN_TIMEOUT_MS),
      }),
    );
  const tokens = tokenCache({ credentials: options.credentials, requestToken, now: options.now });
  const asking: Asking = { http, tokens, now: options.now };
  return {
    async prepare() {
      const result = await tokens.get();
      return result.kind === 'token' ? { kind: 'ready' } : result;
    },
    cancel: async (call) => cancel(call, asking),
    payment: async (impUid, timeoutMs) =>
      // Payments of test channels are hidden without this since 2026-01-26.
      lookUp(`payments/${encodeURIComponent(impUid)}?include_sandbox=true`, timeoutMs, asking),
    find: async (merchantUid, timeoutMs) => find(merchantUid, timeoutMs, asking),
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
  { payment, pending }: CancelCall,
  { token, timeoutMs }: { readonly token: string; readonly timeoutMs: number },
  { http }: Asking,
): Promise<CancelOutcome | { readonly kind: 'unauthorized' }> {
  const json = cancelBody(payment, pending);
  try {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await toAnswer(http.post('payments/cancel', { json, headers, ...within(timeoutMs) }));
    return answer.status === 401 ? { kind: 'unauthorized' } : cancelOutcome(answer);
  } catch (error) {
    const cause = describeError(error);
    return neverLeft(error) ? { kind: 'not_sent', cause } : { kind: 'unknown', cause };
  }
}

async function lookUp(path: string, timeoutMs: number, asking: Asking): Promise<LookUp> {
  const endsAtMs = asking.now() + timeoutMs;
  for (let renewals = 0; ; renewals += 1) {
    const token = await asking.tokens.get();
    if (token.kind !== 'token') return { kind: 'failed', cause: token.cause };
    const left = endsAtMs - asking.now();
    if (left <= 0) return { kind: 'failed', cause: 'no time left' };
    try {
      const headers = { authorization: `Bearer ${token.token}` };
      const answer = await toAnswer(asking.http.get(path, { headers, ...within(left) }));
      if (answer.status !== 401 || renewals >= MAX_RENEWALS) return lookUpOutcome(answer);
      asking.tokens.forget(token.token);
    } catch (error) {
      return { kind: 'failed', cause: describeError(error) };
    }
  }
}

/** The paid attempt; the plain search would answer with the newest, which can be a later failed one. */
async function find(merchantUid: string, timeoutMs: number, asking: Asking): Promise<LookUp> {
  const path = `payments/find/${encodeURIComponent(merchantUid)}`;
  const paid = await lookUp(`${path}/paid`, timeoutMs, asking);
  return paid.kind === 'missing' ? lookUp(`${path}/cancelled`, timeoutMs, asking) : paid;
}
