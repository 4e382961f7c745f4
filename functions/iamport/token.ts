import * as v from 'valibot';
import type { Answer } from './outcome.ts';
import { parseJson } from './untidy.ts';
import { Envelope, TokenResponse } from './wire.ts';

export interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

/** Where the credentials come from; rejects while they cannot be had. `fresh`: the cached ones were refused, so ask for them again. */
export type CredentialsSource = (options: { readonly fresh: boolean }) => Promise<Credentials>;

export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  /** `secret`: the secret is missing, not filled or refused, as opposed to a provider that cannot be reached. */
  | { readonly kind: 'unavailable'; readonly cause: string; readonly secret: boolean };

/** A token is not used in its last seconds: the request must arrive before it expires (PHP and Node clients: 30 s). */
const EXPIRY_BUFFER_MS = 30_000;

interface TokenOptions {
  readonly credentials: CredentialsSource;
  /** `POST /users/getToken`; rejects for anything the network does. */
  readonly requestToken: (credentials: Credentials) => Promise<Answer>;
  /** Epoch ms. */
  readonly now: () => number;
  /** The invocation that asks: a request belongs to the one that has begun it. @default always the same */
  readonly invocation?: () => unknown;
}

export interface TokenCache {
  get(): Promise<TokenResult>;
  /** A token that was refused is not used again. */
  forget(token: string): void;
}

interface Asking {
  readonly invocation: unknown;
  readonly result: Promise<TokenResult>;
}

/**
 * Caches the access token for as long as i'mport says it lives: `expired_at − now`, both by i'mport's clock, since our
 * own may be wrong. Callers at the same time share one request, but never one that an earlier invocation has left behind.
 * Credentials that are refused are fetched again once, so that a rotated secret works without a deployment.
 */
export function tokenCache({
  credentials,
  requestToken,
  now,
  invocation = () => undefined,
}: TokenOptions): TokenCache {
  let cached: { readonly token: string; readonly goodUntilMs: number } | undefined;
  let asking: Asking | undefined;

  async function ask(fresh: boolean): Promise<TokenResult> {
    const secret = await credentials({ fresh }).catch((error: unknown) => unavailable(error, true));
    if ('kind' in secret) return secret;
    const askedAtMs = now();
    const answer = await requestToken(secret);
    if (answer.status === 401) {
      return fresh
        ? { kind: 'unavailable', cause: 'the provider refuses the secret', secret: true }
        : ask(true);
    }
    const envelope = v.safeParse(Envelope, parseJson(answer.body));
    const granted = v.safeParse(TokenResponse, envelope.success ? envelope.output.response : undefined);
    if (answer.status !== 200 || !envelope.success || envelope.output.code !== 0 || !granted.success) {
      return { kind: 'unavailable', cause: `no token under HTTP ${answer.status}`, secret: false };
    }
    const { access_token: token, now: serverNow, expired_at: expiredAt } = granted.output;
    cached = { token, goodUntilMs: askedAtMs + (expiredAt - serverNow) * 1000 - EXPIRY_BUFFER_MS };
    return { kind: 'token', token };
  }

  function begin(): Asking {
    const result = ask(false)
      .catch((error: unknown) => unavailable(error, false))
      .finally(() => {
        if (asking === begun) asking = undefined;
      });
    const begun: Asking = { invocation: invocation(), result };
    return begun;
  }

  return {
    async get() {
      if (cached !== undefined && now() < cached.goodUntilMs) return { kind: 'token', token: cached.token };
      if (asking === undefined || asking.invocation !== invocation()) asking = begin();
      return asking.result;
    },
    forget(token) {
      if (cached?.token === token) cached = undefined;
    },
  };
}

/** The name only: a message could quote the secret. */
function unavailable(
  error: unknown,
  secret: boolean,
): Extract<TokenResult, { readonly kind: 'unavailable' }> {
  return { kind: 'unavailable', cause: error instanceof Error ? error.name : 'error', secret };
}
