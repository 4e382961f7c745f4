import { beforeEach, describe, expect, it } from 'vitest';
import { REJECTION_CODES } from '../../../functions/refund/refund.ts';
import { MESSAGES, messageOf } from '../../../lib/client/messages.ts';
import {
  anew,
  answered,
  api,
  aRefund,
  at,
  DONE,
  listening,
  LOCATION,
  OPEN,
  page,
  problem,
  read,
  REQUEST,
  tokenOf,
  type Scripted,
} from './page.ts';

beforeEach(anew);

const gateway = (status: number): Scripted => ({ status, body: { message: 'in English' } });
const throttled = (retryAfter: string): Scripted => ({ ...problem(429, 'TOO_MANY_REFUNDS'), retryAfter });
const rejection = { code: 'CANCEL_REJECTED', provider: { code: 1, message: '거절' } };
const unreserved = answered(200, { refund_id: 'rf_1', status: 'unknown' });
const pending = { kind: 'pending', amount: 100 };

/** A press of the button, the API's answers (the last one is repeated), the outcome, and the calls that were made. */
const PRESSES: readonly (readonly [string, readonly Scripted[], object, calls?: string])[] = [
  [
    'is cancelled, with amount, refund id, receipt and expected date',
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
    'POST',
  ],
  [
    'is cancelled, with the executed amount when only a part was executed',
    [OPEN, read('cancelled', { executed_amount: 40 })],
    { kind: 'cancelled', amount: 40, message: 'Refunded. ₩40' },
    'POST GET',
  ],
  [
    'follows a refund whose status is new until it ends',
    [answered(200, aRefund('on_its_way')), read('on_its_way'), read('cancelled')],
    { kind: 'cancelled' },
    'POST GET GET',
  ],
  [
    'is sent again after a 429 with a short Retry-After',
    [throttled('5'), DONE],
    { kind: 'cancelled' },
    'POST POST',
  ],
  [
    'is refused with the service’s message for a rule of the payment method',
    [problem(422, 'REFUND_NOT_ALLOWED', { rule: 'phone_partial' })],
    { kind: 'refused', message: 'the service says REFUND_NOT_ALLOWED', problem: { rule: 'phone_partial' } },
    'POST',
  ],
  [
    'is refused with a message for the customer, and the service’s own in the problem',
    [problem(400, 'AMOUNT_EXCEEDS_CANCELABLE', { cancelable_amount: 50 })],
    {
      kind: 'refused',
      code: 'AMOUNT_EXCEEDS_CANCELABLE',
      message: 'The amount is more than what is left to refund.',
      amount: 100,
      problem: { cancelable_amount: 50, message: 'the service says AMOUNT_EXCEEDS_CANCELABLE' },
    },
    'POST',
  ],
  [
    'is refused with the provider’s reason in the refund',
    [OPEN, read('rejected', { rejection })],
    { kind: 'refused', code: 'CANCEL_REJECTED', refund_id: 'rf_1', problem: { refund: { rejection } } },
  ],
  [
    'is refused with the advice not to ask again when the PG has already cancelled',
    [OPEN, read('not_executed', { rejection: { code: 'ALREADY_CANCELLED_AT_PG' } })],
    {
      kind: 'refused',
      code: 'ALREADY_CANCELLED_AT_PG',
      message: expect.stringContaining('do not ask again') as string,
    },
  ],
  [
    'is refused when the PG has undone the cancel',
    [OPEN, read('cancelled', { undone: true })],
    { kind: 'refused', code: 'UNDONE' },
  ],
  [
    'is refused with a code of a newer service',
    [problem(409, 'A_CODE_OF_NEXT_YEAR')],
    { kind: 'refused', code: 'A_CODE_OF_NEXT_YEAR' },
    'POST',
  ],
  [
    'is refused by a throttle, and told when to ask again',
    [throttled('3600')],
    { kind: 'refused', code: 'TOO_MANY_REFUNDS', retry_after: 3_600 },
    'POST',
  ],
  [
    'is refused by the gateway',
    [gateway(403)],
    { kind: 'refused', code: 'FORBIDDEN', message: 'You may not do this.' },
  ],
  [
    'is refused by the gateway’s throttle',
    [gateway(429)],
    { kind: 'refused', code: 'TOO_MANY_REQUESTS', message: 'Too many requests. Please try again shortly.' },
  ],
  [
    'is refused when nothing is left, also after a lost answer',
    ['reset', problem(400, 'ALREADY_FULLY_REFUNDED')],
    { kind: 'refused' },
  ],
  [
    'is not executed, as the cancel says',
    [problem(422, 'NOT_EXECUTED')],
    { kind: 'not_executed', amount: 100 },
  ],
  [
    'is not executed, as a look says',
    [OPEN, read('not_executed', { rejection: { code: 'NOT_EXECUTED' } })],
    { kind: 'not_executed', amount: 100 },
  ],
  ...['PROVIDER_UNAVAILABLE', 'STORE_UNAVAILABLE'].map(
    (code) =>
      [`is not sent: ${code}`, [problem(503, code)], { kind: 'not_sent', code, amount: 100 }] as const,
  ),
  [
    'is not sent when its refund was never reserved, which a look says after the 202',
    [OPEN, unreserved, unreserved, problem(404, 'REFUND_NOT_FOUND')],
    {
      kind: 'not_sent',
      code: 'REFUND_NOT_FOUND',
      amount: 100,
      message: expect.stringContaining('nothing was refunded') as string,
    },
    'POST GET GET GET',
  ],
  ['is pending after a time-out of the gateway', [gateway(504)], pending],
  ['is pending after INTERNAL_ERROR', [problem(500, 'INTERNAL_ERROR')], pending],
  ['is pending after the answer of a proxy', [gateway(418)], pending],
  ['is pending after a 200 without a refund', [{ status: 200, body: { merchant_uid: 'o' } }], pending],
  ['is pending after a 200 with HTML', [{ text: '<html>' }], pending],
  ['is pending after a 5xx with an unknown code', [problem(503, 'A_CODE_OF_NEXT_YEAR')], pending],
  ['is pending after cut connections', ['reset'], pending],
  ...Object.entries({
    'an expired token': gateway(401),
    'another sign-in': problem(404, 'PAYMENT_NOT_FOUND'),
    PROVIDER_UNAVAILABLE: problem(503, 'PROVIDER_UNAVAILABLE'),
    'an unknown code': problem(409, 'A_CODE_OF_NEXT_YEAR'),
    CHECKSUM_MISMATCH: problem(409, 'CHECKSUM_MISMATCH'),
  }).map(
    ([name, answer]) => [`is pending after a lost answer and ${name}`, ['reset', answer], pending] as const,
  ),
  ...[problem(404, 'PAYMENT_NOT_FOUND'), gateway(403)].map(
    (answer) => ['is pending when its refund may not be read', [OPEN, answer], pending, 'POST GET'] as const,
  ),
  ['is pending while its refund stays unknown', [OPEN, read('unknown')], pending],
];

