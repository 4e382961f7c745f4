import { createServer, request as forward } from 'node:http';

export interface DenyingProxy {
  readonly url: string;
  /** The operations that the role does not allow, e.g. `UpdateItem`. */
  readonly denied: Set<string>;
  readonly end: () => Promise<void>;
}

/** In front of an AWS service: refuses some operations as AWS does where the role lacks the permission. */
export async function startDenyingProxy(target: string): Promise<DenyingProxy> {
  const denied = new Set<string>();
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    if (denied.has(operation)) {
      const Message = `User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: ${operation}`;
      const body = JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message });
      request.resume().once('end', () => {
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
      });
      return;
    }
    const { method, url, headers } = request;
    const onward = forward(new URL(url ?? '/', target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => response.destroy());
    request.pipe(onward);
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
