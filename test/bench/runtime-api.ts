import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Lambda's side of the Runtime API, as far as one invocation needs it
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): the real runtime client asks it for work.
 */
export interface RuntimeApi {
  readonly address: string;
  /** Resolves when the environment has started and asks for its first event. */
  readonly ready: Promise<void>;
  /** Hands it one event; resolves to its answer. */
  readonly invoke: (event: object) => Promise<string>;
  readonly end: () => void;
}

const DEADLINE_MS = 28_000;

function respondWith(response: ServerResponse, event: object): void {
  response.writeHead(200, {
    'Lambda-Runtime-Aws-Request-Id': 'bench',
    'Lambda-Runtime-Deadline-Ms': String(Date.now() + DEADLINE_MS),
    'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:ap-northeast-2:000000000000:function:bench',
    'Content-Type': 'application/json',
  });
  response.end(JSON.stringify(event));
}

export async function runtimeApi(): Promise<RuntimeApi> {
  const ready = Promise.withResolvers<undefined>();
  const event = Promise.withResolvers<object>();
  const answer = Promise.withResolvers<string>();
  let isAsked = false;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (!request.url?.endsWith('/invocation/next')) {
        response.writeHead(202).end();
        if (request.url?.endsWith('/response') === true) answer.resolve(body);
        else answer.reject(new Error(`the function failed: ${body}`));
        return;
      }
      // It asks again after its answer, and then waits for ever.
      if (isAsked) return;
      isAsked = true;
      ready.resolve(undefined);
      void event.promise.then((given) => respondWith(response, given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: Promise.race([ready.promise, answer.promise.then(() => undefined)]),
    invoke: async (given) => {
      event.resolve(given);
      return answer.promise;
    },
    end: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
