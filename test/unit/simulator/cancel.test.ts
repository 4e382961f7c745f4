import { describe, expect, it } from 'vitest';
import { TEXTS } from '../../../lib/lab/simulator/simulator.ts';
import { getToken, MINUTE_MS, NOW_MS, read, simulate } from './support.ts';

const NOW = NOW_MS / 1000;

describe('a paid payment of 10,000 won', () => {
  it('a payment without a cancel has fields with 0, null or empty values, and no missing fields', async () => {
    const { get, paid } = await simulate();
    paid();
    const money = { amount: 10_000, cancel_amount: 0, cancel_history: [], cancel_receipt_urls: [] };
    expect((await get('/payments/imp_1')).response).toMatchObject({
      ...money,
      status: 'paid',
      cancel_reason: null,
      cancelled_at: 0,
      failed_at: 0,
      paid_at: NOW,
    });
  });

  it('partial cancels add up, oldest first, and the payment shows reason and time of the latest', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    const first = await cancel({ imp_uid: 'imp_1', amount: 1000, reason: 'first' });
    expect(first).toMatchObject({ status: 200, code: 0, message: null });
    expect(first.response).toMatchObject({
      status: 'cancelled',
      amount: 10_000,
      cancel_amount: 1000,
      cancelled_at: NOW,
    });
    await simulator.advance(5000);
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 2000, reason: 'second' });
    expect(response).toMatchObject({ cancel_amount: 3000, cancel_reason: 'second', cancelled_at: NOW + 5 });
    expect(response.cancel_history).toMatchObject([
      { amount: 1000, reason: 'first', cancelled_at: NOW },
      { amount: 2000, reason: 'second', cancelled_at: NOW + 5 },
    ]);
    expect(response.cancel_receipt_urls).toHaveLength(2);
    const ids = response.cancel_history.map((entry) => entry.cancellation_id);
    expect(new Set(ids.filter((id) => /^[0-9A-Z]{20}$/.test(id))).size).toBe(2);
  });

  it.for([{}, { amount: 0 }, { amount: null }, { amount: '' }, { amount: '0' }])(
    'a cancel with the amount of %j cancels the whole balance',
    async (amount) => {
      const { cancel, paid } = await simulate();
      paid({ cancel_amount: 4000 });
      const { response } = await cancel({ imp_uid: 'imp_1', ...amount });
      expect(response.cancel_history.map((entry) => entry.amount)).toEqual([4000, 6000]);
    },
  );

  it('the same partial cancel sent twice without a checksum refunds twice', async () => {
    const { cancel, paid } = await simulate();
    paid();
    await cancel({ imp_uid: 'imp_1', amount: 4000 });
    expect((await cancel({ imp_uid: 'imp_1', amount: 4000 })).response.cancel_amount).toBe(8000);
  });

  it('the answer is written as by PHP: keys in order, slashes and Korean escaped', async () => {
    const { cancel, paid } = await simulate();
    paid({ receipt_url: 'https://pg.example/1' });
    const { text, response } = await cancel({ imp_uid: 'imp_1', reason: '단순 변심' });
    expect(text).toContain(String.raw`https:\/\/pg.example\/1`);
    expect(text).toContain(String.raw`\ub2e8\uc21c`);
    expect(Object.keys(response)).toEqual(Object.keys(response).toSorted());
  });

  it('cancels in dollars are exact to the cent', async () => {
    const { cancel, paid } = await simulate();
    paid({ currency: 'USD', amount: 14.2, pg_provider: 'nice_v2' });
    // 14.20 - 0.10 is 14.1 in decimals, but 14.099999999999998 in doubles; the next ones are similar.
    expect((await cancel({ imp_uid: 'imp_1', amount: 0.1, checksum: 14.2 })).code).toBe(0);
    expect((await cancel({ imp_uid: 'imp_1', amount: 0.2, checksum: 14.1 })).code).toBe(0);
    expect((await cancel({ imp_uid: 'imp_1', amount: 0.001 })).code).toBe(1);
    const { text, response } = await cancel({ imp_uid: 'imp_1', checksum: '13.90' });
    expect(response.cancel_amount).toBe(14.2);
    expect(text).toContain('"amount":13.9,');
  });
});

