import { describe, expect, it } from 'vitest';
import { cancelOutcome, lookUpOutcome, neverLeft } from '../../../functions/iamport/outcome.ts';
import { cancelBody, readPayment } from '../../../functions/iamport/wire.ts';
import { won } from '../../support/model-provider.ts';
import { samplePayment, samplePending } from '../../support/sample-writes.ts';

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
  ])('HTTP %d with %s is %s', (status, body, kind) => {
    expect(cancelOutcome({ status, body }).kind).toBe(kind);
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
});

describe('an error proves that nothing was sent', () => {
  const caused = (cause: object) => Object.assign(new TypeError('fetch failed'), { cause });
  it.each([
    ['refused', caused({ code: 'ECONNREFUSED', syscall: 'connect' }), true],
    ['name not found', caused({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), true],
    ['connecting took too long', caused({ code: 'UND_ERR_CONNECT_TIMEOUT' }), true],
    ['a certificate that has expired', caused({ code: 'CERT_HAS_EXPIRED' }), true],
    ['every address refused', caused({ errors: [{ code: 'ECONNREFUSED' }, { code: 'ENETUNREACH' }] }), true],
    ['one address reset', caused({ errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] }), false],
    ['reset', caused({ code: 'ECONNRESET', syscall: 'read' }), false],
    ['closed', caused({ code: 'UND_ERR_SOCKET' }), false],
    ['timed out while reading', caused({ code: 'ETIMEDOUT', syscall: 'read' }), false],
    ['our own time-out', new DOMException('timed out', 'TimeoutError'), false],
    ['anything else', new Error('?'), false],
  ])('%s: %#', (_what, error, proves) => {
    expect(neverLeft(error)).toBe(proves);
  });
});

describe('the wire', () => {
  it('takes numbers as text, 0 for never, and fields nobody has heard of', () => {
    expect(readPayment(wire)).toEqual({
      impUid: 'imp_1',
      merchantUid: 'o',
      status: 'cancelled',
      currency: 'KRW',
      amount: 10_000,
      cancelAmount: 1_000,
      paidAtMs: 1_700_000_000_000,
      cancelHistory: [{ amount: 1_000, cancelledAtMs: 1_700_000_001_000 }],
    });
  });

  it('takes the customer from custom_data, as JSON text or as an object, and from nothing else', () => {
    for (const customData of ['{"customer_id":"c"}', { customer_id: 'c' }])
      expect(readPayment({ ...wire, custom_data: customData })?.customerId).toBe('c');
    for (const customData of ['c', '{"customer_id":1}', null, '{'])
      expect(readPayment({ ...wire, custom_data: customData })).not.toHaveProperty('customerId');
  });

  it('always spells out amount and checksum, tags the reason, asks for the webhook', () => {
    const body = cancelBody(samplePayment, { ...samplePending, actor: { kind: 'staff', sub: 's' } });
    expect(body).toMatchObject({
      amount: 1_000,
      checksum: 10_000,
      reason: '[rf_sample]',
      enable_webhook: true,
      extra: { requester: 'admin' },
      refund_bank: '004',
    });
    expect(() => cancelBody(samplePayment, { ...samplePending, amount: won(0) })).toThrow(/Bug/);
  });
});
