import { HTTPError, NetworkError, TimeoutError, type NormalizedOptions } from 'ky';
import { describe, expect, it } from 'vitest';
import {
  cancelOutcome,
  describeError,
  lookUpOutcome,
  neverLeft,
  NotSent,
  pageOutcome,
} from '../../../functions/iamport/outcome.ts';

const payment = {
  imp_uid: 'imp_1',
  merchant_uid: 'o',
  status: 'cancelled',
  amount: 10_000,
  cancel_amount: '1000',
  cancel_history: [{ amount: 1_000, cancelled_at: 1_700_000_001, reason: null }],
  unheard_of: { x: 1 },
};
const says = (code: number, response: unknown = null, message: string | null = null) =>
  JSON.stringify({ code, message, response });
const HTML = '<html>Bad Gateway</html>';

describe('what an answer proves', () => {
  it.each([
    [200, says(0, payment), 'answered', 'found'],
    [201, says(0, payment), 'answered', 'failed'],
    [200, says(1, null, '이미 전액취소된 주문입니다.'), 'refused', 'failed'],
    [200, '{"code":"1","message":null}', 'refused', 'failed'],
    [400, says(1), 'refused', 'failed'],
    [404, says(-1, null, '존재하지 않는 결제정보입니다.'), 'refused', 'missing'],
    [200, says(0), 'unknown', 'failed'],
    [200, says(0, { ...payment, amount: 'many' }), 'unknown', 'failed'],
    [400, says(0, payment), 'unknown', 'failed'],
    [404, says(0, payment), 'unknown', 'failed'],
    [200, '', 'unknown', 'failed'],
    [200, '{"code":0,"mess', 'unknown', 'failed'],
    [200, '{"code":null}', 'unknown', 'failed'],
    [302, says(-1), 'unknown', 'failed'],
    [404, HTML, 'unknown', 'failed'],
    [500, says(-1), 'unknown', 'failed'],
    [429, '', 'refused', 'failed'],
    [401, says(0, payment), 'refused', 'failed'],
  ])('HTTP %d with %s: a cancel is %s, and a look-up %s', (status, body, ofCancel, ofLookUp) => {
    expect(cancelOutcome({ status, body }).kind).toBe(ofCancel);
    expect(lookUpOutcome({ status, body }).kind).toBe(ofLookUp);
  });

  it.each([
    [401, says(-1, null, 'Unauthorized'), { code: 401, message: 'Unauthorized' }, 'http'],
    [429, HTML, { code: 429, message: 'HTTP 429' }, 'http'],
    [400, says(-1, null, 'Unauthorized'), { code: -1, message: 'Unauthorized' }, 'provider'],
  ])('the outcome of HTTP %d with %s says who refused', (status, body, provider, by) => {
    expect(cancelOutcome({ status, body })).toEqual({ kind: 'refused', provider, by });
  });

  it('the text of a refusal is cut to 200 characters and without the account of the request', () => {
    const message = `계좌번호 110123456789 예금주 김환불 오류 ${'x'.repeat(500)}`;
    const account = { account: '110-123-456789', holder: '김환불' };
    const told = JSON.stringify(cancelOutcome({ status: 200, body: says(-1, null, message) }, account));
    expect(told).not.toMatch(/110123456789|김환불/);
    expect(told.length).toBeLessThan(300);
  });

  const list = { total: 1, previous: 0, next: 0, list: [payment] };
  it.each([
    [200, says(0, list), 1, 'page'],
    [200, says(0, { list: 'x' }), 1, 'failed'],
    [400, says(-1), 2, 'page'],
    [400, says(-1), 1, 'failed'],
    [404, says(-1), 1, 'page'],
    [404, HTML, 2, 'failed'],
    [500, says(-1), 2, 'failed'],
  ])('HTTP %d with %s to a list request on page %d is a %s', (status, body, page, kind) => {
    expect(pageOutcome({ status, body }, { page, limit: 100 }).kind).toBe(kind);
  });

  it('an unreadable payment is named with the refunds whose tags it contains, in any spelling, and an unknown currency', () => {
    const history = `[{"amount": -1, "reason": "[rf\\u005f${'A'.repeat(24)}] 변심"}]`;
    const unreadable = (fields: string) =>
      lookUpOutcome({ status: 200, body: `{"code": 0, "response": {${fields}}}` });
    expect(unreadable(`"imp_uid": "imp_1", "amount": 10000, "cancel_history": ${history}`)).toEqual({
      kind: 'failed',
      cause: 'unreadable payment',
      unreadable: { impUid: 'imp_1', refundIds: [`rf_${'a'.repeat(24)}`] },
    });
    expect(unreadable('"currency": "won"')).toMatchObject({
      unreadable: { refundIds: [], why: 'currency_unknown' },
    });
  });
});

const request = new Request('https://api.example/payments/cancel', { method: 'POST' });
const options = {} as NormalizedOptions;
const system = (code: string) => Object.assign(new Error('…'), { code });
const network = (cause: unknown) =>
  new NetworkError(request, { cause: new TypeError('fetch failed', { cause }) });
const circular = new Error('…');
circular.cause = circular;

it.each([
  ['no connection', network(new NotSent(system('ECONNREFUSED'))), true, 'NotSent (Error ECONNREFUSED)'],
  ['ended before', new NotSent(new DOMException('…', 'AbortError')), true, 'NotSent (AbortError)'],
  // When an open connection breaks, the error contains what was last known of the remote side.
  ['unreachable since', network(system('EHOSTUNREACH')), false, 'Error EHOSTUNREACH'],
  ['our own time-out', new TimeoutError(request), false, 'TimeoutError'],
  ['an answer', new HTTPError(new Response('', { status: 503 }), request, options), false, 'HTTP 503'],
  ['a defect', new TypeError('SECRET-MARK'), false, 'TypeError'],
  ['no error at all', 'SECRET-MARK', false, 'error'],
  ['circular causes', circular, false, expect.stringMatching(/^Error/)],
])(
  'an error (%s) proves or does not prove that nothing was sent, and is logged without its text',
  (_what, error, proves, told) => {
    expect(neverLeft(error)).toBe(proves);
    expect(describeError(error)).toEqual(told);
  },
);
