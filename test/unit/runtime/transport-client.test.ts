import { describe, expect, it } from 'vitest';
import { iamportClient, transport } from '../../support/sending/entry.ts';
import { CALL, GRANTED, provider } from '../../support/sending/provider.ts';
import { trusting } from '../../support/sending/trusting.ts';
import { answered, wireServer } from '../../support/sending/wire-server.ts';

const REFUSAL = answered('{"code":1,"message":"이미 전액취소된 주문입니다."}');
const MISSING = answered('{"code":-1,"message":"존재하지 않는 결제정보입니다."}', '404 Not Found');

describe('a cancel over the wire', () => {
  it('a cancel is sent once and returns the provider’s answer', async () => {
    const { client, asked } = await provider(({ socket }) => socket.write(REFUSAL));
    expect(await client.cancel(CALL)).toEqual({
      kind: 'refused',
      provider: { code: 1, message: '이미 전액취소된 주문입니다.' },
      by: 'provider',
    });
    expect(asked()).toHaveLength(1);
    expect(asked()[0]).toMatch(/^POST \/payments\/cancel HTTP\/1\.1\r\n[^]*authorization: Bearer token\r\n/i);
  });

  it('a cancel is in doubt when the kept connection closes during the send, and is not sent again', async () => {
    const { client, asked } = await provider(({ socket }) => socket.destroy());
    await client.prepare();
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'unknown' });
    expect(asked()).toHaveLength(1);
  });

  it('a cancel is in doubt when its time ends after the send', async () => {
    const { client, asked } = await provider(() => undefined);
    await client.prepare();
    expect(await client.cancel({ ...CALL, timeoutMs: 300 })).toEqual({
      kind: 'unknown',
      cause: 'TimeoutError',
    });
    expect(asked()).toHaveLength(1);
  });

  it('a cancel is in doubt when the invocation ends after the send', async () => {
    const { client, end } = await provider(() => end(new Error('the end')));
    expect(await client.cancel(CALL)).toEqual({ kind: 'unknown', cause: 'Error' });
  });

  it('a cancel is not sent when the invocation has ended before, even over a kept connection', async () => {
    const { client, end, asked } = await provider(() => undefined);
    await client.prepare();
    end(new Error('the end'));
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'not_sent' });
    expect(asked()).toEqual([]);
  });

  it('a cancel is not sent when the provider is unreachable, and the error is named', async () => {
    const noneKept = { idleMs: -1 };
    const { client, server } = await provider(() => undefined, noneKept);
    await client.prepare();
    await server.close();
    expect(await client.cancel(CALL)).toEqual({ kind: 'not_sent', cause: 'NotSent (Error ECONNREFUSED)' });
  });

  it.each([
    ['over a new connection', -1],
    ['over a kept one', undefined],
  ])('a cancel is not sent when connecting took too long, %s', async (_over, idleMs) => {
    trusting();
    for (const tls of [false, true]) {
      // The time that passes after the client has read its clock.
      const now = () => Date.now() + 10_001;
      const options = { tls, now, ...(idleMs === undefined ? {} : { idleMs }) };
      const { client, asked } = await provider(({ socket }) => socket.write(REFUSAL), options);
      await client.prepare();
      const call = { ...CALL, timeoutMs: 60_000, sendBeforeMs: Date.now() + 10_000 };
      expect(await client.cancel(call)).toEqual({
        kind: 'not_sent',
        cause: expect.stringMatching(/^NotSent \(Error( ETIMEDOUT)?\)$/) as string,
      });
      expect(await client.cancel({ ...call, sendBeforeMs: Date.now() + 30_000 })).toMatchObject({
        kind: 'refused',
      });
      expect(asked()).toHaveLength(1);
    }
  });

  it('a cancel is not sent when half of its time passes without a connection, although ky’s own time-out proves nothing', async () => {
    const { port, requests } = await wireServer();
    const send = transport();
    const client = iamportClient({
      apiUrl: `https://127.0.0.1:${port}`,
      credentials: async () => ({ impKey: 'key', impSecret: 'secret' }),
      now: () => Date.now(),
      fetch: async (request, options) =>
        (request as Request).url.endsWith('getToken')
          ? new Response(JSON.stringify(GRANTED))
          : send(request, options),
    });
    expect(await client.cancel({ ...CALL, timeoutMs: 400 })).toEqual({
      kind: 'not_sent',
      cause: 'NotSent (Error ETIMEDOUT)',
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ['401 Unauthorized', 401, 'Unauthorized', 2],
    ['429 Too Many Requests', 429, 'slowly', 1],
  ])(
    'a cancel that gets HTTP %s is refused and never sent again, not even with another token',
    async (head, code, message, tokensInAll) => {
      const refusal = answered(JSON.stringify({ code: -1, message, response: null }), head);
      const { client, asked, tokens } = await provider(({ socket }) => socket.write(refusal));
      expect(await client.cancel(CALL)).toEqual({
        kind: 'refused',
        provider: { code, message },
        by: 'http',
      });
      expect(asked()).toHaveLength(1);
      expect(tokens()).toHaveLength(1);
      // A refused token is not used again.
      expect(await client.prepare()).toEqual({ kind: 'ready' });
      expect(tokens()).toHaveLength(tokensInAll);
    },
  );

  it.each([500, 502, 503, 504])(
    'a cancel that gets HTTP %d is in doubt and not sent again',
    async (status) => {
      const failure = answered('{"code":-1,"message":"error"}', `${status} Error`);
      const { client, asked } = await provider(({ socket }) => socket.write(failure));
      expect(await client.cancel(CALL)).toEqual({ kind: 'unknown', cause: `HTTP ${status}` });
      expect(asked()).toHaveLength(1);
    },
  );

  it.each(['to\r\nken', 'to\nx-injected: 1', 'to\0ken', 'tokén\u2028', '토큰', ''])(
    'a cancel is not sent with an invalid token: %j',
    async (token) => {
      const { client, asked } = await provider(() => undefined, { token });
      expect(await client.cancel(CALL)).toMatchObject({ kind: 'not_sent' });
      expect(asked()).toEqual([]);
    },
  );

  it.each(['101 Switching Protocols', '050 Odd', '199 Odd', '204 No Content', '304 Not Modified', '999 Odd'])(
    'a cancel is in doubt under HTTP %s, whatever the body says',
    async (head) => {
      const { client } = await provider(({ socket }) =>
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
  ])('a cancel goes to the right path when the base address ends in %j', async (base, path) => {
    const { client, asked } = await provider(({ socket }) => socket.write(REFUSAL), { base });
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'refused' });
    expect(asked().map((text) => text.split(' ')[1])).toEqual([path]);
  });
});

