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
  REQUEST,
  type Scripted,
} from './page.ts';

useApi();

describe('a press of the button', () => {
  it('a press makes one refund with one key although the network fails several times', async () => {
    const unavailable = { ...(problem(503, 'PROVIDER_UNAVAILABLE') as { status: number }), retryAfter: '4' };
    api.script = ['reset', unavailable, problem(409, 'REFUND_IN_PROGRESS'), DONE];
    const outcome = await page().cancel(REQUEST);
    expect(outcome).toMatchObject({ kind: 'cancelled', message: 'Refunded. ₩100' });
    expect(api.keys.size).toBe(1);
    expect(at.clock.waited).toEqual([2_000, 4_000, 4_500]);
    expect(api.received).toHaveLength(4);
  });

  const rejection = { code: 'CANCEL_REJECTED', provider: { code: 1, message: '거절' } };
  it.each<[string, readonly Scripted[], object]>([
    [
      'cancelled, with amount, refund id, receipt and expected date',
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
      'refused, with the service’s message for a rule of the payment method',
      [problem(422, 'REFUND_NOT_ALLOWED', { rule: 'phone_partial' })],
      { kind: 'refused', message: 'the service says REFUND_NOT_ALLOWED', problem: { rule: 'phone_partial' } },
    ],
    [
      'refused, with the provider’s reason in the refund',
      [OPEN, read('rejected', { rejection })],
      { kind: 'refused', code: 'CANCEL_REJECTED', refund_id: 'rf_1', problem: { refund: { rejection } } },
    ],
    [
      'refused, with the advice not to ask again when the PG has already cancelled',
      [OPEN, read('not_executed', { rejection: { code: 'ALREADY_CANCELLED_AT_PG' } })],
      {
        kind: 'refused',
        code: 'ALREADY_CANCELLED_AT_PG',
        message: expect.stringContaining('do not ask again') as string,
      },
    ],
    [
      'cancelled, with the executed amount when only a part was executed',
      [OPEN, read('cancelled', { executed_amount: 40 })],
      { kind: 'cancelled', amount: 40, message: 'Refunded. ₩40' },
    ],
    [
      'refused when the PG has undone the cancel',
      [OPEN, read('cancelled', { undone: true })],
      { kind: 'refused', code: 'UNDONE' },
    ],
  ])('a press ends as %s', async (_how, script, outcome) => {
    api.script = [...script];
    expect(await page().cancel(REQUEST)).toMatchObject(outcome);
  });

  it('two presses at once send one request', async () => {
    api.script = [DONE];
    const client = page();
    const [first, second] = await Promise.all([client.cancel(REQUEST), client.cancel(REQUEST)]);
    expect(first).toEqual(second);
    expect(api.received).toHaveLength(1);
  });

  it('a press for another amount during a request is busy, and names both amounts', async () => {
    api.script = ['reset', DONE];
    const client = page();
    const first = client.cancel(REQUEST);
    const other = await client.cancel({ ...REQUEST, cancel_request_amount: 250 });
    expect(other).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    expect(await first).toMatchObject({ kind: 'cancelled' });
    expect(api.received.filter(({ body }) => body.includes('250'))).toEqual([]);
  });

  it('a refused press gives a message for the customer, and the next press has a new key', async () => {
    api.script = [problem(400, 'AMOUNT_EXCEEDS_CANCELABLE', { cancelable_amount: 50 }), DONE];
    const client = page();
    expect(await client.cancel(REQUEST)).toMatchObject({
      kind: 'refused',
      code: 'AMOUNT_EXCEEDS_CANCELABLE',
      message: 'The amount is more than what is left to refund.',
      amount: 100,
      problem: { cancelable_amount: 50, message: 'the service says AMOUNT_EXCEEDS_CANCELABLE' },
    });
    await client.cancel(REQUEST);
    expect(api.keys.size).toBe(2);
  });

  it('a press answered POSSIBLE_DUPLICATE reports the earlier refund and follows it', async () => {
    const first = aRefund('unknown', { refund_id: 'rf_first' });
    const end = { ...aRefund('cancelled'), refund_id: 'rf_first' };
    api.script = [problem(409, 'POSSIBLE_DUPLICATE', { refund: first }), answered(200, end)];
    const said: string[] = [];
    const outcome = await page().cancel(REQUEST, { onProgress: (message) => said.push(message) });
    expect(outcome).toMatchObject({ kind: 'cancelled', refund_id: 'rf_first' });
    expect(said[0]).toBe('The same refund was requested a moment ago. We are finding out its result.');
    expect(api.paths).toEqual(['/payments/o/refunds/rf_first']);
  });

  it.each([
    ['by the cancel', [problem(422, 'NOT_EXECUTED')]],
    ['by a look', [OPEN, read('not_executed', { rejection: { code: 'NOT_EXECUTED' } })]],
  ])(
    'a refund that was not executed is reported as not_executed, and the next press has a new key: %s',
    async (_, script) => {
      api.script = [...script, DONE];
      const client = page();
      expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'not_executed', amount: 100 });
      expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
      expect(api.keys.size).toBe(2);
    },
  );

  it.each([
    ['SEVERAL_PAYMENTS', 409],
    ['A_CODE_OF_NEXT_YEAR', 409],
    ['TOO_MANY_REFUNDS', 429],
  ])(
    '%s is reported as refused, is not sent again, and the message never says that nothing was refunded',
    async (code, status) => {
      api.script = [problem(status, code, { payments: [{ imp_uid: 'imp_1' }] })];
      const outcome = await page().cancel(REQUEST);
      expect(outcome).toMatchObject({ kind: 'refused', code, problem: { payments: [{ imp_uid: 'imp_1' }] } });
      expect(JSON.stringify(outcome)).not.toMatch(/[Nn]othing/);
      expect(api.received).toHaveLength(1);
    },
  );

  it.each([
    [403, 'FORBIDDEN', '권한이 없습니다.'],
    [429, 'TOO_MANY_REQUESTS', '요청이 많습니다. 잠시 뒤 다시 시도해 주세요.'],
  ])('a %d of the gateway is refused as %s, in the customer’s language', async (status, code, message) => {
    api.otherwise = () => ({ status, body: { message: 'in English' } });
    expect(await page({ language: 'ko' }).cancel(REQUEST)).toMatchObject({ kind: 'refused', code, message });
  });

  it('a 429 with a short Retry-After is retried, and a long one is reported with retry_after', async () => {
    const soon = { status: 429, body: { code: 'TOO_MANY_REFUNDS' }, retryAfter: '5' };
    api.script = [soon, DONE];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    api.script = [{ ...soon, retryAfter: '3600' }];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'refused', retry_after: 3_600 });
  });

  it('the client keeps following a refund with an unknown status', async () => {
    api.script = [answered(200, aRefund('on_its_way')), read('on_its_way'), read('cancelled')];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.methods).toBe('POST GET GET');
  });
});

