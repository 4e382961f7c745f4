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
  /** Frees the port. */
  readonly end: () => Promise<void>;
}

/**
 * @param state the OAuth `state` of this sign-in; a redirect without it is refused
 * @param notice prints a line on the terminal
 * @throws OperationsError if the ports of all addresses are taken
 */
export async function waitForReturn(
  state: string,
  waitMs: number,
  notice: (line: string) => void,
  addresses: readonly string[] = SIGN_IN_ADDRESSES,
): Promise<Return> {
  const came = Promise.withResolvers<URLSearchParams | undefined>();
  const told = new Set<string>();
  const door = (address: string) => async (request: IncomingMessage, response: ServerResponse) => {
    const { status, text, query } = judge(request, address, state);
    await sendPage(response, status, text);
    if (query !== undefined) return came.resolve(query);
    // Print each refusal once: a page that retries must not fill the terminal.
    if (status !== 404 && !told.has(text)) notice(text);
    told.add(text);
  };
  const { address, servers } = await firstFree(door, addresses);
  const timer = setTimeout(() => came.resolve(undefined), waitMs);
  return {
    address,
    came: came.promise,
    end: async () => {
      clearTimeout(timer);
      await Promise.all(servers.map(stop));
    },
  };
}

interface Judgement {
  readonly status: number;
  readonly text: string;
  /** The answer to the accepted redirect. */
  readonly query?: URLSearchParams;
}

/** Any web page can send a request to this port, also under its own host name (DNS rebinding), so host and origin are checked. */
function judge({ method, url = '', headers }: IncomingMessage, address: string, state: string): Judgement {
  const { host, origin, pathname } = new URL(address);
  if (headers.host !== host || (headers.origin ?? origin) !== origin)
    return { status: 403, text: 'A request of another page or host was refused.' };
  const asked = URL.canParse(url, origin) ? new URL(url, origin) : undefined;
  if (method !== 'GET' || asked?.pathname !== pathname)
    return { status: 404, text: 'There is nothing here.' };
  if (asked.searchParams.getAll('state').join() === state)
    return { status: 200, text: 'Close this page, and go on in the terminal.', query: asked.searchParams };
  return {
    status: 400,
    text: 'A browser came back from another sign-in (its state is not this one’s) and was refused.',
  };
}

type Door = (address: string) => (request: IncomingMessage, response: ServerResponse) => Promise<void>;

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
    const server = createServer((request, response) => void listener(request, response));
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
async function sendPage(response: ServerResponse, status: number, text: string): Promise<void> {
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
