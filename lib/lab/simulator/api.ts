import { randomBytes, timingSafeEqual } from 'node:crypto';
import { cancel, CANCEL_PATH, findTarget, readCancelRequest } from './cancel.ts';
import type { SimulatedClock } from './clock.ts';
import type { DrawnFault, FaultableRequest } from './fault-queue.ts';
import { isRecord } from './json.ts';
import { isList, type LookUp, lookUp } from './look-ups.ts';
import type { Payments } from './payments.ts';
import type { World } from './simulator.ts';
import { type Answer, failed, succeeded } from './texts.ts';

/** A decoded request, independent of its encoding. */
export interface ApiRequest extends LookUp {
  /** The path without a trailing slash, which i'mport ignores. */
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

const TOKEN_PATH = '/users/getToken';

/** The endpoint and the payment that a scripted fault can select. */
export function faultable(payments: Payments, { path, body, segments }: ApiRequest): FaultableRequest {
  if (path === TOKEN_PATH) return { endpoint: 'token', impUid: undefined };
  const [, first, second] = segments;
  if (isList(first)) return { endpoint: 'list', impUid: undefined };
  const isCancel = path === CANCEL_PATH;
  const named = isCancel
    ? readCancelRequest(body)
    : { imp_uid: first === 'find' ? undefined : first, merchant_uid: second };
  const impUid = named.imp_uid ?? findTarget(payments, named)?.shown.imp_uid;
  return { endpoint: isCancel ? 'cancel' : 'payment', impUid };
}

/** i'mport checks the token when a request arrives, even if it executes the request much later. */
export function isAuthorized({ tokens }: World, { path, authorization }: ApiRequest): boolean {
  return path === TOKEN_PATH || tokens.accepts(authorization);
}

interface Circumstances {
  readonly drawn: DrawnFault;
  readonly isAuthorized: boolean;
  readonly requestId: string;
}

/** The answer of i'mport's API. */
export async function process(
  world: World,
  request: ApiRequest,
  { drawn, isAuthorized: isAllowed, requestId }: Circumstances,
): Promise<Answer> {
  const { method, path, body } = request;
  if (!isAllowed) return failed(401, -1, 'unauthorized');
  if (path === TOKEN_PATH)
    return method === 'POST' ? world.tokens.issue(body) : failed(405, -1, 'method_not_allowed');
  if (path === CANCEL_PATH && method === 'POST') return cancel(world, { body, drawn, requestId });
  return lookUp(world, request);
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
export class Tokens {
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
      return failed(400, -1, 'missing_credentials');
    }
    if (!isSame(key, this.#credentials.impKey) || !isSame(secret, this.#credentials.impSecret)) {
      return failed(401, -1, 'wrong_credentials');
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
