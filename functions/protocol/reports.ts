import { omitMissing } from '../refund/omit-missing.ts';
import { refused, type Refused } from '../refund/refusals.ts';
import { withAcknowledged, type Acknowledgement, type Finding } from '../refund/findings.ts';
import type { Ledger, Surroundings } from './ports.ts';
import {
  progressOf,
  unreachedOf,
  type ReconciliationNotes,
  type ReconciliationReport,
  type Span,
  type Unreached,
  type Window,
} from './reconciliation-notes.ts';

/** The findings of one comparison, at its end or so far. */
export interface ToldReport extends Span {
  readonly window: Window;
  readonly startedAtMs: number;
  /** Undefined: it is running; `progress` tells how far. */
  readonly finishedAtMs?: number;
  /** The compared share of the window, from 0 to 1. */
  readonly progress: number;
  readonly report: ReconciliationReport;
}

export interface Reports {
  /** Newest first. */
  readonly reports: readonly ToldReport[];
  /** The part that the nightly comparison did not reach in its night. */
  readonly unreached?: Unreached;
}

type ReportReads = Pick<Surroundings, 'now'> & {
  readonly ledger: Pick<Ledger, 'reconciliation' | 'acknowledgements'>;
};

/** The last reports. Later acknowledgements are shown, but the counts are those of the comparison. */
export async function readReports({ ledger, now }: ReportReads): Promise<Reports> {
  const notes = await ledger.reconciliation();
  const reports = newestFirst(notes);
  const ids = new Set(reports.flatMap(({ report }) => report.findings.map(({ id }) => id)));
  const said = await ledger.acknowledgements([...ids]);
  const withNotes = (report: ReconciliationReport): ReconciliationReport => ({
    ...report,
    findings: withAcknowledged(report.findings, said),
  });
  return {
    reports: reports.map((told) => ({ ...told, report: withNotes(told.report) })),
    ...omitMissing({ unreached: unreachedOf(notes.full, now()) }),
  };
}

function newestFirst(notes: ReconciliationNotes): readonly ToldReport[] {
  const told = Object.values(notes).flatMap(({ position, last }) => [
    ...(position === undefined
      ? []
      : [{ ...position, progress: progressOf(position), atMs: position.movedAtMs }]),
    ...(last === undefined ? [] : [{ ...last, progress: 1, atMs: last.finishedAtMs }]),
  ]);
  return told.toSorted((a, b) => b.atMs - a.atMs);
}

export type Acknowledged = { readonly kind: 'acknowledged'; readonly finding: Finding } | Refused;

/** Ends the alarm of a finding while it stays as in the newest report that names it. */
export async function acknowledgeFinding(
  { findingId, by, note }: { readonly findingId: string; readonly by: string; readonly note: string },
  {
    ledger,
    now,
  }: Pick<Surroundings, 'now'> & { readonly ledger: Pick<Ledger, 'reconciliation' | 'acknowledge'> },
): Promise<Acknowledged> {
  const found = newestFirst(await ledger.reconciliation())
    .flatMap(({ report }) => report.findings)
    .find(({ id }) => id === findingId);
  if (found === undefined) return refused({ code: 'FINDING_NOT_FOUND' });
  const { id, digest } = found;
  const said: Acknowledgement = { id, digest, by, note, atMs: now() };
  await ledger.acknowledge(said);
  return { kind: 'acknowledged', finding: { ...found, acknowledged: { by, note, atMs: said.atMs } } };
}
