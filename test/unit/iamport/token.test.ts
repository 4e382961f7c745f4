import { describe, expect, it } from 'vitest';
import { tokenCache, TokenUnavailableError, type Credentials } from '../../../functions/iamport/token.ts';

interface Answered {
  readonly status: number;
  readonly token?: string;
  readonly livesSeconds?: number;
  /** A request that hangs, like one of a frozen environment. */
  readonly hangs?: boolean;
}

function given(answers: readonly Answered[]) {
  let nowMs = 1_000_000;
  let invocation = 1;
  const asked: Credentials[] = [];
  const fresh: boolean[] = [];
  const cache = tokenCache({
    now: () => nowMs,
    invocation: () => invocation,
    credentials: async (options) => {
      fresh.push(options.fresh);
      return { impKey: 'key', impSecret: options.fresh ? 'new' : 'old' };
    },
    requestToken: async (credentials) => {
      const answer = answers[asked.push(credentials) - 1];
      if (answer?.hangs === true) await new Promise(() => undefined);
      const { status = 500, token = '', livesSeconds = 1800 } = answer ?? {};
      // i'mport's clock is years wrong: only the difference counts.
      const response = { access_token: token, now: 5_000, expired_at: 5_000 + livesSeconds };
      return {
        status,
        body: JSON.stringify({
          code: status === 200 ? 0 : -1,
          message: null,
          response: status === 200 ? response : null,
        }),
      };
    },
  });
  return {
    cache,
    asked,
    fresh,
    wait: (ms: number) => (nowMs += ms),
    nextInvocation: () => (invocation += 1),
  };
}

describe('the access token', () => {
  it("the token is kept for the lifetime that i'mport gives, whatever our clock shows", async () => {
    const { cache, asked, wait } = given([
      { status: 200, token: 'a', livesSeconds: 60 },
      { status: 200, token: 'b' },
    ]);
    expect(await cache.get()).toBe('a');
    wait(29_000);
    expect(await cache.get()).toBe('a');
    wait(2_000);
    expect(await cache.get()).toBe('b');
    expect(asked).toHaveLength(2);
  });

  it('the token is requested once for many simultaneous callers', async () => {
    const { cache, asked } = given([{ status: 200, token: 'a' }]);
    await Promise.all(Array.from({ length: 20 }, async () => cache.get()));
    expect(asked).toHaveLength(1);
  });

  it('a refused token is not used again', async () => {
    const { cache } = given([
      { status: 200, token: 'a' },
      { status: 200, token: 'b' },
    ]);
    await cache.get();
    cache.forget('a');
    expect(await cache.get()).toBe('b');
  });

  it('a rotated secret is read again when the old one is refused', async () => {
    const { cache, fresh, asked } = given([{ status: 401 }, { status: 200, token: 'a' }]);
    expect(await cache.get()).toBe('a');
    expect(fresh).toEqual([false, true]);
    expect(asked.map(({ impSecret }) => impSecret)).toEqual(['old', 'new']);
  });

  it('the token is requested again when an earlier invocation left its request hanging', async () => {
    const { cache, asked, nextInvocation } = given([
      { status: 200, hangs: true },
      { status: 200, token: 'a' },
    ]);
    void cache.get();
    nextInvocation();
    expect(await cache.get()).toBe('a');
    expect(asked).toHaveLength(2);
  });

  it('the token is unavailable while credentials are refused or the provider is down, and the error says which', async () => {
    const refused = given([{ status: 401 }, { status: 401 }]).cache.get();
    await expect(refused).rejects.toMatchObject({ name: 'TokenUnavailableError', secret: true });
    const down = given([{ status: 502 }]).cache.get();
    await expect(down).rejects.toMatchObject({ name: 'TokenUnavailableError', secret: false });
  });

  it('the token is unavailable without the secret, and the error does not quote the secret', async () => {
    const cache = tokenCache({
      now: () => 0,
      credentials: async () => Promise.reject(new RangeError('SECRET-MARK')),
      requestToken: async () => Promise.reject(new Error('Bug: nothing to ask with')),
    });
    await expect(cache.get()).rejects.toThrow(new TokenUnavailableError('RangeError', { secret: true }));
  });
});
