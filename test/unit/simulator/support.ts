import { expect, onTestFinished } from 'vitest';
import { noPages, readBody, startHttpServer } from '../../../lib/lab/local/http-server.ts';
import {
  type Fault,
  type IamportPayment,
  type IamportSimulator,
  type PaymentInput,
  type SimulatorOptions,
  startIamportSimulator,
} from '../../../lib/lab/simulator/simulator.ts';

/** 31 January 2026, 21:00 in Korea: three hours before a month ends there. */
export const NOW_MS = Date.UTC(2026, 0, 31, 12, 0, 0);
export const MINUTE_MS = 60_000;
export const CREDENTIALS = { imp_key: 'key', imp_secret: 'secret' };

export interface Reply<Response = IamportPayment> {
  readonly status: number;
  readonly code: number;
  readonly message: string | null;
  readonly response: Response;
  /** The raw body. */
  readonly text: string;
}

/** A simulator, and the merchant's calls to it. */
export interface Merchant {
  readonly simulator: IamportSimulator;
  /** The token for `cancel` and `get`; fetched at first use. */
  readonly token: () => Promise<string>;
  readonly cancel: (body: object, headers?: Record<string, string>) => Promise<Reply>;
  readonly get: <Response = IamportPayment>(path: string) => Promise<Reply<Response>>;
  /** Adds a paid order of 10,000 won, `imp_1`, with the given fields changed. */
  readonly paid: (payment?: Partial<PaymentInput>) => IamportPayment;
}

/** A new simulator for each test, with a clock that moves only when the test moves it. */
export async function simulate(options: Partial<SimulatorOptions> = {}): Promise<Merchant> {
  const { imp_key: impKey, imp_secret: impSecret } = CREDENTIALS;
  const simulator = await startIamportSimulator({ impKey, impSecret, now: () => NOW_MS, ...options });
  onTestFinished(() => simulator.end());
  let known: string | undefined;
  const token = async (): Promise<string> =>
    (known ??= (await getToken(simulator.url)).response.access_token);
  return {
    simulator,
    token,
    cancel: async (body, headers = {}) =>
      post(`${simulator.url}/payments/cancel`, body, { authorization: await token(), ...headers }),
    get: async (path) =>
      read(await fetch(simulator.url + path, { headers: { authorization: await token() } })),
    paid: (payment = {}) =>
      simulator.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000, ...payment }),
  };
}

interface Token {
  readonly access_token: string;
  readonly now: number;
  readonly expired_at: number;
}

export async function getToken(url: string, body: object = CREDENTIALS): Promise<Reply<Token>> {
  return post<Token>(`${url}/users/getToken`, body);
}

export async function post<Response = IamportPayment>(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Reply<Response>> {
  const sent = { 'content-type': 'application/json', ...headers };
  return read(await fetch(url, { method: 'POST', headers: sent, body: JSON.stringify(body) }));
}

export async function read<Response>(response: globalThis.Response): Promise<Reply<Response>> {
  const text = await response.text();
  return { ...(JSON.parse(text) as Reply<Response>), status: response.status, text };
}

export interface Receiver {
  readonly url: string;
  /** The raw bodies in the order of arrival. */
  readonly received: { readonly contentType: string; readonly body: string }[];
  /** Sets the status of all further answers. */
  readonly answerWith: (status: number) => void;
}

/** A shop that receives webhooks. */
export async function receiveWebhooks(): Promise<Receiver> {
  const received: Receiver['received'] = [];
  let status = 200;
  const options = { port: 0, guard: noPages, onFault: (error: unknown) => expect.unreachable(String(error)) };
  const server = await startHttpServer(options, async (request, response) => {
    // Decoding as text would remove a byte order mark.
    const body = (await readBody(request)).toString();
    received.push({ contentType: request.headers['content-type'] ?? '', body });
    response.writeHead(status).end();
  });
  onTestFinished(server.end);
  return {
    url: `${server.url}/webhooks/iamport`,
    received,
    answerWith: (next) => {
      status = next;
    },
  };
}

// --- Scenarios: what happens to imp_1, a paid order of 10,000 won, one step after the other ---

export const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: '[tag-1] 사이즈' };

type Step = (merchant: Merchant) => Promise<void> | void;

export interface Scenario {
  readonly rule: string;
  readonly faults?: Fault | readonly Fault[];
  readonly payment?: Partial<PaymentInput>;
  readonly steps: readonly Step[];
}

/** Fails at the first step with another result than stated. */
export async function follow({ faults = [], payment = {}, steps }: Scenario): Promise<'as stated'> {
  const merchant = await simulate();
  merchant.paid(payment);
  merchant.simulator.script(faults);
  for (const step of steps) await step(merchant);
  return 'as stated';
}

/** The answer to a cancel of 3,000 won, as status and body, or that the connection broke. */
async function answerOf({ simulator }: Merchant, body: object): Promise<string> {
  const { access_token: authorization } = (await getToken(simulator.url)).response;
  const headers = { authorization, 'content-type': 'application/json' };
  const sent = { method: 'POST', headers, body: JSON.stringify({ ...CANCEL, ...body }) };
  try {
    const response = await fetch(`${simulator.url}/payments/cancel`, sent);
    return `${response.status} ${await response.text()}`;
  } catch {
    return 'breaks';
  }
}

/** A cancel of 3,000 won with the fields of `body` changed. @param wanted its code, or the whole answer */
export function cancels(wanted: number | RegExp, body: object = {}): Step {
  const pattern = typeof wanted === 'number' ? new RegExp(`^200 {"code":${wanted},`) : wanted;
  return async (merchant) => expect(await answerOf(merchant, body), JSON.stringify(body)).toMatch(pattern);
}

/** A cancel of 3,000 won whose answer comes only after `meanwhile`. */
export function cancelsDuring(meanwhile: readonly Step[], code: number): Step {
  return async (merchant) => {
    const pending = merchant.simulator.pending().length;
    const answer = answerOf(merchant, {});
    await expect.poll(() => merchant.simulator.pending().length).toBe(pending + 1);
    for (const step of meanwhile) await step(merchant);
    expect(await answer).toMatch(new RegExp(`^200 {"code":${code},`));
  };
}

/** Advances the clock and states how much is cancelled then. */
export function after(ms: number, cancelled: number): Step {
  return async ({ simulator }) => {
    await simulator.advance(ms);
    expect(simulator.payment('imp_1')?.cancel_amount, `after ${ms} ms`).toBe(cancelled);
  };
}

/** The entries of the history: amount and reason. */
export function entries(...wanted: readonly (readonly [number, string])[]): Step {
  return ({ simulator }) => {
    const history = simulator.payment('imp_1')?.cancel_history ?? [];
    expect(history.map(({ amount, reason }) => [amount, reason])).toEqual(wanted);
  };
}

/** How many cancels the PG has executed. */
export function audits(executed: number): Step {
  return ({ simulator }) => expect(simulator.audit('tag-1').executed).toBe(executed);
}

/** A cancel in i'mport's console. */
export function consoles(amount: number): Step {
  return async ({ simulator }) => void (await simulator.consoleCancel({ imp_uid: 'imp_1', amount }));
}

/** The PG books or refuses this number of pending cancels. */
export function books(count: number, how: 'bookPending' | 'refusePending' = 'bookPending'): Step {
  return async ({ simulator }) => expect(await simulator[how]('imp_1')).toBe(count);
}
