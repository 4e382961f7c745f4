import { describe, expect, it } from 'vitest';
import { getToken, MINUTE_MS, read, simulate } from './support.ts';

const WRONG = '인증에 실패하였습니다. API키와 secret을 확인하세요.';
const MISSING = 'imp_key, imp_secret 파라메터가 누락되었습니다.';

describe('with the right key and secret', () => {
  it('a token lasts 30 minutes, in seconds of the server', async () => {
    const { simulator } = await simulate();
    const { status, code, message, response } = await getToken(simulator.url);
    expect({ status, code, message }).toEqual({ status: 200, code: 0, message: null });
    expect(Object.keys(response).toSorted()).toEqual(['access_token', 'expired_at', 'now']);
    expect(response.expired_at - response.now).toBe(1800);
  });

  it('asking again gives the same token with the same end', async () => {
    const { simulator } = await simulate();
    const first = await getToken(simulator.url);
    await simulator.advance(29 * MINUTE_MS - 1000);
    const second = await getToken(simulator.url);
    expect(second.response.access_token).toBe(first.response.access_token);
    expect(second.response.expired_at).toBe(first.response.expired_at);
  });

  it('asking in the last minute makes the same token last five minutes longer', async () => {
    const { simulator } = await simulate();
    const first = await getToken(simulator.url);
    await simulator.advance(29 * MINUTE_MS);
    const second = await getToken(simulator.url);
    expect(second.response.access_token).toBe(first.response.access_token);
    expect(second.response.expired_at).toBe(first.response.expired_at + 300);
  });

  it('asking after the end gives a new token', async () => {
    const { simulator } = await simulate();
    const first = await getToken(simulator.url);
    await simulator.advance(30 * MINUTE_MS);
    const second = await getToken(simulator.url);
    expect(second.response.access_token).not.toBe(first.response.access_token);
  });

  it('credentials in a form are as good as in JSON', async () => {
    const { simulator } = await simulate();
    const body = new URLSearchParams({ imp_key: 'key', imp_secret: 'secret' });
    const reply = await read(await fetch(`${simulator.url}/users/getToken`, { method: 'POST', body }));
    expect(reply.code).toBe(0);
  });
});

describe('without them', () => {
  it('a wrong secret is answered 401', async () => {
    const { simulator } = await simulate();
    const reply = await getToken(simulator.url, { imp_key: 'key', imp_secret: 'wrong' });
    expect(reply).toMatchObject({ status: 401, code: -1, message: WRONG, response: null });
  });

  it.for([[{}], [{ imp_key: 'key' }], [{ imp_key: 'key', imp_secret: '' }]])(
    'missing credentials %j are answered 400',
    async ([body]) => {
      const { simulator } = await simulate();
      expect(await getToken(simulator.url, body)).toMatchObject({ status: 400, code: -1, message: MISSING });
    },
  );

  it('a body that does not say what it is counts as missing credentials', async () => {
    const { simulator } = await simulate();
    const url = `${simulator.url}/users/getToken`;
    const reply = await read(
      await fetch(url, { method: 'POST', body: '{"imp_key":"key","imp_secret":"secret"}' }),
    );
    expect(reply).toMatchObject({ status: 400, message: MISSING });
  });

  it('after a rotation only the new credentials open, and the old token still does', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    await get('/payments/imp_1');
    simulator.rotateSecret('key', 'new secret');
    expect((await getToken(simulator.url)).status).toBe(401);
    expect((await getToken(simulator.url, { imp_key: 'key', imp_secret: 'new secret' })).code).toBe(0);
    expect((await get('/payments/imp_1')).code).toBe(0);
  });
});

describe('a request with a token', () => {
  it.for(['', 'Bearer '])('the header may be written "%s<token>"', async (prefix) => {
    const { cancel, token, paid } = await simulate();
    paid();
    const headers = { authorization: prefix + (await token()), tier: 'ABC' };
    expect((await cancel({ imp_uid: 'imp_1' }, headers)).code).toBe(0);
  });

  it.for(['/payments/imp_1', '/payments', '/payments/find/order-1', '/nowhere'])(
    'an unknown token is answered 401 at %s',
    async (path) => {
      const { simulator } = await simulate();
      const reply = await read(await fetch(simulator.url + path, { headers: { authorization: 'wrong' } }));
      expect(reply).toMatchObject({ status: 401, code: -1, message: 'Unauthorized', response: null });
    },
  );

  it('a cancel with a token that has expired is not carried out', async () => {
    const { simulator, cancel, token, paid } = await simulate();
    paid();
    await token();
    await simulator.advance(30 * MINUTE_MS);
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject({ status: 401, message: 'Unauthorized' });
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(0);
  });

  it('a revoked token is answered 401, and a new one is another', async () => {
    const { simulator, get, token } = await simulate();
    const old = await token();
    simulator.revokeTokens();
    expect((await get('/payments/imp_1')).status).toBe(401);
    expect((await getToken(simulator.url)).response.access_token).not.toBe(old);
  });
});
