import type { IncomingMessage, ServerResponse } from 'node:http';

import { isControl } from './controls/controls.ts';
import { type Gateway, MAX_BODY_BYTES } from './gateway/gateway.ts';
import { type GatewayRequest, type GatewayResponse, joinedHeaders, splitTarget } from './gateway/http.ts';
import { readBody } from './http-server.ts';
import type { Pages } from './pages.ts';

export interface Rooms {
  readonly gateway: Gateway;
  readonly controls: (request: GatewayRequest) => Promise<GatewayResponse>;
  readonly pages: Pages;
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/**
 * The one port of the local run: the API of the template, the controls, the pages of the demonstration.
 * A page of the Internet must not reach it: not by a name that resolves to 127.0.0.1 (DNS rebinding), and the controls,
 * which ask for no token, not by a form or a `fetch` from another origin either.
 */
export async function answer(request: IncomingMessage, rooms: Rooms | undefined): Promise<GatewayResponse> {
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
    return plain(403, 'The local run answers on the loopback address only: 127.0.0.1 or localhost.');
  }
  if (rooms === undefined) return plain(503, 'The local run is starting or stopping: try again.');
  const received: GatewayRequest = {
    method: request.method ?? '',
    target: request.url ?? '',
    headers: joinedHeaders(request.headersDistinct),
    sourceIp: request.socket.remoteAddress ?? '',
    body: await readBody(request, MAX_BODY_BYTES),
  };
  if (isControl(received.target)) {
    return isFromElsewhere(request)
      ? plain(403, 'The controls answer this machine only.')
      : rooms.controls(received);
  }
  return (
    (rooms.gateway.serves(received) ? undefined : page(rooms.pages, received)) ??
    rooms.gateway.handle(received)
  );
}

function page(pages: Pages, { method, target }: GatewayRequest): GatewayResponse | undefined {
  return method === 'GET' || method === 'HEAD'
    ? pages({ method: 'GET', path: splitTarget(target).path })
    : undefined;
}

function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const { origin } = headers;
  return origin !== undefined && !(URL.canParse(origin) && LOOPBACK_HOST.test(new URL(origin).host));
}

function plain(status: number, message: string): GatewayResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

export function send(
  response: ServerResponse,
  { status, headers, cookies = [], body }: GatewayResponse,
): void {
  response.writeHead(status, {
    ...headers,
    ...(cookies.length > 0 && { 'set-cookie': [...cookies] }),
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
