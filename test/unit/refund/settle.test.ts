import { describe, expect, it } from 'vitest';
import { attribute, CONSOLE_REASON, taggedReason, tagOf } from '../../../functions/refund/attribution.ts';
import { redactAccount } from '../../../functions/refund/redact.ts';
import { corrections, examine } from '../../../functions/refund/evidence.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { won } from '../../support/model-provider.ts';
import { samplePayment, samplePending, sampleRefund } from '../../support/sample-writes.ts';

const refundId = 'rf_0123456789abcdefghjkmnpq';
const other = 'rf_zzzzzzzzzzzzzzzzzzzzzzzz';
const pending = { ...samplePending, refundId, amount: won(1_000), checksum: won(8_000) };
const entry = (amount: number, reason?: string) => ({
  amount: won(amount),
  ...(reason === undefined ? {} : { reason }),
});

function provider(...history: readonly ReturnType<typeof entry>[]): ProviderPayment {
  const cancelAmount = won(history.reduce((sum, { amount }) => sum + amount, 0));
  return { ...samplePayment, cancelAmount, cancelHistory: history };
}

const before = entry(2_000, `x ${tagOf(other)}`);

describe('an entry of the history is ours', () => {
  const paid = won(10_000);
  it.each([
    ['by its tag, wherever it stands', [entry(500, 'y'), entry(1_000, `size ${tagOf(refundId)}`)], 'tag'],
    ['by its place and amount when the tag was dropped', [before, entry(1_000)], 'position'],
    ['by its place and amount when the reason was changed', [before, entry(1_000, 'PG cancel')], 'position'],
  ])('%s', (_how, history, by) => {
    expect(attribute(history, pending, paid)).toMatchObject({ kind: 'ours', by });
  });

  it.each([
    ['signed by another refund', [before, entry(1_000, tagOf(other))]],
    ['made in the console', [before, entry(1_000, CONSOLE_REASON)]],
    ['of another amount', [before, entry(999)]],
    ['at another place', [entry(1_000), entry(1_000, tagOf(other))]],
  ])('never when it is %s', (_how, history) => {
    expect(attribute(history, pending, paid)).toEqual({ kind: 'none' });
  });
});

describe('a payment read back', () => {
  it.each([
    ['our entry: done', provider(before, entry(1_000, tagOf(refundId))), 'done'],
    ['the balance used up by others: dead for ever', provider(before, entry(500, CONSOLE_REASON)), 'used_up'],
    ['the balance as it was: not done so far', provider(before), 'untouched'],
    ['less cancelled than before: drift', provider(entry(500, CONSOLE_REASON)), 'drift'],
    [
      'a balance that the history does not explain: drift',
      { ...provider(before), cancelAmount: won(5_000) },
      'drift',
    ],
    ['another payment: drift', { ...provider(before), impUid: 'imp_other' }, 'drift'],
    ['another amount: drift', { ...provider(before), amount: won(9_999) }, 'drift'],
  ])('shows %s', (_what, shown, kind) => {
    expect(examine(samplePayment, pending, shown)).toMatchObject({ kind });
  });

  it('corrects a refund that was recorded as rejected and happened after all', () => {
    const { attribution: _a, corrected: _c, ...record } = { ...sampleRefund, refundId };
    const rejected = { ...record, status: 'rejected', rejection: { code: 'CANCEL_REJECTED' } } as const;
    const payment = { ...samplePayment, refunds: new Map([[refundId, rejected]]) };
    expect(corrections(payment, provider(before), 1)).toEqual([]);
    expect(corrections(payment, provider(before, entry(1_000, tagOf(refundId))), 1)).toMatchObject([
      { status: 'cancelled', corrected: true },
    ]);
  });
});

describe("the reason that i'mport gets", () => {
  it("is the caller's words and then our tag, 256 characters in all", () => {
    expect(taggedReason('사이즈', refundId)).toBe(`사이즈 ${tagOf(refundId)}`);
    expect(taggedReason(undefined, refundId)).toBe(tagOf(refundId));
    const long = taggedReason('가'.repeat(256), refundId);
    expect(long).toHaveLength(256);
    expect(long.endsWith(tagOf(refundId))).toBe(true);
  });

  it('never cuts a character in two', () => {
    for (const pad of ['', 'x'])
      expect(taggedReason(pad + '😀'.repeat(128), refundId).isWellFormed()).toBe(true);
  });

  it("cannot be signed with another refund's name by the caller", () => {
    expect(taggedReason(`mine ${tagOf(other)}`, refundId)).not.toContain(tagOf(other));
  });
});

describe('a PG that quotes the account', () => {
  const account = { holder: '김환불', account: '110-123-456789', tel: '010 1234 5678' };
  it.each(['계좌번호 110123456789 오류', '110-123-456789', '김 환불 님', 'tel 01012345678, 010-1234-5678'])(
    'is not quoted on: %s',
    (text) => {
      const shown = redactAccount(text, account);
      expect(shown).toContain('***');
      for (const secret of ['110123456789', '110-123-456789', '김환불', '김 환불', '01012345678'])
        expect(shown).not.toContain(secret);
    },
  );

  it('keeps what is not the account', () => {
    expect(redactAccount('[2026] 전화 문의(1661-0808) (.*)', account)).toBe(
      '[2026] 전화 문의(1661-0808) (.*)',
    );
  });
});
