import { describe, expect, it } from 'vitest';
import { EMPTY_REPORT, type ReconciliationReport } from '../../../functions/protocol/reconciliation-notes.ts';
import { finding } from '../../../functions/refund/findings.ts';
import type { LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { KEY, won } from '../../support/ledger-samples.ts';
import { NOW_MS, printed, type } from './command-line.ts';

const lost = finding('notBooked', KEY, { amount: won(2_000), currency: 'KRW' });
const judged = finding('paidTwice', { merchantUid: 'ORD 2', impUid: 'imp_2' });
/** Acknowledged after the comparison, so the report does not contain it. */
const SAID = { id: judged.id, digest: judged.digest, by: 'staff-1', note: 'both\nwanted', atMs: NOW_MS };
const REPORT: ReconciliationReport = {
  ...EMPTY_REPORT,
  compared: 12,
  booked: 1,
  explained: { KRW: 50_000, USD: 1_420 },
  unexplained: { KRW: 2_000 },
  unexplainedPayments: 1,
  found: { notBooked: 1 },
  acknowledgedFindings: 1,
  findings: [lost, judged],
};

function noted(report: ReconciliationReport): LedgerReads {
  const walk = { fromSeconds: 0, toSeconds: 1, startedAtMs: NOW_MS, finishedAtMs: NOW_MS };
  const notes = { recent: { last: { window: 'recent', ...walk, report } } } as const;
  const acknowledgements = async (ids: readonly string[]) => [SAID].filter(({ id }) => ids.includes(id));
  return { ...new FakeTable().ledger(), reconciliation: async () => notes, acknowledgements };
}

describe('reconcile --last', () => {
  it('reconcile --last shows totals per currency, and the findings with their acknowledgements', async () => {
    const { status, out } = await type('reconcile --last', { ledger: noted(REPORT) });
    expect(status).toBe(1);
    expect(out).toBe(
      printed([
        'recent, until 2026-11-25 21:30:00.000 KST',
        '  12 payments compared, 1 booked, 0 imported.',
        '  Cancelled and explained: 50,000 KRW, 14.20 USD. Unexplained: 2,000 KRW. Acknowledged: nothing.',
        `    ${KEY.merchantUid}, payment ${KEY.impUid}: 2000 KRW could not be booked (${lost.id})`,
        `    "ORD 2", payment imp_2: several payments of the order have money left (${judged.id}); acknowledged by staff-1: "both\\nwanted"`,
      ]),
    );
  });

  it('reconcile --last --imp-uid shows the findings of one payment alone', async () => {
    const { text } = await type('reconcile --last --imp-uid imp_2', { ledger: noted(REPORT) });
    expect(text).toContain('several payments');
    expect(text).not.toContain('could not be booked');
  });

  it.each([
    ['everything is explained', { compared: 1 }, 0],
    ['a payment was not compared', { compared: 1, found: { notCompared: 1 } }, 1],
    ['an order was paid twice', { compared: 1, found: { paidTwice: 1 } }, 0],
    ['something is unexplained', { compared: 1, unexplainedPayments: 1 }, 1],
  ])(
    'reconcile --last has exit status 0 only when nothing is left to explain: %s',
    async (_what, fields, status) => {
      const ledger = noted({ ...EMPTY_REPORT, ...fields });
      expect((await type('reconcile --last', { ledger })).status).toBe(status);
    },
  );

  it('reconcile --last exits with 1 when no comparison has finished yet', async () => {
    const { status, out } = await type('reconcile --last', { ledger: new FakeTable().ledger() });
    expect({ status, out }).toEqual({ status: 1, out: 'No comparison has finished yet.' });
  });
});
