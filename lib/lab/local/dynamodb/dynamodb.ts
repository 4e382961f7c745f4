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
  type Operation,
  parsed,
  type Store,
  type Table,
  type Types,
  typesOf,
  validationError,
} from './dynalite.ts';
import { isStreamed, StreamLog } from './stream-log.ts';
import { STREAM_SPECIFICATION, streamOperations, type StreamsWorld, withStream } from './streams.ts';
import { createTransactionTokens, type TransactionTokens } from './transaction-tokens.ts';
import { transactionOperations } from './transactions.ts';
import { createWrites, writeOperations } from './writes.ts';

export interface DynamoDbOptions {
  /** In memory when it is undefined. */
  readonly directory: string | undefined;
  readonly region: string;
  readonly onFault: (error: unknown) => void;
  /** Is told each operation that is asked for. */
  readonly onOperation?: (name: string) => void;
  /** @default Date.now */
  readonly now?: () => number;
}

/** An operation that the front plays itself: what its request may hold, and what it does. */
export interface FrontOperation {
  readonly types: Types;
  /** @throws DynamoDbError */
  readonly run: (data: JsonObject) => Promise<JsonObject>;
}

/** As with the real service. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;
const TIDY_EVERY_MS = 60 * 60 * 1000;

/**
 * DynamoDB on one machine: dynalite's tables, expressions and queries, and what it lacks: transactions, streams, the item in
 * a failed condition, and refusals of what the real service refuses and dynalite takes. What a write changes (the items, their
 * index entries, the records of the stream, the token) is one batch, so a `kill -9` leaves all of it or nothing.
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<HttpServer> {
  const { directory, region, onFault, onOperation, now = Date.now } = options;
  const store = createStore(directory, region);
  await store.db.open();
  await finishCreations(store);
  const tables = (): Promise<readonly Table[]> => tablesIn(store);
  const log = await StreamLog.open(store, (await tables()).filter(isStreamed), now);
  const tokens = createTransactionTokens(store, now);
  const tidy = async (): Promise<void> => {
    for (const table of (await tables()).filter(isStreamed)) await log.trim(table);
    await tokens.dropOld();
  };
  await tidy();
  const tidying = setInterval(() => void tidy().catch(onFault), TIDY_EVERY_MS).unref();
  const operations = operationsOf({ store, log, tables, now }, tokens);
  const underWay = createUnderWay();
  const front = await startHttpServer({ port: 0, guard: noPages, onFault }, async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    onOperation?.(target.replace(/^.*\./, ''));
    const body = await readBody(request, MOST_BODY_BYTES);
    if (body === undefined) return sendAnswer(response, { status: 413, body: {} });
    const asked = { operation: operations.get(target), isSigned: 'authorization' in request.headers, body };
    const answering = underWay.begin(() => answer(store, asked));
    if (answering === undefined) response.destroy();
    else sendAnswer(response, await answering);
  });
  return {
    url: front.url,
    end: async () => {
      clearInterval(tidying);
      await underWay.end();
      await front.end();
      await store.db.close();
    },
  };
}

interface Asked {
  readonly operation: FrontOperation | undefined;
  readonly isSigned: boolean;
  readonly body: Buffer;
}

async function answer(store: Store, { operation, isSigned, body }: Asked): Promise<Answer> {
  try {
    if (operation === undefined) throw fault('com.amazon.coral.service#UnknownOperationException');
    if (!isSigned) throw fault('com.amazon.coral.service#MissingAuthenticationTokenException');
    return { status: 200, body: await operation.run(checked(jsonOf(body), operation.types, store)) };
  } catch (error) {
    if (error instanceof DynamoDbError) return { status: 400, body: error.body };
    throw error;
  }
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

function sendAnswer(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}

function fault(__type: string): DynamoDbError {
  return new DynamoDbError({ __type });
}

function jsonOf(body: Buffer): JsonObject {
  const text = body.toString();
  try {
    // The service takes no half of a surrogate pair; only as an escape can there be one.
    const value: unknown = /\\ud/i.test(text) ? JSON.parse(text, wellFormed) : parseJson(text);
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw fault('com.amazon.coral.service#SerializationException');
}

function wellFormed(name: string, value: unknown): unknown {
  const isWhole = name.isWellFormed() && (typeof value !== 'string' || value.isWellFormed());
  if (!isWhole) throw new SyntaxError('Half of a surrogate pair');
  return value;
}

/** By what a request names in `x-amz-target`. */
function operationsOf(world: StreamsWorld, tokens: TransactionTokens): ReadonlyMap<string, FrontOperation> {
  const { store, log, now } = world;
  const writes = createWrites(store, log);
  const passed = OPERATIONS.map((operation): readonly [string, FrontOperation] => [
    operation,
    { types: typesOf(operation), run: (data) => act(operation, store, parsed(operation, data, store)) },
  ]);
  const played = {
    ...Object.fromEntries(passed),
    ...tableOperations(store, log, now),
    ...writeOperations(store, writes),
    ...transactionOperations({ store, writes, tokens }),
  };
  const named = (api: string, all: Readonly<Record<string, FrontOperation>>) =>
    Object.entries(all).map(([name, operation]) => [`${api}.${name}`, operation] as const);
  return new Map([
    ...named('DynamoDB_20120810', played),
    ...named('DynamoDBStreams_20120810', streamOperations(world)),
  ]);
}

