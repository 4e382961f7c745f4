import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { handleAcknowledge } from '../../../functions/acknowledge-finding.ts';
import { handleReports } from '../../../functions/get-reconciliation.ts';
import { AcknowledgeAnswer, ReportsAnswer } from '../../../functions/http/reports.ts';
import {
  EMPTY_REPORT,
  withFindings,
  withPayment,
  type ReconciliationPosition,
} from '../../../functions/protocol/reconciliation-notes.ts';
import { FINDINGS, finding, type Finding, type FindingKind } from '../../../functions/refund/findings.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { entryOf, MORNING_MS, REFUND_ID, won } from '../../support/ledger-samples.ts';
import { HOUR_MS, listed, ListedWorld } from '../../support/listed-world.ts';
import { eventOf, parsed, SOON_MS, STAFF_CLAIMS, untouched } from '../http/samples.ts';

const IMP_UID = 'imp_1';

/** R without an entry: an unexplained amount that only people can explain. */
function withoutEntry(amount: number): ProviderPayment {
  return listed(IMP_UID, [], {
    status: 'cancelled',
    cancelAmount: won(amount),
    cancelledAtMs: MORNING_MS - HOUR_MS,
  });
}

function provided(payment: ProviderPayment): ListedWorld {
  const of = new ListedWorld();
  of.provides(payment);
  return of;
}

const asStaff = (fields: object = {}) => eventOf({ claims: STAFF_CLAIMS, ...fields });

async function reports(of: ListedWorld) {
  const { status, body } = parsed(await handleReports(asStaff(), SOON_MS, of.world));
  expect(status).toBe(200);
  return v.parse(v.strictObject(ReportsAnswer.entries), body);
}

async function theFinding(of: ListedWorld) {
  const [report] = (await reports(of)).reports;
  expect(report?.findings).toHaveLength(1);
  return report?.findings[0];
}

async function acknowledge(of: ListedWorld, id: string, note = 'paid back by hand') {
  const event = asStaff({ path: { id }, body: JSON.stringify({ note }) });
  return parsed(await handleAcknowledge(event, SOON_MS, of.world));
}

describe('reading reconciliation reports', () => {
  it('a report shows what was compared and found, in major units', async () => {
    const of = provided(withoutEntry(300));
    await of.run();
    expect((await reports(of)).reports).toMatchObject([
      {
        window: 'recent',
        to: MORNING_MS / 1000,
        finished_at: MORNING_MS / 1000,
        progress: 1,
        compared: 1,
        imported: 1,
        unexplained: { KRW: 300 },
        unexplained_payments: 1,
        found: { withoutEntry: 1 },
        findings: [
          {
            kind: 'withoutEntry',
            in_question: true,
            merchant_uid: 'order_imp_1',
            imp_uid: IMP_UID,
            amount: 300,
            currency: 'KRW',
            refund_ids: [],
            text: '300 KRW are in cancel_amount but have no entry in the history',
            acknowledged: null,
          },
        ],
      },
    ]);
  });

  it('reports come newest first, with the running walk and what a night could not reach', async () => {
    const of = provided(withoutEntry(300));
    await of.run();
    const part = { fromSeconds: 50, toSeconds: 99 };
    const full: ReconciliationPosition = {
      window: 'full',
      fromSeconds: 0,
      toSeconds: 99,
      status: 'paid',
      part,
      page: 1,
      startedAtMs: MORNING_MS - 10 * HOUR_MS,
      movedAtMs: MORNING_MS + 1,
      failures: 0,
      report: { ...EMPTY_REPORT, findings: [finding('pageNotRead', { merchantUid: '', impUid: '' })] },
    };
    await of.putPosition(full);
    expect(await reports(of)).toMatchObject({
      reports: [
        {
          window: 'full',
          finished_at: 0,
          progress: 0.25,
          findings: [{ merchant_uid: null, imp_uid: null, amount: null }],
        },
        { window: 'recent' },
      ],
      unreached: { status: 'paid', from: 50, to: 99, started_at: full.startedAtMs / 1000, progress: 0.25 },
    });
  });
});

