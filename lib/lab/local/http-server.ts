import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { LocalRunError } from './errors.ts';
import type { Guard } from './guard.ts';

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

/** Loopback only, because the controls need no password. */
export const LOOPBACK = '127.0.0.1';

/** Serves on the loopback address. @throws LocalRunError when the port is in use. */
export async function startHttpServer(options: ServerOptions, listener: Listener): Promise<HttpServer> {
  const server = createServer((request, response) => void answer({ request, response, listener }, options));
  const port = await listen(server, options.port);
  return {
    url: `http://${LOOPBACK}:${port}`,
    end: async () => {
      const closed = Promise.withResolvers<void>();
      server.close((error) => (error === undefined ? closed.resolve() : closed.reject(error)));
      // Clients keep connections open, and close() would wait for them.
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly listener: Listener;
}

async function answer(
  { request, response, listener }: Exchange,
  { guard, onFault }: ServerOptions,
): Promise<void> {
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
}

/** Resolves to the port that was taken. */
async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, LOOPBACK, resolve);
  await promise.catch((error: unknown) => {
    throw portError(error, port);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: a TCP server has a port');
  return address.port;
}

function portError(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new LocalRunError(
      `Port ${port} is in use: stop what listens there, or choose another with PORT=… (0 = any free one)`,
    );
  }
  return code === 'EACCES'
    ? new LocalRunError(`Port ${port} may not be used here: choose another with PORT=…`)
    : error;
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
