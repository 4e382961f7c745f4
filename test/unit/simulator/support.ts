import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { createControls } from '../../../lib/lab/local/controls/controls.ts';
import { iamportControls } from '../../../lib/lab/local/controls/iamport.ts';
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
export const CREDENTIALS = { imp_key: 'key', imp_secret: 'secret' };

export interface Reply<Response = IamportPayment> {
  readonly status: number;
  readonly code: number;
  readonly message: string | null;
  readonly response: Response;
  /** The raw body. */
  readonly text: string;
}

export interface World {
  readonly simulator: IamportSimulator;
  /** The token for `cancel` and `get`; fetched at first use. */
  readonly token: () => Promise<string>;
  readonly cancel: (body: object, headers?: Record<string, string>) => Promise<Reply>;
  readonly get: <Response = IamportPayment>(path: string) => Promise<Reply<Response>>;
  /** Adds a paid order of 10,000 won, `imp_1`, with the given fields changed. */
  readonly paid: (payment?: Partial<PaymentInput>) => IamportPayment;
}

/** A new simulator for each test, with a clock that moves only when the test moves it. */
export async function simulate(options: Partial<SimulatorOptions> = {}): Promise<World> {
  const simulator = await startIamportSimulator({
    impKey: CREDENTIALS.imp_key,
    impSecret: CREDENTIALS.imp_secret,
    now: () => NOW_MS,
    ...options,
  });
  onTestFinished(() => simulator.end());
  let token: string | undefined;
  const world: World = {
    simulator,
    token: async () => {
      token ??= (await getToken(simulator.url)).response.access_token;
      return token;
    },
    cancel: async (body, headers = {}) =>
      post(`${simulator.url}/payments/cancel`, body, { authorization: await world.token(), ...headers }),
    get: async (path) =>
      read(await fetch(simulator.url + path, { headers: { authorization: await world.token() } })),
    paid: (payment = {}) =>
      simulator.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 10_000, ...payment }),
  };
  return world;
}

export interface Token {
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
  return read(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );
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
export async function receiveWebhooks(
  onReceive: () => Promise<void> | void = () => undefined,
): Promise<Receiver> {
  const received: Receiver['received'] = [];
  let status = 200;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Decoding as text would remove a byte order mark.
    const body = (await buffer(request)).toString();
    received.push({ contentType: request.headers['content-type'] ?? '', body });
    await onReceive();
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => void handle(request, response));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/webhooks/iamport`,
    received,
    answerWith: (next) => {
      status = next;
    },
  };
}

export const MINUTE_MS = 60_000;

/** Calls the controls of a local run, e.g. `controlsOf(simulator)('GET /_local/faults')`; resolves to the body. */
export function controlsOf(simulator: IamportSimulator): (route: string, body?: object) => Promise<unknown> {
  const run = createControls(
    iamportControls({
      url: simulator.url,
      simulator,
      credentials: { impKey: '', impSecret: '' },
      payment: () => Promise.resolve(undefined),
      end: () => Promise.resolve(),
    }),
  );
  return async (route, body = {}) => {
    const [method = '', target = ''] = route.split(' ');
    const sent = Buffer.from(JSON.stringify(body));
    const answer = await run({ method, target, headers: {}, body: sent, sourceIp: '127.0.0.1' });
    return JSON.parse(String(answer.body)) as unknown;
  };
}

// --- Stories: what happens to imp_1, a paid order of 10,000 won, one step after the other ---

export const CANCEL = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000, reason: '[tag-1] 사이즈' };

export type Step = (world: World) => Promise<void> | void;

export interface Story {
  readonly rule: string;
  readonly faults?: Fault | readonly Fault[];
  readonly payment?: Partial<PaymentInput>;
  readonly steps: readonly Step[];
}

/** Fails at the first step with another result than stated. */
export async function play({ faults = [], payment = {}, steps }: Story): Promise<'as told'> {
  const world = await simulate();
  world.paid(payment);
  world.simulator.script(faults);
  for (const step of steps) await step(world);
  return 'as told';
}

/** The answer to a cancel: its code, the HTTP status unless it is 200, or that the connection broke. */
type Answered = number | 'breaks' | 'unreadable';

async function answerOf({ simulator }: World, body: object): Promise<Answered> {
  const { access_token: authorization } = (await getToken(simulator.url)).response;
  const headers = { authorization, 'content-type': 'application/json' };
  try {
    const sent = { method: 'POST', headers, body: JSON.stringify({ ...CANCEL, ...body }) };
    const response = await fetch(`${simulator.url}/payments/cancel`, sent);
    const text = await response.text();
    if (response.status !== 200) return response.status;
    return (JSON.parse(text) as { readonly code: number }).code;
  } catch (error) {
    return error instanceof SyntaxError ? 'unreadable' : 'breaks';
  }
}

/** A cancel of 3,000 won, with the fields of `body` changed. */
export function cancels(answer: Answered, body: object = {}): Step {
  return async (world) => expect(await answerOf(world, body), JSON.stringify(body)).toBe(answer);
}

const waiting = new WeakMap<World, Promise<Answered>>();

/** A cancel whose answer comes only at `answered`; other steps may run before. */
export function sends(body: object = {}): Step {
  return async (world) => {
    const pending = world.simulator.pending('imp_1').length;
    waiting.set(world, answerOf(world, body));
    await expect.poll(() => world.simulator.pending('imp_1').length).toBe(pending + 1);
  };
}

export function answered(answer: Answered): Step {
  return async (world) => expect(await waiting.get(world)).toBe(answer);
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

export function isPayment(shown: object): Step {
  return ({ simulator }) => expect(simulator.payment('imp_1')).toMatchObject(shown);
}

/** The result of the audit for the cancels with the tag. */
export function audits(executed: number, amount?: number): Step {
  return ({ simulator }) => {
    const { requests, ...counts } = simulator.audit('tag-1');
    expect(counts).toMatchObject({ executed });
    if (amount !== undefined) expect(requests.at(-1)?.executed_amount).toBe(amount);
  };
}

/** A cancel in i'mport's console. */
export function consoles(amount?: number, reason?: string): Step {
  return async ({ simulator }) => {
    await simulator.consoleCancel({ imp_uid: 'imp_1', amount, reason });
  };
}

/** The PG books or refuses this number of pending cancels. */
export function books(count: number, how: 'bookPending' | 'refusePending' = 'bookPending'): Step {
  return async ({ simulator }) => expect(await simulator[how]('imp_1')).toBe(count);
}