describe('the HTTP request', () => {
  it('the request names the language, sends only headers that CORS allows, and sends no cookies', async () => {
    let init: RequestInit | undefined;
    const send: typeof fetch = async (input, given) => {
      init = given;
      return fetch(input, given);
    };
    api.script = [DONE];
    const { message } = await page({ language: 'ko', fetch: send }).cancel(REQUEST);
    expect(message).toBe('환불되었습니다. 100원');
    expect(init?.credentials).toBe('omit');
    const allowed = ['authorization', 'content-type', 'idempotency-key', 'accept-language'];
    expect(Object.keys(init?.headers ?? {}).toSorted()).toEqual(allowed.toSorted());
    expect(api.received[0]?.headers['accept-language']).toBe('ko');
  });

  it('the client reads a payment by imp_uid when the order number does not fit into a path', async () => {
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

  it('an expired token is renewed once, and the same request is sent again', async () => {
    api.script = [expired, DONE];
    expect(await page({ getToken }).cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.received.map(({ headers }) => headers.authorization?.slice(-3))).toEqual(['old', 'new']);
    expect(api.keys.size).toBe(1);
  });

  it('a token that is refused twice ends the request as refused', async () => {
    api.script = [expired, expired];
    const outcome = await page({ getToken }).cancel(REQUEST);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED', message: 'Please sign in.' });
    expect(api.received).toHaveLength(2);
    expect(askedFor.filter(Boolean)).toHaveLength(1);
  });

  it('a failing getToken sends nothing, and its error text does not reach the customer', async () => {
    const failing = (): never => {
      throw new TypeError('x is undefined');
    };
    const outcome = await page({ getToken: failing }).cancel(REQUEST);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED' });
    expect(JSON.stringify(outcome)).not.toContain('undefined');
    expect(api.received).toEqual([]);
  });

  it('a request is not sent again when another customer has signed in since', async () => {
    let calls = 0;
    const other = (): string => tokenOf(++calls <= 2 ? 'customer-1' : 'customer-2');
    api.script = ['reset', DONE];
    expect(await page({ getToken: other }).cancel(REQUEST)).toMatchObject({ kind: 'pending' });
    expect(api.received).toHaveLength(1);
  });
});
