import { once } from 'node:events';
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
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

/** A page of a thousand payments with all their cancels has a few MB; an endless answer would end the function. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** For name, connection and TLS together. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Like the platform's `fetch`: most servers close after five seconds or more, and a request must not coincide with that. */
const IDLE_MS = 4_000;
/** Node itself closes a connection after this time, or a second before the server said it would. */
const KEPT = { keepAlive: true, timeout: IDLE_MS } as const;

/**
 * Rejects like `fetch`: with a `TypeError` for network failures, with the signal's reason when it is aborted. When nothing of the
 * request has left, `NotSent` is the cause of the former and replaces the latter.
 */
export function transport({ now = Date.now }: TransportOptions = {}): Send {
  const plain = agentFor(() => new Agent(KEPT), now);
  const tls = agentFor(() => new TlsAgent(KEPT), now);
  return async (request, { sendBeforeMs = Infinity } = {}) => {
    if (!(request instanceof globalThis.Request)) throw new TypeError('Bug: only what ky sends is sent');
    const body = request.body === null ? undefined : await request.text();
    const { method, signal, url } = request;
    const isTls = url.startsWith('https:');
    // No content coding: an answer is read as it is.
    const always = { 'user-agent': 'iamport-refunds', accept: '*/*', 'accept-encoding': 'identity' };
    const headers = { ...always, ...Object.fromEntries(request.headers) };
    let call: ClientRequest;
    try {
      const agent = isTls ? tls() : plain();
      call = (isTls ? tlsRequest : httpRequest)(url, { agent, method, headers, signal });
    } catch (error) {
      // An address or header that cannot be sent.
      throw new NotSent(error);
    }
    const isOpen = watched(call, { opens: isTls ? 'secureConnect' : 'connect', sendBeforeMs, now });
    try {
      const [head] = (await once(call.end(body), 'response')) as [IncomingMessage];
      return new globalThis.Response(await wholeOf(head), { status: head.statusCode ?? 0 });
    } catch (error) {
      // After an abort, the destroyed connection has an error of its own.
      const cause: unknown = signal.aborted ? signal.reason : error;
      const proven = isOpen() ? cause : new NotSent(cause);
      // ky recognises a network failure by this message.
      throw signal.aborted ? proven : new TypeError('fetch failed', { cause: proven });
    }
  };
}

async function wholeOf(head: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of head as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > MAX_ANSWER_BYTES)
      throw Object.assign(new Error('the answer is too long'), { code: 'ANSWER_TOO_LONG' });
  }
  return Buffer.concat(chunks);
}

/**
 * The agent with the kept connections. Node's timers stop while the environment is frozen, and the server's do not. After a pause
 * by the wall clock a new agent is used, because a cancel sent over a connection that the server has closed would be in doubt.
 */
function agentFor(open: () => Agent, now: () => number): () => Agent {
  let usedAtMs = now();
  const opened = (): Agent => open().on('free', () => (usedAtMs = now()));
  let agent = opened();
  return () => {
    const idleMs = now() - usedAtMs;
    // After the clock was set back, the idle time is unknown.
    if (idleMs < 0 || idleMs > IDLE_MS) agent = opened();
    usedAtMs = now();
    return agent;
  };
}

interface Watch {
  /** With TLS this is `secureConnect`: no byte of the request is sent before the server's certificate was accepted. */
  readonly opens: 'connect' | 'secureConnect';
  /** Epoch ms after which the request must not be sent. */
  readonly sendBeforeMs: number;
  readonly now: () => number;
}

/** Whether the connection was, or may have been, open for the request: what is sent before that stays in this process. */
function watched(call: ClientRequest, { opens, sendBeforeMs, now }: Watch): () => boolean {
  let isOpen = false;
  const open = (): void => {
    if (now() > sendBeforeMs) call.destroy(new Error('too late to be sent'));
    else isOpen = true;
  };
  // An error after the head also ends the body, where it is awaited.
  call.on('error', () => undefined);
  call.once('socket', (socket) => {
    // A kept connection, or one that another request started and left in an unknown state.
    if (!socket.connecting) {
      open();
      return;
    }
    // Not later than it may be sent: the caller then learns that there was no connection, and not only that there was no answer.
    const connectMs = Math.max(0, Math.min(CONNECT_TIMEOUT_MS, sendBeforeMs - now()));
    const limit = setTimeout(() => {
      call.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }));
    }, connectMs);
    socket.once('close', () => clearTimeout(limit));
    socket.once(opens, () => {
      clearTimeout(limit);
      open();
    });
  });
  return () => isOpen;
}
