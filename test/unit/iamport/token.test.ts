import { describe, expect, it } from 'vitest';
import { tokenCache, TokenUnavailableError } from '../../../functions/iamport/token.ts';

const LIVES_SECONDS = 60;

/** A provider that answers with these tokens or HTTP statuses, one after the other; then it hangs. */
function given(...answers: readonly (string | number)[]) {
  let nowMs = 1_000_000;
  let invocation = 1;
  const asked: string[] = [];
  const cache = tokenCache({
    now: () => nowMs,
    invocation: () => invocation,
    credentials: async ({ fresh }) => ({ impKey: 'key', impSecret: fresh ? 'read again' : 'cached' }),
    requestToken: async ({ impSecret }) => {
      const answer = answers[asked.push(impSecret) - 1];
      if (answer === undefined) return new Promise(() => undefined);
      if (typeof answer === 'number') return { status: answer, body: '{"code":-1}' };
      // i'mport's clock is years wrong: only the difference counts.
      const response = { access_token: answer, now: 5_000, expired_at: 5_000 + LIVES_SECONDS };
      return { status: 200, body: JSON.stringify({ code: 0, message: null, response }) };
    },
  });
  return { cache, asked, wait: (ms: number) => (nowMs += ms), nextInvocation: () => (invocation += 1) };
}

describe('the access token', () => {
  it("the token is kept for the lifetime that i'mport gives, less half a minute, whatever our clock shows", async () => {
    const { cache, wait } = given('a', 'b');
    expect(await cache.get()).toBe('a');
    wait(29_999);
    expect(await cache.get()).toBe('a');
    wait(1);
    expect(await cache.get()).toBe('b');
  });

  it('the token is requested once for many simultaneous callers, and again when it was refused', async () => {
    const { cache, asked } = given('a', 'b');
    await Promise.all(Array.from({ length: 20 }, async () => cache.get()));
    expect(asked).toHaveLength(1);
    cache.forget('another');
    expect(await cache.get()).toBe('a');
    cache.forget('a');
    expect(await cache.get()).toBe('b');
  });

  it('a rotated secret is read again when the old one is refused', async () => {
    const { cache, asked } = given(401, 'a');
    expect(await cache.get()).toBe('a');
    expect(asked).toEqual(['cached', 'read again']);
  });

  it('the token is requested again when an earlier invocation left its request hanging', async () => {
    const { cache, asked, nextInvocation } = given();
    void cache.get();
    void cache.get();
    nextInvocation();
    void cache.get();
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(2);
  });

  it('the token is unavailable while the secret is refused or the provider is down, and the error says which', async () => {
    const name = 'TokenUnavailableError';
    await expect(given(401, 401).cache.get()).rejects.toMatchObject({ name, secret: true });
    await expect(given(502).cache.get()).rejects.toMatchObject({ name, secret: false });
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
