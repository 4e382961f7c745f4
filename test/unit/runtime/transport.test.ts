import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import ky, { type Options } from 'ky';
import { describe, expect, it } from 'vitest';
import { describeError, neverLeft } from '../../../functions/iamport/outcome.ts';
import { transport, type TransportOptions } from '../../../functions/runtime/transport.ts';
import { answered, trusting, wireServer, type Arrived } from '../../support/wire-server.ts';

const OK = answered('{}');
const POST = { method: 'post', json: { amount: 1_000 } } as const;

/** Sends once by ky and the transport, as the provider's client does with a cancel. */
function sending(options?: TransportOptions) {
  const fetch = transport(options);
  const http = ky.create({ fetch, retry: 0, throwHttpErrors: false, redirect: 'manual', timeout: false });
  return async (url: string, what: Options = {}) => {
    const answer = await http(url, what);
    return { status: answer.status, body: await answer.text() };
  };
}

async function failure(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => expect.fail('it was answered'),
    (error: unknown) => error,
  );
}

/** A server, and a client whose clock moves only by `goes`. */
async function given(answer?: (arrived: Arrived) => unknown) {
  const server = await wireServer((arrived) => void answer?.(arrived));
  let atMs = 1_000_000;
  const send = sending({ now: () => atMs });
  return { server, send, ask: async () => send(server.url), goes: (ms: number) => (atMs += ms) };
}

const givenAnswer = async (bytes: Buffer | string) => given(({ socket }) => socket.write(bytes));

describe('a request', () => {
  it('a request arrives once, with method, path, query, headers and Korean body intact', async () => {
    const { server, send } = await givenAnswer(OK);
    const json = { reason: '사이즈가 맞지 않아요 😢', imp_uid: 'imp_1', amount: 1_000 };
    const headers = { authorization: 'Bearer a.b-c=' };
    await send(`${server.url}/payments/cancel?a=%20b&c=한#part`, { method: 'post', json, headers });
    expect(server.requests).toHaveLength(1);
    const [head = '', body = ''] = server.requests[0]?.split('\r\n\r\n') ?? [];
    expect(JSON.parse(body)).toEqual(json);
    const [line, ...fields] = head.split('\r\n');
    expect(line).toBe('POST /payments/cancel?a=%20b&c=%ED%95%9C HTTP/1.1');
    expect(fields.map((field) => field.toLowerCase()).toSorted()).toEqual([
      'accept-encoding: identity',
      'accept: */*',
      'authorization: bearer a.b-c=',
      'connection: keep-alive',
      `content-length: ${Buffer.byteLength(body)}`,
      'content-type: application/json',
      `host: ${new URL(server.url).host}`,
      'user-agent: iamport-refunds',
    ]);
  });

  it.for([301, 307])('a redirect with %d is never followed', async (status) => {
    const elsewhere = await wireServer();
    const head = `${status} Elsewhere`;
    const { server, send } = await givenAnswer(answered('', head, [`location: ${elsewhere.url}/`]));
    expect(await send(server.url, POST)).toEqual({ status, body: '' });
    expect(elsewhere.sockets).toHaveLength(0);
  });
});

describe('an answer', () => {
  it('an answer of many megabytes is read without its byte order mark', async () => {
    const body = `"${'가'.repeat(5_000_000)}"`;
    const { ask } = await givenAnswer(answered(`\uFEFF${body}`));
    expect((await ask()).body.length).toBe(body.length);
  });

  it.for([
    ['that is none', 'garbage'],
    ['under a status that HTTP does not have', answered('', '999 Odd')],
    ['that ends within its head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['that ends within its body', answered('xx').subarray(0, -1)],
    ['that never begins', ''],
  ] as const)('an answer %s fails the request and proves nothing', async ([, bytes]) => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const { server, ask } = await given(({ socket }) => socket.write(bytes, () => socket[end]()));
      expect(neverLeft(await failure(ask()))).toBe(false);
      expect(server.requests).toHaveLength(1);
    }
  });
});

describe('an endless answer', () => {
  it('an endless answer is given up together with its connection, and proves nothing', async () => {
    const { server, ask } = await given(({ socket }) => {
      const piece = Buffer.alloc(1024 * 1024, 'x');
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      // A failed write is reported before the socket is destroyed; writing on after it would never end.
      const more = (error?: Error | null): void => {
        if (error === undefined || error === null) socket.write(piece, more);
      };
      more();
    });
    const error = await failure(ask());
    expect(describeError(error)).toBe('Error ANSWER_TOO_LONG');
    expect(neverLeft(error)).toBe(false);
    await expect.poll(() => server.sockets[0]?.closed).toBe(true);
  });
});