describe('acknowledging a finding', () => {
  it('an acknowledged finding stays in the report with its note, and raises no alarm until it changes', async () => {
    const of = provided(withoutEntry(300));
    await of.run();
    const id = (await theFinding(of))?.id ?? '';
    of.nowMs += 60_000;
    const { status, body } = await acknowledge(of, id, '은행 송금\n확인함');
    const said = { by: 'staff-9', note: '은행 송금\n확인함', at: of.nowMs / 1000 };
    expect(status).toBe(200);
    expect(v.parse(v.strictObject(AcknowledgeAnswer.entries), body)).toMatchObject({
      finding: { id, acknowledged: said },
    });
    expect(await theFinding(of)).toMatchObject({ id, acknowledged: said });
    of.nowMs += HOUR_MS;
    const { report } = await of.run();
    expect(report).toMatchObject({ acknowledged: { KRW: 300 }, acknowledgedFindings: 1 });
    expect([report.unexplainedPayments, report.unexplained, report.found]).toEqual([0, {}, {}]);
    expect(await theFinding(of)).toMatchObject({ id, acknowledged: said });
    of.provides(withoutEntry(400));
    expect((await of.run()).report).toMatchObject({ unexplainedPayments: 1, unexplained: { KRW: 400 } });
    expect(await theFinding(of)).toMatchObject({ id, amount: 400, acknowledged: null });
    await acknowledge(of, id, 'and 100 more');
    expect((await of.run()).report).toMatchObject({ unexplainedPayments: 0 });
  });

  it('only a finding of the last reports can be acknowledged', async () => {
    const of = provided(listed(IMP_UID, [entryOf(300)]));
    await of.run();
    expect(await acknowledge(of, 'fd_nobody')).toMatchObject({
      status: 404,
      body: { code: 'FINDING_NOT_FOUND' },
    });
    expect(await of.table.ledger().acknowledgements(['fd_nobody'])).toEqual([]);
  });

  it.for([
    ['{"note":" "}', '/note'],
    [JSON.stringify({ note: 'x'.repeat(501) }), '/note'],
    ['{"note":"x","reason":"y"}', '/reason'],
  ] as const)('the note of an acknowledgement must be readable: %s', async ([body, pointer]) => {
    const event = asStaff({ path: { id: 'fd_1' }, body });
    expect(parsed(await handleAcknowledge(event, SOON_MS, untouched))).toMatchObject({
      status: 400,
      body: { errors: [{ pointer }] },
    });
  });
});

describe('what a report counts', () => {
  const PAYMENT = { merchantUid: 'order', impUid: 'imp_1' };
  const money = finding('foreignTag', PAYMENT, { amount: won(500), currency: 'KRW' });
  const more = finding('moreThanAsked', PAYMENT, { amount: won(100), currency: 'KRW' });
  const notice = finding('amountDiffers', PAYMENT);
  const acknowledged = (found: Finding): Finding => ({
    ...found,
    acknowledged: { by: 'staff-1', note: 'an old shop', atMs: MORNING_MS },
  });

  it.for<[string, readonly Finding[], number, object, object]>([
    ['a finding about money', [money], 1, { unexplained: { KRW: 500 } }, { foreignTag: 1 }],
    ['an acknowledged one is counted apart', [acknowledged(money)], 0, { acknowledged: { KRW: 500 } }, {}],
    [
      'one of two is not acknowledged',
      [acknowledged(money), more, notice],
      1,
      { unexplained: { KRW: 500 } },
      { moreThanAsked: 1, amountDiffers: 1 },
    ],
  ])('%s', ([, findings, unexplainedPayments, sums, found]) => {
    const currency = 'KRW';
    const compared = { currency, explained: won(1_000), unexplained: won(500), findings };
    const report = withPayment(EMPTY_REPORT, { ...compared, isBooked: false, isImported: false });
    const expected = { unexplained: {}, acknowledged: {}, ...sums, unexplainedPayments, found };
    expect(report).toMatchObject({ explained: { KRW: 1_000 }, ...expected });
    expect(report.findings).toEqual(findings);
  });

  it('a report names eight findings of each kind, and acknowledged ones separately, so that neither displaces the other', () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      finding('paidTwice', { ...PAYMENT, impUid: `imp_${index}` }),
    );
    const { findings, found } = withFindings(EMPTY_REPORT, [...many.map(acknowledged), ...many]);
    expect(findings.filter((each) => each.acknowledged !== undefined)).toHaveLength(8);
    expect(findings).toHaveLength(16);
    expect(found).toEqual({ paidTwice: 20 });
  });

  it('six saved reports fit in one item, with findings of every kind and the longest names', () => {
    const merchantUid = '가'.repeat(255);
    const refundIds = Array.from({ length: 9 }, () => REFUND_ID);
    const findings = (Object.keys(FINDINGS) as FindingKind[]).flatMap((kind) =>
      Array.from({ length: 9 }, (_, index) =>
        finding(
          kind,
          { merchantUid, impUid: `imp_${String(index).padStart(28, '0')}` },
          {
            refundIds,
            amount: won(1_000),
            currency: 'KRW',
          },
        ),
      ),
    );
    const report = withFindings(EMPTY_REPORT, findings);
    expect(Buffer.byteLength(JSON.stringify(report)) * 6).toBeLessThan(390_000);
    expect(report.findings.length).toBeGreaterThan(40);
  });
});
