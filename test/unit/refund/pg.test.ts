import { describe, expect, it } from 'vitest';
import { cancelsLater } from '../../../functions/refund/pg/families.ts';
import { meaningOf } from '../../../functions/refund/pg/refusals.ts';

describe('a PG that accepts a cancel first and books it later (PG-FACTS 5)', () => {
  it.each([
    ['paypal', undefined, true],
    ['paypal_v2', 'card', true],
    ['paymentwall', 'card', true],
    ['kicc', 'wechat', true],
    ['kicc_v2', 'wechat', true],
    ['kicc', 'card', false],
    // What cannot be told apart counts as later.
    ['kicc', undefined, true],
    ['smartro_v2', 'vbank', true],
    ['smartro_v2', 'card', false],
    ['smartro', 'vbank', false],
    ['html5_inicis', 'unionpay', true],
    ['html5_inicis', 'card', false],
    ['nice', 'wechat', false],
    ['paypalish', 'card', false],
    [undefined, 'vbank', false],
  ])('%s with %s: %s', (pgProvider, payMethod, later) => {
    const payment = { ...(pgProvider && { pgProvider }), ...(payMethod && { payMethod }) };
    expect(cancelsLater(payment, new Set())).toBe(later);
  });

  it('is one that a deployer has named, with a method or for all', () => {
    const payment = { pgProvider: 'nice', payMethod: 'card' };
    for (const named of ['nice', 'nice:card']) expect(cancelsLater(payment, new Set([named]))).toBe(true);
    expect(cancelsLater(payment, new Set(['nice:vbank', 'nic']))).toBe(false);
  });
});

describe('what a refusal means beside no (PG-FACTS 1 and 2)', () => {
  it.each([
    ['kcp', '[8133]', 'already_cancelled'],
    ['html5_inicis', '[501626|기 취소 거래]', 'already_cancelled'],
    ['tosspayments', '[S020] 이미 취소가 되었거나, 취소할 수 없는', 'already_cancelled'],
    ['kakaopay', '(7102)', 'already_cancelled'],
    ['nice', '해당거래 취소실패(기취소성공)', 'already_cancelled'],
    ['any', '원거래 기취소', 'already_cancelled'],
    ['any', '취소거절이미취소된거래', 'already_cancelled'],
    // Under way wins: it proves less.
    ['kcp', '[8E01] 환불 완료 또는 진행중 거래건', 'under_way'],
    ['uplus', '[752]', 'under_way'],
    // A code of another PG means nothing here.
    ['nice', '[8388]', undefined],
    ['kakaopay', '[8133]', undefined],
    ['kcp', '[8178] 취소 금액보다 상계가능 정산금액 부족', undefined],
    ['kcp', '취소금액 8388원이 맞지 않습니다', undefined],
    [undefined, '[8388]', 'under_way'],
  ] as const)('of %s: %s is %s', (pgProvider, message, meaning) => {
    expect(meaningOf({ code: -1, message }, pgProvider)).toBe(meaning);
  });
});
