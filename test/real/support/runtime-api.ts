import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';

/** A function's result for an event. `error`: Lambda counts it in `Errors`. */
export type Invoked =
  | { readonly kind: 'response'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly payload: unknown };

interface Waiting {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly done: PromiseWithResolvers<Invoked>;
}

export interface RuntimeApi {
  /** `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it. */
  readonly address: string;
  /** Resolves when the environment has started and asks for its first event. */
  readonly ready: Promise<void>;
  readonly invoke: (event: unknown, timeoutMs: number) => Promise<Invoked>;
  /** Rejects everything that waits, because the process has ended. */
  readonly fail: (why: string) => void;
  readonly end: () => Promise<void>;
}

/** Lambda's side of one execution environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export async function startRuntimeApi(arn: string): Promise<RuntimeApi> {
  const queue: Waiting[] = [];
  const running = new Map<string, Waiting>();
  let asking: ServerResponse | undefined;
  const ready = Promise.withResolvers<void>();

  function handOut(): void {
    const next = asking === undefined ? undefined : queue.shift();
    if (asking === undefined || next === undefined) return;
    running.set(next.id, next);
    asking.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': next.id,
      'lambda-runtime-deadline-ms': String(Date.now() + next.timeoutMs),
      'lambda-runtime-invoked-function-arn': arn,
      'lambda-runtime-trace-id': 'Root=1-5e1b4151-43a0913a12345678901234567;Sampled=0',
    });
    asking.end(JSON.stringify(next.event));
    asking = undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', what = ''] =
      /\/runtime\/(?:invocation\/)?([^/]+)\/?(\w*)$/.exec(request.url ?? '') ?? [];
    if (id === 'next') {
      ready.resolve();
      asking = response;
      handOut();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const payload: unknown = JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(202).end();
    if (id === 'init') fail(`The function could not be loaded: ${JSON.stringify(payload)}`);
    running.get(id)?.done.resolve({ kind: what === 'error' ? 'error' : 'response', payload });
    running.delete(id);
  }

  function fail(why: string): void {
    ready.reject(new Error(why));
    for (const { done } of [...queue.splice(0), ...running.values()]) done.reject(new Error(why));
    running.clear();
  }

  // Who waits for nothing but an answer is told by that.
  ready.promise.catch(() => undefined);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: no port');
  return {
    address: `127.0.0.1:${address.port}`,
    ready: ready.promise,
    invoke: async (event, timeoutMs) => {
      const done = Promise.withResolvers<Invoked>();
      queue.push({ id: randomUUID(), event, timeoutMs, done });
      handOut();
      return done.promise;
    },
    fail,
    end: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
