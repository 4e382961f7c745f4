import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { CancelEndpoint } from './cancel-endpoint.ts';
import { CANCEL_PATH, findTarget, readCancelRequest } from './cancel-request.ts';
import type { SimulatedClock } from './clock.ts';
import type { DrawnFault, FaultableRequest, FaultQueue } from './fault-queue.ts';
import { isRecord } from './json.ts';
import {
  attemptsByMerchantUid,
  balance,
  paymentByImpUid,
  paymentByMerchantUid,
  paymentsByStatus,
  paymentsByUids,
} from './look-ups.ts';
import type { PaymentStore } from './payment-store.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, showing, succeeded } from './wire.ts';

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

interface ApiDependencies {
  readonly store: PaymentStore;
  readonly faults: FaultQueue;
  readonly clock: SimulatedClock;
  readonly tokens: TokenEndpoint;
  readonly cancelEndpoint: CancelEndpoint;
}

const TOKEN_PATH = '/users/getToken';

/** The routes of i'mport's API. */
export class Api {
  readonly #dependencies: ApiDependencies;

  constructor(dependencies: ApiDependencies) {
    this.#dependencies = dependencies;
  }

  /** The endpoint and the payment that a scripted fault can select. */
  describe({ path, body, segments }: ApiRequest): FaultableRequest {
    if (path === TOKEN_PATH) return { endpoint: 'token', impUid: undefined };
    const [, first, second] = segments;
    if (isList(first)) return { endpoint: 'list', impUid: undefined };
    const isCancel = path === CANCEL_PATH;
    const named = isCancel
      ? readCancelRequest(body)
      : { impUid: first === 'find' ? undefined : first, merchantUid: second };
    const impUid = named.impUid ?? findTarget(this.#dependencies.store, named)?.impUid;
    return { endpoint: isCancel ? 'cancel' : 'payment', impUid };
  }

  /** i'mport checks the token when a request arrives, even if it executes the request much later. */
  isAuthorized({ path, authorization }: ApiRequest): boolean {
    return path === TOKEN_PATH || this.#dependencies.tokens.accepts(authorization);
  }

  async process(request: ApiRequest, { drawn, isAuthorized, requestId }: Circumstances): Promise<Answer> {
    const { tokens, cancelEndpoint } = this.#dependencies;
    const { method, path, body } = request;
    if (!isAuthorized) return failed(401, -1, TEXTS.unauthorized.text);
    if (path === TOKEN_PATH) return method === 'POST' ? tokens.issue(body) : methodNotAllowed();
    if (path === CANCEL_PATH && method === 'POST') return cancelEndpoint.cancel({ body, drawn, requestId });
    return this.#lookUp(request);
  }

  #lookUp({ method, segments, query }: ApiRequest): Answer {
    const { store, faults, clock } = this.#dependencies;
    const [root, first, second, third] = segments;
    if (root !== 'payments' || segments.length > 4) return noSuchPath();
    if (method !== 'GET') return methodNotAllowed();
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const show = showing(faults, isList(first) ? 'list' : 'payment');
    const lookUp = { store, query, nowSeconds, show };
    if (first === undefined) return paymentsByUids(lookUp);
    if (second === undefined) return paymentByImpUid(lookUp, first);
    if (first === 'find') return paymentByMerchantUid(lookUp, second, third);
    if (first === 'findAll') return attemptsByMerchantUid(lookUp, second, third);
    if (third !== undefined) return noSuchPath();
    if (first === 'status') return paymentsByStatus(lookUp, second);
    // The simulator has no payment window, so no amount is ever registered.
    if (first === 'prepare') return failed(404, -1, TEXTS.not_prepared.text);
    return second === 'balance' ? balance(lookUp, first) : noSuchPath();
  }
}

/** Whether a look-up answers with several payments, by the segment after `/payments`. */
function isList(first: string | undefined): boolean {
  return first === undefined || first === 'status' || first === 'findAll';
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

/** One token per merchant, in whole UNIX seconds of simulated time. */
export class TokenEndpoint {
  #credentials: Credentials;
  readonly #clock: SimulatedClock;
  #token: { readonly text: string; readonly expiredAt: number } | undefined;

  constructor(credentials: Credentials, clock: SimulatedClock) {
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** `POST /users/getToken`. */
  issue(body: unknown): Answer {
    const key = credential(body, 'imp_key');
    const secret = credential(body, 'imp_secret');
    if (key === undefined || secret === undefined) {
      return failed(400, -1, TEXTS.missing_credentials.text);
    }
    if (!isSame(key, this.#credentials.impKey) || !isSame(secret, this.#credentials.impSecret)) {
      return failed(401, -1, TEXTS.wrong_credentials.text);
    }
    const now = this.#nowSeconds();
    if (this.#token === undefined || now >= this.#token.expiredAt) {
      this.#token = { text: randomBytes(20).toString('hex'), expiredAt: now + LIFETIME_SECONDS };
    } else if (this.#token.expiredAt - now <= PROLONGED_IN_LAST_SECONDS) {
      this.#token = { ...this.#token, expiredAt: this.#token.expiredAt + PROLONGED_BY_SECONDS };
    }
    return succeeded({ access_token: this.#token.text, now, expired_at: this.#token.expiredAt });
  }

  /** Checks the `Authorization` header, with or without `Bearer`. */
  accepts(authorization: string | undefined): boolean {
    const text = authorization?.replace(/^Bearer\s+/i, '').trim() ?? '';
    const token = this.#token;
    return token !== undefined && this.#nowSeconds() < token.expiredAt && isSame(text, token.text);
  }

  /** Sets new credentials; a token issued with the old ones stays valid until it expires (assumed). */
  rotate(credentials: Credentials): void {
    this.#credentials = credentials;
  }

  revoke(): void {
    this.#token = undefined;
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}

function credential(body: unknown, field: string): string | undefined {
  const value = isRecord(body) ? body[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
