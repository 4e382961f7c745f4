import { describe, expect, it } from 'vitest';
import { paymentFromItem } from '../../../functions/payments-store/item.ts';
import { finalRefundToItem, pendingToItem } from '../../../functions/payments-store/item-write.ts';
import { decideCancel, type CancelRequest } from '../../../functions/refund/decide.ts';
import { fingerprintOf, refundIdForKey } from '../../../functions/refund/identity.ts';
import { shopItem, type Item } from '../../support/memory-store.ts';
import { REFUND_ID, samplePending, sampleRefund } from '../../support/sample-writes.ts';

const NOW = Date.parse('2026-02-15T03:00:00Z');
const actor = { kind: 'customer', sub: 'customer' } as const;

function decide(item: Item, request: Partial<CancelRequest> = {}, refundId = 'rf_new', fingerprint?: string) {
  const payment = paymentFromItem(shopItem('o', { cancel_amount: 0, ...item }));
  const identity = { refundId, claimId: 'claim', ...(fingerprint === undefined ? {} : { fingerprint }) };
  return decideCancel(payment, { account: {}, actor, ...request }, identity, NOW);
}

const pending = { pending_refund: pendingToItem({ ...samplePending, fingerprint: 'print' }, 'KRW') };
const settled = {
  refunds: { [REFUND_ID]: finalRefundToItem({ ...sampleRefund, fingerprint: 'print' }, 'KRW') },
};

describe('what is known comes first', () => {
  it('a settled refund is replayed, even when nothing is left and the amount would be refused', () => {
    const decision = decide({ ...settled, cancel_amount: 10_000 }, { amount: 99_999 }, REFUND_ID, 'print');
    expect(decision).toMatchObject({ kind: 'replay', refund: { refundId: REFUND_ID } });
  });

  it("a refund in flight is ours or another's, before any amount is judged", () => {
    expect(decide(pending, { amount: 99_999 }, REFUND_ID, 'print')).toMatchObject({
      kind: 'pending',
      ours: true,
    });
    expect(decide(pending, { amount: 99_999 })).toMatchObject({ kind: 'pending', ours: false });
  });

  it('the same key with another body is refused, settled or in flight', () => {
    for (const item of [pending, settled]) {
      expect(decide(item, {}, REFUND_ID, 'other')).toEqual({
        kind: 'refuse',
        refusal: { code: 'IDEMPOTENCY_KEY_REUSED' },
      });
    }
  });
});

describe('the amount', () => {
  it('that is left out is all that is left, and the checksum is the balance', () => {
    expect(decide({ cancel_amount: 4_000 })).toMatchObject({
      kind: 'claim',
      pending: { amount: 6_000, checksum: 6_000, attempt: 1 },
    });
  });

  it.each([
    ['nothing is left', { cancel_amount: 10_000 }, {}, { code: 'ALREADY_FULLY_REFUNDED' }],
    [
      'more than is left',
      { cancel_amount: 9_000 },
      { amount: 1_001 },
      { code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable: 1_000 },
    ],
    [
      'a balance that is not so',
      {},
      { amount: 1, checksum: 9_999 },
      { code: 'CHECKSUM_MISMATCH', cancelable: 10_000 },
    ],
    ['an unpaid order', { status: 'ready' }, {}, { code: 'PAYMENT_NOT_PAID' }],
    [
      'half a won',
      {},
      { amount: 0.5 },
      { code: 'INVALID_REQUEST', errors: [{ pointer: '/cancel_request_amount' }] },
    ],
    [
      'tax beyond the amount',
      {},
      { amount: 100, taxFree: 60, vatAmount: 41 },
      { code: 'INVALID_REQUEST', errors: [{ pointer: '/tax_free' }] },
    ],
  ])('%s is refused', (_what, item, request, refusal) => {
    expect(decide(item, request)).toMatchObject({ kind: 'refuse', refusal });
  });

  it('beyond a hundred records is refused, so that nobody fills the item up', () => {
    const record = finalRefundToItem(sampleRefund, 'KRW');
    const refunds = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`rf_${index}`, { ...record, refund_id: `rf_${index}` }]),
    );
    expect(decide({ refunds })).toMatchObject({ refusal: { code: 'REFUND_LIMIT_REACHED' } });
  });
});

