import type { IncomingMessage } from 'node:http';

/**
 * Why a request is refused before it is read; undefined: it is accepted. Every port of the local run has a guard, because the
 * services need no password, and any web page can send a request to 127.0.0.1.
 */
export type Guard = (request: IncomingMessage) => string | undefined;

export const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** The `Host` values for this port; a browser omits the default port. */
function ownHosts({ socket }: IncomingMessage): readonly string[] {
  const port = socket.localPort;
  return LOOPBACK_NAMES.map((name) => (port === 80 ? name : `${name}:${port}`));
}

/** Against DNS rebinding: a page whose host name resolves to 127.0.0.1 would have the same origin as this port. */
export const loopbackHostOnly: Guard = (request) => {
  const hosts = ownHosts(request);
  return hosts.includes(request.headers.host?.toLowerCase() ?? '')
    ? undefined
    : `The local run answers to ${hosts.join(' or ')} only: call it by one of these names.`;
};

/** For services that no page uses: the SDK and curl send no `Origin`. */
export const noPages: Guard = (request) =>
  loopbackHostOnly(request) ??
  (request.headers.origin === undefined
    ? undefined
    : `No page may call this service of the local run (this one is ${request.headers.origin}): it is for the SDK and for curl.`);

/** Whether the request comes from a page of this port, or from no page. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  return origin === undefined || ownHosts(request).some((host) => origin === `http://${host}`);
}
