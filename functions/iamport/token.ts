import * as v from 'valibot';
import type { Answer } from './outcome.ts';
import { Envelope, parseJson, TokenResponse } from './wire.ts';

export interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

/** Where the credentials come from. `fresh`: the cached ones were refused, so ask for them again. */
export type CredentialsSource = (options: { readonly fresh: boolean }) => Promise<Credentials>;

export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'unavailable'; readonly cause: string };

/** A token is not used in its last seconds: the request must arrive before it expires (PHP and Node clients: 30 s). */
const EXPIRY_BUFFER_MS = 30_000;

interface TokenOptions {
  readonly credentials: CredentialsSource;
  /** `POST /users/getToken`; rejects for anything the network does. */
  readonly requestToken: (credentials: Credentials) => Promise<Answer>;
  /** ms, monotonic enough for half an hour. */
  readonly now: () => number;
}

export interface TokenCache {
  get(): Promise<TokenResult>;
  /** A token that was refused is not used again. */
  forget(token: string): void;
}

/**
 * Caches the access token for as long as i'mport says it lives: `expired_at − now`, both by i'mport's clock, since our
 * own may be wrong. Callers at the same time share one request. Credentials that are refused are fetched again once, so
 * that a rotated secret works without a deployment.
 */
export function tokenCache({ credentials, requestToken, now }: TokenOptions): TokenCache {
  let cached: { readonly token: string; readonly goodUntilMs: number } | undefined;
  let asking: Promise<TokenResult> | undefined;

  async function ask(fresh: boolean): Promise<TokenResult> {
    const askedAtMs = now();
    const answer = await requestToken(await credentials({ fresh }));
    if (answer.status === 401) {
      return fresh ? { kind: 'unavailable', cause: 'the provider refuses the credentials' } : ask(true);
    }
    const envelope = v.safeParse(Envelope, parseJson(answer.body));
    const granted = v.safeParse(TokenResponse, envelope.success ? envelope.output.response : undefined);
    if (answer.status !== 200 || !envelope.success || envelope.output.code !== 0 || !granted.success) {
      return { kind: 'unavailable', cause: `no token under HTTP ${answer.status}` };
    }
    const { access_token: token, now: serverNow, expired_at: expiredAt } = granted.output;
    cached = { token, goodUntilMs: askedAtMs + (expiredAt - serverNow) * 1000 - EXPIRY_BUFFER_MS };
    return { kind: 'token', token };
  }

  return {
    async get() {
      if (cached !== undefined && now() < cached.goodUntilMs) return { kind: 'token', token: cached.token };
      asking ??= ask(false)
        .catch((error: unknown): TokenResult => ({
          kind: 'unavailable',
          cause: error instanceof Error ? error.name : 'error',
        }))
        .finally(() => {
          asking = undefined;
        });
      return asking;
    },
    forget(token) {
      if (cached?.token === token) cached = undefined;
    },
  };
}
