import { describe, expect, it } from 'vitest';
import { cancelBody } from '../../../functions/iamport/wire.ts';
import type { Minor } from '../../../functions/refund/money.ts';

const minor = (amount: number) => amount as Minor;
const CALL = {
  impUid: 'imp_1',
  currency: 'USD',
  amount: minor(1_420),
  checksum: minor(10_000),
  refundId: 'rf_000000000000000000000000',
  reason: '색상',
  passedOn: {},
  requester: 'customer',
} as const;

describe('the body of a cancel', () => {
  it('the body always has amount and checksum, names the payment only by imp_uid and asks for the webhook', () => {
    expect(cancelBody(CALL)).toEqual({
      imp_uid: 'imp_1',
      amount: 14.2,
      checksum: 100,
      reason: '[rf_000000000000000000000000] 색상',
      enable_webhook: true,
      extra: { requester: 'customer' },
    });
  });

  it("the body has the optional fields of the request, amounts in the payment's unit, and the digits of the account", () => {
    const taxes = { taxFree: minor(100), vatAmount: minor(0) };
    const passedOn = { ...taxes, retainPromotion: false, escrowConfirmed: true };
    const account = { holder: '김', bank: '088', account: '123-456789-01-012', tel: '010-1234-5678' };
    expect(cancelBody({ ...CALL, passedOn, requester: 'admin', account })).toMatchObject({
      tax_free: 1,
      vat_amount: 0,
      retain_promotion: false,
      escrow_confirmed: true,
      refund_holder: '김',
      refund_bank: '088',
      refund_account: '12345678901012',
      refund_tel: '010-1234-5678',
      extra: { requester: 'admin' },
    });
  });

  it.each(['NFC', 'NFD'])(
    'the body never has the console’s own text, because our entry would count as a foreign cancel: %s',
    (form) => {
      const { reason } = cancelBody({ ...CALL, reason: '관리자페이지취소  '.normalize(form) });
      // A PG may drop our tag, remove spaces, and compose letters.
      expect(String(reason).normalize('NFC').replaceAll(' ', '')).not.toContain('관리자페이지취소');
    },
  );

  it('a cancel without an amount is never sent, because i’mport would cancel everything', () => {
    expect(() => cancelBody({ ...CALL, amount: minor(0) })).toThrow(/Bug/);
  });
});
