import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { LocalRunError } from './errors.ts';

export interface HttpServer {
  readonly url: string;
  readonly end: () => Promise<void>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Only this machine may call: the local run has controls that need no password. */
export const LOOPBACK = '127.0.0.1';

/** Serves on the loopback address; `port` 0 takes any free one. @throws LocalRunError when the port is in use. */
export function startHttpServer(options: { readonly port: number }, listener: Listener): Promise<HttpServer> {
  const server = createServer((request, response) => {
    listener(request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return listen(server, options);
}

export async function listen(server: Server, { port }: { readonly port: number }): Promise<HttpServer> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, LOOPBACK, resolve);
  await promise.catch((error: unknown) => {
    throw portError(error, port);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: a TCP server has a port');
  return {
    url: `http://${LOOPBACK}:${address.port}`,
    end: async () => {
      const closed = Promise.withResolvers<void>();
      // dynalite's servers say null where Node's say undefined.
      server.close((error) => (error ? closed.reject(error) : closed.resolve()));
      // Clients keep connections open for the next request, and close() would wait for them.
      server.closeAllConnections();
      await closed.promise;
    },
  };
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
