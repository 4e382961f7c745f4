import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { NotSent, type Send, type SendOptions } from '../iamport/not-sent.ts';
import { decoded } from './content-coding.ts';
import { keptConnections } from './kept-connections.ts';

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

/**
 * Rejects by `NotSent` for whatever comes before the connection is open. After that, by what the signal was aborted with or by
 * node's own error.
 */
export function transport({
  connectTimeoutMs = CONNECT_TIMEOUT_MS,
  idleMs = IDLE_MS,
  now = Date.now,
}: TransportOptions = {}): Send {
  const plain = keptConnections(new Agent({ keepAlive: true }), idleMs, now);
  const tls = keptConnections(new TlsAgent({ keepAlive: true }), idleMs, now);
  const begin: Begin = (request, sendBeforeMs = Infinity) => {
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
    const opening = watchOpening(call, { opens, connectTimeoutMs, isLate: () => now() > sendBeforeMs });
    return { call, opening };
  };
  return async (request, { signal, sendBeforeMs } = {}) => {
    if (!(request instanceof globalThis.Request)) throw new TypeError('Bug: only what ky sends is sent');
    const body = request.body === null ? undefined : await request.text();
    const ended = signal ?? request.signal;
    if (ended.aborted) throw new NotSent(ended.reason);
    return exchange(
      begunOrNotSent(() => begin(request, sendBeforeMs)),
      body,
      ended,
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

type Begin = (request: Request, sendBeforeMs: SendOptions['sendBeforeMs']) => Begun;

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
  readonly connectTimeoutMs: number;
  /** Whether the request must not go out any more. */
  readonly isLate: () => boolean;
}

function watchOpening(call: ClientRequest, { opens, connectTimeoutMs, isLate }: Watch): Opening {
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
    const timer = setTimeout(() => call.destroy(notConnected()), connectTimeoutMs);
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
  const fail = (error: unknown): void => reject(opening.isOpen ? (error as Error) : new NotSent(error));
  // First of all, so that what the destroyed connection says of itself comes too late.
  const abort = (): void => {
    fail(signal.reason);
    call.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  let answer: IncomingMessage | undefined;
  call.once('response', (head) => {
    answer = head;
    readWhole(head, resolve, reject);
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
  // As the platform's `Response` has it; nobody could say what such an answer means.
  if (status < 200 || status > 599)
    throw new RangeError('the answer is under a status that HTTP does not have');
  const coding = head.headers['content-encoding'];
  const whole = coding === undefined ? bytes : await decoded(bytes, coding, MAX_ANSWER_BYTES);
  return new globalThis.Response(WITHOUT_BODY.has(status) ? null : textOf(whole), { status });
}

/** As the web decodes UTF-8: without the mark that some servers put in front. */
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}