/** What dynalite does with tables, and what it does not know of their streams. */
function tableOperations(
  store: Store,
  log: StreamLog,
  now: () => number,
): Readonly<Record<string, FrontOperation>> {
  const StreamSpecification = STREAM_SPECIFICATION;
  const play = (operation: Operation, data: JsonObject): Promise<JsonObject> =>
    act(operation, store, parsed(operation, data, store));
  return {
    CreateTable: {
      types: { ...typesOf('CreateTable'), StreamSpecification },
      run: (data) => play('CreateTable', withStream(data, store, now())),
    },
    UpdateTable: {
      types: { ...typesOf('UpdateTable'), StreamSpecification },
      run: async (data) => {
        if (data['StreamSpecification'] === undefined) return play('UpdateTable', data);
        throw validationError(
          'The local DynamoDB has a stream from the start of a table or never: make the table anew',
        );
      },
    },
    DeleteTable: {
      types: typesOf('DeleteTable'),
      run: async (data) => {
        const told = await play('DeleteTable', data);
        await log.drop(String(data['TableName']));
        return told;
      },
    },
  };
}

async function tablesIn({ db }: Store): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for await (const [, table] of db.iterator({ gte: 'table~', lt: 'table\u007f' }))
    tables.push(table as Table);
  return tables;
}

/** dynalite makes a table active a moment after it has made it; a `kill -9` in between would leave it unusable for ever. */
async function finishCreations(store: Store): Promise<void> {
  for (const table of await tablesIn(store)) {
    if (table.TableStatus !== 'CREATING') continue;
    const GlobalSecondaryIndexes = table.GlobalSecondaryIndexes?.map((index) => ({
      ...index,
      IndexStatus: 'ACTIVE',
    }));
    const value = {
      ...table,
      TableStatus: 'ACTIVE',
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
    };
    await store.db.batch([{ type: 'put', key: `table~${table.TableName}`, value }]);
  }
}

/** A request that dynalite never answers, because it has failed at it, is not waited for any longer. */
const GIVEN_UP_MS = 2_000;

/**
 * What is being done. The database must not be closed before, also where nobody waits for the answer any more: what dynalite
 * does next would find no database, in a callback where nobody can catch that.
 */
function createUnderWay() {
  const unanswered = new Set<Promise<unknown>>();
  let isEnding = false;
  return {
    /** undefined when it must not begin any more. */
    begin: <Result>(work: () => Promise<Result>): Promise<Result> | undefined => {
      if (isEnding) return undefined;
      const working = work();
      unanswered.add(working);
      const forget = (): unknown => unanswered.delete(working);
      working.then(forget, forget);
      return working;
    },
    end: async (): Promise<void> => {
      isEnding = true;
      await Promise.race([Promise.allSettled(unanswered), pause(GIVEN_UP_MS, undefined, { ref: false })]);
    },
  };
}
