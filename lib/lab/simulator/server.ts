import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Api, ApiRequest } from './api.ts';
import { CANCEL_PATH, type CancelRequest, readCancelRequest } from './cancel-request.ts';
import type { SimulatedClock } from './clock.ts';
import { deliver, send } from './delivery.ts';
import type { FaultQueue } from './fault-queue.ts';
import type { FaultName } from './fault-table.ts';
import { parseJson } from './json.ts';
import { newCancellationId } from './payment.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed } from './wire.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** A listener that can stop and start again on the same port. */
export interface Listener {
  readonly port: number;
  readonly setDown: (isDown: boolean) => Promise<void>;
  readonly isDown: () => boolean;
}

/** Listens on any free port of the loopback address. */
export async function listen(handle: Handle): Promise<Listener> {
  let server: Server | undefined = await open(0, handle);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const setDown = async (isDown: boolean): Promise<void> => {
    if (isDown && server !== undefined) {
      const closing = server;
      server = undefined;
      await close(closing);
    } else if (!isDown) {
      server ??= await open(port, handle);
    }
  };

  return { port, setDown, isDown: () => server === undefined };
}

/** The backlog of connections; Node's default of 511 is too small for a burst. */
const BACKLOG = 4_096;

async function open(port: number, handle: Handle): Promise<Server> {
  const server = createServer(handle);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ port, host: '127.0.0.1', backlog: BACKLOG }, resolve);
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
    await answer(await readApiRequest(incoming), response, dependencies);
  } catch {
    // The client disconnected while sending, or the simulator ended during a delay. A bug or a full disk is answered as
    // i'mport's 500.
    if (dependencies.ended.aborted) response.destroy();
    else send(response, failed(500, -1, TEXTS.internal_error.text));
  }
}

async function answer(
  request: ApiRequest,
  response: ServerResponse,
  { api, clock, faults, log, ended }: ExchangeDependencies,
): Promise<void> {
  const drawn = faults.draw(api.describe(request));
  const { method, path, body } = request;
  const entry = log.add({ at: clock.nowMs(), method, path, body, fault: drawn.name });
  const isAuthorized = api.isAuthorized(request);
  const process = async (): Promise<Answer> => {
    const result = await api.process(request, { drawn, isAuthorized, requestId: entry.requestId });
    entry.code = result.code;
    return result;
  };
  const processLater = (delayMs: number): void => clock.after(delayMs, async () => void (await process()));
  await deliver({ response, wire: drawn.wire, process, processLater, ended });
}

async function readApiRequest(request: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.replace(/\/+$/, '');
  return {
    method: request.method ?? 'GET',
    path,
    segments: path.split('/').slice(1).map(decodeURIComponent),
    query: url.searchParams,
    body: parseBody(await text(request), request.headers['content-type'] ?? ''),
    authorization: request.headers.authorization,
  };
}

/** An unreadable body counts as empty: i'mport then reports missing fields, not the encoding. */
function parseBody(body: string, contentType: string): unknown {
  if (contentType.includes('application/json')) return parseJson(body);
  const isForm = contentType.includes('application/x-www-form-urlencoded');
  return isForm ? Object.fromEntries(new URLSearchParams(body)) : undefined;
}

/** A received request, for tests. Contains raw bodies with secrets: never show it. */
export interface RecordedRequest {
  /** Simulated time of arrival, ms since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly fault: FaultName | undefined;
  readonly requestId: string;
  /** The code of i'mport's answer, even if the answer was lost; absent until the request is executed. */
  code?: number;
  /** Whether a PG has cancelled for it. */
  isExecuted: boolean;
}

/** A received cancel request, without what is secret. */
interface ReceivedCancel extends Pick<CancelRequest, 'amount' | 'checksum' | 'reason'> {
  readonly at: number;
  readonly fault: FaultName | undefined;
  readonly code: number | undefined;
  readonly executed: boolean;
  readonly imp_uid: string | undefined;
  readonly merchant_uid: string | undefined;
}

/** The numbers of received and executed cancels. */
export interface CancelAudit {
  readonly received: number;
  readonly executed: number;
  readonly requests: readonly ReceivedCancel[];
}

/** A demonstration may run for days. */
const MAX_ENTRIES = 100_000;

/** The requests since this start. */
export class RequestLog {
  readonly entries: RecordedRequest[] = [];

  add(request: Omit<RecordedRequest, 'requestId' | 'code' | 'isExecuted'>): RecordedRequest {
    const entry: RecordedRequest = { ...request, requestId: newCancellationId(), isExecuted: false };
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
    return entry;
  }

  executed(requestId: string): void {
    const entry = this.entries.findLast((candidate) => candidate.requestId === requestId);
    if (entry !== undefined) entry.isExecuted = true;
  }

  /** @param tag counts only requests whose sent `reason` contains it */
  audit(tag = ''): CancelAudit {
    const requests = this.entries
      .filter(({ method, path }) => method === 'POST' && path === CANCEL_PATH)
      .map(shown)
      .filter(({ reason }) => reason.includes(tag));
    const executed = requests.filter((request) => request.executed).length;
    return { received: requests.length, executed, requests };
  }
}

function shown({ at, fault, code, isExecuted, body }: RecordedRequest): ReceivedCancel {
  const { impUid, merchantUid, amount, checksum, reason } = readCancelRequest(body);
  return {
    at,
    fault,
    code,
    executed: isExecuted,
    imp_uid: impUid,
    merchant_uid: merchantUid,
    amount,
    checksum,
    reason,
  };
}