describe('a look-up over the wire', () => {
  /** A provider with scripted answers to the first look-ups; afterwards the payment is unknown. */
  const given = async (...first: readonly ('closes' | Buffer)[]) => {
    let looks = 0;
    return provider(({ socket }) => {
      const answer = first[looks] ?? MISSING;
      looks += 1;
      if (answer === 'closes') socket.destroy();
      else socket.write(answer);
    });
  };
  const unavailable = answered('<html>', '503 Service Unavailable', ['retry-after: 60']);
  const unauthorized = answered('{"code":-1,"message":"Unauthorized"}', '401 Unauthorized');

  it('a look-up is repeated when its connection closes or the provider is unavailable for a moment', async () => {
    const { client, asked } = await given('closes', unavailable);
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'missing' });
    expect(asked()).toHaveLength(3);
  });

  it('a look-up stays within its time with all tries, waits and a new token', async () => {
    const { client, asked } = await given(unauthorized, unavailable, unavailable);
    expect(await client.payment('imp_1', 500)).toEqual({ kind: 'failed', cause: 'TimeoutError' });
    expect(asked().length).toBeLessThanOrEqual(2);
  });

  it('a look-up whose token is refused is repeated once with a new token', async () => {
    const { client, asked, tokens } = await given(unauthorized);
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'missing' });
    expect(tokens()).toHaveLength(2);
    expect(asked().map((text) => /authorization: (.*)\r/i.exec(text)?.[1])).toEqual([
      'Bearer token',
      'Bearer token-2',
    ]);
  });
});
