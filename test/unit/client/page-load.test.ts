import { describe, expect, it } from 'vitest';
import {
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
  REQUESTED_AT,
  tokenOf,
  useApi,
  WISH,
} from './page.ts';

useApi();

const DAY_MS = 86_400_000;
const another = () => page({ getToken: () => tokenOf('customer-2') });

/** A press whose answers were all lost. */
async function lost(request: Parameters<ReturnType<typeof page>['cancel']>[0] = WISH): Promise<void> {
  api.otherwise = () => 'reset';
  await page().cancel(request);
  api.heard = [];
}

/** A press that was told 202, on a page that was left then. */
async function left(): Promise<void> {
  api.script = [OPEN];
  await page().cancel(WISH, leftAtOnce());
  api.heard = [];
}

const posts = () => api.heard.filter(({ method }) => method === 'POST');

describe('loading a page', () => {
  it('with nothing kept asks nothing', async () => {
    expect(await page().resume('o')).toEqual({ kind: 'none', message: '' });
    expect(api.heard).toEqual([]);
  });

  it.each([0, 5 * 60_000, 30 * DAY_MS, -3 * DAY_MS])(
    'never moves money, %d ms after the press',
    async (laterMs) => {
      await lost();
      at.hands.set(laterMs);
      api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked());
      expect(await page().resume('o')).toMatchObject({ kind: 'needs_confirmation', kept: { amount: 100 } });
      expect(await another().resume('o')).toMatchObject({ kind: 'needs_confirmation' });
      expect(posts()).toEqual([]);
      expect(at.kept.size).toBe(1);
    },
  );

  it('finds a wish whose answer was lost by amount and time, and tells how it ended', async () => {
    await lost();
    const yesterday = aRefund('cancelled', { refund_id: 'rf_0', requested_at: REQUESTED_AT - 86_400 });
    api.otherwise = () => looked(yesterday, aRefund('cancelled'));
    expect(await page().resume('o')).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1', amount: 100 });
    expect(posts()).toEqual([]);
    expect(at.kept.size).toBe(0);
  });

  it('does not take another refund of the same amount for it, nor a cancel of i’mport’s console', async () => {
    await lost();
    const yesterday = aRefund('cancelled', { refund_id: 'rf_0', requested_at: REQUESTED_AT - 86_400 });
    api.otherwise = () => looked(yesterday, aRefund('cancelled', { made_by: 'provider' }));
    expect(await page().resume('o')).toMatchObject({ kind: 'needs_confirmation', why: 'unanswered' });
  });

  it('does not choose between two that may be it', async () => {
    await lost();
    api.otherwise = () => looked(aRefund('cancelled'), aRefund('cancelled', { refund_id: 'rf_2' }));
    expect(await page().resume('o')).toMatchObject({ kind: 'needs_confirmation', why: 'unanswered' });
  });

  it('follows a refund in doubt to its end', async () => {
    await left();
    api.script = [read('unknown'), read('cancelled')];
    expect(await page().resume('o')).toMatchObject({
      kind: 'cancelled',
      receipt_url: 'https://pg.example/r/1',
    });
    expect(api.paths).toEqual([LOCATION, LOCATION]);
    expect(at.kept.size).toBe(0);
  });

  it('without a connection or a token leaves everything as it is', async () => {
    await lost();
    expect(await page().resume('o')).toMatchObject({ kind: 'pending', code: 'NETWORK', amount: 100 });
    const signedOut = page({ getToken: () => '' });
    expect(await signedOut.resume('o')).toMatchObject({ kind: 'pending', code: 'UNAUTHORIZED' });
    expect(at.kept.size).toBe(1);
  });

  it('twice, with the first one left at once, still looks (a component that is mounted twice)', async () => {
    await left();
    api.otherwise = () => read('cancelled');
    const client = page();
    const leaving = new AbortController();
    const first = client.resume('o', { signal: leaving.signal });
    leaving.abort();
    expect(await client.resume('o')).toMatchObject({ kind: 'cancelled' });
    expect(await first).toMatchObject({ kind: 'pending' });
  });
});

