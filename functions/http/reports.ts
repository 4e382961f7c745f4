import * as v from 'valibot';
import type { Reports, ToldReport } from '../protocol/reports.ts';
import { FINDINGS, isInQuestion, noteOf, type Finding, type FindingKind } from '../refund/findings.ts';
import { toDecimal, type Minor } from '../refund/money.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { described } from './described.ts';
import { shared } from './listed.ts';

const { reason: text, requested_at: seconds } = shared;
const count = v.pipe(v.number(), v.integer());
const amounts = (description: string) =>
  described(v.record(v.string(), v.number()), `${description}, by currency, in its major unit.`);

export const FoundDifference = v.object({
  id: described(v.string(), 'Stays the same in every report while the finding concerns the same thing.'),
  kind: v.picklist(Object.keys(FINDINGS) as FindingKind[]),
  in_question: described(
    v.boolean(),
    'Money is in question: the alarm rings until the finding is acknowledged.',
  ),
  merchant_uid: text,
  imp_uid: text,
  amount: v.nullable(v.number()),
  currency: text,
  refund_ids: v.array(v.string()),
  text: described(v.string(), 'The finding as one English sentence.'),
  acknowledged: v.nullable(v.object({ by: v.string(), note: v.string(), at: seconds })),
});

export const Report = v.object({
  window: v.picklist(['recent', 'full', 'by_hand']),
  from: seconds,
  to: seconds,
  started_at: seconds,
  finished_at: described(seconds, '0: it is under way.'),
  progress: described(v.number(), 'The part of the window that has been compared, from 0 to 1.'),
  compared: described(count, 'Payments.'),
  booked: count,
  imported: count,
  explained: amounts('Cancelled and explained'),
  unexplained: amounts('In question'),
  acknowledged: amounts('In question, and acknowledged when it was compared'),
  unexplained_payments: count,
  found: described(
    v.record(v.string(), count),
    'The number of findings of each kind, without acknowledged ones.',
  ),
  acknowledged_findings: count,
  findings: described(v.array(FoundDifference), 'The first of each kind.'),
});

export const ReportsAnswer = v.object({
  reports: described(v.array(Report), 'The newest first.'),
  unreached: described(
    v.nullable(
      v.object({
        status: v.picklist(['paid', 'cancelled']),
        from: seconds,
        to: seconds,
        started_at: seconds,
        progress: v.number(),
      }),
    ),
    'What the nightly comparison could not reach in its night.',
  ),
});

export const AcknowledgeAnswer = v.object({ finding: FoundDifference });

export function reportsJson({ reports, unreached }: Reports): v.InferOutput<typeof ReportsAnswer> {
  return {
    reports: reports.map(reportJson),
    unreached:
      unreached === undefined
        ? null
        : {
            status: unreached.status,
            from: unreached.fromSeconds,
            to: unreached.toSeconds,
            started_at: toSeconds(unreached.startedAtMs),
            progress: unreached.progress,
          },
  };
}

function reportJson({ report, ...walk }: ToldReport): v.InferOutput<typeof Report> {
  return {
    window: walk.window,
    from: walk.fromSeconds,
    to: walk.toSeconds,
    started_at: toSeconds(walk.startedAtMs),
    finished_at: toSeconds(walk.finishedAtMs),
    progress: walk.progress,
    compared: report.compared,
    booked: report.booked,
    imported: report.imported,
    explained: inMajor(report.explained),
    unexplained: inMajor(report.unexplained),
    acknowledged: inMajor(report.acknowledged),
    unexplained_payments: report.unexplainedPayments,
    found: report.found,
    acknowledged_findings: report.acknowledgedFindings,
    findings: report.findings.map(findingJson),
  };
}

function inMajor(amounts_: ToldReport['report']['explained']): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(amounts_).map(([currency, minor]) => [currency, toDecimal(minor as Minor, currency)]),
  );
}

export function findingJson(finding: Finding): v.InferOutput<typeof FoundDifference> {
  const { id, kind, merchantUid, impUid, amount, currency, refundIds = [], acknowledged } = finding;
  return {
    id,
    kind,
    in_question: isInQuestion(finding),
    // A finding about an unreadable page belongs to no payment.
    merchant_uid: merchantUid === '' ? null : merchantUid,
    imp_uid: impUid === '' ? null : impUid,
    amount: amount === undefined || currency === undefined ? null : toDecimal(amount, currency),
    currency: currency ?? null,
    refund_ids: [...refundIds],
    text: noteOf(finding),
    acknowledged:
      acknowledged === undefined
        ? null
        : { by: acknowledged.by, note: acknowledged.note, at: toSeconds(acknowledged.atMs) },
  };
}
