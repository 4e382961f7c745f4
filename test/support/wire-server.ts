import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';

/**
 * A self-signed key and certificate for `localhost`: for tests of an untrusted server, and public on purpose. They protect
 * nothing. Valid until 2126.
 */
const PUBLIC_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglOd2df9JMpB/cd8K
ywYuZd9PMnVnwUf5Vr31xv3UVP+hRANCAASyNKEtBUMF/jIOfZK35KML+r5L4WR/
hU9UEyQX+Q/qQqCT91kzbwxUv0yeBZIoQvIL99xu/X0HGzZeCg0ci/vg
-----END PRIVATE KEY-----
`;

const PUBLIC_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUCvWLIQATDC1DXeQYZ7yRAQTekyAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTIzNDU1MVoYDzIxMjYxMTAx
MjM0NTUxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASyNKEtBUMF/jIOfZK35KML+r5L4WR/hU9UEyQX+Q/qQqCT91kzbwxU
v0yeBZIoQvIL99xu/X0HGzZeCg0ci/vgo2kwZzAdBgNVHQ4EFgQUy0n30FfKDjg8
gC2r+wdN54QVl0wwHwYDVR0jBBgwFoAUy0n30FfKDjg8gC2r+wdN54QVl0wwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgXcYw0xD3pYaX9928wMKJhCMXeD7hThf1oTqQhROcyPECIDBIuiB6vTJ2
luHWYoc3b0u9AeyQc1n8P8POyeyD58wa
-----END CERTIFICATE-----
`;

/** Trusts the self-signed certificate in this process until the test ends. */
export function trusting(): void {
  const before = getCACertificates();
  setDefaultCACertificates([...before, PUBLIC_CERTIFICATE]);
  onTestFinished(() => setDefaultCACertificates(before));
}

/** A request as it came over the wire. */
export interface Arrived {
  readonly socket: Socket;
  readonly text: string;
  /** Number of the connection, from 0. */
  readonly connection: number;
  /** Number of the request, from 0. */
  readonly request: number;
}

export interface WireServer {
  readonly url: string;
  readonly port: number;
  /** Texts of the whole requests so far. */
  readonly requests: readonly string[];
  /** Every connection so far. */
  readonly sockets: readonly Socket[];
  readonly close: () => Promise<void>;
}

interface WireServerOptions {
  readonly tls?: boolean;
  readonly onConnection?: (socket: Socket) => void;
  /** Called with every piece of a request received so far. */
  readonly onData?: (socket: Socket, soFar: Buffer) => void;
}

/** A server that answers each whole request byte by byte as the test says (`answer`). It ends with the test. */
export async function wireServer(
  answer: (arrived: Arrived) => void = () => undefined,
  { tls = false, onConnection, onData }: WireServerOptions = {},
): Promise<WireServer> {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const serve = (socket: Socket): void => {
    const connection = sockets.push(socket) - 1;
    let soFar = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      soFar = Buffer.concat([soFar, chunk]);
      onData?.(socket, soFar);
      for (let end = endOfRequest(soFar); end !== undefined; end = endOfRequest(soFar)) {
        const text = soFar.subarray(0, end).toString();
        soFar = soFar.subarray(end);
        answer({ socket, text, connection, request: requests.push(text) - 1 });
      }
    });
    onConnection?.(socket);
  };
  const server = tls
    ? createTlsServer({ key: PUBLIC_KEY, cert: PUBLIC_CERTIFICATE }, serve)
    : createServer(serve);
  server.on('tlsClientError', () => undefined);
  const close = async (): Promise<void> => closed(server, sockets);
  onTestFinished(close);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  return { url, port, requests, sockets, close };
}

async function closed(server: Server, sockets: readonly Socket[]): Promise<void> {
  if (!server.listening) return;
  const end = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await end;
}

/** Where the first whole request ends. */
function endOfRequest(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return undefined;
  const length = /^content-length: *(\d+)/im.exec(bytes.subarray(0, head).toString())?.[1] ?? '0';
  const end = head + 4 + Number(length);
  return bytes.length < end ? undefined : end;
}

/** A whole answer. */
export function answered(
  body: string | Uint8Array,
  head = '200 OK',
  headers: readonly string[] = [],
): Buffer {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${head}`, ...headers, `content-length: ${bytes.length}`, '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n')), bytes]);
}
