import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Api, ApiRequest } from './api.ts';
import type { PaidBack } from './bookkeeper.ts';
import type { Result } from './cancel-desk.ts';
import { CANCEL_PATH, readCancelRequest } from './cancel-request.ts';
import type { SimulatedClock } from './clock.ts';
import { deliver, send } from './delivery.ts';
import type { FaultName, FaultQueue } from './faults.ts';
import { parseJson } from './json.ts';
import { type Minor, newCancellationId, toMajor } from './payment.ts';
import { TEXTS } from './texts.ts';
import { failed } from './wire.ts';

/** A listener that can stop and start again on the same port. */
export interface Listener {
  readonly port: number;
  readonly setDown: (isDown: boolean) => Promise<void>;
  readonly isDown: () => boolean;
  end(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** The backlog of connections; Node's default of 511 is too small for a burst. */
const BACKLOG = 4_096;

/** Listens on any free port of the loopback address. */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  let server: Server | undefined = await open(0, handle);
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;

  const setDown = async (isDown: boolean): Promise<void> => {
    if (isDown && server !== undefined) {
      const closing = server;
      server = undefined;
      await close(closing);
    } else if (!isDown) {
      server ??= await open(taken, handle);
    }
  };

  return { port: taken, setDown, isDown: () => server === undefined, end: () => setDown(true) };
}

async function open(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(handle);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ port, host: LOOPBACK, backlog: BACKLOG }, resolve);
  await promise;
  return server;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // Close kept-alive and waiting connections, too: "down" means that nothing answers.
  server.closeAllConnections();
  await promise;
}

/** The body is not read, so the connection must be closed. */
export function turnAway(response: ServerResponse, message: string): void {
  response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ message }));
}

export interface ExchangeDependencies {
  readonly api: Api;
  readonly clock: SimulatedClock;
  readonly faults: FaultQueue;
  readonly log: RequestLog;
  readonly ended: AbortSignal;
}

/** Records a request, applies its fault and executes it. */
export async function exchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  dependencies: ExchangeDependencies,
): Promise<void> {
  try {
    dependencies.clock.catchUp();
    const request = await readApiRequest(incoming);
    if (request === undefined) {
      send(response, failed(413, -1, TEXTS.too_large.text));
    } else {
      await answer(request, response, dependencies);
    }
  } catch {
    // The client disconnected while sending, or the simulator ended during a delay. A bug or a full disk is answered as
    // i'mport's 500.
    if (response.destroyed || dependencies.ended.aborted) {
      response.destroy();
    } else {
      send(response, failed(500, -1, TEXTS.internal_error.text));
    }
  }
}

async function answer(
  request: ApiRequest,
  response: ServerResponse,
  { api, clock, faults, log, ended }: ExchangeDependencies,
): Promise<void> {
  const { method, path, body } = request;
  const { requestId, complete } = log.add({ at: clock.nowMs(), method, path, body });
  const drawn = faults.draw(api.describe(request));
  complete({ fault: drawn.name });
  const isAuthorized = api.isAuthorized(request);
  let isReached = false;
  const process = async (): Promise<Result> => {
    isReached = true;
    const result = await api.process(request, { drawn, isAuthorized, requestId });
    drawn.settle();
    complete({ outcome: result.outcome, status: result.answer.status, code: result.answer.code });
    return result;
  };
  const processLater = async (delayMs: number): Promise<Result> => {
    isReached = true;
    const { promise, resolve } = Promise.withResolvers<Result>();
    clock.after(delayMs, async () => resolve(await process()));
    return promise;
  };
  await deliver({ response, drawn, process, processLater, ended });
  if (!isReached) {
    drawn.settle();
    complete({ outcome: 'not_applied' });
  }
}

/** Far larger than any real request of this API. */
const MAX_BODY_BYTES = 1_000_000;

