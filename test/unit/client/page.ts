import { createRefundClient, type RefundClientOptions } from '../../../lib/client/refund-client.ts';

/** A page, and an API that gives scripted answers. */

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly retryAfter?: string;
  readonly location?: string;
}
export type Scripted = Answer | { readonly text: string } | 'reset' | 'silent';

export class Api {
  script: Scripted[] = [];
  /** The answer after the script has ended. */
  otherwise: (received: Received) => Scripted = () => 'reset';
  received: Received[] = [];

  /** The page's `fetch`. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(`http://api.test${input as string}`, init);
    const { method, url, signal } = request;
    signal.throwIfAborted();
    const { pathname, search } = new URL(url);
    const headers = Object.fromEntries(request.headers);
    const body = await request.text();
    const received = { method, path: pathname + search, key: headers['idempotency-key'], body, headers };
    this.received.push(received);
    const next = this.script.shift() ?? this.otherwise(received);
    if (next === 'reset') throw new TypeError('fetch failed');
    if (next === 'silent') return new Promise((_, reject) => signal.addEventListener('abort', reject));
    if ('text' in next) return new Response(next.text);
    const { status, retryAfter, location } = next;
    return Response.json(next.body ?? {}, {
      status,
      headers: { ...(retryAfter && { 'retry-after': retryAfter }), ...(location && { location }) },
    });
  };

  reset(): void {
    this.script = [];
    this.otherwise = () => 'reset';
    this.received = [];
  }

  get methods(): string {
    return this.received.map(({ method }) => method).join(' ');
  }

  get paths(): readonly string[] {
    return this.received.filter(({ method }) => method === 'GET').map(({ path }) => path);
  }

  get keys(): ReadonlySet<string | undefined> {
    return new Set(this.received.filter(({ method }) => method === 'POST').map(({ key }) => key));
  }
}

type Place = NonNullable<RefundClientOptions['storage']>;

export function aStorage(): { readonly kept: Map<string, string>; readonly storage: Place } {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  return { kept, storage };
}

/** A clock that moves only when the client waits or when a test sets it. */
export class FakeClock {
  wallMs = 1_700_000_000_000;
  waitedMs = 0;
  readonly waited: number[] = [];

  /** Moves the wall clock alone, as when the machine sleeps or its clock is set. */
  set(byMs: number): void {
    this.wallMs += byMs;
  }

  now = (): number => this.wallMs;

  wait = async (ms: number): Promise<void> => {
    this.waited.push(ms);
    this.waitedMs += ms;
    this.wallMs += ms;
  };
}

export function tokenOf(sub: string): string {
  return `h.${Buffer.from(JSON.stringify({ sub, name: '손님' })).toString('base64url')}.s`;
}

export const REQUESTED_AT = 1_700_000_000;
export const LOCATION = `/payments/o/refunds/rf_1?asked_at=${REQUESTED_AT}`;
export const aRefund = (status: string, more: object = {}) => ({
  refund_id: 'rf_1',
  status,
  amount: 100,
  requested_at: REQUESTED_AT,
  receipt_url: 'https://pg.example/r/1',
  expected_by: REQUESTED_AT + 86_400,
  ...more,
});
export const aPayment = (...refunds: object[]) => ({
  merchant_uid: 'o',
  imp_uid: 'imp_1',
  currency: 'KRW',
  cancel_amount: 100,
  cancelable_amount: 900,
  refunds,
  refunds_before: null,
});
/** `GET /payments/{merchant_uid}`. */
export const looked = (...refunds: object[]): Scripted => ({ status: 200, body: aPayment(...refunds) });
const told = (refund: object) => ({ merchant_uid: 'o', imp_uid: 'imp_1', currency: 'KRW', refund });
/** `POST /payments/cancel`, and `GET …/refunds/{refund_id}`. */
export const answered = (status: number, refund: object, location?: string): Scripted => ({
  status,
  body: told(refund),
  ...(location === undefined ? {} : { location }),
});
export const read = (status: string, more: object = {}): Scripted => answered(200, aRefund(status, more));
export const problem = (status: number, code: string, more: object = {}): Answer => ({
  status,
  body: { code, message: `the service says ${code}`, ...more },
});
export const DONE = answered(200, aRefund('cancelled'));
export const OPEN = answered(202, aRefund('unknown'), LOCATION);
export const REQUEST = { merchant_uid: 'o', cancel_request_amount: 100 } as const;

export const api = new Api();
/** The clock and the storage of the page, new for each test. */
export const at = { clock: new FakeClock(), ...aStorage() };

/** A new browser, and an API that has received nothing. */
export function anew(): void {
  api.reset();
  Object.assign(at, { clock: new FakeClock(), ...aStorage() });
}

/** A page in the same browser: all pages share one storage. */
export function page(options: Partial<RefundClientOptions> = {}) {
  const { now, wait } = at.clock;
  const common = { fetch: api.fetch, storage: at.storage, now, wait, language: 'en' } as const;
  return createRefundClient({ getToken: () => tokenOf('customer-1'), ...common, ...options });
}

/** Aborts at the first progress message. */
export function leftAtOnce() {
  const controller = new AbortController();
  return { onProgress: () => controller.abort(), signal: controller.signal };
}

/** Collects the progress messages that the customer sees. */
export function listening() {
  const said: string[] = [];
  return { said, following: { onProgress: (message: string) => said.push(message) } };
}
