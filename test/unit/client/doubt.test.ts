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
  WISH,
} from './page.ts';

useApi();

/** What the person who waits is told. */
function listening() {
  const said: string[] = [];
  return { said, following: { onProgress: (message: string) => said.push(message) } };
}

const NOTHING = /[Nn]othing|no such|refused/;

describe('a request whose fate nobody has told', () => {
  it.each<[string, Scripted]>([
    ['the gateway ended it', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['the function died', { status: 500, body: { message: 'Internal Server Error' } }],
    ['the service itself does not know', problem(500, 'INTERNAL_ERROR')],
    ['something in between answered', { status: 418, body: { message: 'I am a proxy' } }],
    ['a success does not say of which refund', { status: 200, body: { merchant_uid: 'o' } }],
    ['a success is HTML', { text: '<html>' }],
    ['a 5xx has a code of next year', problem(503, 'A_CODE_OF_NEXT_YEAR')],
    ['a 503 is the gateway’s own', { status: 503, body: { message: 'Service Unavailable' } }],
    ['the line was cut', 'reset'],
  ])('is not taken for refused: %s', async (_, answer) => {
    api.otherwise = () => answer;
    const { said, following } = listening();
    const outcome = await page().cancel(WISH, following);
    expect(outcome).toMatchObject({ kind: 'pending', amount: 100 });
    expect(at.kept.size).toBe(1);
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(NOTHING);
    expect(api.keys.size).toBe(1);
  });

  it.each<[string, Scripted]>([
    ['the token has expired', { status: 401, body: { message: 'Unauthorized' } }],
    ['somebody else has signed in', problem(404, 'PAYMENT_NOT_FOUND')],
    ['the provider is down', problem(503, 'PROVIDER_UNAVAILABLE')],
    ['the ledger is down', problem(503, 'STORE_UNAVAILABLE')],
    ['another refund is in progress', problem(409, 'REFUND_IN_PROGRESS')],
    ['a newer service has a code that nobody here knows', problem(409, 'A_CODE_OF_NEXT_YEAR')],
    ['the balance is another one for now', problem(409, 'CHECKSUM_MISMATCH')],
  ])('stays open when meanwhile %s', async (_, answer) => {
    api.script = ['reset'];
    api.otherwise = () => answer;
    const { said, following } = listening();
    const client = page();
    const outcome = await client.cancel(WISH, following);
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(/[Nn]othing|no such/);
    expect(at.kept.size).toBe(1);
    // Pressed again it is the same wish, and still the same key.
    api.script = [DONE];
    expect(await client.cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });

  it('is refused when the answer holds for the first request too', async () => {
    api.script = ['reset', problem(400, 'ALREADY_FULLY_REFUNDED')];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'refused' });
  });

  it('is not refused by an answer to another body: the first one may have been valid', async () => {
    api.script = ['reset'];
    await page().cancel({ ...WISH, refund_account: '222' }, leftAtOnce());
    api.script = [problem(400, 'INVALID_REQUEST')];
    const again = await page().cancel({ ...WISH, refund_account: '1' });
    expect(again).toMatchObject({ kind: 'pending' });
    expect(at.kept.size).toBe(1);
    at.kept.clear();
    api.script = ['reset', problem(400, 'INVALID_REQUEST')];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'refused', code: 'INVALID_REQUEST' });
  });

  it('is refused when the gateway has refused it from the start', async () => {
    api.otherwise = () => ({ status: 403, body: { message: 'Forbidden' } });
    const shut = await page({ language: 'ko' }).cancel(WISH);
    expect(shut).toMatchObject({ kind: 'refused', code: 'FORBIDDEN', message: '권한이 없습니다.' });
  });

  it('came with another reason or account, and was heard: what counts is the one that arrived', async () => {
    await page().cancel({ ...WISH, refund_account: '222' });
    const other = aRefund('cancelled', { refund_id: 'rf_other', amount: 7 });
    api.script = [problem(422, 'IDEMPOTENCY_KEY_REUSED'), looked(other, aRefund('cancelled'))];
    const outcome = await page().cancel({ ...WISH, refund_account: '111' });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(api.keys.size).toBe(1);
  });

  it('came with another reason, and the service names its refund: that one is followed', async () => {
    await page().cancel(WISH);
    const reused = problem(422, 'IDEMPOTENCY_KEY_REUSED', { refund: aRefund('unknown') });
    api.script = [reused, read('cancelled')];
    api.heard = [];
    const outcome = await page().cancel({ ...WISH, reason: 'x' });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(api.paths).toEqual(['/payments/o/refunds/rf_1']);
  });
});

