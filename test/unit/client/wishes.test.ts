import { describe, expect, it } from 'vitest';
import {
  api,
  aRefund,
  at,
  leftAtOnce,
  looked,
  OPEN,
  page,
  problem,
  read,
  tokenOf,
  useApi,
  WISH,
} from './page.ts';

useApi();

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
    api.script = [OPEN];
    await page().cancel(WISH, leftAtOnce());
    api.otherwise = () => read('unknown');
    const other = page({ getToken: () => tokenOf('customer-2') });
    expect(await other.resume('o')).toMatchObject({ kind: 'needs_confirmation', why: 'another_subject' });
    expect(at.kept.size).toBe(1);
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
      at.storage.setItem(name, text);
    };
    const client = page({ storage: { ...at.storage, setItem } });
    await client.cancel(WISH);
    isFull = false;
    api.script = [OPEN];
    await client.cancel(WISH, leftAtOnce());
    at.kept.clear();
    expect(await client.resume('o')).toMatchObject({ kind: 'none' });
  });
});

describe('stopping', () => {
  it.each([
    [0, 'not_sent'],
    [1, 'not_sent'],
    // The request has begun: only the network could say.
    [2, 'pending'],
  ])('when %d tokens were fetched sends nothing: %s', async (most, kind) => {
    const stopping = new AbortController();
    if (most === 0) stopping.abort();
    let calls = 0;
    const getToken = (): string => {
      if (++calls === most) stopping.abort();
      return tokenOf('customer-1');
    };
    const outcome = await page({ getToken }).cancel(WISH, { signal: stopping.signal });
    expect(outcome).toMatchObject({ kind });
    expect([calls, api.heard.length]).toEqual([most, 0]);
  });

  it('one press does not stop the next one of the same wish', async () => {
    const client = page();
    api.script = [OPEN];
    api.otherwise = () => read('cancelled');
    const first = client.cancel(WISH, leftAtOnce());
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
    expect(at.kept.size).toBe(1);
  });

  it('because too many ask is said in the customer’s language, not in the gateway’s', async () => {
    api.otherwise = () => ({ status: 429, body: { message: 'Too Many Requests' } });
    const outcome = await page({ language: 'ko' }).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'TOO_MANY_REQUESTS' });
    expect(outcome.message).toMatch(/\p{Script=Hangul}/u);
  });
});
