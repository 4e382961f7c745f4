import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

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
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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

/** Reads moto's answer to its end, also for a client that has hung up, because moto has executed the request. */
async function passOn(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  try {
    const body = await buffer(request);
    // The client has given up while the request waited.
    if (response.destroyed) return;
    const { method, url = '/', headers } = request;
    const onward = forward(new URL(url, target), { method, headers });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const read = await buffer(answer);
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(read);
  } catch {
    response.destroy();
  }
}
