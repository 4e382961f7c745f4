import { describe, expect, it } from 'vitest';
import {
  api,
  aRefund,
  at,
  DONE,
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

describe('a second press while a request is kept', () => {
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

  it('INVALID_REQUEST for a changed body leaves the request pending, because the first body may have been valid', async () => {
    api.script = ['reset'];
    await page().cancel({ ...REQUEST, refund_account: '222' }, leftAtOnce());
    api.script = [problem(400, 'INVALID_REQUEST')];
    const again = await page().cancel({ ...REQUEST, refund_account: '1' });
    expect(again).toMatchObject({ kind: 'pending' });
    expect(at.kept.size).toBe(1);
    at.kept.clear();
    api.script = ['reset', problem(400, 'INVALID_REQUEST')];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'refused', code: 'INVALID_REQUEST' });
  });

  const other = aRefund('cancelled', { refund_id: 'rf_other', amount: 7 });
  it.each([
    ['found in the payment', {}, looked(other, aRefund('cancelled')), '/payments/o'],
    ['named by the answer', { refund: aRefund('unknown') }, read('cancelled'), '/payments/o/refunds/rf_1'],
  ])(
    'after IDEMPOTENCY_KEY_REUSED the refund of the first request counts, %s',
    async (_how, more, answer, path) => {
      await page().cancel(REQUEST);
      api.received = [];
      api.script = [problem(422, 'IDEMPOTENCY_KEY_REUSED', more), answer];
      const outcome = await page().cancel({ ...REQUEST, reason: 'x' });
      expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
      expect([api.paths, api.keys.size]).toEqual([[path], 1]);
    },
  );

  it('a request that was not sent does not block a request with another body and another key', async () => {
    api.otherwise = () => problem(503, 'PROVIDER_UNAVAILABLE');
    const client = page();
    await client.cancel(REQUEST);
    api.script = [DONE];
    expect(await client.cancel({ ...REQUEST, reason: 'x' })).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(2);
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

  it('aborting during the POST keeps the request as pending', async () => {
    const leaving = new AbortController();
    api.otherwise = () => {
      setTimeout(() => leaving.abort(), 0);
      return 'silent';
    };
    const outcome = await page().cancel(REQUEST, { signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect(at.kept.size).toBe(1);
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

  it('an error in the page’s onProgress does not stop the client from following the refund', async () => {
    const onProgress = (): never => {
      throw new TypeError('x is undefined');
    };
    api.script = [OPEN, read('cancelled')];
    expect(await page().cancel(REQUEST, { onProgress })).toMatchObject({ kind: 'cancelled' });
  });
});
