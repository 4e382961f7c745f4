import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Api,
  aPage,
  answered,
  aRefund,
  aStorage,
  DONE,
  Hands,
  looked,
  OPEN,
  problem,
  tokenOf,
  WISH,
} from './page.ts';

const api = new Api();
let hands = new Hands();
beforeAll(async () => api.start());
afterAll(() => api.stop());
beforeEach(() => {
  api.reset();
  hands = new Hands();
});

describe('a press of the button', () => {
  it('is one refund with one key, however often the network fails in between', async () => {
    const unavailable = { ...(problem(503, 'PROVIDER_UNAVAILABLE') as { status: number }), retryAfter: '4' };
    api.script = ['reset', unavailable, problem(409, 'REFUND_IN_PROGRESS'), DONE];
    const outcome = await aPage(api, hands).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'cancelled', message: 'Refunded. ₩100' });
    expect(api.keys.size).toBe(1);
    expect(hands.waited).toEqual([2_000, 4_000, 4_500]);
  });

  it('ends with what a shop shows: amount, refund, receipt, expected arrival', async () => {
    api.script = [DONE];
    expect(await aPage(api, hands, { language: 'ko' }).cancel(WISH)).toMatchObject({
      kind: 'cancelled',
      message: '환불되었습니다. 100원',
      amount: 100,
      currency: 'KRW',
      refund_id: 'rf_1',
      receipt_url: 'https://pg.example/r/1',
      expected_by: 1_700_086_400,
    });
  });

  it('twice at once is one press', async () => {
    api.script = [DONE];
    const page = aPage(api, hands);
    const [first, second] = await Promise.all([page.cancel(WISH), page.cancel(WISH)]);
    expect(first).toEqual(second);
    expect(api.heard).toHaveLength(1);
  });

  it('for another amount while one is under way is busy, and names both amounts', async () => {
    api.script = ['reset', DONE];
    const page = aPage(api, hands);
    const first = page.cancel(WISH);
    const other = await page.cancel({ ...WISH, cancel_request_amount: 250 });
    expect(other).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    expect(await first).toMatchObject({ kind: 'cancelled' });
    expect(api.heard.filter(({ body }) => body.includes('250'))).toEqual([]);
  });

  it('that is refused says why in the words of the service, and the next one is a new wish', async () => {
    api.script = [problem(400, 'AMOUNT_EXCEEDS_CANCELABLE', { cancelable_amount: 50 }), DONE];
    const page = aPage(api, hands);
    expect(await page.cancel(WISH)).toMatchObject({
      kind: 'refused',
      code: 'AMOUNT_EXCEEDS_CANCELABLE',
      message: 'the service says AMOUNT_EXCEEDS_CANCELABLE',
      amount: 100,
      problem: { cancelable_amount: 50 },
    });
    await page.cancel(WISH);
    expect(api.keys.size).toBe(2);
  });

  it('is followed to its end, by looking only, after a 202', async () => {
    const open = aRefund('unknown');
    api.script = [OPEN, looked(open), looked(open), looked(aRefund('cancelled'))];
    const said: string[] = [];
    const outcome = await aPage(api, hands).cancel(WISH, { onProgress: (message) => said.push(message) });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_1' });
    expect(api.methods).toBe('POST GET GET GET');
    expect(said.join()).not.toContain('Nothing');
  });

  it('is followed through the older pages of a payment with many refunds', async () => {
    const later = { status: 200, body: { merchant_uid: 'o', refunds: [], refunds_before: 'rf_9' } };
    api.script = [OPEN, later, looked(aRefund('cancelled'))];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.heard[2]?.path).toBe('/payments/o?imp_uid=imp_1&before=rf_9');
  });

  it('that ends as rejected says so, with the provider’s own reason in the refund', async () => {
    const rejection = { code: 'CANCEL_REJECTED', provider: { code: 1, message: '거절' } };
    api.script = [OPEN, looked(aRefund('rejected', { rejection }))];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({
      kind: 'refused',
      code: 'CANCEL_REJECTED',
      refund_id: 'rf_1',
      problem: { refund: { rejection } },
    });
  });

  it.each([
    ['by the cancel', [problem(422, 'NOT_EXECUTED')]],
    ['by a look', [OPEN, looked(aRefund('not_executed'))]],
    [
      'by a look, as a rejection',
      [OPEN, looked(aRefund('rejected', { rejection: { code: 'NOT_EXECUTED' } }))],
    ],
  ])('that was never carried out is told as that: %s', async (_, script) => {
    api.script = [...script];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'not_executed', amount: 100 });
  });

  it('that was ended before it was sent is known to have done nothing', async () => {
    const { kept, storage } = aStorage();
    const outcome = await aPage(api, hands, { storage }).cancel(WISH, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ kind: 'not_executed' });
    expect([api.heard.length, kept.size]).toEqual([0, 0]);
  });

  it.each([
    ['SEVERAL_PAYMENTS', 409],
    ['PAYMENT_MISMATCH', 409],
    ['ALREADY_CANCELLED_AT_PG', 422],
    ['STILL_RESOLVABLE', 409],
    ['A_CODE_OF_NEXT_YEAR', 409],
    ['TOO_MANY_REFUNDS', 429],
  ])('understands %s: refused, once, and not one word that nothing was refunded', async (code, status) => {
    api.script = [problem(status, code, { payments: [{ imp_uid: 'imp_1' }] })];
    const outcome = await aPage(api, hands).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code, problem: { payments: [{ imp_uid: 'imp_1' }] } });
    expect(JSON.stringify(outcome)).not.toContain('Nothing');
    expect(api.heard).toHaveLength(1);
  });

  it('waits for a place when that is soon, and says when it is late', async () => {
    const soon = { status: 429, body: { code: 'TOO_MANY_REFUNDS' }, retryAfter: '5' };
    api.script = [soon, DONE];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    api.script = [{ ...soon, retryAfter: '3600' }];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'refused', retry_after: 3_600 });
  });

  it('follows on while a newer service has a status that nobody here knows', async () => {
    api.script = [
      answered(200, aRefund('on_its_way')),
      looked(aRefund('on_its_way')),
      looked(aRefund('cancelled')),
    ];
    expect(await aPage(api, hands).cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.methods).toBe('POST GET GET');
  });
});

