import { describe, expect, it } from 'vitest';
import { iamportClient } from '../../../functions/iamport/client.ts';
import type { CancelCall } from '../../../functions/protocol/ports.ts';
import type { Minor } from '../../../functions/refund/money.ts';
import { transport, type TransportOptions } from '../../../functions/runtime/transport.ts';
import { answered, trusting, wireServer, type Arrived } from '../../support/wire-server.ts';

const REFUSAL = answered('{"code":1,"message":"이미 전액취소된 주문입니다."}');
const MISSING = answered('{"code":-1,"message":"존재하지 않는 결제정보입니다."}', '404 Not Found');

const CALL: CancelCall = {
  impUid: 'imp_1',
  currency: 'KRW',
  amount: 1_000 as Minor,
  checksum: 10_000 as Minor,
  refundId: 'rf_0123456789abcdefghjkmnpq',
  reason: '변심',
  passedOn: {},
  requester: 'customer',
  timeoutMs: 5_000,
  sendBeforeMs: Number.MAX_SAFE_INTEGER,
};

const granted = (token: string): object => ({
  code: 0,
  response: { access_token: token, now: 0, expired_at: 1_800 },
});

interface ProviderOptions extends TransportOptions {
  readonly token?: string;
  readonly tls?: boolean;
  /** What follows the address of the server. */
  readonly base?: string;
}

/** The provider's client, and a provider that grants a new token each time and answers everything else as the test says. */
async function provider(
  answer: (arrived: Arrived) => void,
  { token = 'token', tls = false, base = '', ...options }: ProviderOptions = {},
) {
  const isToken = (text: string): boolean => /^POST \S*\/users\/getToken /.test(text);
  const tokens = () => server.requests.filter(isToken);
  const server = await wireServer(
    (arrived) => {
      if (!isToken(arrived.text)) return answer(arrived);
      const name = tokens().length === 1 ? token : `${token}-${tokens().length}`;
      arrived.socket.write(answered(JSON.stringify(granted(name))));
    },
    { tls },
  );
  const invocation = new AbortController();
  const client = iamportClient({
    apiUrl: `${server.url}${base}`,
    credentials: async () => ({ impKey: 'key', impSecret: 'secret' }),
    now: () => Date.now(),
    invocation: () => invocation.signal,
    fetch: transport(options),
  });
  /** Requests other than those for a token. */
  const asked = () => server.requests.filter((text) => !isToken(text));
  return { client, asked, tokens, end: (reason: Error) => invocation.abort(reason) };
}

describe('a cancel over the wire', () => {
  it('a cancel is in doubt, and is not sent again, under 5xx and when connection, time or invocation ends after the send', async () => {
    const closing = await provider(({ socket }) => socket.destroy());
    await closing.client.prepare();
    expect(await closing.client.cancel(CALL)).toMatchObject({ kind: 'unknown' });
    expect(closing.asked()).toHaveLength(1);
    const failure = answered('{"code":-1,"message":"error"}', '503 Error');
    const failing = await provider(({ socket }) => socket.write(failure), { base: '/kr/v1/' });
    expect(await failing.client.cancel(CALL)).toEqual({ kind: 'unknown', cause: 'HTTP 503' });
    expect(failing.asked()).toEqual([
      expect.stringMatching(/^POST \/kr\/v1\/payments\/cancel HTTP/) as string,
    ]);
    const silent = await provider(() => undefined);
    const timedOut = await silent.client.cancel({ ...CALL, timeoutMs: 300 });
    expect(timedOut).toEqual({ kind: 'unknown', cause: 'TimeoutError' });
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

  it.for([
    ['a kept connection', 0],
    ['a new connection', 5_000],
  ] as const)('a cancel is not sent when connecting took too long, over %s', async ([, idleMs]) => {
    trusting();
    for (const tls of [false, true]) {
      // The time that passes after the client has read its clock.
      let aheadMs = 10_001;
      const { client, asked } = await provider(({ socket }) => socket.write(REFUSAL), {
        tls,
        now: () => Date.now() + aheadMs,
      });
      await client.prepare();
      aheadMs += idleMs;
      const call = { ...CALL, timeoutMs: 60_000, sendBeforeMs: Date.now() + 10_000 };
      expect(await client.cancel(call)).toEqual({
        kind: 'not_sent',
        cause: expect.stringMatching(/^NotSent \(Error( ETIMEDOUT)?\)$/) as string,
      });
      const later = await client.cancel({ ...call, sendBeforeMs: Date.now() + 30_000 });
      expect(later).toMatchObject({ kind: 'refused' });
      expect(asked()).toHaveLength(1);
    }
  });

  it('a cancel is not sent when half of its time passes without a connection, although ky’s own time-out proves nothing', async () => {
    const { port, sockets } = await wireServer();
    const send = transport();
    const client = iamportClient({
      apiUrl: `https://127.0.0.1:${port}`,
      credentials: async () => ({ impKey: 'key', impSecret: 'secret' }),
      now: () => Date.now(),
      fetch: async (request, options) =>
        (request as Request).url.endsWith('getToken')
          ? new Response(JSON.stringify(granted('token')))
          : send(request, options),
    });
    expect(await client.cancel({ ...CALL, timeoutMs: 400 })).toEqual({
      kind: 'not_sent',
      cause: 'NotSent (Error ETIMEDOUT)',
    });
    await expect.poll(() => sockets[0]?.closed).toBe(true);
  });

  it.for(['to\r\nken', '토큰', ''])('a cancel is not sent with an invalid token: %j', async (token) => {
    const { client, asked } = await provider(() => undefined, { token });
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'not_sent' });
    expect(asked()).toEqual([]);
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
