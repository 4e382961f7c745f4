import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Send } from '../iamport/client.ts';
import { NotSent } from '../iamport/outcome.ts';

/**
 * What ky sends with: a `fetch` on node's own client, which the SDK has loaded already. It tells when a connection is open, which
 * is needed to prove that nothing of a cancel was sent (PROTOCOL row 9). Requests and answers are whole texts; redirects are
 * never followed.
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
/** Like the platform's `fetch`: most servers close after five seconds or more, and a request must not coincide with that. */
const IDLE_MS = 4_000;
/** A page of a thousand payments with all their cancels has a few MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** A `Response` of these must have no body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Rejects like `fetch`: with a `TypeError` for network failures, with the signal's reason when it is aborted. When nothing of the
 * request has left, `NotSent` is the cause of the former and replaces the latter.
 */
export function transport({
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
  idleMs = IDLE_MS,
  now = Date.now,
}: TransportOptions = {}): Send {
  const plain = keptConnections(new Agent({ keepAlive: true }), idleMs, now);
  const tls = keptConnections(new TlsAgent({ keepAlive: true }), idleMs, now);
  const begin = (request: Request, sendBeforeMs: number): Begun => {
    const url = new URL(request.url);
    const isTls = url.protocol === 'https:';
    const { agent, dropStale, heard } = isTls ? tls : plain;
    dropStale();
    const call = (isTls ? tlsRequest : httpRequest)(url, {
      agent,
      method: request.method,
      headers: { 'user-agent': 'iamport-refunds', accept: '*/*', ...Object.fromEntries(request.headers) },
    });
    call.once('response', heard);
    const opens = isTls ? 'secureConnect' : 'connect';
    // Not later than it may be sent: the caller then learns that there was no connection, and not only that there was no answer.
    const connectMs = Math.min(connectTimeoutMs, sendBeforeMs - now());
    return { call, opening: watchOpening(call, { opens, connectMs, isLate: () => now() > sendBeforeMs }) };
  };
  return async (request, { sendBeforeMs = Infinity } = {}) => {
    if (!(request instanceof globalThis.Request)) throw new TypeError('Bug: only what ky sends is sent');
    const body = request.body === null ? undefined : await request.text();
    const { signal } = request;
    if (signal.aborted) throw new NotSent(signal.reason);
    return exchange(
      begunOrNotSent(() => begin(request, sendBeforeMs)),
      body,
      signal,
    );
  };
}

interface Opening {
  /** Whether the connection was, or may have been, open for the request: what is sent before that stays in this process. */
  isOpen: boolean;
}

interface Begun {
  readonly call: ClientRequest;
  readonly opening: Opening;
}

/** Throws at once for an address or header that cannot be sent. */
function begunOrNotSent(begin: () => Begun): Begun {
  try {
    return begin();
  } catch (error) {
    throw new NotSent(error);
  }
}

interface Watch {
  /** With TLS this is `secureConnect`: no byte of the request is sent before the server's certificate was accepted. */
  readonly opens: 'connect' | 'secureConnect';
  readonly connectMs: number;
  /** Whether the request must not be sent any more. */
  readonly isLate: () => boolean;
}

function watchOpening(call: ClientRequest, { opens, connectMs, isLate }: Watch): Opening {
  const opening = { isOpen: false };
  const open = (): void => {
    if (isLate()) call.destroy(new Error('too late to be sent'));
    else opening.isOpen = true;
  };
  call.once('socket', (socket) => {
    // A kept connection, or one that another request started and left in an unknown state.
    if (!socket.connecting) {
      open();
      return;
    }
    const timer = setTimeout(() => call.destroy(notConnected()), connectMs);
    socket.once('close', () => clearTimeout(timer));
    socket.once(opens, () => {
      clearTimeout(timer);
      open();
    });
  });
  return opening;
}

async function exchange(
  { call, opening }: Begun,
  body: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly [IncomingMessage, Buffer]>();
  const proven = (error: unknown): Error => (opening.isOpen ? (error as Error) : new NotSent(error));
  // ky recognises a network failure by this message.
  const fail = (error: Error): void => reject(new TypeError('fetch failed', { cause: proven(error) }));
  // First, so that the destroyed connection's own error comes too late.
  const abort = (): void => {
    reject(proven(signal.reason));
    call.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  let answer: IncomingMessage | undefined;
  call.once('response', (head) => {
    answer = head;
    readWhole(head, { done: (bytes) => resolve([head, bytes]), fail, refuse: reject });
  });
  call.on('error', fail);
  call.once('close', () => {
    if (answer?.readableEnded !== true) fail(lost());
  });
  call.end(body);
  try {
    const [head, bytes] = await promise;
    // The server did not wait for the rest of the request: no other request may use this connection.
    if (!call.writableFinished) call.destroy();
    return await responseOf(head, bytes);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function notConnected(): Error {
  return Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT', syscall: 'connect' });
}

function lost(): Error {
  return Object.assign(new Error('the connection ended before the answer did'), { code: 'ECONNRESET' });
}

interface Reading {
  readonly done: (bytes: Buffer) => void;
  /** A network failure. */
  readonly fail: (error: Error) => void;
  /** A fault of the answer itself: a retry would get the same. */
  readonly refuse: (error: Error) => void;
}

function readWhole(head: IncomingMessage, { done, fail, refuse }: Reading): void {
  const chunks: Buffer[] = [];
  let size = 0;
  head.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= MAX_ANSWER_BYTES) return;
    refuse(new Error('the answer is too long'));
    head.destroy();
  });
  head.once('end', () => done(Buffer.concat(chunks)));
  head.once('error', fail);
}