describe('a press beside a kept wish', () => {
  it.each([
    ['old', 10 * 60_000, 'customer-1'],
    ['old', 30 * DAY_MS, 'customer-1'],
    ['old', -DAY_MS, 'customer-1'],
    ['another_subject', 1_000, 'customer-2'],
  ])('asks before it sends: %s (%d ms, %s)', async (why, laterMs, sub) => {
    await lost();
    at.hands.set(laterMs);
    api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked());
    const client = page({ getToken: () => tokenOf(sub) });
    const asked = await client.cancel(WISH);
    expect(asked).toMatchObject({ kind: 'needs_confirmation', why, kept: { amount: 100 } });
    if (asked.kind !== 'needs_confirmation' || asked.kept === undefined) throw new Error('not asked');
    expect(asked.kept.asked_at).toBe(REQUESTED_AT * 1_000);
    expect(posts()).toEqual([]);
    // Confirmed, it is sent, with the same key: heard before, it would be found again.
    expect(await client.confirm(asked.kept.request)).toMatchObject({ kind: 'cancelled' });
    expect(posts().map(({ body }) => JSON.parse(body) as unknown)).toEqual([WISH]);
  });

  it('goes on with the same key within ten minutes, and never with an old body', async () => {
    await lost({ ...WISH, reason: 'too small' });
    const [key] = [...at.kept.values()].map((text) => (JSON.parse(text) as { key: string }).key);
    at.hands.set(9 * 60_000 - 60_000);
    api.script = [DONE];
    expect(await page().cancel({ ...WISH, reason: 'too big' })).toMatchObject({ kind: 'cancelled' });
    expect(api.heard.map((heard) => [heard.key, heard.body])).toEqual([
      [key, JSON.stringify({ ...WISH, reason: 'too big' })],
    ]);
  });

  it('of another amount is busy and sends nothing, until the open one is dropped', async () => {
    await lost();
    api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked());
    const client = page();
    const other = { ...WISH, cancel_request_amount: 250 };
    expect(await client.cancel(other)).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    expect(await client.confirm(other)).toMatchObject({ kind: 'busy' });
    expect(await client.cancel({ merchant_uid: 'o' })).toMatchObject({ kind: 'busy', amount: null });
    expect(await client.cancel({ merchant_uid: 'o', checksum: 900 })).toMatchObject({
      kind: 'busy',
      amount: 900,
    });
    expect(posts()).toEqual([]);
    client.drop('o');
    expect(await client.cancel(other)).toMatchObject({ kind: 'cancelled' });
  });

  it('of another amount waits until somebody has seen how the open one ended', async () => {
    await left();
    const other = { ...WISH, cancel_request_amount: 250 };
    api.script = [read('cancelled'), DONE];
    const client = page();
    expect(await client.cancel(other)).toMatchObject({ kind: 'busy', open: { amount: 100 } });
    expect(await client.resume('o')).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1', amount: 100 });
    expect(await client.cancel(other)).toMatchObject({ kind: 'cancelled' });
    expect(api.methods).toBe('GET POST');
  });

  it('of the same amount, long ago and done, tells of that one and makes no other', async () => {
    await left();
    at.hands.set(DAY_MS);
    api.otherwise = () => read('cancelled');
    const client = page();
    expect(await client.cancel(WISH)).toMatchObject({ kind: 'needs_confirmation', why: 'old' });
    expect(await client.confirm(WISH)).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(posts()).toEqual([]);
  });

  it('follows the kept refund instead of sending it again', async () => {
    await left();
    api.script = [read('cancelled')];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.methods).toBe('GET');
  });

  it('while the page still looks is not swallowed by the look', async () => {
    await lost();
    api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked());
    const client = page();
    const look = client.resume('o');
    expect(await client.cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(await look).toMatchObject({ kind: 'needs_confirmation' });
    expect(posts()).toHaveLength(1);
  });

  it('of an opaque token asks, and goes on with the same key', async () => {
    const client = page({ getToken: () => 'opaque' });
    await client.cancel(WISH);
    expect(await client.cancel(WISH)).toMatchObject({ kind: 'needs_confirmation', why: 'another_subject' });
    api.script = [DONE];
    expect(await client.confirm(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });
});

describe('what is kept', () => {
  it('is key, order, payment, amount, time and subject: never a reason, an account or a token', async () => {
    const account = {
      refund_holder: '홍길동',
      refund_bank: '020',
      refund_account: '123-456',
      refund_tel: '010',
    };
    const more = { reason: 'a secret reason', retain_promotion: true, tax_free: 1, vat_amount: 2 };
    await lost({ ...WISH, ...account, ...more, imp_uid: 'imp_1' });
    const [text = ''] = at.kept.values();
    const { key, ...wish } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(wish).toEqual({
      merchant_uid: 'o',
      imp_uid: 'imp_1',
      amount: 100,
      time: REQUESTED_AT * 1_000,
      subject: 'customer-1',
    });
  });

  it('is the refund’s address too, once the service has told it', async () => {
    await left();
    const [text = ''] = at.kept.values();
    expect(JSON.parse(text)).toMatchObject({ location: LOCATION, imp_uid: 'imp_1' });
  });

  it('ends with the refund, and with a refusal', async () => {
    api.script = [DONE];
    await page().cancel(WISH);
    api.script = [problem(400, 'INVALID_REQUEST')];
    await page().cancel(WISH);
    expect(at.kept.size).toBe(0);
  });
});
