import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

import { noPages } from '../guard.ts';
import { type HttpServer, readBody, sendJson, serve } from '../http-server.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { createDynalite, type DynamoDbListener } from './dynalite.ts';
import { emptyIndexKey, type IndexKeys } from './dynamodb-index-keys.ts';

export interface DynamoDbOptions {
  readonly directory: string;
  readonly indexKeys: IndexKeys;
  readonly onFault: (error: unknown) => void;
}

/**
 * DynamoDB on one machine: dynalite, whose data survives `kill -9`, behind a front that refuses what the real service
 * refuses and dynalite takes: an empty text as the key of an index.
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<HttpServer> {
  const { directory, indexKeys, onFault } = options;
  const server = createDynalite(directory);
  const [dynalite] = server.listeners('request');
  if (!isListener(dynalite)) throw new Error('Bug: dynalite no longer answers requests by a listener');
  server.removeAllListeners('request');
  const underWay = createUnderWay();
  const front = await serve(server, { port: 0, guard: noPages, onFault }, async (request, response) => {
    const body = await readBody(request);
    const fault = emptyIndexKey(operationOf(request), safeObject(body.toString()), indexKeys);
    const type = 'com.amazon.coral.validate#ValidationException';
    if (fault !== undefined) return sendJson(response, 400, { __type: type, message: fault });
    if (underWay.begin(response)) dynalite(replay(request, body), response);
    else response.destroy();
  });
  return {
    url: front.url,
    end: async () => {
      await underWay.end();
      await front.end();
    },
  };
}

/** A request that dynalite never answers, because it has failed at it, is not waited for any longer. */
const GIVEN_UP_MS = 2_000;

/**
 * What dynalite is at. Its database must not be closed before, also where nobody waits for the answer any more: what it does
 * next would find no database, in a callback where nobody can catch that.
 */
function createUnderWay() {
  const unanswered = new Set<Promise<void>>();
  let isEnding = false;
  return {
    /** False when it must not begin any more. */
    begin: (response: ServerResponse): boolean => {
      if (isEnding) return false;
      const { promise, resolve } = Promise.withResolvers<void>();
      unanswered.add(promise);
      void promise.then(() => unanswered.delete(promise));
      // Its last deed. An event would not do: none comes when the caller has hung up.
      const end = response.end.bind(response);
      response.end = (...given: readonly unknown[]): ServerResponse => {
        resolve();
        return Reflect.apply(end, response, given) as ServerResponse;
      };
      return true;
    },
    end: async (): Promise<void> => {
      isEnding = true;
      const limit = Promise.withResolvers<void>();
      const timer = setTimeout(limit.resolve, GIVEN_UP_MS);
      await Promise.race([Promise.all(unanswered), limit.promise]);
      clearTimeout(timer);
    },
  };
}

/** The request again, now that its body has been read. */
function replay({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage {
  // Of a request dynalite uses the stream and these three.
  const again: unknown = Object.assign(Readable.from([body]), { method, url, headers });
  return again as IncomingMessage;
}

function operationOf(request: IncomingMessage): string {
  const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
  return operation;
}

function safeObject(text: string): JsonObject {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isListener(value: unknown): value is DynamoDbListener {
  return typeof value === 'function';
}