describe('a request of which the service says that nothing was sent', () => {
  it.each(['PROVIDER_UNAVAILABLE', 'STORE_UNAVAILABLE'])(
    '%s: is told as that, and the same key is sent when it is asked for again',
    async (code) => {
      api.otherwise = () => problem(503, code);
      const client = page();
      expect(await client.cancel(WISH)).toMatchObject({ kind: 'not_sent', code, amount: 100 });
      expect(at.kept.size).toBe(0);
      api.script = [DONE];
      expect(await client.cancel(WISH)).toMatchObject({ kind: 'cancelled' });
      expect(api.keys.size).toBe(1);
    },
  );

  it('holds up no other request, and another body has another key', async () => {
    api.otherwise = () => problem(503, 'PROVIDER_UNAVAILABLE');
    const client = page();
    await client.cancel(WISH);
    api.script = [DONE];
    expect(await client.cancel({ ...WISH, reason: 'x' })).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(2);
  });

  it('is a 202 that was never reserved: the service decides when, and 404 is its end', async () => {
    const unreserved = answered(200, { refund_id: 'rf_1', status: 'unknown' });
    api.script = [OPEN, unreserved, unreserved, problem(404, 'REFUND_NOT_FOUND')];
    const { said, following } = listening();
    const client = page();
    const outcome = await client.cancel(WISH, following);
    expect(outcome).toMatchObject({ kind: 'not_sent', code: 'REFUND_NOT_FOUND', amount: 100 });
    expect(outcome.message).toContain('nothing was refunded');
    expect(api.paths).toEqual([LOCATION, LOCATION, LOCATION]);
    expect(said.join()).not.toMatch(NOTHING);
    expect(at.kept.size).toBe(0);
    api.script = [DONE];
    expect(await client.cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });
});

describe('a refund that was told 202', () => {
  it('is followed at the address that the answer names', async () => {
    api.script = [OPEN, read('unknown'), read('cancelled')];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.paths).toEqual([LOCATION, LOCATION]);
    expect(api.methods).toBe('POST GET GET');
  });

  it.each(['https://evil.example/payments/o/refunds/rf_1', '//evil.example/refunds/', '@evil.example/x'])(
    'is followed at its own address where the answer names another host: %s',
    async (location) => {
      api.script = [answered(202, aRefund('unknown'), location), read('cancelled')];
      expect(await page().cancel(WISH)).toMatchObject({ kind: 'cancelled' });
      expect(api.paths).toEqual(['/payments/o/refunds/rf_1?imp_uid=imp_1']);
    },
  );

  it('and cannot be read in full is still there', async () => {
    api.script = [OPEN];
    api.otherwise = () => answered(200, { refund_id: 'rf_1', status: 7 });
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'pending' });
  });

  it('is left pending while it is open, and kept', async () => {
    api.script = [OPEN];
    api.otherwise = () => read('unknown');
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'pending' });
    expect([...at.kept.values()].join()).toContain(LOCATION);
    // Longer than the service needs for its decision: G (180 s), send window, skew, two looks.
    expect(at.hands.waitedMs).toBeGreaterThan(300_000);
  });

  it('may be left by the page; the wish waits', async () => {
    const leaving = new AbortController();
    api.script = [OPEN, read('unknown'), 'silent'];
    const onProgress = (): void => {
      if (api.heard.length === 2) leaving.abort();
    };
    const outcome = await page().cancel(WISH, { onProgress, signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect(api.heard).toHaveLength(2);
    expect(at.kept.size).toBe(1);
  });

  it('may be left while the request is on its way, and is not taken for nothing', async () => {
    const leaving = new AbortController();
    api.otherwise = () => {
      setTimeout(() => leaving.abort(), 0);
      return 'silent';
    };
    const outcome = await page().cancel(WISH, { signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect(at.kept.size).toBe(1);
  });
});
