import { describe, expect, it } from 'vitest';
import { BUILDS } from '../../support/sending/builds.ts';
import { CALL, provider } from '../../support/sending/provider.ts';
import { trusting } from '../../support/sending/trusting.ts';
import { answered } from '../../support/sending/wire-server.ts';

const REFUSAL = answered('{"code":1,"message":"이미 전액취소된 주문입니다."}');
const MISSING = answered('{"code":-1,"message":"존재하지 않는 결제정보입니다."}', '404 Not Found');

describe.each(BUILDS)('a cancel over the wire, %s,', (_name, build) => {
  it('is sent once and says what the provider answered', async () => {
    const { client, asked } = await provider(await build(), ({ socket }) => socket.write(REFUSAL));
    expect(await client.cancel(CALL)).toEqual({
      kind: 'refused',
      provider: { code: 1, message: '이미 전액취소된 주문입니다.' },
    });
    expect(asked()).toHaveLength(1);
    expect(asked()[0]).toMatch(/^POST \/payments\/cancel HTTP\/1\.1\r\n[^]*authorization: Bearer token\r\n/i);
  });

  it('is in doubt when the kept connection closes just as it is sent, and is not sent again', async () => {
    const { client, asked } = await provider(await build(), ({ socket }) => socket.destroy());
    await client.prepare();
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'unknown' });
    expect(asked()).toHaveLength(1);
  });

  it('is in doubt when the connection is reset after it, and when the answer is cut short', async () => {
    const answers = [
      ({ socket }: { readonly socket: { resetAndDestroy(): void } }) => socket.resetAndDestroy(),
      ({ socket }: { readonly socket: { end(bytes: Buffer): void } }) =>
        socket.end(REFUSAL.subarray(0, REFUSAL.length - 3)),
    ];
    for (const answer of answers) {
      const { client, asked } = await provider(await build(), answer);
      expect(await client.cancel(CALL)).toMatchObject({ kind: 'unknown' });
      expect(asked()).toHaveLength(1);
    }
  });

  it('is in doubt when its time is over after it was sent', async () => {
    const { client, asked } = await provider(await build(), () => undefined);
    await client.prepare();
    expect(await client.cancel({ ...CALL, timeoutMs: 300 })).toEqual({
      kind: 'unknown',
      cause: 'TimeoutError',
    });
    expect(asked()).toHaveLength(1);
  });

  it('is in doubt when the invocation ends after it was sent', async () => {
    const { client, end } = await provider(await build(), () => end(new Error('the end')));
    expect(await client.cancel(CALL)).toEqual({ kind: 'unknown', cause: 'Error' });
  });

  it('is not sent when the invocation has ended before, and with the connection that is kept', async () => {
    const { client, end, asked } = await provider(await build(), () => undefined);
    await client.prepare();
    end(new Error('the end'));
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'not_sent' });
    expect(asked()).toEqual([]);
  });

  it('is not sent when the provider is gone, and says by which error', async () => {
    const noneKept = { idleMs: -1 };
    const { client, server } = await provider(await build(), () => undefined, noneKept);
    await client.prepare();
    await server.close();
    expect(await client.cancel(CALL)).toEqual({ kind: 'not_sent', cause: 'NotSent (Error ECONNREFUSED)' });
  });

  it.each([
    ['over a new connection', -1],
    ['over a kept one', undefined],
  ])('is not sent when it has become too late while the connection was made, %s', async (_over, idleMs) => {
    trusting();
    for (const tls of [false, true]) {
      // What goes on since the client has looked at its own clock.
      const now = () => Date.now() + 10_001;
      const options = { tls, now, ...(idleMs === undefined ? {} : { idleMs }) };
      const { client, asked } = await provider(await build(), ({ socket }) => socket.write(REFUSAL), options);
      await client.prepare();
      const call = { ...CALL, sendBeforeMs: Date.now() + 10_000 };
      expect(await client.cancel(call)).toEqual({ kind: 'not_sent', cause: 'NotSent (Error)' });
      expect(await client.cancel({ ...call, sendBeforeMs: Date.now() + 30_000 })).toMatchObject({
        kind: 'refused',
      });
      expect(asked()).toHaveLength(1);
    }
  });

  it.each(['to\r\nken', 'to\nx-injected: 1', 'to\0ken', 'tokén\u2028', '토큰', ''])(
    'is not sent with a token that is none: %j',
    async (token) => {
      const { client, asked } = await provider(await build(), () => undefined, { token });
      expect(await client.cancel(CALL)).toMatchObject({ kind: 'not_sent' });
      expect(asked()).toEqual([]);
    },
  );

  it.each([100, 102, 103])('is answered by what comes after %d', async (status) => {
    const { client } = await provider(await build(), ({ socket }) => {
      socket.write(`HTTP/1.1 ${status} Wait\r\n\r\n`);
      socket.write(REFUSAL);
    });
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'refused' });
  });

  it.each(['101 Switching Protocols', '050 Odd', '199 Odd', '204 No Content', '304 Not Modified', '999 Odd'])(
    'is in doubt under HTTP %s, whatever the body says',
    async (head) => {
      const { client } = await provider(await build(), ({ socket }) =>
        socket.end(answered('{"code":1,"message":"no"}', head, ['upgrade: x', 'connection: upgrade'])),
      );
      expect(await client.cancel(CALL)).toMatchObject({ kind: 'unknown' });
    },
  );

  it.each([
    ['', '/payments/cancel'],
    ['/', '/payments/cancel'],
    ['//', '/payments/cancel'],
    ['/kr', '/kr/payments/cancel'],
    ['/kr/v1/', '/kr/v1/payments/cancel'],
  ])('goes to the right path when the address ends in %j', async (base, path) => {
    const { client, asked } = await provider(await build(), ({ socket }) => socket.write(REFUSAL), { base });
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'refused' });
    expect(asked().map((text) => text.split(' ')[1])).toEqual([path]);
  });
});

describe.each(BUILDS)('a look-up over the wire, %s,', (_name, build) => {
  it('only fails when the kept connection closes just as it is sent', async () => {
    const { client } = await provider(await build(), ({ socket }) => socket.destroy());
    await client.prepare();
    expect(await client.payment('imp_1', 5_000)).toMatchObject({ kind: 'failed' });
  });

  it('finds the next answer over a new connection', async () => {
    const { client } = await provider(await build(), ({ socket, request }) => {
      if (request === 1) socket.destroy();
      else socket.write(MISSING);
    });
    expect(await client.payment('imp_1', 5_000)).toMatchObject({ kind: 'failed' });
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'missing' });
  });
});
