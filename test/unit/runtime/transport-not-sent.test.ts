import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { describeError, neverLeft, sending } from '../../support/sending/entry.ts';
import { trusting } from '../../support/sending/trusting.ts';
import { answered, wireServer } from '../../support/sending/wire-server.ts';

const POST = { method: 'post', json: { amount: 1_000 } } as const;

async function failure(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => expect.fail('it was answered'),
    (error: unknown) => error,
  );
}

/** A port on which nobody listens. */
async function nobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function provenBy(url: string): Promise<string> {
  const error = await failure(sending({ connectTimeoutMs: 300 })(url, POST));
  expect(neverLeft(error)).toBe(true);
  return describeError(error);
}

describe('an error that proves nothing was sent', () => {
  it('nothing was sent when the connection is refused', async () => {
    const port = await nobody();
    expect(await provenBy(`http://127.0.0.1:${port}`)).toBe('NotSent (Error ECONNREFUSED)');
    expect(await provenBy(`https://127.0.0.1:${port}`)).toBe('NotSent (Error ECONNREFUSED)');
  });

  it('nothing was sent when the name is unknown', async () => {
    expect(await provenBy('http://nowhere.invalid')).toMatch(/^NotSent \(Error (ENOTFOUND|EAI_AGAIN)\)$/);
  });

  it.each(['ftp://127.0.0.1', 'http://127.0.0.1:0'])(
    'nothing was sent when the address is invalid: %s',
    async (url) => {
      expect(await provenBy(url)).toContain('NotSent');
    },
  );

  it('nothing was sent when the certificate is not trusted', async () => {
    const { url, requests, sockets } = await wireServer(undefined, { tls: true });
    expect(await provenBy(url)).toBe('NotSent (Error DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(requests).toEqual([]);
    expect(sockets.map(({ bytesRead }) => bytesRead).filter((bytes) => bytes > 0)).toEqual([]);
  });

  it('nothing was sent when the server closes or resets during the handshake', async () => {
    for (const end of ['destroy', 'resetAndDestroy'] as const) {
      const { port } = await wireServer(undefined, { onData: (socket) => socket[end]() });
      expect(await provenBy(`https://127.0.0.1:${port}`)).toBe('NotSent (Error ECONNRESET)');
    }
  });

  it('nothing was sent when the handshake does not finish, and the connection is given up', async () => {
    const { port, sockets } = await wireServer();
    expect(await provenBy(`https://127.0.0.1:${port}`)).toBe('NotSent (Error ETIMEDOUT)');
    await expect.poll(() => sockets[0]?.closed).toBe(true);
  });
});

describe('the signal ends the request before anything was sent', () => {
  it('nothing was sent when the end comes before the request', async () => {
    const { url, sockets } = await wireServer();
    const signal = AbortSignal.abort(new Error('the end'));
    const error = await failure(sending()(url, { ...POST, signal }));
    expect(error).toMatchObject({ name: 'NotSent', cause: signal.reason as unknown });
    expect(neverLeft(error)).toBe(true);
    expect(sockets).toEqual([]);
  });

  it('nothing was sent when the end comes while connecting', async () => {
    const { port, sockets } = await wireServer(undefined, { onData: () => end.abort(new Error('the end')) });
    const end = new AbortController();
    const error = await failure(sending()(`https://127.0.0.1:${port}`, { ...POST, signal: end.signal }));
    expect(error).toMatchObject({ name: 'NotSent', cause: end.signal.reason as unknown });
    expect(neverLeft(error)).toBe(true);
    await expect.poll(() => sockets[0]?.closed).toBe(true);
  });

  it('nothing was sent when the end comes just before sending on a kept connection, which stays usable', async () => {
    const { url, requests } = await wireServer(({ socket }) => socket.write(answered('{}')));
    const send = sending();
    await send(url);
    const end = new AbortController();
    const sent = failure(send(url, { ...POST, signal: end.signal }));
    end.abort(new Error('the end'));
    expect(neverLeft(await sent)).toBe(true);
    expect(await send(`${url}/next`)).toEqual({ status: 200, body: '{}' });
    expect(requests.map((text) => text.split(' ')[1])).toEqual(['/', '/next']);
  });
});

describe('a trusted server', () => {
  it('requests over TLS share one connection, and are in doubt once sent', async () => {
    trusting();
    const { url, requests, sockets } = await wireServer(
      ({ socket, request }) => (request < 3 ? socket.write(answered('{"답":1}')) : socket.destroy()),
      { tls: true },
    );
    const send = sending({ connectTimeoutMs: 5_000 });
    for (let n = 0; n < 3; n += 1) expect((await send(url, POST)).body).toBe('{"답":1}');
    expect(neverLeft(await failure(send(url, POST)))).toBe(false);
    expect(requests).toHaveLength(4);
    expect(sockets).toHaveLength(1);
  });

  it('a server that closes right after the handshake leaves the request in doubt', async () => {
    trusting();
    const { url } = await wireServer(undefined, { tls: true, onConnection: (socket) => socket.destroy() });
    expect(neverLeft(await failure(sending()(url, POST)))).toBe(false);
  });
});
