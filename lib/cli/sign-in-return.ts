import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SIGN_IN_ADDRESSES } from '../stack/sign-in-addresses.ts';
import { OperationsError } from './command.ts';

/** Waits on a local port for the redirect of the browser after sign-in. */
export interface Return {
  /** The redirect address. */
  readonly address: string;
  /** The query of the redirect; undefined: none came in time. */
  readonly came: Promise<URLSearchParams | undefined>;
  /** Shows the result in the browser, if it still waits, and frees the port. */
  readonly end: (isSignedIn: boolean) => Promise<void>;
}

export interface ReturnOptions {
  /** The OAuth `state` of this sign-in; a redirect without it is refused. */
  readonly state: string;
  readonly waitMs: number;
  /** @default - the redirect addresses registered at the issuer */
  readonly addresses?: readonly string[];
  /** Prints a line on the terminal. */
  readonly notice: (line: string) => void;
}

/** @throws OperationsError if the ports of all addresses are taken */
export async function waitForReturn(options: ReturnOptions): Promise<Return> {
  const came = Promise.withResolvers<URLSearchParams | undefined>();
  let waiting: ServerResponse | undefined;
  const reported = new Set<string>();
  const door = (address: string) => (request: IncomingMessage, response: ServerResponse) => {
    const { status, text, query } = judge(request, {
      address,
      state: options.state,
      isTaken: waiting !== undefined,
    });
    if (query !== undefined) {
      // The answer waits until the code has been exchanged.
      waiting = response;
      return came.resolve(query);
    }
    // Print each refusal once: a page that retries must not fill the terminal.
    if (status !== 404 && !reported.has(text)) options.notice(text);
    reported.add(text);
    return sendPage(response, { status, text });
  };
  const { address, servers } = await firstFree(door, options.addresses ?? SIGN_IN_ADDRESSES);
  const timer = setTimeout(() => came.resolve(undefined), options.waitMs);
  return {
    address,
    came: came.promise,
    end: async (isSignedIn) => {
      clearTimeout(timer);
      if (waiting !== undefined) await sendPage(waiting, isSignedIn ? SIGNED_IN : NOT_SIGNED_IN);
      waiting = undefined;
      await Promise.all(servers.map(stop));
    },
  };
}

const SIGNED_IN = { status: 200, text: 'You are signed in. Close this page, and go on in the terminal.' };
const NOT_SIGNED_IN = { status: 400, text: 'You are not signed in. The terminal says why.' };

interface Page {
  readonly status: number;
  readonly text: string;
}

interface Judgement extends Page {
  /** The answer to the accepted redirect. */
  readonly query?: URLSearchParams;
}

interface Expected {
  readonly address: string;
  readonly state: string;
  readonly isTaken: boolean;
}

/** Any web page can send a request to this port, also under its own host name (DNS rebinding), so host and origin are checked. */
function judge(
  { method, url = '', headers }: IncomingMessage,
  { address, state, isTaken }: Expected,
): Judgement {
  const { host, origin, pathname } = new URL(address);
  if (headers.host !== host)
    return { status: 403, text: `A request for another host than ${host} was refused.` };
  if (headers.origin !== undefined && headers.origin !== origin)
    return { status: 403, text: 'A request of another page was refused.' };
  const asked = URL.canParse(url, origin) ? new URL(url, origin) : undefined;
  if (method !== 'GET' || asked?.pathname !== pathname)
    return { status: 404, text: 'There is nothing here.' };
  const query = asked.searchParams;
  if (query.getAll('state').join() !== state)
    return {
      status: 400,
      text: 'A browser came back from another sign-in (its state is not this one’s) and was refused.',
    };
  return isTaken
    ? { status: 409, text: 'A browser came back a second time and was refused.' }
    : { status: 200, text: '', query };
}

type Door = (address: string) => (request: IncomingMessage, response: ServerResponse) => void;

async function firstFree(
  door: Door,
  addresses: readonly string[],
): Promise<{ readonly address: string; readonly servers: readonly Server[] }> {
  for (const address of addresses) {
    const servers = await listenOnBoth(Number(new URL(address).port), door(address));
    if (servers !== undefined) return { address, servers };
  }
  const ports = addresses.map((address) => new URL(address).port).join(', ');
  throw new OperationsError(
    `The ports that a browser can come back to are all in use: ${ports}.`,
    'End what listens at one of them, such as another sign-in; or give a token of your own by REFUNDS_TOKEN=….',
  );
}

/** Listens on IPv4 and IPv6, because a browser may resolve `localhost` to either. Undefined: the port is taken. */
async function listenOnBoth(
  port: number,
  listener: ReturnType<Door>,
): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer(listener);
    try {
      await once(server.listen({ port, host }), 'listening');
      servers.push(server);
    } catch (error) {
      const hasNoIpv6 = error instanceof Error && 'code' in error && NO_IPV6.includes(error.code);
      if (host === '::1' && hasNoIpv6) continue;
      await Promise.all(servers.map(stop));
      return undefined;
    }
  }
  return servers;
}

const NO_IPV6: readonly unknown[] = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

async function stop(server: Server): Promise<void> {
  const closed = once(server.close(), 'close');
  // A browser keeps connections open, and close() would wait for them.
  server.closeAllConnections();
  await closed;
}

/** Sends a fixed text without any data of the request. Resolves when it is sent. */
async function sendPage(response: ServerResponse, { status, text }: Page): Promise<void> {
  // The browser page was closed meanwhile.
  if (response.destroyed) return;
  const sent = once(response, 'close');
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>refunds sign-in</title></head>
<body><p>${text}</p></body></html>
`);
  await sent;
}
