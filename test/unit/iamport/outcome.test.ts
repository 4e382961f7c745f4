import { describe, expect, it } from 'vitest';
import { HTTPError, NetworkError, TimeoutError, type NormalizedOptions } from 'ky';
import {
  cancelOutcome,
  describeError,
  lookUpOutcome,
  neverLeft,
  NotSent,
  pageOutcome,
} from '../../../functions/iamport/outcome.ts';

const wire = {
  imp_uid: 'imp_1',
  merchant_uid: 'o',
  status: 'cancelled',
  amount: 10_000,
  cancel_amount: '1000',
  currency: 'KRW',
  cancelled_at: 0,
  paid_at: 1_700_000_000,
  cancel_history: [{ amount: 1_000, cancelled_at: 1_700_000_001, reason: null }],
  unheard_of: { x: 1 },
};
const envelope = (code: number, response: unknown = null, message: string | null = null) =>
  JSON.stringify({ code, message, response });

describe('an answer to a cancel', () => {
  it.each([
    [200, envelope(0, wire), 'answered'],
    [200, envelope(1, null, '이미 전액취소된 주문입니다.'), 'refused'],
    [200, envelope(-1, null, '결제취소에 실패하였습니다.'), 'refused'],
    [400, envelope(1), 'refused'],
    [200, envelope(0), 'unknown'],
    [200, envelope(0, { ...wire, amount: 'many' }), 'unknown'],
    [200, '', 'unknown'],
    [200, '{"code":0,"mess', 'unknown'],
    [200, '<html>Bad Gateway</html>', 'unknown'],
    [200, '{"message":"no code"}', 'unknown'],
    [204, '', 'unknown'],
    [302, '', 'unknown'],
    [404, '<html></html>', 'unknown'],
    [500, envelope(-1), 'unknown'],
    [502, '<html></html>', 'unknown'],
    [504, '', 'unknown'],
    [429, '', 'refused'],
    [401, envelope(-1), 'refused'],
    [401, envelope(0, wire), 'refused'],
    [201, envelope(0, wire), 'answered'],
    [200, '{"code":"0","response":null}', 'unknown'],
    [200, '{"code":"1","message":null}', 'refused'],
    [200, '{"code":null}', 'unknown'],
  ])('HTTP %d with %s is %s', (status, body, kind) => {
    expect(cancelOutcome({ status, body }).kind).toBe(kind);
  });

  it('the outcome says who refused: the provider itself, or something before the cancel was read', () => {
    const refusal = envelope(-1, null, 'Unauthorized');
    expect(cancelOutcome({ status: 401, body: refusal })).toEqual({
      kind: 'refused',
      provider: { code: 401, message: 'Unauthorized' },
      by: 'http',
    });
    expect(cancelOutcome({ status: 429, body: '<html>' })).toEqual({
      kind: 'refused',
      provider: { code: 429, message: 'HTTP 429' },
      by: 'http',
    });
    expect(cancelOutcome({ status: 400, body: refusal })).toMatchObject({
      provider: { code: -1 },
      by: 'provider',
    });
  });
});

describe('the provider’s text of a refusal', () => {
  const said = (message: string) =>
    cancelOutcome(
      { status: 200, body: envelope(-1, null, message) },
      { account: '110-123-456789', holder: '김환불' },
    );

  it('the text is cut to 200 characters and without the account of the request', () => {
    const quoting = said(`계좌번호 110123456789 예금주 김환불 오류 ${'x'.repeat(500)}`);
    expect(quoting).toMatchObject({ kind: 'refused', provider: { code: -1 } });
    expect(JSON.stringify(quoting)).not.toMatch(/110123456789|김환불/);
    expect(JSON.stringify(quoting).length).toBeLessThan(300);
  });

  it('a text that says already cancelled stays a refusal, and the protocol judges it', () => {
    expect(said('결제취소에 실패하였습니다. [500626|기 취소 거래]')).toMatchObject({
      kind: 'refused',
      provider: { message: '결제취소에 실패하였습니다. [500626|기 취소 거래]' },
    });
  });
});

