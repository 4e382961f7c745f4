import { describe, expect, it } from 'vitest';
import { describeError, neverLeft, sending } from '../../support/sending/entry.ts';
import type { Send } from '../../support/sending/entry.ts';
import { answered, wireServer, type Arrived } from '../../support/sending/wire-server.ts';

const OK = answered('{}');
const POST = { method: 'post', json: { amount: 1_000 } } as const;

/** A clock that moves only when the test moves it. */
function clock() {
  let atMs = 1_000_000;
  return {
    now: () => atMs,
    goes(ms: number) {
      atMs += ms;
    },
  };
}

async function given(answer: (arrived: Arrived) => void) {
  const server = await wireServer(answer);
  const time = clock();
  const send = sending({ now: time.now });
  return { server, time, ask: async () => send(server.url), send };
}

describe('a kept connection', () => {
  it('a kept connection is used again for up to four seconds, and not later', async () => {
    const { server, time, ask } = await given(({ socket }) => socket.write(OK));
    await ask();
    time.goes(4_000);
    await ask();
    time.goes(4_000);
    await ask();
    expect(server.sockets).toHaveLength(1);
    time.goes(4_001);
    await ask();
    expect(server.sockets).toHaveLength(2);
    expect(server.requests).toHaveLength(4);
  });

  it('a kept connection is closed when the clock was set back', async () => {
    const { server, time, ask } = await given(({ socket }) => socket.write(OK));
    await ask();
    time.goes(-1);
    await ask();
    expect(server.sockets).toHaveLength(2);
  });

  it('a stale connection is skipped in favour of a fresh one', async () => {
    const waiting: (() => void)[] = [];
    const { server, time, ask } = await given(({ socket, request }) => {
      if (request >= 2) socket.write(OK);
      else waiting.push(() => socket.write(OK));
      if (waiting.length === 2) waiting[0]?.();
    });
    // The connection freed last is stale, because the clock was set back since.
    const both = [ask(), ask()];
    await Promise.race(both);
    time.goes(100);
    waiting[1]?.();
    await Promise.all(both);
    time.goes(-50);
    expect((await ask()).status).toBe(200);
    expect(server.sockets).toHaveLength(2);
  });

  it.each([
    ['timeout=3', 2_000, 1],
    ['timeout=3', 2_001, 2],
    ['max=100, timeout=3', 2_001, 2],
    ['timeout=60', 4_000, 1],
    ['timeout=60', 4_001, 2],
    ['timeout=1', 1, 2],
    ['max=100', 4_000, 1],
    ['whatever', 4_000, 1],
  ])(
    'after a server’s "%s" and %d ms the request uses connection number %d',
    async (hint, ms, connections) => {
      const said = answered('{}', '200 OK', [`keep-alive: ${hint}`]);
      const { server, time, ask } = await given(({ socket }) => socket.write(said));
      await ask();
      time.goes(ms);
      await ask();
      expect(server.sockets).toHaveLength(connections);
    },
  );

  it('a connection that breaks during a request fails that request once, in doubt', async () => {
    const { server, ask, send } = await given(({ socket, request }) =>
      request === 0 ? socket.write(OK) : socket.resetAndDestroy(),
    );
    await ask();
    const error: unknown = await send(server.url, POST).catch((each: unknown) => each);
    expect(describeError(error)).toBe('Error ECONNRESET');
    expect(neverLeft(error)).toBe(false);
    expect(server.requests).toHaveLength(2);
  });
});

describe('data that a server sends unasked', () => {
  /** The answer to a request is its path. */
  const own = (text: string): Buffer => answered(text.split(' ')[1] ?? '');

  async function pathOf(send: Send, url: string): Promise<string> {
    return send(url).then(
      ({ body }) => body,
      () => 'failed',
    );
  }

  it('an answer after the time-out is never taken for the next request’s', async () => {
    const { server, send } = await given(({ socket, text, request }) => {
      if (request === 0) end.abort(new Error('too late'));
      socket.write(own(text));
    });
    const end = new AbortController();
    await expect(send(`${server.url}/1`, { signal: end.signal })).rejects.toThrow('too late');
    expect(await pathOf(send, `${server.url}/2`)).toBe('/2');
    expect(server.sockets).toHaveLength(2);
  });

  it('an answer before the whole request was read is its answer, and the connection is not used again', async () => {
    const server = await wireServer(undefined, {
      onData(socket, soFar) {
        if (socket.bytesWritten > 0) return;
        socket.pause();
        socket.write(answered(soFar.toString().split(' ')[1] ?? ''));
      },
    });
    const send = sending();
    const json = { reason: '가'.repeat(10_000_000) };
    expect(await send(`${server.url}/1`, { method: 'post', json })).toEqual({ status: 200, body: '/1' });
    expect(await pathOf(send, `${server.url}/2`)).toBe('/2');
    expect(server.sockets).toHaveLength(2);
    server.sockets[0]?.resume();
    await expect.poll(() => server.sockets[0]?.closed).toBe(true);
  });
});
