import type { IncomingMessage } from 'node:http';
import { parseJson } from './json.ts';

/** A request as i'mport's code sees it, whatever its encoding was. */
export interface ApiRequest {
  readonly method: string;
  /** Path without its trailing slash, which i'mport ignores. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** Far above any real request of this API. */
const MAX_BODY_BYTES = 1_000_000;

/** `undefined` when the body is too large to be one of this API. */
export async function readApiRequest(request: IncomingMessage): Promise<ApiRequest | undefined> {
  const text = await readBody(request);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.replace(/\/+$/, '');
  return text === undefined
    ? undefined
    : {
        method: request.method ?? 'GET',
        path,
        segments: path.split('/').slice(1).map(decoded),
        query: url.searchParams,
        body: parseBody(text, request.headers['content-type'] ?? ''),
        authorization: request.headers.authorization,
      };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too large is still read to its end: an answer before that would reach the client as a reset.
    if (size <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    }
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** What cannot be read is an empty body: i'mport then complains of missing fields, not of the encoding. */
function parseBody(text: string, contentType: string): unknown {
  if (contentType.includes('application/json')) {
    return parseJson(text) ?? {};
  }
  return contentType.includes('application/x-www-form-urlencoded') ? parseForm(text) : {};
}

/** `extra[requester]=customer` is a field of an object, the PHP way. */
function parseForm(text: string): Readonly<Record<string, unknown>> {
  const flat: Record<string, string> = {};
  const nested: Record<string, Record<string, string>> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [, outer, inner] = /^([^[]+)\[([^\]]+)\]$/.exec(name) ?? [];
    if (outer === undefined || inner === undefined) {
      flat[name] = value;
    } else {
      nested[outer] = { ...nested[outer], [inner]: value };
    }
  }
  return { ...flat, ...nested };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
