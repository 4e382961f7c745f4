import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Send } from '../iamport/client.ts';
import { NotSent } from '../iamport/outcome.ts';

/**
 * What ky sends with: a `fetch` on node's own client, which the SDK has loaded already. It tells when a connection is open, which
 * is needed to prove that nothing of a cancel was sent (PROTOCOL row 9). Requests and answers are whole texts; redirects are
 * never followed.
 */
export interface TransportOptions {
  /** Epoch ms. @default the system's clock */
  readonly now?: () => number;
}

/** For name, connection and TLS together. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A page of a thousand payments with all their cancels has a few MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** A `Response` of these must have no body, not even an empty one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Rejects like `fetch`: with a `TypeError` for network failures, with the signal's reason when it is aborted. When nothing of the
 * request has left, `NotSent` is the cause of the former and replaces the latter.
 */
export function transport({ now = Date.now }: TransportOptions = {}): Send {
  const plain = keptConnections(new Agent({ keepAlive: true }), now);
  const tls = keptConnections(new TlsAgent({ keepAlive: true }), now);
  return async (request, { sendBeforeMs = Infinity } = {}) => {
    if (!(request instanceof globalThis.Request)) throw new TypeError('Bug: only what ky sends is sent');
    const body = request.body === null ? undefined : await request.text();
    const { method, signal } = request;
    if (signal.aborted) throw new NotSent(signal.reason);
    const url = new URL(request.url);
    const isTls = url.protocol === 'https:';
    const { agent, dropStale, keepAsLongAs } = isTls ? tls : plain;
    dropStale();
    // No content coding: an answer is read as it is.
    const always = { 'user-agent': 'iamport-refunds', accept: '*/*', 'accept-encoding': 'identity' };
    const headers = { ...always, ...Object.fromEntries(request.headers) };
    let call: ClientRequest;
    try {
      call = (isTls ? tlsRequest : httpRequest)(url, { agent, method, headers });
    } catch (error) {
      // An address or header that cannot be sent.
      throw new NotSent(error);
    }
    call.once('response', keepAsLongAs);
    const connection = watched(call, {
      opens: isTls ? 'secureConnect' : 'connect',
      // Not later than it may be sent: the caller then learns that there was no connection, and not only that there was no answer.
      connectMs: Math.max(0, Math.min(CONNECT_TIMEOUT_MS, sendBeforeMs - now())),
      isLate: () => now() > sendBeforeMs,
    });
    return exchange({ call, connection, body, signal });
  };
}

interface Connection {
  /** Whether it was, or may have been, open for the request: what is sent before that stays in this process. */
  isOpen: boolean;
}

interface Watch {
  /** With TLS this is `secureConnect`: no byte of the request is sent before the server's certificate was accepted. */
  readonly opens: 'connect' | 'secureConnect';
  readonly connectMs: number;
  /** Whether the request must not be sent any more. */
  readonly isLate: () => boolean;
}

function watched(call: ClientRequest, { opens, connectMs, isLate }: Watch): Connection {
  const connection = { isOpen: false };
  const open = (): void => {
    if (isLate()) call.destroy(new Error('too late to be sent'));
    else connection.isOpen = true;
  };
  call.once('socket', (socket) => {
    // A kept connection, or one that another request started and left in an unknown state.
    if (!socket.connecting) {
      open();
      return;
    }
    const timer = setTimeout(() => {
      call.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
    }, connectMs);
    socket.once('close', () => clearTimeout(timer));
    socket.once(opens, () => {
      clearTimeout(timer);
      open();
    });
  });
  return connection;
}

interface Exchange {
  readonly call: ClientRequest;
  readonly connection: Connection;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

class TooLongError extends Error {}

/** Made once, because every call closes and a stack trace takes time. */
const LOST = Object.assign(new Error('the connection ended before the answer'), { code: 'ECONNRESET' });

async function exchange({ call, connection, body, signal }: Exchange): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const proven = (error: unknown): unknown => (connection.isOpen ? error : new NotSent(error));
  const abort = (): void => {
    reject(signal.reason);
    call.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  call.once('response', resolve);
  call.on('error', reject);
  call.once('close', () => reject(LOST));
  call.end(body);
  try {
    const head = await promise;
    const bytes = await wholeOf(head);
    // The server did not wait for the rest of the request: no other request may use this connection.
    if (!call.writableFinished) call.destroy();
    const status = head.statusCode ?? 0;
    return new globalThis.Response(WITHOUT_BODY.has(status) ? null : bytes, { status });
  } catch (error) {
    // The destroyed connection has an error of its own.
    if (signal.aborted) throw proven(signal.reason);
    // Faults of the answer: a retry would get the same.
    if (error instanceof TooLongError || error instanceof RangeError) throw error;
    throw networkFailure(proven(error));
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** ky recognises it by this message. */
function networkFailure(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}

async function wholeOf(head: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of head as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > MAX_ANSWER_BYTES) throw new TooLongError('the answer is too long');
  }
  return Buffer.concat(chunks);
}

interface KeptConnections {
  readonly agent: Agent;
  /** Called before each request: drops stale connections, so that only usable ones remain. */
  readonly dropStale: () => void;
  /** Called with the head of each answer, which may say how long the server keeps the connection. */
  readonly keepAsLongAs: (head: IncomingMessage) => void;
}

/** Like the platform's `fetch`: most servers close after five seconds or more, and a request must not coincide with that. */
const IDLE_MS = 4_000;
/** The server's time started before ours, and the next request needs time to arrive (like the platform's `fetch`). */
const BEFORE_SERVER_CLOSES_MS = 1_000;

/**
 * An agent that does not reuse a connection after `IDLE_MS` or shortly before the server closes it, because a cancel sent then
 * would be in doubt. It uses wall-clock time: a frozen environment's timers stop, and the server's do not.
 */
function keptConnections(agent: Agent, now: () => number): KeptConnections {
  const freedAtMs = new WeakMap<Socket, number>();
  const keptMs = new WeakMap<Socket, number>();
  agent.on('free', (socket: Socket) => freedAtMs.set(socket, now()));

  const isStale = (socket: Socket): boolean => {
    const sinceMs = now() - (freedAtMs.get(socket) ?? 0);
    // After the clock was set back, the idle time is unknown.
    return socket.destroyed || sinceMs < 0 || sinceMs > (keptMs.get(socket) ?? IDLE_MS);
  };
  return {
    agent,
    dropStale() {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets?.filter(isStale) ?? []) {
          socket.destroy();
          // destroy() is asynchronous: until then the agent would still hand the socket out, so it is removed now.
          sockets?.splice(sockets.indexOf(socket), 1);
        }
      }
    },
    keepAsLongAs({ socket, headers }) {
      const seconds = /\btimeout=(\d+)/i.exec(String(headers['keep-alive']))?.[1];
      if (seconds === undefined) keptMs.delete(socket);
      else keptMs.set(socket, Math.min(IDLE_MS, Number(seconds) * 1000 - BEFORE_SERVER_CLOSES_MS));
    },
  };
}
