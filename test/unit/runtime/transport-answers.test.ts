import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BUILDS } from '../../support/sending/builds.ts';
import { answered, wireServer, type Arrived } from '../../support/sending/wire-server.ts';

const TEXT = JSON.stringify({ code: 0, message: '환불되었습니다 😀', response: null });
const MB = 1024 * 1024;

/** In pieces that end in the middle of letters: each is sent when the one before has been. */
async function inPieces({ socket }: Arrived, bytes: Buffer, size: number): Promise<void> {
  socket.setNoDelay(true);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function chunked(body: Buffer, size: number): Buffer {
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, n) => {
    const chunk = body.subarray(n * size, (n + 1) * size);
    return [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')];
  });
  const head = Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
  return Buffer.concat([head, ...chunks.flat(), Buffer.from('0\r\n\r\n')]);
}

describe.each(BUILDS)('an answer, %s,', (_name, build) => {
  async function askOf(answer: (arrived: Arrived) => unknown) {
    const { sending } = await build();
    const server = await wireServer((arrived) => void answer(arrived));
    const send = sending();
    return { server, ask: async () => send(server.url) };
  }
  const bodyOf = async (answer: (arrived: Arrived) => unknown) => (await (await askOf(answer)).ask()).body;

  it.each([1, 7])('is whole though it comes by %d bytes', async (size) => {
    expect(await bodyOf(async (arrived) => inPieces(arrived, answered(TEXT), size))).toBe(TEXT);
    expect(await bodyOf(async (arrived) => inPieces(arrived, chunked(Buffer.from(TEXT), 5), size))).toBe(
      TEXT,
    );
  });

  it('without a length ends with the connection', async () => {
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${TEXT}`);
    expect(await bodyOf(({ socket }) => socket.end(bytes))).toBe(TEXT);
    expect(await bodyOf(({ socket }) => socket.end(Buffer.from(`HTTP/1.0 200 OK\r\n\r\n${TEXT}`)))).toBe(
      TEXT,
    );
  });

  it('is read as the web reads UTF-8: no mark in front, and a sign for what is none', async () => {
    expect(await bodyOf(({ socket }) => socket.write(answered(`\uFEFF${TEXT}`)))).toBe(TEXT);
    for (const bytes of [
      [0xff, 0x41],
      [0xed, 0xa0, 0x80],
      [0x41, 0xea, 0xb0],
      [0xf0, 0x9f, 0x98, 0x28],
      [0xc0, 0x80],
    ]) {
      const text = new TextDecoder().decode(Uint8Array.from(bytes));
      expect(await bodyOf(({ socket }) => socket.write(answered(Uint8Array.from(bytes))))).toBe(text);
    }
  });

  it.each([
    ['gzip', gzipSync(TEXT)],
    ['GZip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate ', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
    ['identity', Buffer.from(TEXT)],
    ['', Buffer.from(TEXT)],
  ])('in the coding "%s" is read', async (coding, bytes) => {
    const said = answered(bytes, '200 OK', [`content-encoding: ${coding}`]);
    expect(await bodyOf(({ socket }) => socket.write(said))).toBe(TEXT);
  });

  it('without a body needs none to be in a coding', async () => {
    const { ask } = await askOf(({ socket }) =>
      socket.write('HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n'),
    );
    expect(await ask()).toEqual({ status: 204, body: '' });
  });

  it.each([204, 205, 304])('under %d has no text', async (status) => {
    const { ask } = await askOf(({ socket }) => socket.write(answered('', `${status} None`)));
    expect(await ask()).toEqual({ status, body: '' });
  });

  it.each([200, 299, 400, 401, 404, 429, 500, 599])('under %d keeps its text', async (status) => {
    const { ask } = await askOf(({ socket }) => socket.write(answered(TEXT, `${status} Some`)));
    expect(await ask()).toEqual({ status, body: TEXT });
  });

  it('of many megabytes is read', async () => {
    const body = `"${'가'.repeat(5 * MB)}"`;
    expect((await bodyOf(({ socket }) => socket.write(answered(body)))).length).toBe(body.length);
  });

  const coded = (coding: string, bytes: Buffer): Buffer =>
    answered(bytes, '200 OK', [`content-encoding: ${coding}`]);
  const UNREADABLE: readonly (readonly [what: string, bytes: Buffer | string])[] = [
    ['in a coding that nobody knows', coded('rot13', Buffer.from(TEXT))],
    ['in another coding than it says', coded('gzip', Buffer.from(TEXT))],
    ['with a broken coding', coded('gzip', gzipSync(TEXT).fill(0, 12, 20))],
    ['with half a coding', coded('br', brotliCompressSync(TEXT).subarray(0, 20))],
    ['that is a bomb', coded('gzip', gzipSync(Buffer.alloc(64 * MB)))],
    [
      'that is a bomb in a bomb',
      coded('br, br', brotliCompressSync(brotliCompressSync(Buffer.alloc(64 * MB)))),
    ],
    ['in more codings than make sense', coded(Array(1_000).fill('identity').join(), Buffer.from(TEXT))],
    ['that is none', 'garbage'],
    ['that leaves HTTP', answered('', '101 Switching Protocols', ['upgrade: x', 'connection: upgrade'])],
    ['of another protocol', '\u0000\u0000\u0012\u0004\u0000\u0000\u0000\u0000'],
    ['of an unheard-of version', 'HTTP/9.9 200 OK\r\n\r\n'],
    ['with headers that never end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`],
    ['with a broken chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}'],
    [
      'with a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    ],
  ];

  it.each(UNREADABLE)('%s fails the request, and proves nothing', async (_what, bytes) => {
    const { neverLeft } = await build();
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
    ['its last chunk', chunked(Buffer.from(TEXT), 10).subarray(0, -5)],
    ['the end of its head', 'HTTP/1.1 200 OK\r\ncontent-le'],
  ])('that ends before %s fails the request, and proves nothing', async (_what, bytes) => {
    const { neverLeft } = await build();
    for (const end of ['end', 'destroySoon', 'resetAndDestroy'] as const) {
      const { ask } = await askOf(({ socket }) => socket.write(bytes, () => socket[end]()));
      const error: unknown = await ask().then(
        () => expect.fail('it was read'),
        (each: unknown) => each,
      );
      expect(neverLeft(error)).toBe(false);
    }
  });

  it('without end is given up, and its connection with it', async () => {
    const { server, ask } = await askOf(({ socket }) => {
      const piece = Buffer.alloc(MB, 'x');
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      // A write that failed is told of before the socket is destroyed: going on then would never end.
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
