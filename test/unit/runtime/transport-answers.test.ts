import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { neverLeft, sending } from '../../support/sending/entry.ts';
import { answered, wireServer, type Arrived } from '../../support/sending/wire-server.ts';

const TEXT = JSON.stringify({ code: 0, message: '환불되었습니다 😀', response: null });
const MB = 1024 * 1024;

describe('an HTTP answer', () => {
  async function askOf(answer: (arrived: Arrived) => unknown) {
    const server = await wireServer((arrived) => void answer(arrived));
    const send = sending();
    return { server, ask: async () => send(server.url) };
  }
  const bodyOf = async (answer: (arrived: Arrived) => unknown) => (await (await askOf(answer)).ask()).body;

  it.each([
    ['gzip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate ', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
    ['identity, ', Buffer.from(TEXT)],
  ])('an answer in the coding "%s" is read', async (coding, bytes) => {
    const said = answered(bytes, '200 OK', [`content-encoding: ${coding}`]);
    expect(await bodyOf(({ socket }) => socket.write(said))).toBe(TEXT);
  });

  it.each([204, 205, 304])('an answer under %d has no text', async (status) => {
    const { ask } = await askOf(({ socket }) => socket.write(answered('', `${status} None`)));
    expect(await ask()).toEqual({ status, body: '' });
  });

  it('an answer of many megabytes is read without its byte order mark', async () => {
    const body = `"${'가'.repeat(5 * MB)}"`;
    expect((await bodyOf(({ socket }) => socket.write(answered(`\uFEFF${body}`)))).length).toBe(body.length);
  });

  const coded = (coding: string, bytes: Buffer): Buffer =>
    answered(bytes, '200 OK', [`content-encoding: ${coding}`]);
  const UNREADABLE: readonly (readonly [what: string, bytes: Buffer | string])[] = [
    ['in a coding that nobody knows', coded('rot13', Buffer.from(TEXT))],
    ['in another coding than it says', coded('gzip', Buffer.from(TEXT))],
    ['with half a coding', coded('br', brotliCompressSync(TEXT).subarray(0, 20))],
    ['that is a bomb', coded('gzip', gzipSync(Buffer.alloc(64 * MB)))],
    [
      'that is a bomb in a bomb',
      coded('br, br', brotliCompressSync(brotliCompressSync(Buffer.alloc(64 * MB)))),
    ],
    ['in more codings than make sense', coded(Array(1_000).fill('identity').join(), Buffer.from(TEXT))],
    ['that is none', 'garbage'],
    ['that leaves HTTP', answered('', '101 Switching Protocols', ['upgrade: x', 'connection: upgrade'])],
  ];

  it.each(UNREADABLE)('%s fails the request and proves nothing', async (_what, bytes) => {
    const { server, ask } = await askOf(({ socket }) => socket.write(bytes));
    const error: unknown = await ask().then(
      () => expect.fail('it was read'),
      (each: unknown) => each,
    );
    expect(neverLeft(error)).toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['its head', ''],
    ['its length', answered(TEXT).subarray(0, -1)],
    ['its first byte', answered(TEXT, '200 OK').subarray(0, -Buffer.byteLength(TEXT))],
    ['the end of its head', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ])('an answer that ends before %s fails the request and proves nothing', async (_what, bytes) => {
    for (const end of ['end', 'destroySoon', 'resetAndDestroy'] as const) {
      const { ask } = await askOf(({ socket }) => socket.write(bytes, () => socket[end]()));
      const error: unknown = await ask().then(
        () => expect.fail('it was read'),
        (each: unknown) => each,
      );
      expect(neverLeft(error)).toBe(false);
    }
  });

  it('an endless answer is given up together with its connection', async () => {
    const { server, ask } = await askOf(({ socket }) => {
      const piece = Buffer.alloc(MB, 'x');
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      // A failed write is reported before the socket is destroyed; writing on after it would never end.
      const more = (error?: Error | null): void => {
        if (error === undefined || error === null) socket.write(piece, more);
      };
      more();
    });
    await expect(ask()).rejects.toThrow('the answer is too long');
    await expect.poll(() => server.sockets[0]?.closed).toBe(true);
    expect(server.sockets[0]?.bytesWritten).toBeLessThan(64 * MB);
  });
});