describe('a kept connection', () => {
  it.for([
    [4_000, 1],
    [4_001, 2],
    // The clock was set back.
    [-1, 2],
  ] as const)(
    '%d ms after its last use, frozen or not, a request uses connection number %d',
    async ([ms, connections]) => {
      const { server, ask, goes } = await givenAnswer(OK);
      await ask();
      goes(4_000);
      await ask();
      goes(ms);
      await ask();
      expect(server.sockets).toHaveLength(connections);
    },
  );

  it('a connection is idle from the end of its request, and the requests after a pause keep theirs', async () => {
    const { server, ask, goes } = await given(({ socket }) => {
      goes(4_001);
      socket.write(OK);
    });
    await ask();
    await ask();
    expect(server.sockets).toHaveLength(1);
    goes(4_001);
    await Promise.all([ask(), ask()]);
    await Promise.all([ask(), ask()]);
    expect(server.sockets).toHaveLength(3);
  });

  it('an idle connection is closed a second before the server would close it', async () => {
    const { server, ask } = await givenAnswer(answered('{}', '200 OK', ['keep-alive: timeout=2']));
    await ask();
    await expect.poll(() => server.sockets[0]?.closed, { timeout: 1_900 }).toBe(true);
    await ask();
    expect(server.sockets).toHaveLength(2);
  });

  it('requests over TLS share one connection, and are in doubt once sent', async () => {
    trusting();
    const { url, requests, sockets } = await wireServer(
      ({ socket, request }) => (request < 2 ? socket.write(answered('{"답":1}')) : socket.destroy()),
      { tls: true },
    );
    const send = sending();
    for (let n = 0; n < 2; n += 1) expect((await send(url, POST)).body).toBe('{"답":1}');
    expect(neverLeft(await failure(send(url, POST)))).toBe(false);
    expect([requests.length, sockets.length]).toEqual([3, 1]);
  });

  it('a server that closes right after the handshake leaves the request in doubt', async () => {
    trusting();
    const { url } = await wireServer(undefined, { tls: true, onConnection: (socket) => socket.destroy() });
    expect(neverLeft(await failure(sending()(url, POST)))).toBe(false);
  });
});

/** Moments after the connection is open; each calls `end` when it is reached. */
const MOMENTS: readonly (readonly [moment: string, at: (arrived: Arrived, end: () => void) => void])[] = [
  ['waits for the answer', (_arrived, end) => end()],
  ['waits for the rest of the head', ({ socket }, end) => socket.write('HTTP/1.1 200 OK\r\nx: ', end)],
  ['is in the middle of the body', ({ socket }, end) => socket.write(OK.subarray(0, -1), end)],
];

describe('a request whose signal aborts after the connection is open', () => {
  it.for(MOMENTS)('the request ends with the signal’s reason while it %s', async ([, at]) => {
    const end = new AbortController();
    const reason = new DOMException('no answer in time', 'TimeoutError');
    const { url, sockets } = await wireServer((arrived) => at(arrived, () => end.abort(reason)));
    expect(await failure(sending()(url, { ...POST, signal: end.signal }))).toBe(reason);
    expect(getEventListeners(end.signal, 'abort')).toEqual([]);
    await expect.poll(() => sockets[0]?.closed).toBe(true);
  });

  it('a later abort does not affect an answered request or its kept connection', async () => {
    const { server, send, ask } = await givenAnswer(OK);
    const end = new AbortController();
    await send(server.url, { ...POST, signal: end.signal });
    expect(getEventListeners(end.signal, 'abort')).toEqual([]);
    end.abort();
    await ask();
    expect(server.sockets).toHaveLength(1);
  });
});

describe('an error that proves that nothing was sent', () => {
  it.for<[what: string, port: 'tls' | 'destroy' | 'resetAndDestroy' | undefined, url: string, error: RegExp]>(
    [
      ['the connection is refused', undefined, 'http://127.0.0.1:1', /ECONNREFUSED/],
      ['the connection for TLS is refused', undefined, 'https://127.0.0.1:1', /ECONNREFUSED/],
      ['the host name is unknown', undefined, 'http://nowhere.invalid', /ENOTFOUND|EAI_AGAIN/],
      ['the address is invalid', undefined, 'ftp://127.0.0.1', /ERR_INVALID_PROTOCOL/],
      ['the certificate is not trusted', 'tls', 'https://localhost', /DEPTH_ZERO_SELF_SIGNED_CERT/],
      ['the server closes during the handshake', 'destroy', 'https://127.0.0.1', /ECONNRESET/],
      ['the server resets during the handshake', 'resetAndDestroy', 'https://127.0.0.1', /ECONNRESET/],
    ],
  )('nothing was sent when %s', async ([, server, url, cause]) => {
    const onData = (socket: Socket) => server !== 'tls' && server !== undefined && socket[server]();
    const { port, requests } = await wireServer(undefined, { tls: server === 'tls', onData });
    const { signal } = new AbortController();
    const error = await failure(
      sending()(server === undefined ? url : `${url}:${port}`, { ...POST, signal }),
    );
    expect(neverLeft(error)).toBe(true);
    expect(describeError(error)).toMatch(new RegExp(`^NotSent \\(\\w+ (${cause.source})\\)$`));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('nothing was sent when the signal aborts before the request or while connecting', async () => {
    for (const isBefore of [true, false]) {
      const end = new AbortController();
      const { port } = await wireServer(undefined, { onData: () => end.abort(new Error('the end')) });
      if (isBefore) end.abort(new Error('the end'));
      const error = await failure(sending()(`https://127.0.0.1:${port}`, { ...POST, signal: end.signal }));
      expect(error).toMatchObject({ name: 'NotSent', cause: end.signal.reason as unknown });
      expect(neverLeft(error)).toBe(true);
    }
  });
});