async function responseOf(head: IncomingMessage, bytes: Buffer): Promise<Response> {
  const status = head.statusCode ?? 0;
  // Like the platform's `Response`: such a status has no defined meaning.
  if (status < 200 || status > 599)
    throw new RangeError('the answer is under a status that HTTP does not have');
  const coding = head.headers['content-encoding'];
  const whole = coding === undefined ? bytes : await decoded(bytes, coding);
  return new globalThis.Response(WITHOUT_BODY.has(status) ? null : textOf(whole), { status });
}

/** Decodes UTF-8 as the web does: without a leading byte order mark. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** No real answer has more; each coding may multiply the size (like the platform's `fetch`). */
const MAX_CODINGS = 5;

/**
 * Decodes an answer's content codings. We request none, but a cache or firewall before i'mport may use one. @throws for an
 * unknown coding, and for bytes that do not match it
 */
async function decoded(bytes: Buffer, coding: string): Promise<Buffer> {
  const codings = coding.split(',').map((name) => name.trim().toLowerCase());
  if (codings.length > MAX_CODINGS) throw new Error('the answer is in too many codings');
  let plain = bytes;
  // The last coding was applied last.
  for (const name of codings.toReversed()) plain = await withoutOne(name, plain);
  return plain;
}

async function withoutOne(name: string, bytes: Buffer): Promise<Buffer> {
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  // Loaded only when needed.
  const { gunzip, inflate, inflateRaw, brotliDecompress, zstdDecompress } = await import('node:zlib');
  const limit = { maxOutputLength: MAX_ANSWER_BYTES };
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return promisify(gunzip)(bytes, limit);
    case 'deflate':
      return promisify(isZlib(bytes) ? inflate : inflateRaw)(bytes, limit);
    case 'br':
      return promisify(brotliDecompress)(bytes, limit);
    case 'zstd':
      return promisify(zstdDecompress)(bytes, limit);
    default:
      throw new Error('the answer is in an unknown coding');
  }
}

/** Some servers omit the zlib header that HTTP requires. Its first byte names the method, which is always 8. */
function isZlib(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x0f) === 8;
}

interface KeptConnections {
  readonly agent: Agent;
  /** Called before each request: drops stale connections, so that only usable ones remain. */
  readonly dropStale: () => void;
  /** Called with the head of each answer, which may tell how long the server keeps the connection. */
  readonly heard: (head: IncomingMessage) => void;
}

/** The server's time started before ours, and the next request needs time to arrive (like the platform's `fetch`). */
const BEFORE_SERVER_CLOSES_MS = 1_000;

/**
 * An agent that does not reuse a connection after `idleMs` or shortly before the server closes it, because a cancel sent then
 * would be in doubt. It uses wall-clock time: a frozen environment's timers stop, and the server's do not.
 */
function keptConnections(agent: Agent, idleMs: number, now: () => number): KeptConnections {
  const freedAtMs = new WeakMap<Socket, number>();
  const keptMs = new WeakMap<Socket, number>();
  agent.on('free', (socket: Socket) => freedAtMs.set(socket, now()));

  const isStale = (socket: Socket, atMs: number): boolean => {
    const sinceMs = atMs - (freedAtMs.get(socket) ?? 0);
    // After the clock was set back, the idle time is unknown.
    return socket.destroyed || sinceMs < 0 || sinceMs > (keptMs.get(socket) ?? idleMs);
  };
  return {
    agent,
    dropStale() {
      const atMs = now();
      for (const sockets of Object.values(agent.freeSockets)) {
        const stale = sockets?.filter((socket) => isStale(socket, atMs)) ?? [];
        for (const socket of stale) {
          socket.destroy();
          // destroy() is asynchronous: until then the agent would still hand the socket out, so it is removed now.
          sockets?.splice(sockets.indexOf(socket), 1);
        }
      }
    },
    heard({ socket, headers }) {
      const seconds = /\btimeout=(\d+)/i.exec(String(headers['keep-alive']))?.[1];
      if (seconds === undefined) keptMs.delete(socket);
      else keptMs.set(socket, Math.min(idleMs, Number(seconds) * 1000 - BEFORE_SERVER_CLOSES_MS));
    },
  };
}
