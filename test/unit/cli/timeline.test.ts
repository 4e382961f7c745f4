import { describe, expect, it } from 'vitest';
import { paymentFromItem } from '../../../functions/payments-store/payment-item.ts';
import { explain, openLine } from '../../../lib/cli/explain.ts';

const intent = {
  amount: 3_000,
  checksum: 10_000,
  actor: { kind: 'customer', sub: 'customer-1' },
  requested_at: Date.parse('2026-01-31T14:59:59.000Z'),
  seq: 1,
  attempt: 1,
  attempts: [
    {
      attempt: 1,
      sent_at: Date.parse('2026-01-31T14:59:59.100Z'),
      answered_at: Date.parse('2026-01-31T15:00:01Z'),
      answer: 'unknown: HTTP 502',
    },
  ],
};

const cancelled = {
  ...intent,
  refund_id: 'rf_one',
  reason: 'size',
  status: 'cancelled',
  finished_at: Date.parse('2026-01-31T15:00:30Z'),
  decided_by: 'read_back',
  attribution: 'tag',
  cancellation_id: 'CANCELLATION-1',
  corrected: false,
};

const account = { holder: '김환불', bank: '004', account: '1102345678901' };

const open = {
  ...intent,
  refund_id: 'rf_two',
  requested_at: Date.parse('2026-01-31T15:10:00Z'),
  claim_id: 'claim',
  claimed_at: Date.parse('2026-01-31T15:10:00Z'),
  accepted: false,
  checks: 2,
  resolve_at: Date.parse('2026-01-31T15:11:00Z'),
  attempts: [{ attempt: 1, sent_at: Date.parse('2026-01-31T15:10:00Z') }],
  account,
};

const payment = paymentFromItem({
  merchant_uid: 'ORD-1',
  imp_uid: 'imp_1',
  amount: 10_000,
  cancel_amount: 3_500,
  cancel_history: [
    {
      amount: 3_000,
      cancelled_at: 1_769_871_601,
      reason: 'size [rf_one]',
      cancellation_id: 'CANCELLATION-1',
    },
    { amount: 500, cancelled_at: 1_769_871_700, reason: '관리자페이지취소', cancellation_id: 'CONSOLE-1' },
  ],
  refund_records: { rf_one: cancelled },
  refund_pending: open,
});

describe('the time line of a payment', () => {
  it('says who asked, what came back and what decided, in Korea time, oldest first', () => {
    const [summary, ...lines] = explain(payment).split('\n');
    expect(summary).toContain('paid 10,000 KRW, cancelled 3,500 KRW, left 6,500 KRW');
    expect(lines.map((line) => line.trim().slice(0, 19))).toEqual(
      lines.map((line) => line.trim().slice(0, 19)).toSorted(),
    );
    expect(lines[0]).toContain('2026-01-31 23:59:59.000 KST');
    expect(lines.join('\n')).toMatch(
      /customer customer-1 asks for 3,000 KRW of 10,000 KRW left, because "size"/,
    );
    expect(lines.join('\n')).toMatch(/came back: unknown: HTTP 502/);
    expect(lines.join('\n')).toMatch(
      /CANCELLED as CANCELLATION-1; decided by the payment read back from i'mport/,
    );
    expect(lines.join('\n')).toMatch(/CONSOLE-1 cancelled elsewhere: 500 KRW/);
    expect(lines.join('\n')).toMatch(/rf_two IN DOUBT \(not known yet\): .*; looked at 2 times/);
  });

  it('never shows the account of a refund in flight', () => {
    const shown =
      explain(payment) + openLine({ payment, pending: payment.pending! }, Date.parse('2026-01-31T15:12:00Z'));
    expect(shown).toContain('2 min');
    for (const secret of [account.holder, account.account]) expect(shown).not.toContain(secret);
  });
});
