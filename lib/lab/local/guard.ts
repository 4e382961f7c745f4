import type { IncomingMessage } from 'node:http';

/**
 * Why a request is turned away before anything reads it, or undefined. Every port of the local run has one: the services
 * behind them ask for no password, and any page in a browser can send a request to 127.0.0.1.
 */
export type Guard = (request: IncomingMessage) => string | undefined;

export const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** What a client that means this port writes into `Host`; a browser leaves the default port out. */
function ownHosts({ socket }: IncomingMessage): readonly string[] {
  const port = socket.localPort;
  return LOOPBACK_NAMES.map((name) => (port === 80 ? name : `${name}:${port}`));
}

/** Against DNS rebinding: a page whose own name resolves to 127.0.0.1 would be of the same origin as this port. */
export const loopbackHostOnly: Guard = (request) => {
  const hosts = ownHosts(request);
  return hosts.includes(request.headers.host?.toLowerCase() ?? '')
    ? undefined
    : `The local run answers to ${hosts.join(' or ')} only: call it by one of these names.`;
};

/** For services that no page needs: the SDK and curl send no `Origin`. */
export const noPages: Guard = (request) =>
  loopbackHostOnly(request) ??
  (request.headers.origin === undefined
    ? undefined
    : `No page may call this service of the local run (this one is ${request.headers.origin}): it is for the SDK and for curl.`);

/** Whether a page of the port itself sent the request, or no page at all. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  return origin === undefined || ownHosts(request).some((host) => origin === `http://${host}`);
}
