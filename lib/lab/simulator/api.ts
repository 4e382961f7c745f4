import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { CancelDesk, Result } from './cancel-desk.ts';
import { CANCEL_PATH, findTarget, readCancelRequest } from './cancel-request.ts';
import type { DrawnFault, FaultableRequest } from './faults.ts';
import { isRecord } from './json.ts';
import {
  attemptsByMerchantUid,
  balance,
  paymentByImpUid,
  paymentByMerchantUid,
  paymentsByStatus,
  paymentsByUids,
  type Question,
} from './look-ups.ts';
import type { PaymentStore } from './payment-store.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, type ShowDependencies, showing, succeeded } from './wire.ts';

/** A decoded request, independent of its encoding. */
export interface ApiRequest {
  readonly method: string;
  /** The path without a trailing slash, which i'mport ignores. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

interface Circumstances {
  readonly drawn: DrawnFault;
  readonly isAuthorized: boolean;
  readonly requestId: string;
}

export interface Api {
  /** The payment that a scripted fault can select. */
  describe(request: ApiRequest): FaultableRequest;
  /** i'mport checks the token when a request arrives, even if it executes the request much later. */
  isAuthorized(request: ApiRequest): boolean;
  process(request: ApiRequest, circumstances: Circumstances): Promise<Result>;
}

interface ApiDependencies extends ShowDependencies {
  readonly tokens: TokenDesk;
  readonly cancelDesk: CancelDesk;
}

const TOKEN_PATH = '/users/getToken';

export function createApi(dependencies: ApiDependencies): Api {
  const { store, tokens, cancelDesk } = dependencies;
  return {
    describe: (request) => describe(request, store),
    isAuthorized: ({ path, authorization }) => path === TOKEN_PATH || tokens.accepts(authorization),
    process: async (request, { drawn, isAuthorized, requestId }) => {
      if (!isAuthorized) {
        return { answer: failed(401, -1, TEXTS.unauthorized.text), outcome: 'unauthorized' };
      }
      const { method, path, body } = request;
      if (path === TOKEN_PATH) {
        const answer = method === 'POST' ? tokens.issue(body) : methodNotAllowed();
        return { answer, outcome: answer.status === 401 ? 'unauthorized' : 'answered' };
      }
      if (path === CANCEL_PATH && method === 'POST') {
        return cancelDesk.cancel({ body, drawn, requestId });
      }
      return { answer: lookUp(request, dependencies), outcome: 'answered' };
    },
  };
}

function describe({ path, body, segments }: ApiRequest, store: PaymentStore): FaultableRequest {
  if (path === TOKEN_PATH) {
    return { endpoint: 'token', impUid: undefined, pgProvider: undefined };
  }
  const [, first, second] = segments;
  if (first === undefined || first === 'status' || first === 'findAll') {
    return { endpoint: 'list', impUid: undefined, pgProvider: undefined };
  }
  const isCancel = path === CANCEL_PATH;
  const byOrder = { impUid: undefined, merchantUid: second };
  const named = isCancel
    ? readCancelRequest(body)
    : first === 'find'
      ? byOrder
      : { ...byOrder, impUid: first };
  const target = findTarget(store, named);
  return {
    endpoint: isCancel ? 'cancel' : 'payment',
    impUid: named.impUid ?? target?.impUid,
    pgProvider: target?.pgProvider,
  };
}

function lookUp({ method, segments, query }: ApiRequest, dependencies: ApiDependencies): Answer {
  const { store, faults, clock } = dependencies;
  const [root, first, second, third] = segments;
  if (root !== 'payments' || segments.length > 4) {
    return noSuchPath();
  }
  if (method !== 'GET') {
    return methodNotAllowed();
  }
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  const isList = first === undefined || first === 'status' || first === 'findAll';
  const show = showing(dependencies, isList ? 'list' : 'payment');
  const question = { store, query, nowSeconds, show, faults };
  if (first === undefined) {
    return paymentsByUids(question);
  }
  return second === undefined ? paymentByImpUid(question, first) : lookUpBy(question, [first, second, third]);
}

function lookUpBy(
  question: Question,
  [first, second, third]: readonly [string, string, string | undefined],
): Answer {
  if (first === 'find') {
    return paymentByMerchantUid(question, second, third);
  }
  if (first === 'findAll') {
    return attemptsByMerchantUid(question, second, third);
  }
  if (third !== undefined) {
    return noSuchPath();
  }
  if (first === 'status') {
    return paymentsByStatus(question, second);
  }
  if (first === 'prepare') {
    // The simulator has no payment window, so no amount is ever registered.
    return failed(404, -1, TEXTS.not_prepared.text);
  }
  return second === 'balance' ? balance(question, first) : noSuchPath();
}

function noSuchPath(): Answer {
  return failed(404, -1, TEXTS.no_such_path.text);
}

function methodNotAllowed(): Answer {
  return failed(405, -1, TEXTS.method_not_allowed.text);
}

const LIFETIME_SECONDS = 30 * 60;
/** A request this shortly before the end prolongs the same token, so that several servers can share it. */
const PROLONGED_IN_LAST_SECONDS = 60;
const PROLONGED_BY_SECONDS = 5 * 60;

interface Credentials {
  readonly impKey: string;
  readonly impSecret: string;
}

export interface TokenDesk {
  /** `POST /users/getToken`. */
  issue(body: unknown): Answer;
  /** Checks the `Authorization` header, with or without `Bearer`. */
  accepts(authorization: string | undefined): boolean;
  /** Sets new credentials; a token issued with the old ones stays valid until it expires (assumed). */
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
