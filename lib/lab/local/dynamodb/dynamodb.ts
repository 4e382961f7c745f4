import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { noPages } from '../guard.ts';
import { type HttpServer, readBody, startHttpServer } from '../http-server.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import {
  act,
  checked,
  createStore,
  DynamoDbError,
  OPERATIONS,
  parsed,
  type Store,
  tablesIn,
  typesOf,
} from './dynalite.ts';
import { type Operation, STREAM_SPECIFICATION, streamOperations, Streams, withStream } from './streams.ts';
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

/** As with the real service. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;
const TIDY_EVERY_MS = 60 * 60 * 1000;
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
  await finishCreations(store);
  const streams = await Streams.open(store, now);
  const tidy = async (): Promise<void> => {
    await streams.trim();
    await dropOldTokens(store, now());
  };
  await tidy();
  const tidying = setInterval(() => void tidy().catch(onFault), TIDY_EVERY_MS).unref();
  const operations = operationsOf(store, streams, now);
  const underWay = new Set<Promise<unknown>>();
  let isEnding = false;
  const front = await startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const body = await readBody(request, MOST_BODY_BYTES);
    if (body === undefined) return sendAnswer(response, 413, {});
    onOperation?.(target.replace(/^.*\./, ''), body);
    if (isEnding) return void response.destroy();
    const answering = answer(store, {
      operation: operations.get(target),
      isSigned: 'authorization' in request.headers,
      body,
    });
    underWay.add(answering);
    const [status, answered] = await answering.finally(() => underWay.delete(answering));
    sendAnswer(response, status, answered);
  });
  return {
    url: front.url,
    end: async () => {
      clearInterval(tidying);
      isEnding = true;
      // Also wait for requests without a caller: dynalite would fail on the closed database in a callback that nobody can catch.
      await Promise.race([Promise.allSettled(underWay), pause(GIVEN_UP_MS, undefined, { ref: false })]);
      await front.end();
      await store.db.close();
    },
  };
}

interface Asked {
  readonly operation: Operation | undefined;
  readonly isSigned: boolean;
  readonly body: Buffer;
}

async function answer(
  store: Store,
  { operation, isSigned, body }: Asked,
): Promise<readonly [status: number, body: JsonObject]> {
  try {
    if (operation === undefined) throw refusal('UnknownOperationException');
    if (!isSigned) throw refusal('MissingAuthenticationTokenException');
    return [200, await operation.run(checked(jsonOf(body), operation.types, store))];
  } catch (error) {
    if (error instanceof DynamoDbError) return [400, error.body];
    throw error;
  }
}

function sendAnswer(response: ServerResponse, status: number, body: JsonObject): void {
  const type = 'application/x-amz-json-1.0';
  response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

function refusal(code: string): DynamoDbError {
  return new DynamoDbError({ __type: `com.amazon.coral.service#${code}` });
}

function jsonOf(body: Buffer): JsonObject {
  const text = body.toString();
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
  const play = (operation: string, data: JsonObject): Promise<JsonObject> =>
    act(operation, parsed(operation, data, store), store);
  const writes = new Writes(store, streams);
  const played = {
    ...Object.fromEntries(
      OPERATIONS.map((name): [string, Operation] => [
        name,
        { types: typesOf(name), run: (data) => play(name, data) },
      ]),
    ),
    ...writeOperations(store, writes),
    TransactWriteItems: transactWriteItems(store, writes, now),
    CreateTable: {
      types: { ...typesOf('CreateTable'), StreamSpecification: STREAM_SPECIFICATION },
      run: (data: JsonObject) => play('CreateTable', withStream(data, store, now())),
    },
    DeleteTable: {
      types: typesOf('DeleteTable'),
      run: async (data: JsonObject) => {
        const told = await play('DeleteTable', data);
        await streams.drop(String(data['TableName']));
        return told;
      },
    },
  };
  return new Map([
    ...named('DynamoDB_20120810', played),
    ...named('DynamoDBStreams_20120810', streamOperations(streams)),
  ]);
}

function named(api: string, all: Readonly<Record<string, Operation>>) {
  return Object.entries(all).map(([name, operation]) => [`${api}.${name}`, operation] as const);
}

/** dynalite activates a table a moment after creating it; a `kill -9` in between would leave it unusable, so finish it here. */
async function finishCreations(store: Store): Promise<void> {
  for (const table of await tablesIn(store)) {
    const key = `table~${table.TableName}`;
    await store.db.batch([{ type: 'put', key, value: { ...table, TableStatus: 'ACTIVE' } }]);
  }
}
