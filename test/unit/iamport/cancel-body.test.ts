import { describe, expect, it } from 'vitest';
import { cancelBody } from '../../../functions/iamport/cancel-body.ts';
import type { Minor } from '../../../functions/refund/money.ts';
import type { Payment, PendingRefund } from '../../../functions/refund/payment.ts';

const minor = (amount: number) => amount as Minor;

const payment: Payment = {
  merchantUid: 'o',
  impUid: 'imp_1',
  status: 'paid',
  currency: 'USD',
  amount: minor(10_000),
  cancelAmount: minor(0),
  cancelHistory: [],
  completeness: 'complete',
  stored: { bytes: 0, hasRecords: true },
  refunds: new Map(),
  seq: 1,
};

const pending: PendingRefund = {
  refundId: 'rf_000000000000000000000000',
  amount: minor(1_420),
  checksum: minor(10_000),
  passedOn: {},
  actor: { kind: 'customer', sub: 's' },
  requestedAtMs: 1,
  seq: 1,
  attempt: 1,
  claimId: 'c',
  claimedAtMs: 1,
  accepted: false,
  checks: 0,
  resolveAtMs: 1,
  attempts: [],
};

describe('what is sent to cancel', () => {
  it('always spells out amount and checksum, tags the reason and asks for the webhook', () => {
    expect(cancelBody({ payment, pending, account: undefined })).toEqual({
      imp_uid: 'imp_1',
      merchant_uid: 'o',
      amount: 14.2,
      checksum: 100,
      reason: '[rf_000000000000000000000000]',
      enable_webhook: true,
      extra: { requester: 'customer' },
    });
  });

  it("carries the fields that are handed on, in the payment's unit, and the account of the request", () => {
    const passedOn = {
      taxFree: minor(100),
      vatAmount: minor(0),
      retainPromotion: false,
      escrowConfirmed: true,
    };
    const staff = { kind: 'staff', sub: 's' } as const;
    const account = { holder: '김', bank: '088', account: '110-1', tel: '010' };
    expect(
      cancelBody({ payment, pending: { ...pending, passedOn, actor: staff, reason: '색상' }, account }),
    ).toMatchObject({
      tax_free: 1,
      vat_amount: 0,
      retain_promotion: false,
      escrow_confirmed: true,
      refund_holder: '김',
      refund_bank: '088',
      refund_account: '110-1',
      refund_tel: '010',
      reason: '[rf_000000000000000000000000] 색상',
      extra: { requester: 'admin' },
    });
  });

  it('never goes out without an amount: that would cancel everything', () => {
    expect(() =>
      cancelBody({ payment, pending: { ...pending, amount: minor(0) }, account: undefined }),
    ).toThrow(/Bug/);
  });
});
