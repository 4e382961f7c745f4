import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { type HttpServer, noPages, readBody, startHttpServer } from '../http-server.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import {
  act,
  checked,
  createStore,
  DynamoDbError,
  OPERATIONS,
  parsed,
  type Store,
  typesOf,
} from './dynalite.ts';
import {
  openStreams,
  type Operation,
  STREAM_SPECIFICATION,
  streamOperations,
  type Streams,
  withStream,
} from './streams.ts';
import { dropOldTokens, transactWriteItems } from './transactions.ts';
import { writeOperations, Writes } from './writes.ts';

export interface DynamoDbOptions {
  /** In memory when it is undefined. */
  readonly directory: string | undefined;
  readonly region: string;
  readonly onFault: (error: unknown) => void;
  /** Called with each requested operation and its body. */
  readonly onOperation?: (name: string, body: Buffer) => void;
  /** @default Date.now */
  readonly now?: () => number;
}

/** The longest wait for a request, because dynalite never answers a request that made it fail. */
const GIVEN_UP_MS = 2_000;

/**
 * DynamoDB on one machine: dynalite's tables, expressions and queries, with the missing features added: transactions, streams,
 * and the item of a failed condition.
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<HttpServer> {
  const { directory, region, onFault, onOperation, now = Date.now } = options;
  const store = createStore(directory, region);
  await store.db.open();
  const streams = await openStreams(store, now);
  await dropOldTokens(store, now());
  const operations = operationsOf(store, streams, now);
  const underWay = new Set<Promise<unknown>>();
  let isEnding = false;
  const server = await startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const body = await readBody(request);
    onOperation?.(target.replace(/^.*\./, ''), body);
    if (isEnding) {
      response.destroy();
      return;
    }
    const operation = operations.get(target) ?? 'UnknownOperationException';
    const isSigned = 'authorization' in request.headers;
    const asked = isSigned ? operation : 'MissingAuthenticationTokenException';
    const answering = answer(asked, body.toString(), store);
    underWay.add(answering);
    const [status, answered] = await answering.finally(() => underWay.delete(answering));
    const type = 'application/x-amz-json-1.0';
    response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': randomUUID() });
    response.end(JSON.stringify(answered));
  });
  return {
    url: server.url,
    end: async () => {
      isEnding = true;
      // Also wait for requests without a caller: dynalite would fail on the closed database in a callback that nobody can catch.
      await Promise.race([Promise.allSettled(underWay), pause(GIVEN_UP_MS, undefined, { ref: false })]);
      await server.end();
      await store.db.close();
    },
  };
}

/** @param operation or the code of a refusal */
async function answer(
  operation: Operation | string,
  text: string,
  store: Store,
): Promise<readonly [status: number, body: JsonObject]> {
  try {
    if (typeof operation === 'string') throw refusal(operation);
    return [200, await operation.run(checked(jsonOf(text), operation.types, store))];
  } catch (error) {
    if (error instanceof DynamoDbError) return [400, error.body];
    throw error;
  }
}

function refusal(code: string): DynamoDbError {
  return new DynamoDbError({ __type: `com.amazon.coral.service#${code}` });
}

function jsonOf(text: string): JsonObject {
  try {
    // DynamoDB refuses a lone surrogate; only an escape can contain one.
    const value: unknown = /\\ud/i.test(text) ? JSON.parse(text, wellFormed) : parseJson(text);
    if (isObject(value)) return value;
  } catch {
    // Reported below.
  }
  throw refusal('SerializationException');
}

function wellFormed(name: string, value: unknown): unknown {
  const isWhole = name.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
  if (!isWhole) throw new SyntaxError('Half of a surrogate pair');
  return value;
}

/** The operations by their name in `x-amz-target`. */
function operationsOf(store: Store, streams: Streams, now: () => number): ReadonlyMap<string, Operation> {
  const plain = (name: string, types = typesOf(name)): Operation => ({
    types,
    run: (data) => act(name, parsed(name, data, store), store),
  });
  const creation = plain('CreateTable', {
    ...typesOf('CreateTable'),
    StreamSpecification: STREAM_SPECIFICATION,
  });
  const writes = new Writes(store, streams);
  const tables: Readonly<Record<string, Operation>> = {
    ...Object.fromEntries(OPERATIONS.map((name) => [name, plain(name)])),
    ...writeOperations(store, writes),
    TransactWriteItems: transactWriteItems(store, writes, now),
    CreateTable: { ...creation, run: (data) => creation.run(withStream(data, store, now())) },
  };
  return new Map([
    ...named('DynamoDB_20120810', tables),
    ...named('DynamoDBStreams_20120810', streamOperations(streams)),
  ]);
}

function named(api: string, all: Readonly<Record<string, Operation>>) {
  return Object.entries(all).map(([name, operation]) => [`${api}.${name}`, operation] as const);
}
