import * as v from 'valibot';
import { describeError, type Answer } from './outcome.ts';
import { parseJson } from './untidy.ts';
import { TokenAnswer } from './wire.ts';

export interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

/**
 * The source of the credentials; rejects while they are unavailable. `fresh`: the cached ones were refused, so read them again.
 */
export type CredentialsSource = (options: { readonly fresh: boolean }) => Promise<Credentials>;

/** No token is available. `message` quotes neither secret nor answer. */
export class TokenUnavailableError extends Error {
  override readonly name = 'TokenUnavailableError';
  /** The secret is missing, empty or refused; otherwise the provider is unreachable. */
  readonly secret: boolean;

  constructor(message: string, { secret }: { readonly secret: boolean }) {
    super(message);
    this.secret = secret;
  }
}

/** A token is not used in its last seconds: the request must arrive before it expires (PHP and Node clients: 30 s). */
const EXPIRY_BUFFER_MS = 30_000;

export interface TokenOptions {
  readonly credentials: CredentialsSource;
  /** `POST /users/getToken`; rejects on any network failure. */
  readonly requestToken: (credentials: Credentials) => Promise<Answer>;
  /** Epoch ms. */
  readonly now: () => number;
  /** The current invocation: a request belongs to the invocation that started it. @default always the same */
  readonly invocation?: () => unknown;
}

/**
 * Caches the access token for the lifetime that i'mport gives: `expired_at − now`, both by i'mport's clock, because ours may be
 * wrong. Simultaneous callers share one request, but never one left by an earlier invocation. Refused credentials are read again
 * once, so that a rotated secret works without a deployment.
 */
export function tokenCache({ credentials, requestToken, now, invocation = () => undefined }: TokenOptions) {
  let cached: { readonly token: string; readonly goodUntilMs: number } | undefined;
  let asking: { readonly invocation: unknown; readonly token: Promise<string> } | undefined;

  async function ask(fresh: boolean): Promise<string> {
    const secret = await credentials({ fresh }).catch(unavailable(true));
    const askedAtMs = now();
    const answer = await requestToken(secret).catch(unavailable(false));
    if (answer.status === 401) {
      if (!fresh) return ask(true);
      throw new TokenUnavailableError('the provider refuses the secret', { secret: true });
    }
    const granted = v.safeParse(TokenAnswer, parseJson(answer.body));
    if (answer.status !== 200 || !granted.success)
      throw new TokenUnavailableError(`no token under HTTP ${answer.status}`, { secret: false });
    const { access_token: token, now: serverNow, expired_at: expiredAt } = granted.output.response;
    cached = { token, goodUntilMs: askedAtMs + (expiredAt - serverNow) * 1000 - EXPIRY_BUFFER_MS };
    return token;
  }

  return {
    /** @throws TokenUnavailableError */
    async get(): Promise<string> {
      if (cached !== undefined && now() < cached.goodUntilMs) return cached.token;
      if (asking === undefined || asking.invocation !== invocation()) {
        const token = ask(false).finally(() => {
          if (asking?.token === token) asking = undefined;
        });
        asking = { invocation: invocation(), token };
      }
      return asking.token;
    },
    /** A refused token is not used again. */
    forget(token: string | undefined): void {
      if (cached?.token === token) cached = undefined;
    },
  };
}

function unavailable(secret: boolean): (error: unknown) => never {
  return (error) => {
    throw new TokenUnavailableError(describeError(error), { secret });
  };
}
