import { beforeEach, describe, expect, it } from 'vitest';
import type { CancelRequest } from '../../../lib/client/refund-client.ts';
import {
  anew,
  api,
  aRefund,
  at,
  DONE,
  leftAtOnce,
  listening,
  LOCATION,
  looked,
  OPEN,
  page,
  problem,
  read,
  REQUESTED_AT,
  tokenOf,
  REQUEST,
} from './page.ts';

beforeEach(anew);

const DAY_MS = 86_400_000;
const OTHERS = { getToken: () => tokenOf('customer-2') };

/** Presses the button and loses every answer. */
async function lost(request: CancelRequest = REQUEST): Promise<void> {
  api.otherwise = () => 'reset';
  await page().cancel(request);
  api.received = [];
}

/** Presses the button, gets 202, and then leaves the page. */
async function left(): Promise<void> {
  api.script = [OPEN];
  await page().cancel(REQUEST, leftAtOnce());
  api.received = [];
}

/** From now on a POST refunds, and the payment shows these refunds. */
function showing(...refunds: readonly object[]): void {
  api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked(...refunds));
}

const posts = () => api.received.filter(({ method }) => method === 'POST');

describe('resume() when a page loads', () => {
  it('a page load without a kept request makes no call', async () => {
    expect(await page().resume('o')).toEqual({ kind: 'none', message: '' });
    expect(api.received).toEqual([]);
  });

  const yesterday = aRefund('cancelled', { refund_id: 'rf_0', requested_at: REQUESTED_AT - 86_400 });

  it('a page load finds the refund of a lost answer by amount and time, and reports how it ended', async () => {
    await lost();
    showing(yesterday, aRefund('cancelled'));
    expect(await page().resume('o')).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1', amount: 100 });
    expect(posts()).toEqual([]);
    expect(at.kept.size).toBe(0);
  });

  it('a page load looks again and finds a refund that appears a moment later', async () => {
    await lost();
    api.script = [looked(), looked(), looked(aRefund('cancelled'))];
    expect(await page().resume('o')).toMatchObject({ kind: 'cancelled' });
  });

  it.each([
    ['a cancel made in i’mport’s console', [aRefund('cancelled', { made_by: 'provider' })]],
    ['two that match', [aRefund('cancelled'), aRefund('cancelled', { refund_id: 'rf_2' })]],
  ])('a page load asks for confirmation if it finds an older refund and %s', async (_, found) => {
    await lost();
    showing(yesterday, ...found);
    expect(await page().resume('o')).toMatchObject({ kind: 'needs_confirmation', why: 'unanswered' });
  });

  it('a page load follows an unknown refund until it ends', async () => {
    await left();
    api.script = [read('unknown'), read('cancelled')];
    const { said, following } = listening();
    expect(await page().resume('o', following)).toMatchObject({
      kind: 'cancelled',
      receipt_url: 'https://pg.example/r/1',
    });
    expect(api.paths).toEqual([LOCATION, LOCATION]);
    expect(said.join()).not.toMatch(/연결|connection/i);
    expect(at.kept.size).toBe(0);
  });

  it('a page load without a connection or a token keeps the request', async () => {
    await lost();
    expect(await page().resume('o')).toMatchObject({ kind: 'pending', code: 'NETWORK', amount: 100 });
    const signedOut = page({ getToken: () => '' });
    expect(await signedOut.resume('o')).toMatchObject({ kind: 'pending', code: 'UNAUTHORIZED' });
    expect(at.kept.size).toBe(1);
  });

  it('a request kept for another customer asks for confirmation, even when its refund can be read', async () => {
    await left();
    api.otherwise = () => read('unknown');
    const asked = { kind: 'needs_confirmation', why: 'another_subject' };
    expect(await page(OTHERS).resume('o')).toMatchObject(asked);
    expect(at.kept.size).toBe(1);
  });

  it('a second resume() still looks after the first was aborted (a component that is mounted twice)', async () => {
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

describe('a press while a request is kept', () => {
  it.each([
    ['old', 10 * 60_000, {}],
    ['old', 30 * DAY_MS, {}],
    ['old', -DAY_MS, {}],
    ['another_subject', 1_000, OTHERS],
  ])('a press asks for confirmation before it sends: %s (%d ms)', async (why, laterMs, options) => {
    await lost();
    at.clock.set(laterMs);
    showing();
    const client = page(options);
    const asked = await client.cancel(REQUEST);
    expect(asked).toMatchObject({ kind: 'needs_confirmation', why, kept: { amount: 100 } });
    if (asked.kind !== 'needs_confirmation' || asked.kept === undefined) throw new Error('not asked');
    expect(asked.kept.asked_at).toBe(REQUESTED_AT * 1_000);
    expect(posts()).toEqual([]);
    // The confirmed request is sent with the same key, so the service recognises it if the first one arrived.
    expect(await client.confirm(asked.kept.request)).toMatchObject({ kind: 'cancelled' });
    expect(posts().map(({ body }) => JSON.parse(body) as unknown)).toEqual([REQUEST]);
  });

  it('a press within ten minutes reuses the key and sends the new body', async () => {
    await lost({ ...REQUEST, reason: 'too small' });
    const [key] = [...at.kept.values()].map((text) => (JSON.parse(text) as { key: string }).key);
    at.clock.set(9 * 60_000 - 60_000);
    api.script = [DONE];
    const request = { ...REQUEST, reason: 'too big' };
    expect(await page().cancel(request)).toMatchObject({ kind: 'cancelled' });
    expect(api.received.map((sent) => [sent.key, sent.body])).toEqual([[key, JSON.stringify(request)]]);
  });

  it('a press for another amount is busy and sends nothing until the kept request is dropped', async () => {
    await lost();
    showing();
    const client = page();
    const other = { ...REQUEST, cancel_request_amount: 250 };
    const all = { merchant_uid: 'o' };
    expect(await client.cancel(other)).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    expect(await client.confirm(other)).toMatchObject({ kind: 'busy' });
    expect(await client.cancel(all)).toMatchObject({ kind: 'busy', amount: null });
    expect(await client.cancel({ ...all, checksum: 900 })).toMatchObject({ kind: 'busy', amount: 900 });
    expect(posts()).toEqual([]);
    client.drop('o');
    expect(await client.cancel(other)).toMatchObject({ kind: 'cancelled' });
  });

  it('a press during resume() is still sent', async () => {
    await lost();
    showing();
    const client = page();
    const look = client.resume('o');
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(await look).toMatchObject({ kind: 'needs_confirmation' });
    expect(posts()).toHaveLength(1);
  });

  it('a second press with an opaque token asks for confirmation and reuses the key', async () => {
    const client = page({ getToken: () => 'opaque' });
    await client.cancel(REQUEST);
    const asked = { kind: 'needs_confirmation', why: 'another_subject' };
    expect(await client.cancel(REQUEST)).toMatchObject(asked);
    api.script = [DONE];
    expect(await client.confirm(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
  });

  it('the kept request holds key, order, payment, amount, time and subject, and no reason, account or token', async () => {
    const account = {
      refund_holder: '홍길동',
      refund_bank: '020',
      refund_account: '123-456',
      refund_tel: '010',
    };
    const more = { reason: 'a secret reason', retain_promotion: true, tax_free: 1, vat_amount: 2 };
    await lost({ ...REQUEST, ...account, ...more, imp_uid: 'imp_1' });
    const [text = ''] = at.kept.values();
    const { key, ...requested } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(requested).toEqual({
      merchant_uid: 'o',
      imp_uid: 'imp_1',
      amount: 100,
      time: REQUESTED_AT * 1_000,
      subject: 'customer-1',
    });
  });

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
    await lost({ ...REQUEST, refund_account: '222' });
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
