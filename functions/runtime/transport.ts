import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Send } from '../iamport/client.ts';
import { NotSent } from '../iamport/outcome.ts';

/**
 * What ky sends by: `fetch` over node's own client, which the SDK has loaded already, and which says when a connection is open:
 * only so can it be proven that nothing of a cancel was sent (PROTOCOL row 9). Requests and answers here are texts, read as a
 * whole; redirects are never followed.
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

/**
 * Rejects as `fetch` does: by a `TypeError` for what the network does, by its reason when the signal is aborted. Where nothing
 * of the request has left, the cause of the one and in place of the other is `NotSent`.
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
    // No later than it may be sent: whoever waits for the answer hears that there was no connection, and not just no answer.
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
  /** Whether the connection was, or may have been, open for the request: what is sent before that waits in this process. */
  isOpen: boolean;
}

interface Begun {
  readonly call: ClientRequest;
  readonly opening: Opening;
}

/** An address or a header that cannot be sent is thrown back at once. */
function begunOrNotSent(begin: () => Begun): Begun {
  try {
    return begin();
  } catch (error) {
    throw new NotSent(error);
  }
}

interface Watch {
  /** With TLS, not a byte of the request goes out before the server's certificate was found good, and this says so. */
  readonly opens: 'connect' | 'secureConnect';
  readonly connectMs: number;
  /** Whether the request must not go out any more. */
  readonly isLate: () => boolean;
}

function watchOpening(call: ClientRequest, { opens, connectMs, isLate }: Watch): Opening {
  const opening = { isOpen: false };
  const open = (): void => {
    if (isLate()) call.destroy(new Error('too late to be sent'));
    else opening.isOpen = true;
  };
  call.once('socket', (socket) => {
    // A kept connection; or one that another request began and left, of which nobody knows how far it is.
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
  // By this message ky knows a failure of the network.
  const fail = (error: Error): void => reject(new TypeError('fetch failed', { cause: proven(error) }));
  // First of all, so that what the destroyed connection says of itself comes too late.
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
    // The server did not wait for the rest: nobody else's request may come behind it.
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
  /** By what the network does. */
  readonly fail: (error: Error) => void;
  /** By what was read: another try would bring the same. */
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
  // As the platform's `Response` has it; nobody could say what such an answer means.
  if (status < 200 || status > 599)
    throw new RangeError('the answer is under a status that HTTP does not have');
  const coding = head.headers['content-encoding'];
  const whole = coding === undefined ? bytes : await decoded(bytes, coding);
  return new globalThis.Response(WITHOUT_BODY.has(status) ? null : textOf(whole), { status });
}

/** As the web decodes UTF-8: without the mark that some servers put in front. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** More than these nobody means; each one may blow up what the one before has left (as the platform's `fetch`). */
const MAX_CODINGS = 5;

/**
 * An answer's bytes without the coding they came in. None is asked for; what stands before i'mport (a cache, a firewall) may
 * use one all the same. @throws for a coding that nobody has registered, and for bytes that are not in it
 */
async function decoded(bytes: Buffer, coding: string): Promise<Buffer> {
  const codings = coding.split(',').map((name) => name.trim().toLowerCase());
  if (codings.length > MAX_CODINGS) throw new Error('the answer is in too many codings');
  let plain = bytes;
  // The last one was put on last.
  for (const name of codings.toReversed()) plain = await withoutOne(name, plain);
  return plain;
}

async function withoutOne(name: string, bytes: Buffer): Promise<Buffer> {
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  // Loaded only then.
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

/** Some servers leave out the envelope that HTTP asks for. Its first byte names the method, which is always the eighth. */
function isZlib(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x0f) === 8;
}

interface KeptConnections {
  readonly agent: Agent;
  /** Before each request: what is left after it may be used for one. */
  readonly dropStale: () => void;
  /** With the head of each answer: it can say how long the server keeps the connection. */
  readonly heard: (head: IncomingMessage) => void;
}

/** The server's time began before ours, and the next request has its way to go (as the platform's `fetch`). */
const BEFORE_SERVER_CLOSES_MS = 1_000;

/**
 * An agent whose connections are not used again after `idleMs`, nor shortly before the server closes them: a cancel that meets
 * that is in doubt. By the clock on the wall: a frozen environment's timers stand still, and the server's go on.
 */
function keptConnections(agent: Agent, idleMs: number, now: () => number): KeptConnections {
  const freedAtMs = new WeakMap<Socket, number>();
  const keptMs = new WeakMap<Socket, number>();
  agent.on('free', (socket: Socket) => freedAtMs.set(socket, now()));

  const isStale = (socket: Socket, atMs: number): boolean => {
    const sinceMs = atMs - (freedAtMs.get(socket) ?? 0);
    // A clock that was set back says nothing about how long it was.
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
          // The agent forgets it with its end only, and would hand it out until then.
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
