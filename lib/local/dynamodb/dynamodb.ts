import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

import { createDynalite, type DynamoDbListener } from './dynalite.ts';
import { emptyIndexKey, type IndexKeys } from './dynamodb-index-keys.ts';
import { type HttpServer, listen, readBody } from '../http-server.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';

/**
 * DynamoDB on one machine: dynalite, whose data survives `kill -9`, behind a front that adds what it lacks and the service
 * relies on: an empty text is refused as the key of an index, and a failed condition gives back the item when asked to.
 */
export async function startDynamoDb(
  options: { readonly directory: string; readonly port?: number },
  indexKeys: IndexKeys,
): Promise<HttpServer> {
  const server = createDynalite(options.directory);
  const [dynalite] = server.listeners('request');
  if (!isListener(dynalite)) throw new Error('Bug: dynalite no longer answers requests by a listener');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    serve(request, response, { dynalite, indexKeys }).catch((error: unknown) =>
      response.destroy(asError(error)),
    );
  });
  return listen(server, { port: options.port ?? 0 });
}

interface Front {
  readonly dynalite: DynamoDbListener;
  readonly indexKeys: IndexKeys;
}

async function serve(request: IncomingMessage, response: ServerResponse, front: Front): Promise<void> {
  const body = (await readBody(request)).toString();
  const input = safeObject(body);
  const fault = emptyIndexKey(operationOf(request), input, front.indexKeys);
  if (fault !== undefined) {
    send(response, 400, { __type: 'com.amazon.coral.validate#ValidationException', message: fault });
    return;
  }
  if (input['ReturnValuesOnConditionCheckFailure'] !== 'ALL_OLD') {
    front.dynalite(replay(request, body, operationOf(request)), response);
    return;
  }
  const answer = await ask(front, request, { operation: operationOf(request), input });
  const failed = String(answer.body['__type']).endsWith('#ConditionalCheckFailedException');
  const item = failed ? await itemOf(front, request, input) : undefined;
  send(response, answer.status, item === undefined ? answer.body : { ...answer.body, Item: item });
}

/** The item as it is just after the condition failed; the real service gives the one on which it failed. */
async function itemOf(front: Front, request: IncomingMessage, input: JsonObject): Promise<unknown> {
  const key = input['Key'] ?? front.indexKeys.keyOfItem(input['TableName'], input['Item']);
  const get = { TableName: input['TableName'], Key: key, ConsistentRead: true };
  return (await ask(front, request, { operation: 'GetItem', input: get })).body['Item'];
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Asks dynalite within this process and reads its answer. */
function ask(
  { dynalite }: Front,
  request: IncomingMessage,
  { operation, input }: { readonly operation: string; readonly input: object },
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const answer = {
    statusCode: 200,
    setHeader: () => undefined,
    end: (text: string) => resolve({ status: answer.statusCode, body: safeObject(text) }),
  };
  // Of a response dynalite uses these three.
  dynalite(replay(request, JSON.stringify(input), operation), answer as unknown as ServerResponse);
  return promise;
}

/** The request again, now that its body has been read. */
function replay(request: IncomingMessage, body: string, operation: string): IncomingMessage {
  const again = Object.assign(Readable.from([Buffer.from(body)]), {
    method: request.method,
    url: request.url,
    headers: { ...request.headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
  });
  // Of a request dynalite uses the stream and these three.
  return again as unknown as IncomingMessage;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
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

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
