import { describe, expect, it } from 'vitest';
import {
  answered,
  api,
  aRefund,
  at,
  DONE,
  leftAtOnce,
  LOCATION,
  looked,
  OPEN,
  page,
  problem,
  read,
  type Scripted,
  useApi,
  REQUEST,
} from './page.ts';

useApi();

/** Collects the progress messages that the customer sees. */
function listening() {
  const said: string[] = [];
  return { said, following: { onProgress: (message: string) => said.push(message) } };
}

const NOTHING = /[Nn]othing|no such|refused/;

describe('a request with an unknown outcome', () => {
  it.each<[string, Scripted]>([
    ['the gateway timed out', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['the service answers INTERNAL_ERROR', problem(500, 'INTERNAL_ERROR')],
    ['a proxy answered', { status: 418, body: { message: 'I am a proxy' } }],
    ['a 200 names no refund', { status: 200, body: { merchant_uid: 'o' } }],
    ['a 200 contains HTML', { text: '<html>' }],
    ['a 5xx has an unknown code', problem(503, 'A_CODE_OF_NEXT_YEAR')],
    ['the connection was cut', 'reset'],
  ])('a request with an unknown outcome stays pending: %s', async (_, answer) => {
    api.otherwise = () => answer;
    const { said, following } = listening();
    const outcome = await page().cancel(REQUEST, following);
    expect(outcome).toMatchObject({ kind: 'pending', amount: 100 });
    expect(at.kept.size).toBe(1);
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(NOTHING);
    expect(api.keys.size).toBe(1);
  });

  it.each<[string, Scripted]>([
    ['the token has expired', { status: 401, body: { message: 'Unauthorized' } }],
    ['somebody else has signed in', problem(404, 'PAYMENT_NOT_FOUND')],
    ['the provider is down', problem(503, 'PROVIDER_UNAVAILABLE')],
    ['the service answers an unknown code', problem(409, 'A_CODE_OF_NEXT_YEAR')],
    ['the checksum does not match', problem(409, 'CHECKSUM_MISMATCH')],
  ])('a request whose answer was lost stays pending when the retry fails because %s', async (_, answer) => {
    api.script = ['reset'];
    api.otherwise = () => answer;
    const { said, following } = listening();
    const client = page();
    const outcome = await client.cancel(REQUEST, following);
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(/[Nn]othing|no such/);
    expect(at.kept.size).toBe(1);
    // A second press continues the same request with the same key.
    api.script = [DONE];
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });

  it('a retry answered ALREADY_FULLY_REFUNDED ends the request as refused', async () => {
    api.script = ['reset', problem(400, 'ALREADY_FULLY_REFUNDED')];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'refused' });
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

  it('IDEMPOTENCY_KEY_REUSED after a changed account makes the client find the refund of the first request', async () => {
    await page().cancel({ ...REQUEST, refund_account: '222' });
    const other = aRefund('cancelled', { refund_id: 'rf_other', amount: 7 });
    api.script = [problem(422, 'IDEMPOTENCY_KEY_REUSED'), looked(other, aRefund('cancelled'))];
    const outcome = await page().cancel({ ...REQUEST, refund_account: '111' });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(api.keys.size).toBe(1);
  });

  it('the client follows the refund that IDEMPOTENCY_KEY_REUSED names', async () => {
    await page().cancel(REQUEST);
    const reused = problem(422, 'IDEMPOTENCY_KEY_REUSED', { refund: aRefund('unknown') });
    api.script = [reused, read('cancelled')];
    api.received = [];
    const outcome = await page().cancel({ ...REQUEST, reason: 'x' });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(api.paths).toEqual(['/payments/o/refunds/rf_1']);
  });
});

describe('a request that the service did not send', () => {
  it.each(['PROVIDER_UNAVAILABLE', 'STORE_UNAVAILABLE'])(
    '%s is reported as not_sent, and the next press uses the same key',
    async (code) => {
      api.otherwise = () => problem(503, code);
      const client = page();
      expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'not_sent', code, amount: 100 });
      expect(at.kept.size).toBe(0);
      api.script = [DONE];
      expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
      expect(api.keys.size).toBe(1);
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

  it('a 202 whose refund was never reserved ends as not_sent when the service answers 404', async () => {
    const unreserved = answered(200, { refund_id: 'rf_1', status: 'unknown' });
    api.script = [OPEN, unreserved, unreserved, problem(404, 'REFUND_NOT_FOUND')];
    const { said, following } = listening();
    const client = page();
    const outcome = await client.cancel(REQUEST, following);
    expect(outcome).toMatchObject({ kind: 'not_sent', code: 'REFUND_NOT_FOUND', amount: 100 });
    expect(outcome.message).toContain('nothing was refunded');
    expect(api.paths).toEqual([LOCATION, LOCATION, LOCATION]);
    expect(said.join()).not.toMatch(NOTHING);
    expect(at.kept.size).toBe(0);
    api.script = [DONE];
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });
});

describe('a refund answered with 202', () => {
  it.each(['https://evil.example/payments/o/refunds/rf_1', '//evil.example/refunds/', '@evil.example/x'])(
    'a Location header with another host is ignored: %s',
    async (location) => {
      api.script = [answered(202, aRefund('unknown'), location), read('cancelled')];
      expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
      expect(api.paths).toEqual(['/payments/o/refunds/rf_1?imp_uid=imp_1']);
    },
  );

  it('a refund that stays unknown is reported as pending, and the request is kept', async () => {
    api.script = [OPEN];
    api.otherwise = () => read('unknown');
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'pending' });
    expect([...at.kept.values()].join()).toContain(LOCATION);
    // Longer than the service needs to decide: G (180 s), send window, clock skew and two looks.
    expect(at.clock.waitedMs).toBeGreaterThan(300_000);
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
});
