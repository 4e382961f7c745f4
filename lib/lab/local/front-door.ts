import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { isControl } from './controls/controls.ts';
import { type Gateway, MAX_BODY_BYTES } from './gateway/gateway.ts';
import { type GatewayRequest, type GatewayResponse, joinedHeaders, splitTarget } from './gateway/http.ts';
import { isOwnOrigin, loopbackHostOnly, readBody, startHttpServer } from './http-server.ts';
import { RUN_ID_HEADER } from './local-data.ts';
import type { Log } from './options.ts';

/** What the port serves once the local run has started. */
export interface Services {
  readonly gateway: Gateway;
  readonly controls: (request: GatewayRequest) => Promise<GatewayResponse>;
  readonly pages: Pages;
  /** Origins that may call the API, besides the local run's own pages. */
  readonly allowedOrigins: readonly string[];
  readonly log: Log;
}

/** The port of the local run; until everything has started it answers "try again". */
export async function openFrontDoor(port: number, onFault: (error: unknown) => void) {
  const runId = randomUUID();
  let open: Services | undefined;
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
    /** Starts to serve requests, until the returned handle ends. */
    serve: (services: Services): { readonly end: () => void } => {
      const noticed = new Set<string>();
      const log: Log = (kind, line) => {
        // Print the notice once, because a page retries often.
        if (!noticed.has(line)) services.log(kind, line);
        noticed.add(line);
      };
      open = { ...services, log };
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
async function answer(request: IncomingMessage, services: Services | undefined): Promise<GatewayResponse> {
  if (services === undefined)
    return message(503, 'The local run is starting or stopping: try again.', { 'retry-after': '1' });
  const { method = '', url: target = '' } = request;
  const refusal = refusalOf(request, services);
  if (refusal !== undefined) return message(403, refusal, { connection: 'close' });
  const received: GatewayRequest = {
    method,
    target,
    headers: joinedHeaders(request.headersDistinct),
    sourceIp: request.socket.remoteAddress ?? '',
    body: await readBody(request, MAX_BODY_BYTES),
  };
  if (isControl(target)) return services.controls(received);
  const isForPage = /^(GET|HEAD)$/.test(method) && !services.gateway.serves(received);
  const page = isForPage ? await services.pages(splitTarget(target).path) : undefined;
  return page ?? services.gateway.handle(received);
}

/** Why a page of another origin is refused, and which setting allows it. */
function refusalOf(request: IncomingMessage, { allowedOrigins, log }: Services): string | undefined {
  const { origin = '' } = request.headers;
  if (isOwnOrigin(request)) return undefined;
  if (isControl(request.url ?? ''))
    return `The controls answer the local run's own pages and this machine's tools only, not a page of ${origin}.`;
  if (allowedOrigins.includes(origin)) return undefined;
  const remedy =
    origin === 'null'
      ? 'a page without an origin (a file, a sandboxed frame) cannot be allowed; serve it from an address of its own.'
      : `start the local run with ALLOWED_ORIGINS=${origin} to allow it (several are separated by commas).`;
  const refusal = `A page of ${origin} may not call this API: ${remedy}`;
  // The browser shows only "CORS error", so the reason is printed here.
  log('notice', refusal);
  return refusal;
}

function message(status: number, text: string, headers: Readonly<Record<string, string>>): GatewayResponse {
  const body = JSON.stringify({ message: text });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

function send(response: ServerResponse, { status, headers, body, follow }: GatewayResponse): void {
  if (follow !== undefined) {
    response.writeHead(status, headers);
    const stop = follow((text) => response.write(text));
    response.once('close', stop);
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Serves a page of the demonstration; undefined: there is none at this path. */
export type Pages = (path: string) => Promise<GatewayResponse | undefined>;

type Site = (request: { readonly method: string; readonly path: string }) => GatewayResponse | undefined;

/** Bundles the pages at the first request, so that the start does not wait for them. */
export function createPages(clientId: string): Pages {
  const load = {
    desk: () => staffDesk(clientId),
    shop: async (): Promise<Site> => (await import('../shop/server.ts')).storefront(),
  };
  const loaded: { desk?: Promise<Site> | undefined; shop?: Promise<Site> | undefined } = {};
  return async (path) => {
    const name = /^\/desk(\/|$)/.test(path) ? 'desk' : 'shop';
    loaded[name] ??= load[name]();
    const site = await loaded[name].catch((error: unknown) => {
      // After a failure the next request bundles again, for a developer who has fixed the page.
      loaded[name] = undefined;
      throw error;
    });
    return site({ method: 'GET', path });
  };
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
};

/** The files of the staff desk, with API and sign-in at the page's own origin. */
async function staffDesk(clientId: string): Promise<Site> {
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
    const headers = {
      'content-type': `${TYPES[name.replace(/^.*\./, '')] ?? 'text/plain'}; charset=utf-8`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    };
    return { status: 200, headers, body };
  };
}