describe('a press of the button', () => {
  it.for(PRESSES)('a press %s', async ([, answers, outcome, calls]) => {
    const { said, following } = listening();
    const client = page();
    api.script = [...answers];
    api.otherwise = () => answers.at(-1) ?? 'reset';
    const told = await client.cancel(REQUEST, following);
    expect(told).toMatchObject(outcome);
    expect(api.methods).toBe(calls ?? api.methods);
    const isOpen = told.kind === 'pending';
    expect(at.kept.size).toBe(isOpen ? 1 : 0);
    // Only what is proven may be told.
    if (isOpen) said.push(JSON.stringify(told));
    expect(said.join()).not.toMatch(/[Nn]othing|no such|refused/);
    // The next press is a new refund only when this one has ended.
    api.script = [DONE];
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(isOpen || told.kind === 'not_sent' ? 1 : 2);
  });

  it('a press makes one refund with one key although the network fails several times', async () => {
    const unavailable = { ...problem(503, 'PROVIDER_UNAVAILABLE'), retryAfter: '4' };
    api.script = ['reset', unavailable, problem(409, 'REFUND_IN_PROGRESS'), DONE];
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
    expect(at.clock.waited).toEqual([2_000, 4_000, 4_500]);
    expect(api.received).toHaveLength(4);
  });

  it('a refund that stays unknown is followed for longer than the service needs to decide', async () => {
    api.script = [OPEN];
    api.otherwise = () => read('unknown');
    expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'pending' });
    expect([...at.kept.values()].join()).toContain(LOCATION);
    // G (180 s), send window, clock skew and two looks.
    expect(at.clock.waitedMs).toBeGreaterThan(300_000);
  });

  it('two presses at once send one request', async () => {
    api.script = [DONE];
    const client = page();
    const [one, other] = await Promise.all([client.cancel(REQUEST), client.cancel(REQUEST)]);
    expect(one).toEqual(other);
    expect(api.received).toHaveLength(1);
  });

  it('a press for another amount during a request is busy, and names both amounts', async () => {
    api.script = ['reset', DONE];
    const client = page();
    const running = client.cancel(REQUEST);
    const other = await client.cancel({ ...REQUEST, cancel_request_amount: 250 });
    expect(other).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    expect(await running).toMatchObject({ kind: 'cancelled' });
    expect(api.received.filter(({ body }) => body.includes('250'))).toEqual([]);
  });

  it('a press answered POSSIBLE_DUPLICATE tells the customer at once, and follows the earlier refund', async () => {
    const earlier = { refund_id: 'rf_first' };
    const duplicate = problem(409, 'POSSIBLE_DUPLICATE', { refund: aRefund('unknown', earlier) });
    api.script = [duplicate, read('cancelled', earlier)];
    const { said, following } = listening();
    expect(await page().cancel(REQUEST, following)).toMatchObject({ kind: 'cancelled', ...earlier });
    expect(said[0]).toBe('The same refund was requested a moment ago. We are finding out its result.');
    expect(api.paths).toEqual(['/payments/o/refunds/rf_first']);
    expect(at.kept.size).toBe(0);
  });
});

