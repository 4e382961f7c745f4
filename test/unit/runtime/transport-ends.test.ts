import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { neverLeft, sending } from '../../support/sending/entry.ts';
import { answered, wireServer, type Arrived } from '../../support/sending/wire-server.ts';

const POST = { method: 'post', json: { amount: 1_000 } } as const;

/** Moments after the connection is open; each calls `end` when it is reached. */
const MOMENTS: readonly (readonly [moment: string, at: (arrived: Arrived, end: () => void) => void])[] = [
  ['waits for the answer', (_arrived, end) => end()],
  ['has heard 100', ({ socket }, end) => socket.write('HTTP/1.1 100 Continue\r\n\r\n', end)],
  ['waits for the rest of the head', ({ socket }, end) => socket.write('HTTP/1.1 200 OK\r\nx: ', end)],
  ['waits for the body', ({ socket }, end) => socket.write(answered('{}').subarray(0, -2), end)],
  ['is in the middle of the body', ({ socket }, end) => socket.write(answered('{}').subarray(0, -1), end)],
  [
    'is in the middle of a chunk',
    ({ socket }, end) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}', end),
  ],
];

describe('ending a request', () => {
  it.each(MOMENTS)('a request ends with its signal’s reason while it %s', async (_moment, at) => {
    const end = new AbortController();
    const reason = new DOMException('no answer in time', 'TimeoutError');
    const { url, requests, sockets } = await wireServer((arrived) => at(arrived, () => end.abort(reason)));
    const error: unknown = await sending()(url, { ...POST, signal: end.signal }).catch(
      (each: unknown) => each,
    );
    expect(error).toBe(reason);
    expect(neverLeft(error)).toBe(false);
    expect(getEventListeners(end.signal, 'abort')).toEqual([]);
    await expect.poll(() => sockets[0]?.closed).toBe(true);
    expect(requests).toHaveLength(1);
  });

  it('a request ends with its signal’s reason while it is being sent', async () => {
    const end = new AbortController();
    const { url, requests, sockets } = await wireServer(undefined, {
      onData(socket) {
        if (end.signal.aborted) return;
        socket.pause();
        end.abort('a reason that is no error');
      },
    });
    const json = { reason: '가'.repeat(10_000_000) };
    const error: unknown = await sending()(url, { ...POST, json, signal: end.signal }).catch(
      (each: unknown) => each,
    );
    expect(error).toBe('a reason that is no error');
    expect(neverLeft(error)).toBe(false);
    sockets[0]?.resume();
    await expect.poll(() => sockets[0]?.closed).toBe(true);
    expect(requests).toEqual([]);
  });

  it('a later end does not affect an answered request or its kept connection', async () => {
    const { url, sockets } = await wireServer(({ socket }) => socket.write(answered('{}')));
    const send = sending();
    const end = new AbortController();
    await send(url, { ...POST, signal: end.signal });
    expect(getEventListeners(end.signal, 'abort')).toEqual([]);
    end.abort();
    await send(url, POST);
    expect(sockets).toHaveLength(1);
  });

  it.each([
    ['refused', 'http://127.0.0.1:1'],
    ['a request that cannot be sent', 'ftp://127.0.0.1'],
  ])('a refused request leaves no listener behind: %s', async (_what, url) => {
    const end = new AbortController();
    await expect(sending()(url, { ...POST, signal: end.signal })).rejects.toSatisfy(neverLeft);
    expect(getEventListeners(end.signal, 'abort')).toEqual([]);
    end.abort();
  });

  it('one request that ends does not end the others', async () => {
    const { url } = await wireServer(({ socket, text }) => {
      if (text.includes('/hangs')) end.abort(new Error('the end'));
      else socket.write(answered('{}'));
    });
    const end = new AbortController();
    const send = sending();
    const [hung, other] = await Promise.allSettled([
      send(`${url}/hangs`, { signal: end.signal }),
      send(`${url}/other`, { signal: new AbortController().signal }),
    ]);
    expect([hung.status, other.status]).toEqual(['rejected', 'fulfilled']);
  });
});
