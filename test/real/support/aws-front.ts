import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';

export interface AwsFront {
  readonly url: string;
  /** The operations that the role does not allow, e.g. `TransactWriteItems`. */
  readonly denied: Set<string>;
  readonly end: () => Promise<void>;
}

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems']);

/**
 * A proxy for moto. It refuses some operations as AWS does for a missing permission, and lets one write through at a time,
 * because DynamoDB's conditional writes are atomic and those of two moto threads are not.
 */
export async function startAwsFront(target: string): Promise<AwsFront> {
  const denied = new Set<string>();
  let lastWrite: Promise<void> = Promise.resolve();
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    if (denied.has(operation)) {
      request.resume().once('end', () => refuse(operation, response));
      return;
    }
    if (WRITES.has(operation)) lastWrite = lastWrite.then(async () => passOn(request, response, target));
    else void passOn(request, response, target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    denied,
    end: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refuse(operation: string, response: ServerResponse): void {
  const Message = `User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: ${operation}`;
  const body = JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message });
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
}

/** Resolves after the answer, a failure, or a closed connection; otherwise all later requests would wait. */
async function passOn(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  // The client has given up while the request waited.
  if (request.destroyed || response.destroyed) return;
  const done = Promise.withResolvers<void>();
  const { method, url, headers } = request;
  const onward = forward(new URL(url ?? '/', target), { method, headers }, (answer) => {
    answer.once('close', done.resolve);
    // Always read the answer to its end, because moto has executed the request.
    if (response.destroyed) {
      answer.resume();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    response.once('close', () => answer.resume());
  });
  onward.once('error', () => {
    response.destroy();
    done.resolve();
  });
  request.once('close', () => {
    if (!request.complete) onward.destroy(new Error('the client has hung up'));
  });
  request.pipe(onward);
  await done.promise;
}
