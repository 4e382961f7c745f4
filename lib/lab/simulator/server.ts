import type { IncomingMessage, Server, ServerResponse } from 'node:http';

// Not imported: an import would load the client of the platform's fetch too, which only a webhook needs.
const { createServer } = process.getBuiltinModule('node:http');

/** A listener that can go away and come back on the same port, as a provider with a bad day does. */
export interface Listener {
  readonly port: number;
  readonly setDown: (isDown: boolean) => Promise<void>;
  readonly isDown: () => boolean;
  end(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** Connections that wait to be taken: Node's 511 is too few for a burst. */
const BACKLOG = 4_096;

/** @param port 0 takes any free one */
export async function listen(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  let server: Server | undefined = await open(port, handle);
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;

  const setDown = async (isDown: boolean): Promise<void> => {
    if (isDown && server !== undefined) {
      const closing = server;
      server = undefined;
      await close(closing);
    } else if (!isDown) {
      server ??= await open(taken, handle);
    }
  };

  return { port: taken, setDown, isDown: () => server === undefined, end: () => setDown(true) };
}

async function open(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer(handle);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ port, host: LOOPBACK, backlog: BACKLOG }, resolve);
  await promise;
  return server;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // Kept-alive and waiting connections too: "down" means nobody answers.
  server.closeAllConnections();
  await promise;
}

/** The body is not read, so the connection can carry no further request. */
export function turnAway(response: ServerResponse, message: string): void {
  response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ message }));
}