describe('the request', () => {
  it('speaks the caller’s language, with headers that a page of another origin may send, and without cookies', async () => {
    let init: RequestInit | undefined;
    const send: typeof fetch = async (input, given) => {
      init = given;
      return fetch(input, given);
    };
    api.script = [DONE];
    await aPage(api, hands, { language: 'ko', fetch: send }).cancel(WISH);
    expect(init?.credentials).toBe('omit');
    const allowed = ['authorization', 'content-type', 'idempotency-key', 'accept-language'];
    expect(Object.keys(init?.headers ?? {}).toSorted()).toEqual(allowed.toSorted());
    expect(api.heard[0]?.headers['accept-language']).toBe('ko');
  });

  it('names one of several payments, and looks it up by itself when a path cannot carry the order', async () => {
    api.script = [answered(202, aRefund('unknown')), looked(aRefund('cancelled'))];
    await aPage(api, hands).cancel({ merchant_uid: 'a/b', imp_uid: 'imp_1', cancel_request_amount: 100 });
    expect(api.heard[1]?.path).toBe('/payments?imp_uid=imp_1');
  });
});

describe('a token', () => {
  const askedFor: boolean[] = [];
  const getToken = ({ renew }: { readonly renew: boolean }): string => {
    askedFor.push(renew);
    return `${tokenOf('customer-1')}${renew ? 'new' : 'old'}`;
  };
  const expired = { status: 401, body: { message: 'Unauthorized' } };
  beforeEach(() => void askedFor.splice(0));

  it('that has expired is asked for anew, once, and the same request goes on', async () => {
    api.script = [expired, DONE];
    expect(await aPage(api, hands, { getToken }).cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.heard.map(({ headers }) => headers.authorization?.slice(-3))).toEqual(['old', 'new']);
    expect(api.keys.size).toBe(1);
  });

  it('that is refused twice is an answer', async () => {
    api.script = [expired, expired];
    const outcome = await aPage(api, hands, { getToken }).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED', message: 'Please sign in.' });
    expect(api.heard).toHaveLength(2);
    expect(askedFor.filter(Boolean)).toHaveLength(1);
  });

  it('that cannot be had sends nothing, and no developer’s word reaches the customer', async () => {
    const failing = (): never => {
      throw new TypeError('x is undefined');
    };
    const outcome = await aPage(api, hands, { getToken: failing }).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED' });
    expect(JSON.stringify(outcome)).not.toContain('undefined');
    expect(api.heard).toEqual([]);
  });

  it('of somebody else, come in the middle of a wish, does not send it', async () => {
    let calls = 0;
    const other = (): string => tokenOf(++calls <= 2 ? 'customer-1' : 'customer-2');
    api.script = ['reset', DONE];
    expect(await aPage(api, hands, { getToken: other }).cancel(WISH)).toMatchObject({ kind: 'pending' });
    expect(api.heard).toHaveLength(1);
  });
});
