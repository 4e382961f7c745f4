import { describe, expect, it } from 'vitest';
import { NotSent } from '../../../functions/iamport/not-sent.ts';
import { cancelOutcome, lookUpOutcome, neverLeft, pageOutcome } from '../../../functions/iamport/outcome.ts';

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
    [429, '', 'not_sent'],
    [401, envelope(-1), 'unauthorized'],
    [201, envelope(0, wire), 'answered'],
    [200, '{"code":"0","response":null}', 'unknown'],
    [200, '{"code":"1","message":null}', 'refused'],
    [200, '{"code":null}', 'unknown'],
  ])('HTTP %d with %s is %s', (status, body, kind) => {
    expect(cancelOutcome({ status, body }).kind).toBe(kind);
  });
});

describe('what the provider says of a refusal', () => {
  const said = (message: string) =>
    cancelOutcome(
      { status: 200, body: envelope(-1, null, message) },
      { account: '110-123-456789', holder: '김환불' },
    );

  it('is kept to 200 characters, without the account of the request', () => {
    const quoting = said(`계좌번호 110123456789 예금주 김환불 오류 ${'x'.repeat(500)}`);
    expect(quoting).toMatchObject({ kind: 'refused', provider: { code: -1 } });
    expect(JSON.stringify(quoting)).not.toMatch(/110123456789|김환불/);
    expect(JSON.stringify(quoting).length).toBeLessThan(300);
  });

  it('that the PG has cancelled it already stays a refusal with its text, for the protocol to judge', () => {
    expect(said('결제취소에 실패하였습니다. [500626|기 취소 거래]')).toMatchObject({
      kind: 'refused',
      provider: { message: '결제취소에 실패하였습니다. [500626|기 취소 거래]' },
    });
  });
});

describe('an answer to a look at a list', () => {
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

  it('of a payment that cannot be relied on names it, and the refunds whose ids stand in it, however they are written', () => {
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

describe('an error proves that nothing was sent', () => {
  const refused = { code: 'ECONNREFUSED', syscall: 'connect' };
  const caused = (cause: object) => Object.assign(new TypeError('fetch failed'), { cause });
  it.each([
    ['no connection', new NotSent(new Error('?')), true],
    ['no connection, further down', caused(new NotSent(new Error('?'))), true],
    ['refused', caused({ code: 'ECONNREFUSED', syscall: 'connect' }), true],
    ['name not found', caused({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), true],
    ['every address refused', caused({ errors: [refused, { ...refused, code: 'ENETUNREACH' }] }), true],
    ['one address reset', caused({ errors: [refused, { code: 'ECONNRESET', syscall: 'read' }] }), false],
    ['no address', caused({ errors: [] }), false],
    ['reset', caused({ code: 'ECONNRESET', syscall: 'read' }), false],
    // An open connection that breaks says so by what the network has last heard of the other end.
    ['unreachable since', caused({ code: 'EHOSTUNREACH', syscall: 'read' }), false],
    ['its network unreachable since', caused({ code: 'ENETUNREACH', syscall: 'write' }), false],
    ['refused since', caused({ code: 'ECONNREFUSED', syscall: 'read' }), false],
    ['closed', caused({ code: 'UND_ERR_SOCKET' }), false],
    ['timed out while reading', caused({ code: 'ETIMEDOUT', syscall: 'read' }), false],
    ['our own time-out', new DOMException('timed out', 'TimeoutError'), false],
    ['anything else', new Error('?'), false],
  ])('%s: %#', (_what, error, proves) => {
    expect(neverLeft(error)).toBe(proves);
  });
});
