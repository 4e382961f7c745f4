import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type ApiRequest, faultable, isAuthorized, process } from './api.ts';
import type { Fault, FaultName, FaultOf } from './faults.ts';
import { isRecord, parseJson } from './json.ts';
import type { World } from './simulator.ts';
import { type Answer, failed } from './texts.ts';

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

/** Records a request, applies its fault and executes it. */
export async function exchange(
  world: World,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { payments, clock, faults, log, ended } = world;
  try {
    const request = await readApiRequest(incoming);
    const drawn = faults.draw(faultable(payments, request));
    const { method, path, body } = request;
    const entry = log.add({ at: clock.nowMs(), method, path, body, fault: drawn.name });
    const isAllowed = isAuthorized(world, request);
    const execute = async (): Promise<Answer> => {
      const { requestId } = entry;
      const answer = await process(world, request, { drawn, isAuthorized: isAllowed, requestId });
      entry.code = answer.code;
      return answer;
    };
    const executeLater = (delayMs: number): void => clock.after(delayMs, async () => void (await execute()));
    await deliver({ response, wire: drawn.wire, execute, executeLater, ended });
  } catch {
    // The client disconnected while sending, or the simulator ended during a delay. A bug or a full disk is answered as
    // i'mport's 500.
    if (ended.aborted) response.destroy();
    else write(response, json(failed(500, -1, 'internal_error')));
  }
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

interface Delivery {
  readonly response: ServerResponse;
  /** What happens to the connection. */
  readonly wire: Fault | undefined;
  /** Executes the request; called at most once. */
  readonly execute: () => Promise<Answer>;
  /** Executes the request after this simulated time. */
  readonly executeLater: (delayMs: number) => void;
  /** Stops the real timers when the simulator ends. */
  readonly ended: AbortSignal;
}

const DEFAULT_DELAY_MS = 1000;
/** Longer than any client waits: the client has stopped waiting when the request is executed. */
const DEFAULT_LATE_MS = 120_000;

/** Executes and answers a request as its fault says. A client that disconnects does not stop a received request. */
async function deliver(delivery: Delivery): Promise<void> {
  const { response, wire, execute, executeLater, ended } = delivery;
  const name = wire?.fault;
  if (name !== undefined && isBroken(name)) return deliverBroken(delivery, name);
  if (name === 'request_lost') return void response.destroy();
  if (name === 'late') {
    // The checks are executed late, too.
    executeLater(wire?.delay_ms ?? DEFAULT_LATE_MS);
    return void response.destroy();
  }
  const pause = (): Promise<void> => wait(wire?.delay_ms ?? DEFAULT_DELAY_MS, undefined, { signal: ended });
  if (name === 'slow') await pause();
  const answer = await execute();
  if (name === 'answer_slow') await pause();
  if (name === 'answer_lost') response.destroy();
  else write(response, json(answer));
}

interface Written {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The answers that do not tell the outcome, from the answer that would tell it. */
const BROKEN: Readonly<
  Record<
    Exclude<FaultOf<'wire'>, 'request_lost' | 'late' | 'slow' | 'answer_slow' | 'answer_lost'>,
    (answer: Answer) => Written
  >
> = {
  http_429: () => json(failed(429, -1, 'too_many_requests')),
  unauthorized: () => json(failed(401, -1, 'unauthorized')),
  http_500: () => json(failed(500, -1, 'internal_error')),
  http_502: () => html(502, '502 Bad Gateway'),
  http_504: () => html(504, '504 Gateway Time-out'),
  empty_200: (answer) => ({ ...json(answer), status: 200, body: '' }),
  truncated_200: (answer) => {
    // The length matches the cut body, so HTTP is valid and only the JSON is cut.
    const { type, body } = json(answer);
    return { status: 200, type, body: body.slice(0, Math.floor(body.length / 2)) };
  },
};

function isBroken(name: FaultName): name is keyof typeof BROKEN {
  return Object.hasOwn(BROKEN, name);
}

/** With any answer the request may have been executed, or may be executed minutes later (PROTOCOL P3). */
async function deliverBroken(
  { response, wire, execute, executeLater }: Delivery,
  name: keyof typeof BROKEN,
): Promise<void> {
  const delayMs = wire?.delay_ms;
  const isTurnedAway = name === 'http_429' || name === 'unauthorized';
  const isCarriedOut = wire?.applied ?? (delayMs !== undefined || !isTurnedAway);
  let answer = failed(200, -1, 'internal_error');
  if (isCarriedOut && delayMs === undefined) answer = await execute();
  if (isCarriedOut && delayMs !== undefined) executeLater(delayMs);
  write(response, BROKEN[name](answer));
}

function json({ status, code, message, response }: Answer): Written {
  return { status, type: 'application/json; charset=UTF-8', body: phpJson({ code, message, response }) };
}

/** A proxy in front of i'mport answers with HTML. */
function html(status: number, title: string): Written {
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body><h1>${title}</h1></body>\r\n</html>\r\n`;
  return { status, type: 'text/html; charset=UTF-8', body };
}

function write(response: ServerResponse, { status, type, body }: Written): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** i'mport is written in PHP: `/` is escaped, everything outside ASCII is `\uXXXX`, and keys come in alphabetical order. */
function phpJson(value: unknown): string {
  return JSON.stringify(value, sortKeys)
    .replaceAll('/', String.raw`\/`)
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sortKeys(_key: string, value: unknown): unknown {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
