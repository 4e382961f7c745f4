import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Api, aPage, aRefund, aStorage, Hands, looked, OPEN, problem, read, tokenOf, WISH } from './page.ts';

const api = new Api();
let hands = new Hands();
let { kept, storage } = aStorage();
beforeAll(async () => api.start());
afterAll(() => api.stop());
beforeEach(() => {
  api.reset();
  hands = new Hands();
  ({ kept, storage } = aStorage());
});

const page = (more: Parameters<typeof aPage>[2] = {}) => aPage(api, hands, { storage, ...more });

describe('a wish', () => {
  it('for one payment of an order is another one than the same amount of another payment', async () => {
    await page().cancel({ ...WISH, imp_uid: 'imp_1' });
    api.otherwise = () => looked();
    const outcome = await page().cancel({ ...WISH, imp_uid: 'imp_2' });
    expect(outcome).toMatchObject({ kind: 'busy', open: { imp_uid: 'imp_1' } });
  });

  it('stays open on a second press whose refusal does not speak of the first', async () => {
    await page().cancel(WISH);
    api.script = [problem(409, 'CHECKSUM_MISMATCH')];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'pending' });
    api.script = [problem(409, 'CHECKSUM_MISMATCH', { refund: aRefund('rejected') })];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'refused', refund_id: 'rf_1' });
  });

  it('of another caller is asked about, even when its refund could be seen', async () => {
    const leaving = new AbortController();
    api.script = [OPEN];
    await page().cancel(WISH, { onProgress: () => leaving.abort(), signal: leaving.signal });
    api.otherwise = () => read('unknown');
    const other = page({ getToken: () => tokenOf('customer-2') });
    expect(await other.resume('o')).toMatchObject({ kind: 'needs_confirmation', why: 'another_subject' });
    expect(kept.size).toBe(1);
  });

  it('that appears a moment later is found', async () => {
    await page().cancel(WISH);
    api.script = [looked(), looked(), looked(aRefund('cancelled'))];
    expect(await page().resume('o')).toMatchObject({ kind: 'cancelled' });
  });

  it('that another tab has ended is not remembered, although the storage was full for a while', async () => {
    let isFull = true;
    const setItem = (name: string, text: string): void => {
      if (isFull) throw new Error('QuotaExceededError');
      storage.setItem(name, text);
    };
    const client = page({ storage: { ...storage, setItem } });
    await client.cancel(WISH);
    isFull = false;
    const leaving = new AbortController();
    api.script = [OPEN];
    await client.cancel(WISH, { onProgress: () => leaving.abort(), signal: leaving.signal });
    kept.clear();
    expect(await client.resume('o')).toMatchObject({ kind: 'none' });
  });
});

describe('stopping', () => {
  it('before anything is done asks for no token', async () => {
    let asked = 0;
    const getToken = (): string => tokenOf(`customer-${++asked}`);
    await page({ getToken }).cancel(WISH, { signal: AbortSignal.abort() });
    expect(asked).toBe(0);
  });

  it('between token and request has sent nothing, and says so', async () => {
    const leaving = new AbortController();
    const getToken = (): string => {
      leaving.abort();
      return tokenOf('customer-1');
    };
    const outcome = await page({ getToken }).cancel(WISH, { signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'not_sent' });
    expect([api.heard.length, kept.size]).toEqual([0, 0]);
  });

  it('while the request’s own token is fetched sends nothing either', async () => {
    const leaving = new AbortController();
    let calls = 0;
    const getToken = (): string => {
      if (++calls === 2) leaving.abort();
      return tokenOf('customer-1');
    };
    await page({ getToken }).cancel(WISH, { signal: leaving.signal });
    expect([calls, api.heard.length]).toEqual([2, 0]);
  });

  it('one press does not stop the next one of the same wish', async () => {
    const leaving = new AbortController();
    const client = page();
    api.script = [OPEN];
    api.otherwise = () => read('cancelled');
    const first = client.cancel(WISH, { onProgress: () => leaving.abort(), signal: leaving.signal });
    const second = client.cancel(WISH);
    expect(await first).toMatchObject({ kind: 'pending' });
    expect(await second).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });
});

describe('a mistake of the page’s own', () => {
  const throws = (): never => {
    throw new TypeError('x is undefined');
  };

  it('does not end the following', async () => {
    api.script = [OPEN, read('cancelled')];
    expect(await page().cancel(WISH, { onProgress: throws })).toMatchObject({ kind: 'cancelled' });
  });
});

describe('a door that is shut', () => {
  it.each([
    [404, problem(404, 'PAYMENT_NOT_FOUND')],
    [403, { status: 403, body: { message: 'Forbidden' } }],
  ])('ends the following, not the wish (%d)', async (_, answer) => {
    api.script = [OPEN];
    api.otherwise = () => answer;
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'pending' });
    expect(api.methods).toBe('POST GET');
    expect(kept.size).toBe(1);
  });

  it('because too many ask is said in the customer’s language, not in the gateway’s', async () => {
    api.otherwise = () => ({ status: 429, body: { message: 'Too Many Requests' } });
    const outcome = await page({ language: 'ko' }).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'TOO_MANY_REQUESTS' });
    expect(outcome.message).toMatch(/\p{Script=Hangul}/u);
  });
});