describe('a phone payment', () => {
  const phone = (paidAt: string, fields: Item = {}) => ({
    pay_method: 'phone',
    pg_provider: 'danal',
    paid_at: Date.parse(paidAt) / 1000,
    ...fields,
  });

  it('is refunded within the month in Korea, to the second', () => {
    expect(decide(phone('2026-01-31T15:00:00Z'))).toMatchObject({ kind: 'claim' });
    expect(decide(phone('2026-01-31T14:59:59Z'))).toMatchObject({
      refusal: { code: 'REFUND_NOT_ALLOWED', rule: 'phone_other_month' },
    });
  });

  it('of another month is refused in part as in full', () => {
    const item = phone('2026-01-10T00:00:00Z', { pg_provider: 'html5_inicis' });
    for (const request of [{}, { amount: 1 }])
      expect(decide(item, request)).toMatchObject({ refusal: { rule: 'phone_other_month' } });
  });

  it('is refunded in part only by the PGs that can', () => {
    const paid = '2026-02-10T00:00:00Z';
    expect(decide(phone(paid), { amount: 1 })).toMatchObject({ refusal: { rule: 'phone_partial' } });
    expect(decide(phone(paid, { pg_provider: 'html5_inicis' }), { amount: 1 })).toMatchObject({
      kind: 'claim',
    });
  });
});

describe('a virtual account', () => {
  const vbank = (pg: string) => ({ pay_method: 'vbank', pg_provider: pg });
  const account = { holder: '김환불', bank: '88', account: '110123456789' };

  it('needs holder, bank and account, and some PGs the telephone', () => {
    expect(decide(vbank('html5_inicis'))).toMatchObject({
      refusal: {
        code: 'REFUND_ACCOUNT_REQUIRED',
        fields: ['refund_holder', 'refund_bank', 'refund_account'],
      },
    });
    expect(decide(vbank('smartro'), { account: { ...account, bank: '088' } })).toMatchObject({
      refusal: { fields: ['refund_tel'] },
    });
    expect(decide(vbank('html5_inicis'), { account })).toMatchObject({ kind: 'claim', pending: { account } });
  });

  it.each([
    ['kcp', 'BK88'],
    ['html5_inicis', '88'],
    ['tosspayments', '088'],
    ['daou', '10'],
  ])("of %s takes Shinhan as %s and no other family's code", (pg, bank) => {
    expect(decide(vbank(pg), { account: { ...account, bank } })).toMatchObject({ kind: 'claim' });
    const wrong = pg === 'kcp' ? '88' : 'BK88';
    expect(decide(vbank(pg), { account: { ...account, bank: wrong } })).toMatchObject({
      refusal: { code: 'INVALID_REFUND_BANK' },
    });
  });

  it('is all that an account is kept for: a card payment drops it', () => {
    expect(decide({ pay_method: 'card' }, { account })).not.toHaveProperty('pending.account');
  });
});

describe('the names of a refund', () => {
  it('follow from order and key, so that a repetition finds it', () => {
    expect(refundIdForKey('o', 'key')).toBe(refundIdForKey('o', 'key'));
    expect(refundIdForKey('o', 'key')).toMatch(/^rf_[0-9a-z]{24}$/);
    expect(new Set([refundIdForKey('o', 'a'), refundIdForKey('o', 'b'), refundIdForKey('p', 'a')]).size).toBe(
      3,
    );
  });

  it('tell a changed body by its fingerprint, the account included', () => {
    const request = { account: { account: '1' }, actor, amount: 1 };
    const prints = [
      request,
      { ...request, amount: 2 },
      { ...request, account: { account: '2' } },
      { ...request, reason: 'x' },
    ].map((each) => fingerprintOf('key', each));
    expect(new Set(prints).size).toBe(4);
  });
});
