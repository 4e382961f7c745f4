import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { isControl } from './controls/controls.ts';
import { type Gateway, MAX_BODY_BYTES } from './gateway/gateway.ts';
import { type GatewayRequest, type GatewayResponse, joinedHeaders, splitTarget } from './gateway/http.ts';
import { RUN_ID_HEADER } from './local-data.ts';
import { isOwnOrigin, loopbackHostOnly } from './guard.ts';
import { type HttpServer, readBody, startHttpServer } from './http-server.ts';
import type { Log } from './options.ts';

export interface Rooms {
  readonly gateway: Gateway;
  readonly controls: (request: GatewayRequest) => Promise<GatewayResponse>;
  readonly pages: Pages;
  /** Origins that may call the API, besides the local run's own pages. */
  readonly allowsOrigin: (origin: string) => boolean;
  readonly log: Log;
}

export interface FrontDoor extends HttpServer {
  readonly runId: string;
  /** Starts to serve requests, until the returned handle ends. */
  readonly letIn: (rooms: Rooms) => { readonly end: () => void };
}

/** The port of the local run; until everything has started it answers "try again". */
export async function openFrontDoor(port: number, onFault: (error: unknown) => void): Promise<FrontDoor> {
  const runId = randomUUID();
  let open: Rooms | undefined;
  const server = await startHttpServer(
    { port, guard: loopbackHostOnly, onFault },
    async (request, response) => {
      // Not for the API's answers, which have no such header in AWS.
      if (isControl(request.url ?? '')) response.setHeader(RUN_ID_HEADER, runId);
      send(response, await answer(request, open));
    },
  );
  return {
    ...server,
    runId,
    letIn: (rooms) => {
      const turnedAway = new Set<string>();
      const log: Log = (kind, line) => {
        // Print the notice once, because a page retries often.
        if (!turnedAway.has(line)) rooms.log(kind, line);
        turnedAway.add(line);
      };
      open = { ...rooms, log };
      return {
        end: () => {
          open = undefined;
        },
      };
    },
  };
}

/**
 * Serves the API of the template, the controls and the pages of the demonstration. A web page from elsewhere must not reach the
 * controls, which need no token; the API accepts only allowed origins.
 */
async function answer(request: IncomingMessage, rooms: Rooms | undefined): Promise<GatewayResponse> {
  if (rooms === undefined) {
    return plain(503, 'The local run is starting or stopping: try again.', { 'retry-after': '1' });
  }
  const target = request.url ?? '';
  const refusal = refusalOf(request, rooms);
  if (refusal !== undefined) return plain(403, refusal, { connection: 'close' });
  const received: GatewayRequest = {
    method: request.method ?? '',
    target,
    headers: joinedHeaders(request.headersDistinct),
    sourceIp: request.socket.remoteAddress ?? '',
    body: await readBody(request, MAX_BODY_BYTES),
  };
  if (isControl(target)) return rooms.controls(received);
  return (
    (rooms.gateway.serves(received) ? undefined : await page(rooms.pages, received)) ??
    rooms.gateway.handle(received)
  );
}

/** Why a page of another origin is refused, and which setting allows it. */
function refusalOf(request: IncomingMessage, { allowsOrigin, log }: Rooms): string | undefined {
  const { origin = '' } = request.headers;
  if (isOwnOrigin(request)) return undefined;
  if (isControl(request.url ?? '')) {
    return `The controls answer the local run's own pages and this machine's tools only, not a page of ${origin}.`;
  }
  if (allowsOrigin(origin)) return undefined;
  const refusal = `A page of ${origin} may not call this API: ${howToLetIn(origin)}`;
  // The browser shows only "CORS error", so the reason is printed here.
  log('notice', refusal);
  return refusal;
}

function howToLetIn(origin: string): string {
  return origin === 'null'
    ? 'a page without an origin (a file, a sandboxed frame) cannot be let in; serve it from an address of its own.'
    : `start the local run with ALLOWED_ORIGINS=${origin} to let it in (several are separated by commas).`;
}

async function page(pages: Pages, { method, target }: GatewayRequest): Promise<GatewayResponse | undefined> {
  return method === 'GET' || method === 'HEAD'
    ? pages({ method: 'GET', path: splitTarget(target).path })
    : undefined;
}

function plain(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  };
}

function send(
  response: ServerResponse,
  { status, headers, cookies = [], body, follow }: GatewayResponse,
): void {
  if (follow !== undefined) {
    response.writeHead(status, headers);
    response.once(
      'close',
      follow((text) => response.write(text)),
    );
    return;
  }
  response.writeHead(status, {
    ...headers,
    ...(cookies.length > 0 && { 'set-cookie': [...cookies] }),
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Serves a page of the demonstration; undefined: the request is for no page. */
export type Pages = (request: {
  readonly method: string;
  readonly path: string;
}) => Promise<GatewayResponse | undefined>;

type Storefront = Awaited<ReturnType<typeof import('../shop/server.ts').storefront>>;

/** Bundles the pages at the first request, so that the start does not wait for them. */
export function createPages(clientId: string): Pages {
  let shop: Promise<Storefront> | undefined;
  let desk: Promise<Storefront> | undefined;
  return async (request) => {
    const isDesk = /^\/desk(\/|$)/.test(request.path);
    if (isDesk) desk ??= staffDesk(clientId);
    else shop ??= import('../shop/server.ts').then(({ storefront }) => storefront());
    const find = await (isDesk ? desk : shop)?.catch((error: unknown) => {
      // After a failure the next request bundles again, for a developer who has fixed the page.
      shop = undefined;
      desk = undefined;
      throw error;
    });
    return find?.(request);
  };
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
};

/** The files of the staff desk, with API and sign-in at the page's own origin. */
async function staffDesk(clientId: string): Promise<Storefront> {
  const { CONNECT_SRC, deskFiles } = await import('../../desk/build.ts');
  const settings = { api: '../', issuer: '../_local/oidc', client_id: clientId, scope: 'openid' };
  const files = new Map([...deskFiles()].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
  files.set('index.html', files.get('index.html')?.replace(CONNECT_SRC, '') ?? '');
  files.set('desk.json', JSON.stringify(settings));
  return ({ path }) => {
    // The page's files are relative to this address.
    if (path === '/desk') return { status: 302, headers: { location: '/desk/' }, body: '' };
    const name = path === '/desk/' ? 'index.html' : path.slice('/desk/'.length);
    const body = files.get(name);
    if (body === undefined) return undefined;
    const type = `${TYPES[name.replace(/^.*\./, '')] ?? 'text/plain'}; charset=utf-8`;
    const headers = {
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    };
    return { status: 200, headers, body };
  };
}
