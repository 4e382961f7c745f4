import { beforeEach, describe, expect, it } from 'vitest';
import {
  answered,
  api,
  aRefund,
  at,
  DONE,
  OPEN,
  page,
  problem,
  read,
  tokenOf,
  useApi,
  WISH,
  type Scripted,
} from './page.ts';

useApi();

describe('a press of the button', () => {
  it('is one refund with one key, however often the network fails in between', async () => {
    const unavailable = { ...(problem(503, 'PROVIDER_UNAVAILABLE') as { status: number }), retryAfter: '4' };
    api.script = ['reset', unavailable, problem(409, 'REFUND_IN_PROGRESS'), DONE];
    const outcome = await page().cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'cancelled', message: 'Refunded. ₩100' });
    expect(api.keys.size).toBe(1);
    expect(at.hands.waited).toEqual([2_000, 4_000, 4_500]);
    expect(api.heard).toHaveLength(4);
  });

  const rejection = { code: 'CANCEL_REJECTED', provider: { code: 1, message: '거절' } };
  it.each<[string, readonly Scripted[], object]>([
    [
      'with amount, refund, receipt and expected arrival',
      [DONE],
      {
        kind: 'cancelled',
        message: 'Refunded. ₩100',
        amount: 100,
        currency: 'KRW',
        refund_id: 'rf_1',
        receipt_url: 'https://pg.example/r/1',
        expected_by: 1_700_086_400,
      },
    ],
    [
      'in the words of the rule of the payment method that forbids it',
      [problem(422, 'REFUND_NOT_ALLOWED', { rule: 'phone_partial' })],
      { kind: 'refused', message: 'the service says REFUND_NOT_ALLOWED', problem: { rule: 'phone_partial' } },
    ],
    [
      'as rejected, with the provider’s own reason in the refund',
      [OPEN, read('rejected', { rejection })],
      { kind: 'refused', code: 'CANCEL_REJECTED', refund_id: 'rf_1', problem: { refund: { rejection } } },
    ],
    [
      'not to be asked for again where the PG says that it has cancelled already',
      [OPEN, read('not_executed', { rejection: { code: 'ALREADY_CANCELLED_AT_PG' } })],
      {
        kind: 'refused',
        code: 'ALREADY_CANCELLED_AT_PG',
        message: expect.stringContaining('do not ask again') as string,
      },
    ],
    [
      'with how much went back, where that is a part',
      [OPEN, read('cancelled', { executed_amount: 40 })],
      { kind: 'cancelled', amount: 40, message: 'Refunded. ₩40' },
    ],
    [
      'not as refunded where the PG has undone it',
      [OPEN, read('cancelled', { undone: true })],
      { kind: 'refused', code: 'UNDONE' },
    ],
  ])('ends %s', async (_how, script, outcome) => {
    api.script = [...script];
    expect(await page().cancel(WISH)).toMatchObject(outcome);
  });

  it('twice at once is one press', async () => {
    api.script = [DONE];
    const client = page();
    const [first, second] = await Promise.all([client.cancel(WISH), client.cancel(WISH)]);
    expect(first).toEqual(second);
    expect(api.heard).toHaveLength(1);
  });

  it('for another amount while one is under way is busy, and names both amounts', async () => {
    api.script = ['reset', DONE];
    const client = page();
    const first = client.cancel(WISH);
    const other = await client.cancel({ ...WISH, cancel_request_amount: 250 });
    expect(other).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    expect(await first).toMatchObject({ kind: 'cancelled' });
    expect(api.heard.filter(({ body }) => body.includes('250'))).toEqual([]);
  });

  it('that is refused says why in words for a customer, and the next one is a new wish', async () => {
    api.script = [problem(400, 'AMOUNT_EXCEEDS_CANCELABLE', { cancelable_amount: 50 }), DONE];
    const client = page();
    expect(await client.cancel(WISH)).toMatchObject({
      kind: 'refused',
      code: 'AMOUNT_EXCEEDS_CANCELABLE',
      message: 'The amount is more than what is left to refund.',
      amount: 100,
      problem: { cancelable_amount: 50, message: 'the service says AMOUNT_EXCEEDS_CANCELABLE' },
    });
    await client.cancel(WISH);
    expect(api.keys.size).toBe(2);
  });

  it('that repeats a refund of a moment ago tells of that one, and follows it', async () => {
    const first = aRefund('unknown', { refund_id: 'rf_first' });
    const end = { ...aRefund('cancelled'), refund_id: 'rf_first' };
    api.script = [problem(409, 'POSSIBLE_DUPLICATE', { refund: first }), answered(200, end)];
    const said: string[] = [];
    const outcome = await page().cancel(WISH, { onProgress: (message) => said.push(message) });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_first' });
    expect(said[0]).toBe('The same refund was requested a moment ago. We are finding out its result.');
    expect(api.paths).toEqual(['/payments/o/refunds/rf_first']);
  });

  it.each([
    ['by the cancel', [problem(422, 'NOT_EXECUTED')]],
    ['by a look', [OPEN, read('not_executed', { rejection: { code: 'NOT_EXECUTED' } })]],
  ])(
    'that was never executed is told as that, and asked for again it has a new key: %s',
    async (_, script) => {
      api.script = [...script, DONE];
      const client = page();
      expect(await client.cancel(WISH)).toMatchObject({ kind: 'not_executed', amount: 100 });
      expect(await client.cancel(WISH)).toMatchObject({ kind: 'cancelled' });
      expect(api.keys.size).toBe(2);
    },
  );

  it.each([
    ['SEVERAL_PAYMENTS', 409],
    ['PAYMENT_MISMATCH', 409],
    ['ALREADY_CANCELLED_AT_PG', 422],
    ['STILL_RESOLVABLE', 409],
    ['A_CODE_OF_NEXT_YEAR', 409],
    ['TOO_MANY_REFUNDS', 429],
  ])('understands %s: refused, once, and not one word that nothing was refunded', async (code, status) => {
    api.script = [problem(status, code, { payments: [{ imp_uid: 'imp_1' }] })];
    const outcome = await page().cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code, problem: { payments: [{ imp_uid: 'imp_1' }] } });
    expect(JSON.stringify(outcome)).not.toMatch(/[Nn]othing/);
    expect(api.heard).toHaveLength(1);
  });

  it('waits for a place when that is soon, and says when it is late', async () => {
    const soon = { status: 429, body: { code: 'TOO_MANY_REFUNDS' }, retryAfter: '5' };
    api.script = [soon, DONE];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    api.script = [{ ...soon, retryAfter: '3600' }];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'refused', retry_after: 3_600 });
  });

  it('follows on while a newer service has a status that nobody here knows', async () => {
    api.script = [answered(200, aRefund('on_its_way')), read('on_its_way'), read('cancelled')];
    expect(await page().cancel(WISH)).toMatchObject({ kind: 'cancelled' });
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
    const { message } = await page({ language: 'ko', fetch: send }).cancel(WISH);
    expect(message).toBe('환불되었습니다. 100원');
    expect(init?.credentials).toBe('omit');
    const allowed = ['authorization', 'content-type', 'idempotency-key', 'accept-language'];
    expect(Object.keys(init?.headers ?? {}).toSorted()).toEqual(allowed.toSorted());
    expect(api.heard[0]?.headers['accept-language']).toBe('ko');
  });

  it('names one of several payments, and looks it up by itself when a path cannot carry the order', async () => {
    api.script = [answered(202, aRefund('unknown')), read('cancelled')];
    const client = page();
    await client.cancel({ merchant_uid: 'a/b', imp_uid: 'imp_1', cancel_request_amount: 100 });
    await client.payment({ merchant_uid: 'a/b', imp_uid: 'imp_1' });
    expect(api.paths).toEqual(['/payments/-/refunds/rf_1?imp_uid=imp_1', '/payments?imp_uid=imp_1']);
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
    expect(await page({ getToken }).cancel(WISH)).toMatchObject({ kind: 'cancelled' });
    expect(api.heard.map(({ headers }) => headers.authorization?.slice(-3))).toEqual(['old', 'new']);
    expect(api.keys.size).toBe(1);
  });

  it('that is refused twice is an answer', async () => {
    api.script = [expired, expired];
    const outcome = await page({ getToken }).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED', message: 'Please sign in.' });
    expect(api.heard).toHaveLength(2);
    expect(askedFor.filter(Boolean)).toHaveLength(1);
  });

  it('that cannot be had sends nothing, and no developer’s word reaches the customer', async () => {
    const failing = (): never => {
      throw new TypeError('x is undefined');
    };
    const outcome = await page({ getToken: failing }).cancel(WISH);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED' });
    expect(JSON.stringify(outcome)).not.toContain('undefined');
    expect(api.heard).toEqual([]);
  });

  it('of somebody else, come in the middle of a wish, does not send it', async () => {
    let calls = 0;
    const other = (): string => tokenOf(++calls <= 2 ? 'customer-1' : 'customer-2');
    api.script = ['reset', DONE];
    expect(await page({ getToken: other }).cancel(WISH)).toMatchObject({ kind: 'pending' });
    expect(api.heard).toHaveLength(1);
  });
});