describe('the forms of a cancel request', () => {
  it('a cancel may be a form with nested fields, numbers as text, unknown fields and a trailing slash in the path', async () => {
    const { simulator, token, paid } = await simulate();
    paid();
    const fields = {
      imp_uid: 'imp_1',
      amount: '3000',
      checksum: '10000',
      'extra[requester]': 'admin',
      nonsense: 'x',
    };
    const headers = { authorization: await token() };
    const sent = { method: 'POST', headers, body: new URLSearchParams(fields) };
    const reply = await read(await fetch(`${simulator.url}/payments/cancel/`, sent));
    expect(reply).toMatchObject({ code: 0, response: { cancel_amount: 3000 } });
    expect(simulator.requests.at(-1)?.body).toMatchObject({ extra: { requester: 'admin' } });
  });

  it('a cancel by merchant_uid alone finds the paid attempt, not a newer failed one; an empty imp_uid is ignored', async () => {
    const { cancel, paid } = await simulate();
    paid({ started_at: 1000 });
    paid({ imp_uid: 'imp_2', amount: 1, status: 'failed', started_at: 2000 });
    const { response } = await cancel({ imp_uid: '', merchant_uid: 'order-1' });
    expect(response.imp_uid).toBe('imp_1');
  });
});

describe('a cancel that i’mport refuses by itself: response null, nothing changes', () => {
  const NOTHING = '취소할 결제건이 존재하지 않습니다.';

  it.for([
    [
      'an unknown imp_uid with a correct merchant_uid',
      {},
      { imp_uid: 'imp_x', merchant_uid: 'order-1' },
      NOTHING,
    ],
    ['an unknown merchant_uid', {}, { imp_uid: null, merchant_uid: 'order-x' }, NOTHING],
    ['a ready payment', { status: 'ready' }, {}, NOTHING],
    ['a failed payment', { status: 'failed' }, {}, NOTHING],
    ['a payment that is fully cancelled', { cancel_amount: 10_000 }, {}, '이미 전액취소된 주문입니다.'],
    ['no payment', {}, { imp_uid: null }, /지정해주셔야합니다\.$/],
    ...[7001, -1, 'x', 0.5, true, [1], '1e2'].map(
      (amount) =>
        ['an amount when 7,000 won are left', { cancel_amount: 3000 }, { amount }, /취소요청금액/] as const,
    ),
    ...[10_000, 0, '0', 6999, 'x', -7000].map(
      (checksum) =>
        [
          'a checksum when 7,000 won are left',
          { cancel_amount: 3000 },
          { amount: 1000, checksum },
          TEXTS.checksum_mismatch.text,
        ] as const,
    ),
  ] as const)('%s: %j, asked for by %j', async ([, payment, body, message]) => {
    const { simulator, cancel, paid } = await simulate();
    const before = paid(payment);
    const reply = await cancel({ imp_uid: 'imp_1', ...body });
    expect(reply).toMatchObject({ status: 200, code: 1, response: null });
    expect(reply.message).toMatch(message);
    expect(simulator.payment('imp_1')).toEqual(before);
  });

  it('a setting makes a cancel without a payment answer 400, because i’mport’s status is not known', async () => {
    const { cancel } = await simulate({ noUidStatus: 400 });
    expect(await cancel({})).toMatchObject({ status: 400, code: 1 });
  });

  it.for([7000, '7000', '7000.00', null, '', undefined])(
    'a cancel with the checksum %j is not refused when 7,000 won are left',
    async (checksum) => {
      const { cancel, paid } = await simulate();
      paid({ cancel_amount: 3000 });
      expect((await cancel({ imp_uid: 'imp_1', amount: 1000, checksum })).code).toBe(0);
    },
  );

  it('each refusal text states whether it was observed at i’mport', () => {
    expect(TEXTS.checksum_mismatch.assumed).toBe(true);
    expect(TEXTS.already_cancelled.assumed).toBe(false);
  });
});