describe('the HTTP request', () => {
  it('the request names the language, sends only headers that CORS allows, and sends no cookies', async () => {
    let init: RequestInit | undefined;
    const send: typeof fetch = async (input, given) => {
      init = given;
      return api.fetch(input, given);
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

  it.each(['https://evil.example/payments/o/refunds/rf_1', '//evil.example/refunds/', '@evil.example/x'])(
    'a Location header with another host is ignored: %s',
    async (location) => {
      api.script = [answered(202, aRefund('unknown'), location), read('cancelled')];
      expect(await page().cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
      expect(api.paths).toEqual(['/payments/o/refunds/rf_1?imp_uid=imp_1']);
    },
  );
});

describe('a token', () => {
  const askedFor: boolean[] = [];
  const getToken = ({ renew }: { readonly renew: boolean }): string => {
    askedFor.push(renew);
    return `${tokenOf('customer-1')}${renew ? 'new' : 'old'}`;
  };
  beforeEach(() => void askedFor.splice(0));

  it('an expired token is renewed once, and the same request is sent again', async () => {
    api.script = [gateway(401), DONE];
    expect(await page({ getToken }).cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.received.map(({ headers }) => headers['authorization']?.slice(-3))).toEqual(['old', 'new']);
    expect(api.keys.size).toBe(1);
  });

  it('a token that is refused twice ends the request as refused', async () => {
    api.script = [gateway(401), gateway(401)];
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

describe('the messages of the browser client', () => {
  it.each([...REJECTION_CODES, 'NOT_EXECUTED', 'ALREADY_CANCELLED_AT_PG', 'REFUND_NOT_FOUND'])(
    'the client has its own message for %s, because a read returns only the code',
    (code) => expect(MESSAGES).toHaveProperty(code),
  );

  it.each(Object.entries(MESSAGES))(
    'the message for %s exists in Korean and English and contains no technical names',
    (_, text) => {
      expect(text.ko).toMatch(/\p{Script=Hangul}/u);
      expect(text.en).not.toMatch(/\p{Script=Hangul}/u);
      expect(`${text.ko} ${text.en}`).not.toMatch(/Idempotency-Key|errors|_/);
    },
  );

  it('an unknown code gets the general message that the refund was refused', () => {
    expect(messageOf('toString', 'en')).toBe('The refund was refused.');
  });
});
