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
  REQUEST,
} from './page.ts';

useApi();

describe('a kept request', () => {
  it('the same amount of another payment of the order is a different request', async () => {
    await page().cancel({ ...REQUEST, imp_uid: 'imp_1' });
    api.otherwise = () => looked();
    const outcome = await page().cancel({ ...REQUEST, imp_uid: 'imp_2' });
    expect(outcome).toMatchObject({ kind: 'busy', open: { imp_uid: 'imp_1' } });
  });

  it('a refusal of the second press ends the request only if it names the refund of the first', async () => {
    await page().cancel(REQUEST);
    api.script = [problem(409, 'CHECKSUM_MISMATCH')];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'pending' });
    api.script = [problem(409, 'CHECKSUM_MISMATCH', { refund: aRefund('rejected') })];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'refused', refund_id: 'rf_1' });
  });

  it('a request kept for another customer asks for confirmation, even when its refund can be read', async () => {
    api.script = [OPEN];
    await page().cancel(REQUEST, leftAtOnce());
    api.otherwise = () => read('unknown');
    const other = page({ getToken: () => tokenOf('customer-2') });
    expect(await other.resume('o')).toMatchObject({ kind: 'needs_confirmation', why: 'another_subject' });
    expect(at.kept.size).toBe(1);
  });

  it('a page load looks again and finds a refund that appears a moment later', async () => {
    await page().cancel(REQUEST);
    api.script = [looked(), looked(), looked(aRefund('cancelled'))];
    expect(await page().resume('o')).toMatchObject({ kind: 'cancelled' });
  });

  it('a request that another tab has removed is gone, although the storage was full for a while', async () => {
    let isFull = true;
    const setItem = (name: string, text: string): void => {
      if (isFull) throw new Error('QuotaExceededError');
      at.storage.setItem(name, text);
    };
    const client = page({ storage: { ...at.storage, setItem } });
    await client.cancel(REQUEST);
    isFull = false;
    api.script = [OPEN];
    await client.cancel(REQUEST, leftAtOnce());
    at.kept.clear();
    expect(await client.resume('o')).toMatchObject({ kind: 'none' });
  });
});

describe('aborting a press', () => {
  it.each([
    [0, 'not_sent'],
    [1, 'not_sent'],
    // The POST may have left: its outcome is unknown.
    [2, 'pending'],
  ])('aborting after %d calls of getToken sends nothing and is reported as %s', async (most, kind) => {
    const stopping = new AbortController();
    if (most === 0) stopping.abort();
    let calls = 0;
    const getToken = (): string => {
      if (++calls === most) stopping.abort();
      return tokenOf('customer-1');
    };
    const outcome = await page({ getToken }).cancel(REQUEST, { signal: stopping.signal });
    expect(outcome).toMatchObject({ kind });
    expect([calls, api.received.length]).toEqual([most, 0]);
  });

  it('aborting one press does not abort the next press of the same request', async () => {
    const client = page();
    api.script = [OPEN];
    api.otherwise = () => read('cancelled');
    const first = client.cancel(REQUEST, leftAtOnce());
    const second = client.cancel(REQUEST);
    expect(await first).toMatchObject({ kind: 'pending' });
    expect(await second).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });
});

describe('an error in the callback of the page', () => {
  const throws = (): never => {
    throw new TypeError('x is undefined');
  };

  it('an error in onProgress does not stop the client from following the refund', async () => {
    api.script = [OPEN, read('cancelled')];
    expect(await page().cancel(REQUEST, { onProgress: throws })).toMatchObject({ kind: 'cancelled' });
  });
});

describe('a refused read', () => {
  it.each([
    [404, problem(404, 'PAYMENT_NOT_FOUND')],
    [403, { status: 403, body: { message: 'Forbidden' } }],
  ])('a %d while following stops the reads and keeps the request', async (_, answer) => {
    api.script = [OPEN];
    api.otherwise = () => answer;
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'pending' });
    expect(api.methods).toBe('POST GET');
    expect(at.kept.size).toBe(1);
  });
});