describe('an answer to a list request', () => {
  const list = { total: 1, previous: 0, next: 0, list: [wire] };
  it.each([
    [200, envelope(0, list), 1, 'page'],
    [200, envelope(0, { list: 'x' }), 1, 'failed'],
    [400, envelope(-1), 2, 'page'],
    [404, envelope(-1), 1, 'page'],
    [400, envelope(-1), 1, 'failed'],
    [404, '<html></html>', 2, 'failed'],
    [500, envelope(-1), 2, 'failed'],
    [401, envelope(-1), 1, 'failed'],
  ])('HTTP %d with %s on page %d is a %s', (status, body, page, kind) => {
    expect(pageOutcome({ status, body }, { page, limit: 100 }).kind).toBe(kind);
  });
});

describe('an answer to a look-up', () => {
  it.each([
    [200, envelope(0, wire), 'found'],
    [404, envelope(-1, null, '존재하지 않는 결제정보입니다.'), 'missing'],
    [404, '<html>not here</html>', 'failed'],
    [200, envelope(-1), 'failed'],
    [503, '', 'failed'],
    [401, envelope(-1), 'failed'],
  ])('HTTP %d with %s is %s', (status, body, kind) => {
    expect(lookUpOutcome({ status, body }).kind).toBe(kind);
  });

  it('an unreliable payment is named with the refunds whose tags it contains, in any spelling', () => {
    const id = `rf_${'a'.repeat(24)}`;
    const history = `[{"amount": -1, "reason": "[rf\\u005f${'A'.repeat(24)}] 변심"}]`;
    const body = `{"code": 0, "response": {"imp_uid": "imp_1", "amount": 10000, "cancel_history": ${history}}}`;
    expect(lookUpOutcome({ status: 200, body })).toEqual({
      kind: 'failed',
      cause: 'unreadable payment',
      unreadable: { impUid: 'imp_1', refundIds: [id] },
    });
    expect(lookUpOutcome({ status: 200, body: '{"code": 0, "response": {"amount": 1}}' })).toEqual({
      kind: 'failed',
      cause: 'unreadable payment',
      unreadable: { refundIds: [] },
    });
  });
});

const request = new Request('https://api.example/payments/cancel', { method: 'POST' });
const options = {} as NormalizedOptions;
const system = (code: string) => Object.assign(new Error('…'), { code });
const network = (cause: unknown) =>
  new NetworkError(request, { cause: new TypeError('fetch failed', { cause }) });

describe('an error of a request', () => {
  it.each([
    ['no connection', network(new NotSent(system('ECONNREFUSED'))), true, 'NotSent (Error ECONNREFUSED)'],
    ['ended before', new NotSent(new DOMException('…', 'AbortError')), true, 'NotSent (AbortError)'],
    ['broken', network(system('ECONNRESET')), false, 'Error ECONNRESET'],
    // When an open connection breaks, the error contains what was last known of the remote side.
    ['unreachable since', network(system('EHOSTUNREACH')), false, 'Error EHOSTUNREACH'],
    ['our own time-out', new TimeoutError(request), false, 'TimeoutError'],
    ['an answer', new HTTPError(new Response('', { status: 503 }), request, options), false, 'HTTP 503'],
    ['a defect', new TypeError('SECRET-MARK'), false, 'TypeError'],
    ['no error at all', 'SECRET-MARK', false, 'error'],
  ])(
    'an error (%s) proves or does not prove that nothing was sent, and is logged without its text',
    (_what, error, proves, told) => {
      expect(neverLeft(error)).toBe(proves);
      expect(describeError(error)).toBe(told);
    },
  );

  it('an error with circular causes is read to an end', () => {
    const error = new Error('…');
    error.cause = error;
    expect(neverLeft(error)).toBe(false);
    expect(describeError(error)).toMatch(/^Error/);
  });
});
