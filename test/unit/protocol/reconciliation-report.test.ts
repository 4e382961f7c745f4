import { describe, expect, it } from 'vitest';
import {
  EMPTY_REPORT,
  withFindings,
  withPayment,
  type Reconciled,
  type ReconciliationReport,
} from '../../../functions/protocol/reconciliation-notes.ts';
import { FINDINGS, finding, type Finding, type FindingKind } from '../../../functions/refund/findings.ts';
import { MORNING_MS, REFUND_ID, won } from '../../support/ledger-samples.ts';

const PAYMENT = { merchantUid: 'order', impUid: 'imp_1' };
const KINDS = Object.keys(FINDINGS) as FindingKind[];

function acknowledged(found: Finding): Finding {
  return { ...found, acknowledged: { by: 'staff-1', note: 'an old shop', atMs: MORNING_MS } };
}

function payment(findings: readonly Finding[]): Reconciled {
  const sums = { currency: 'KRW', explained: won(1_000), unexplained: won(500) };
  return { ...sums, findings, isBooked: false, isImported: false };
}

describe('a reconciliation report', () => {
  const found = [finding('foreignTag', PAYMENT, { amount: won(500), currency: 'KRW' })];
  const shops = [finding('amountDiffers', PAYMENT)];

  it('unacknowledged findings count as unexplained', () => {
    expect(withPayment(EMPTY_REPORT, payment(found))).toMatchObject({
      explained: { KRW: 1_000 },
      unexplained: { KRW: 500 },
      acknowledged: {},
      unexplainedPayments: 1,
      found: { foreignTag: 1 },
      acknowledgedFindings: 0,
    });
  });

  it('acknowledged findings are counted separately and raise no alarm', () => {
    const report = withPayment(EMPTY_REPORT, payment(found.map(acknowledged)));
    expect(report).toMatchObject({
      explained: { KRW: 1_000 },
      unexplained: {},
      acknowledged: { KRW: 500 },
      unexplainedPayments: 0,
      found: {},
      acknowledgedFindings: 1,
    });
    expect(report.findings).toEqual(found.map(acknowledged));
  });

  it('a payment raises the alarm while one of its money findings is not acknowledged', () => {
    const other = finding('moreThanAsked', PAYMENT, { amount: won(100), currency: 'KRW' });
    const report = withPayment(EMPTY_REPORT, payment([...found.map(acknowledged), other, ...shops]));
    expect(report).toMatchObject({
      unexplained: { KRW: 500 },
      acknowledged: {},
      unexplainedPayments: 1,
      found: { moreThanAsked: 1, amountDiffers: 1 },
      acknowledgedFindings: 1,
    });
  });

  it('notices for the shop raise no alarm', () => {
    const told = { ...payment(shops), explained: won(1_500), unexplained: won(0) };
    expect(withPayment(EMPTY_REPORT, told)).toMatchObject({
      unexplained: {},
      unexplainedPayments: 0,
      found: { amountDiffers: 1 },
    });
  });

  it('a report names eight findings of each kind, and acknowledged ones separately, so that neither displaces the other', () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      finding('paidTwice', { ...PAYMENT, impUid: `imp_${index}` }),
    );
    const { findings, found: counted } = withFindings(EMPTY_REPORT, [...many.map(acknowledged), ...many]);
    expect(findings.filter(({ acknowledged: said }) => said !== undefined)).toHaveLength(8);
    expect(findings.filter(({ acknowledged: said }) => said === undefined)).toHaveLength(8);
    expect(counted).toEqual({ paidTwice: 20 });
  });

  it('six saved reports fit in one item, with findings of every kind and the longest names', () => {
    const merchantUid = '가'.repeat(255);
    const about = {
      refundIds: Array.from({ length: 9 }, () => REFUND_ID),
      amount: won(1_000),
      currency: 'KRW',
    };
    const findings = KINDS.flatMap((kind) =>
      Array.from({ length: 9 }, (_, index) =>
        finding(kind, { merchantUid, impUid: `imp_${String(index).padStart(28, '0')}` }, about),
      ),
    );
    const report: ReconciliationReport = withFindings(EMPTY_REPORT, findings);
    expect(Buffer.byteLength(JSON.stringify(report)) * 6).toBeLessThan(390_000);
    expect(report.findings.length).toBeGreaterThan(40);
  });
});
