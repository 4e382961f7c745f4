import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { decoded } from './content-coding.ts';

/**
 * What ky sends by: `fetch` over node's own client, which the SDK has loaded already. The platform's `fetch` is a client of its
 * own that takes a fifth of a cold start and more of a warm request than everything else of ky's. Requests and answers here
 * are texts, read as a whole; redirects are never followed.
 */
export interface TransportOptions {
  /** ms for name, connection and TLS together. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** ms after which an idle connection is not used again. @default 4000 */
  readonly idleMs?: number;
  /** Epoch ms. @default the system's clock */
  readonly now?: () => number;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** As the platform's `fetch`: most servers close after five seconds or more, and a request must not meet that. */
const IDLE_MS = 4_000;
/** A page of a thousand payments with all their cancels has a few MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** A `Response` of these must have no body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Rejects by what the signal was aborted with, or by node's own error: its `code` and `syscall` say how far it came. */
export function transport({
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
  idleMs = IDLE_MS,
  now = Date.now,
}: TransportOptions = {}): typeof globalThis.fetch {
  const plain = keeping(new Agent({ keepAlive: true }), idleMs, now);
  const tls = keeping(new TlsAgent({ keepAlive: true }), idleMs, now);
  return async (request, { signal } = {}) => {
    if (!(request instanceof globalThis.Request)) throw new TypeError('Bug: only what ky sends is sent');
    const body = request.body === null ? undefined : await request.text();
    const ended = signal ?? request.signal;
    ended.throwIfAborted();
    const url = new URL(request.url);
    const isTls = url.protocol === 'https:';
    const { agent, dropStale } = isTls ? tls : plain;
    dropStale();
    const call = (isTls ? tlsRequest : httpRequest)(url, {
      agent,
      method: request.method,
      headers: { 'user-agent': 'iamport-refunds', accept: '*/*', ...Object.fromEntries(request.headers) },
    });
    limitConnecting(call, isTls ? 'secureConnect' : 'connect', connectTimeoutMs);
    return exchange(call, body, ended);
  };
}

interface Keeping {
  readonly agent: Agent;
  /** By the clock on the wall: a frozen environment's timers stand still, and the server's go on. */
  readonly dropStale: () => void;
}

function keeping(agent: Agent, idleMs: number, now: () => number): Keeping {
  const freedAtMs = new WeakMap<Socket, number>();
  agent.on('free', (socket: Socket) => freedAtMs.set(socket, now()));
  const dropStale = (): void => {
    const atMs = now();
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) {
        const sinceMs = atMs - (freedAtMs.get(socket) ?? 0);
        // A clock that was set back says nothing about how long it was.
        if (sinceMs < 0 || sinceMs > idleMs) socket.destroy();
      }
    }
  };
  return { agent, dropStale };
}

/** A connection that cannot be made proves that nothing was sent: it says so by the name of the system's call. */
function limitConnecting(call: ClientRequest, done: 'connect' | 'secureConnect', timeoutMs: number): void {
  call.once('socket', (socket) => {
    if (!socket.connecting) return;
    const late = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT', syscall: 'connect' });
    const timer = setTimeout(() => call.destroy(late), timeoutMs);
    const clear = (): void => clearTimeout(timer);
    socket.once(done, clear);
    socket.once('close', clear);
  });
}

async function exchange(
  call: ClientRequest,
  body: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly [IncomingMessage, Buffer]>();
  // First of all, so that what the destroyed connection says of itself comes too late.
  const abort = (): void => {
    reject(signal.reason as Error);
    call.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  let answer: IncomingMessage | undefined;
  call.once('response', (head) => {
    answer = head;
    readWhole(head, resolve, reject);
  });
  call.on('error', reject);
  call.once('close', () => {
    if (answer?.readableEnded !== true) reject(lost());
  });
  call.end(body);
  try {
    const [head, bytes] = await promise;
    return await responseOf(head, bytes);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function lost(): Error {
  return Object.assign(new Error('the connection ended before the answer did'), { code: 'ECONNRESET' });
}

function readWhole(
  head: IncomingMessage,
  resolve: (whole: readonly [IncomingMessage, Buffer]) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  head.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) head.destroy(new Error('the answer is too long'));
  });
  head.once('end', () => resolve([head, Buffer.concat(chunks)]));
  head.once('error', reject);
}

async function responseOf(head: IncomingMessage, bytes: Buffer): Promise<Response> {
  const status = head.statusCode ?? 0;
  const coding = head.headers['content-encoding'];
  const whole = coding === undefined ? bytes : await decoded(bytes, coding, MAX_ANSWER_BYTES);
  return new globalThis.Response(WITHOUT_BODY.has(status) ? null : textOf(whole), { status });
}

/** As the web decodes UTF-8: without the mark that some servers put in front. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
