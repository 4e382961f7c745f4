import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { LocalRunError } from './errors.ts';

/** Loopback only, because the controls need no password. */
export const LOOPBACK = '127.0.0.1';
export const LOOPBACK_NAMES = [LOOPBACK, 'localhost', '[::1]'];

/**
 * Why a request is refused before it is read; undefined: it is accepted. Every port of the local run has a guard, because the
 * services need no password, and any web page can send a request to 127.0.0.1.
 */
export type Guard = (request: IncomingMessage) => string | undefined;

/** The `Host` values for this port; a browser omits the default port. */
function ownHosts({ socket }: IncomingMessage): readonly string[] {
  const port = socket.localPort;
  return LOOPBACK_NAMES.map((name) => (port === 80 ? name : `${name}:${port}`));
}

/** Against DNS rebinding: a page whose host name resolves to 127.0.0.1 would have the same origin as this port. */
export const loopbackHostOnly: Guard = (request) => {
  const hosts = ownHosts(request);
  return hosts.includes(request.headers.host?.toLowerCase() ?? '')
    ? undefined
    : `The local run answers to ${hosts.join(' or ')} only: call it by one of these names.`;
};

/** For services that no page uses: the SDK and curl send no `Origin`. */
export const noPages: Guard = (request) =>
  loopbackHostOnly(request) ??
  (request.headers.origin === undefined
    ? undefined
    : `No page may call this service of the local run (this one is ${request.headers.origin}): it is for the SDK and for curl.`);

/** Whether the request comes from a page of this port, or from no page. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  return origin === undefined || ownHosts(request).some((host) => origin === `http://${host}`);
}

export interface HttpServer {
  readonly url: string;
  readonly end: () => Promise<void>;
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

export interface ServerOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly guard: Guard;
  /** Called with errors of the listener, which are faults of the local run itself. */
  readonly onFault: (error: unknown) => void;
}

/** Serves on the loopback address. @throws LocalRunError when the port is in use. */
export async function startHttpServer(
  { port, guard, onFault }: ServerOptions,
  listener: Listener,
): Promise<HttpServer> {
  const answer: Listener = async (request, response) => {
    const refusal = guard(request);
    // The body is not read, so the connection must be closed.
    if (refusal !== undefined) return sendJson(response, 403, { message: refusal }, { connection: 'close' });
    try {
      await listener(request, response);
    } catch (error) {
      // A client that disconnected during its request gets no answer; this is no error.
      if (!request.complete) return;
      onFault(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: 'Internal Server Error' });
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  return {
    url: `http://${LOOPBACK}:${await listen(server, port)}`,
    end: async () => {
      const closed = Promise.withResolvers<void>();
      server.close((error) => (error === undefined ? closed.resolve() : closed.reject(error)));
      // Clients keep connections open, and close() would wait for them.
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

/** Resolves to the port that was taken. */
async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, LOOPBACK, resolve);
  await promise.catch((error: NodeJS.ErrnoException) => {
    const hint = 'choose another with PORT=… (0 = any free one)';
    if (error.code === 'EADDRINUSE')
      throw new LocalRunError(`Port ${port} is in use: stop what listens there, or ${hint}`);
    throw error.code === 'EACCES' ? new LocalRunError(`Port ${port} may not be used here: ${hint}`) : error;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: a TCP server has a port');
  return address.port;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The whole body. Past `limitBytes` the rest is read and dropped, and `undefined` comes back instead. */
export async function readBody(request: IncomingMessage): Promise<Buffer>;
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined>;
export async function readBody(request: IncomingMessage, limitBytes = Infinity): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limitBytes) chunks.push(chunk);
  }
  return size <= limitBytes ? Buffer.concat(chunks) : undefined;
}
