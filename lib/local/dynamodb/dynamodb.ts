import type { IncomingMessage } from 'node:http';
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
  return serve(server, { port: 0, guard: noPages, onFault }, async (request, response) => {
    const body = await readBody(request);
    const fault = emptyIndexKey(operationOf(request), safeObject(body.toString()), indexKeys);
    if (fault === undefined) return dynalite(replay(request, body), response);
    const type = 'com.amazon.coral.validate#ValidationException';
    return sendJson(response, 400, { __type: type, message: fault });
  });
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