/** `undefined` if the body is too large. */
async function readApiRequest(request: IncomingMessage): Promise<ApiRequest | undefined> {
  const text = await readBody(request);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.replace(/\/+$/, '');
  return text === undefined
    ? undefined
    : {
        method: request.method ?? 'GET',
        path,
        segments: path.split('/').slice(1).map(decoded),
        query: url.searchParams,
        body: parseBody(text, request.headers['content-type'] ?? ''),
        authorization: request.headers.authorization,
      };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read a too large body to its end; with an earlier answer the client would see a reset.
    if (size <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** An unreadable body counts as empty: i'mport then reports missing fields, not the encoding. */
function parseBody(text: string, contentType: string): unknown {
  if (contentType.includes('application/json')) {
    return parseJson(text) ?? {};
  }
  return contentType.includes('application/x-www-form-urlencoded') ? parseForm(text) : {};
}

/** `extra[requester]=customer` becomes a field of an object, as in PHP. */
function parseForm(text: string): Readonly<Record<string, unknown>> {
  const flat: Record<string, string> = {};
  const nested: Record<string, Record<string, string>> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [, outer, inner] = /^([^[]+)\[([^\]]+)\]$/.exec(name) ?? [];
    if (outer === undefined || inner === undefined) {
      flat[name] = value;
    } else {
      nested[outer] = { ...nested[outer], [inner]: value };
    }
  }
  return { ...flat, ...nested };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A received request, for tests. Contains raw bodies with secrets: never show it. */
export interface RecordedRequest {
  /** Simulated time of arrival, ms since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** `waiting` until the request is executed; `not_applied` if a fault prevents it for ever. */
  readonly outcome: Result['outcome'] | 'waiting' | 'not_applied';
  readonly fault: FaultName | undefined;
  /** The code of i'mport's answer, even if the answer was lost. */
  readonly status: number | undefined;
  readonly code: number | undefined;
}

/** A received cancel request, and the amount that the PG has executed for it. */
export interface ReceivedCancel extends Pick<RecordedRequest, 'at' | 'outcome' | 'fault' | 'code'> {
  readonly imp_uid: string | undefined;
  readonly merchant_uid: string | undefined;
  readonly amount: unknown;
  readonly checksum: unknown;
  readonly reason: string;
  readonly executed: boolean;
  /** In major units, including undone cancels and those unknown to i'mport. */
  readonly executed_amount: number;
}

/** The numbers of received and executed cancels. */
export interface CancelAudit {
  readonly received: number;
  readonly executed: number;
  readonly requests: readonly ReceivedCancel[];
}

interface Recording {
  readonly requestId: string;
  /** Completes the entry. */
  readonly complete: (outcome: Partial<RecordedRequest>) => void;
}

interface RequestLog {
  readonly entries: readonly RecordedRequest[];
  add(request: Pick<RecordedRequest, 'at' | 'method' | 'path' | 'body'>): Recording;
  readonly paidBack: PaidBack;
  /** Counts since this start. @param tag counts only requests whose sent `reason` contains it */
  audit(tag?: string): CancelAudit;
}

interface Kept {
  readonly request: RecordedRequest;
  executed: { readonly amount: Minor; readonly currency: string } | undefined;
}

/** Enough for any test; a demonstration may run for days. */
const MAX_ENTRIES = 1000;
/** An audit counts the cancels of a whole day. */
const MAX_CANCELS = 100_000;

export function createRequestLog(): RequestLog {
  const entries: RecordedRequest[] = [];
  const cancels = new Map<string, Kept>();
  return {
    entries,
    add: (request) => {
      const requestId = newCancellationId();
      const entry: RecordedRequest = {
        ...request,
        outcome: 'waiting',
        fault: undefined,
        status: undefined,
        code: undefined,
      };
      entries.push(entry);
      entries.splice(0, entries.length - MAX_ENTRIES);
      if (request.method === 'POST' && request.path === CANCEL_PATH) {
        cancels.set(requestId, { request: entry, executed: undefined });
        const [oldest = ''] = cancels.size > MAX_CANCELS ? cancels.keys() : [];
        cancels.delete(oldest);
      }
      return { requestId, complete: (outcome) => void Object.assign(entry, outcome) };
    },
    paidBack: ({ requestId }, { currency }, amount) => {
      const kept = cancels.get(requestId);
      if (kept !== undefined) kept.executed = { amount: amount + (kept.executed?.amount ?? 0), currency };
    },
    audit: (tag = '') => {
      const requests = [...cancels.values()].map(shown).filter(({ reason }) => reason.includes(tag));
      const executed = requests.filter((request) => request.executed).length;
      return { received: requests.length, executed, requests };
    },
  };
}

function shown({ request, executed }: Kept): ReceivedCancel {
  const { at, outcome, fault, code, body } = request;
  const { impUid, merchantUid, amount, checksum, reason } = readCancelRequest(body);
  return {
    at,
    outcome,
    fault,
    code,
    imp_uid: impUid,
    merchant_uid: merchantUid,
    amount,
    checksum,
    reason,
    executed: executed !== undefined,
    executed_amount: executed === undefined ? 0 : toMajor(executed.amount, executed.currency),
  };
}