describe('two cancels of one payment at the same time', () => {
  const PART = { imp_uid: 'imp_1', amount: 3000, checksum: 10_000 };
  it.for([
    ['serialised', PART, [0, 1], 3000],
    ['race', PART, [0, 0], 6000],
    // The PG keeps its own balance and stops a cancel of more than was paid.
    ['race', { imp_uid: 'imp_1', checksum: 10_000 }, [-1, 0], 10_000],
  ] as const)('two %s cancels of %j get the codes %j', async ([concurrency, request, codes, cancelled]) => {
    const { simulator, cancel, paid, token } = await simulate({ concurrency });
    paid();
    await token();
    const replies = await Promise.all([cancel(request), cancel(request)]);
    expect(replies.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual(codes);
    expect(simulator.payment('imp_1')?.cancel_amount).toBe(cancelled);
  });

  it('a single cancel is executed in race mode, too', async () => {
    const { cancel, paid } = await simulate({ concurrency: 'race' });
    paid();
    expect((await cancel({ imp_uid: 'imp_1' })).code).toBe(0);
  });
});

describe('a token', () => {
  it('a token lasts 30 minutes; a new request prolongs it in its last minute and replaces it after its end', async () => {
    const { simulator } = await simulate();
    const { response: first, ...reply } = await getToken(simulator.url);
    expect(reply).toMatchObject({ status: 200, code: 0, message: null });
    expect(first).toEqual({ access_token: expect.any(String) as string, now: NOW, expired_at: NOW + 1800 });
    await simulator.advance(29 * MINUTE_MS - 1000);
    expect((await getToken(simulator.url)).response).toMatchObject({ ...first, now: NOW + 1739 });
    await simulator.advance(1000);
    expect((await getToken(simulator.url)).response).toMatchObject({
      ...first,
      now: NOW + 1740,
      expired_at: NOW + 2100,
    });
    await simulator.advance(6 * MINUTE_MS);
    expect((await getToken(simulator.url)).response.access_token).not.toBe(first.access_token);
  });

  it.for([
    [{ imp_key: 'key', imp_secret: 'wrong' }, 401, '인증에 실패하였습니다. API키와 secret을 확인하세요.'],
    [{}, 400, 'imp_key, imp_secret 파라메터가 누락되었습니다.'],
    [{ imp_key: 'key', imp_secret: '' }, 400, 'imp_key, imp_secret 파라메터가 누락되었습니다.'],
  ] as const)('a token request with %j is refused with %i', async ([body, status, message]) => {
    const { simulator } = await simulate();
    expect(await getToken(simulator.url, body)).toMatchObject({ status, code: -1, message, response: null });
  });

  it.for([
    [new URLSearchParams({ imp_key: 'key', imp_secret: 'secret' }), 200],
    // A JSON body without a content type counts as missing credentials.
    ['{"imp_key":"key","imp_secret":"secret"}', 400],
  ] as const)('a token request with the body %s is answered with %i', async ([body, status]) => {
    const { simulator } = await simulate();
    expect((await fetch(`${simulator.url}/users/getToken`, { method: 'POST', body })).status).toBe(status);
  });

  it.for(['', 'Bearer '])('a token is accepted as "%s<token>", with a Tier header', async (prefix) => {
    const { cancel, token, paid } = await simulate();
    paid();
    const headers = { authorization: prefix + (await token()), tier: 'ABC' };
    expect((await cancel({ imp_uid: 'imp_1' }, headers)).code).toBe(0);
  });

  it('an unknown, expired or revoked token gets 401 everywhere, and nothing is executed', async () => {
    const { simulator, cancel, get, paid } = await simulate();
    const before = paid();
    const UNAUTHORIZED = { status: 401, code: -1, message: 'Unauthorized', response: null };
    for (const path of ['/payments/imp_1', '/payments', '/payments/find/order-1', '/nowhere'])
      expect(
        await read(await fetch(simulator.url + path, { headers: { authorization: 'wrong' } })),
      ).toMatchObject(UNAUTHORIZED);
    expect((await get('/payments/imp_1')).code).toBe(0);
    await simulator.advance(30 * MINUTE_MS);
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject(UNAUTHORIZED);
    const { access_token: authorization } = (await getToken(simulator.url)).response;
    simulator.revokeTokens();
    expect(await cancel({ imp_uid: 'imp_1' }, { authorization })).toMatchObject(UNAUTHORIZED);
    expect(simulator.payment('imp_1')).toEqual(before);
  });

  it('a token stays valid after a rotation of the credentials, and only the new credentials work', async () => {
    const { simulator, get, paid } = await simulate();
    paid();
    await get('/payments/imp_1');
    simulator.rotateSecret('key', 'new secret');
    expect((await getToken(simulator.url)).status).toBe(401);
    expect((await getToken(simulator.url, { imp_key: 'key', imp_secret: 'new secret' })).code).toBe(0);
    expect((await get('/payments/imp_1')).code).toBe(0);
  });
});
