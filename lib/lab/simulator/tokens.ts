import { randomBytes, timingSafeEqual } from 'node:crypto';
import { TEXTS } from './texts.ts';
import { isRecord } from './json.ts';
import { type Answer, failed, succeeded } from './wire.ts';

const LIFETIME_SECONDS = 30 * 60;
/** Asking again so shortly before the end prolongs the same token, so that many servers may ask at once. */
const PROLONGED_IN_LAST_SECONDS = 60;
const PROLONGED_BY_SECONDS = 5 * 60;

export interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

export interface TokenDesk {
  /** `POST /users/getToken`. */
  issue(body: unknown): Answer;
  /** Judges the `Authorization` header, in its bare form and with `Bearer`. */
  accepts(authorization: string | undefined): boolean;
  /** New credentials; a token issued with the old ones stays good until it expires (assumed). */
  rotate(credentials: Credentials): void;
  revoke(): void;
}

/** One token per merchant, in whole UNIX seconds of simulated time. */
export function createTokenDesk(initial: Credentials, nowMs: () => number): TokenDesk {
  let credentials = initial;
  let token: { readonly text: string; readonly expiredAt: number } | undefined;

  const nowSeconds = (): number => Math.floor(nowMs() / 1000);

  const current = (): { readonly text: string; readonly expiredAt: number } => {
    const now = nowSeconds();
    if (token === undefined || now >= token.expiredAt) {
      return { text: randomBytes(20).toString('hex'), expiredAt: now + LIFETIME_SECONDS };
    }
    const isLastMinute = token.expiredAt - now <= PROLONGED_IN_LAST_SECONDS;
    return isLastMinute ? { ...token, expiredAt: token.expiredAt + PROLONGED_BY_SECONDS } : token;
  };

  return {
    issue: (body) => {
      const key = credential(body, 'imp_key');
      const secret = credential(body, 'imp_secret');
      if (key === undefined || secret === undefined) {
        return failed(400, -1, TEXTS.missing_credentials.text);
      }
      if (!isSame(key, credentials.impKey) || !isSame(secret, credentials.impSecret)) {
        return failed(401, -1, TEXTS.wrong_credentials.text);
      }
      token = current();
      return succeeded({ access_token: token.text, now: nowSeconds(), expired_at: token.expiredAt });
    },
    accepts: (authorization) => {
      const text = authorization?.replace(/^Bearer\s+/i, '').trim() ?? '';
      return token !== undefined && nowSeconds() < token.expiredAt && isSame(text, token.text);
    },
    rotate: (next) => {
      credentials = next;
    },
    revoke: () => {
      token = undefined;
    },
  };
}

function credential(body: unknown, field: string): string | undefined {
  const value = isRecord(body) ? body[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
