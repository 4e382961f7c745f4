import { describe, expect, it } from 'vitest';
import type { LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  elsewhere,
  proposed,
  rejected,
  requested,
  thePayment,
  won,
} from '../../support/ledger-samples.ts';
import { holding, NOW_MS, type } from './command-line.ts';

const HOUR_MS = 3_600_000;
const at = (hours: number) => NOW_MS - hours * HOUR_MS;
const closing = {
  proposal: proposed(),
  approval: { evidence: 'asked again', by: { sub: 'staff-2', person: 'Lee' }, atMs: NOW_MS },
};

/** One refund of each kind, of today and yesterday. */
function ledger(): LedgerReads {
  return holding(thePayment(), [
    requested({ refundId: 'rf_doubt', requestedAtMs: at(1), claimedAtMs: at(1) }),
    cancelled({ refundId: 'rf_less', cancelledAtMs: at(2), executedAmount: won(700), reference: 'RETURN 1' }),
    cancelled({ refundId: 'rf_undone', cancelledAtMs: at(3), undone: closing }),
    cancelled({ refundId: 'rf_corrected', cancelledAtMs: at(4), corrected: true }),
    elsewhere({ refundId: 'el_console', cancelledAtMs: at(5) }),
    rejected({ refundId: 'rf_rejected', finishedAtMs: at(30) }),
  ]);
}

describe('list of a period', () => {
  it('list --from shows how each refund ended, newest first, with totals by status and currency', async () => {
    const { status, out } = await type('list --from 2026-11-25', { ledger: ledger() });
    expect(status).toBe(0);
    const lines = out.split('\n');
    expect(lines.filter((line) => line.startsWith('2026'))).toEqual([
      '2026-11-25 20:30:00.000 KST  1,000 KRW  DRIFT  rf_doubt',
      '2026-11-25 19:30:00.000 KST  1,000 KRW  cancelled as 700 KRW  rf_less',
      '2026-11-25 18:30:00.000 KST  1,000 KRW  cancelled (undone at the PG)  rf_undone',
      '2026-11-25 17:30:00.000 KST  1,000 KRW  cancelled (corrected)  rf_corrected',
      '2026-11-25 16:30:00.000 KST  300 KRW  cancelled elsewhere  el_console',
    ]);
    expect(lines).toContain('    order order-1, payment imp_123456789012, reference "RETURN 1"');
    expect(lines.slice(-3)).toEqual([
      'cancelled: 3 refunds, 2,000 KRW',
      'undone: 1 refund, 1,000 KRW',
      'unknown: 1 refund, 1,000 KRW',
    ]);
  });

  it('list filters by --to (inclusive), --status and --imp-uid', async () => {
    const { told } = await type('list --from 2026-11-24 --to 2026-11-24', { ledger: ledger() });
    expect(told).toContain('rejected  rf_rejected');
    expect(told.split('\n').at(-1)).toBe('rejected: 1 refund, 1,000 KRW');
    const some = await type('list --status rejected --json', { ledger: ledger() });
    expect(JSON.parse(some.out)).toMatchObject({
      refunds: [{ refund_id: 'rf_rejected' }],
      totals: [{ status: 'rejected', currency: 'KRW', count: 1, amount: 1_000 }],
    });
    const none = await type('list --from 2026-11-20 --to 2026-11-21', { ledger: ledger() });
    expect(none).toMatchObject({ status: 0, out: 'No refund is listed.' });
    const other = await type('list --from 2026-11-24 --imp-uid imp_other', { ledger: ledger() });
    expect(other.out).toBe('No refund is listed.');
  });

  it('list --status open lists the open refunds with the reason', async () => {
    const { told } = await type('list --status open', { ledger: ledger() });
    expect(told).toContain('not looked at yet');
    const csv = await type('list --csv', { ledger: ledger() });
    expect(csv.out.split('\r\n').map((line) => line.split(',')[0])).toEqual(['\uFEFFrefund_id', 'rf_doubt']);
  });

  it('list joins several pages and reports its progress', async () => {
    const table = new FakeTable();
    const many = Array.from({ length: 250 }, (_, index) =>
      cancelled({ refundId: `rf_${index}`, cancelledAtMs: at(1) + index }),
    );
    const progress: string[] = [];
    const of = holding(thePayment(), many, table);
    const { out } = await type('list --from 2026-11-25 --csv', {
      ledger: of,
      progress: (line) => progress.push(line),
    });
    const rows = out.split('\n');
    expect(rows).toHaveLength(251);
    expect(rows[0]).toMatch(/^\uFEFFrefund_id,.*,drift\r$/);
    expect(rows.filter((row) => row.includes('\uFEFF'))).toHaveLength(1);
    expect(progress).toContain('200 listed');
    expect(progress.at(-1)).toBe('');
    const words = await type('list --from 2026-11-25', { ledger: of });
    expect(words.told.split('\n').at(-1)).toBe('cancelled: 250 refunds, 250,000 KRW');
  });

  it.each([
    ['list --from yesterday', /^--from must be a day of Korea such as 2026-11-25/],
    ['list --from 2026-01-01', /^--from must be at most 92 days before to/],
    ['list --from 2026-11-25 --to 2026-11-20', /^--from must be before to/],
    ['list --status lost', /^--status must be open, unknown, cancelled, rejected or not_executed/],
    ['list --csv --json', /^--csv and --json exclude each other/],
  ])('list explains what is wrong with "%s"', async (words, why) => {
    const { status, err } = await type(words, { ledger: ledger() });
    expect(status).toBe(2);
    expect(err.replaceAll(/\n\s+/g, ' ')).toMatch(why);
  });
});
