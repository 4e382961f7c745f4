import * as v from 'valibot';
import { windowFault, type ReconciliationReport } from '../../../functions/protocol/reconciliation-notes.ts';
import {
  noteOf,
  withAcknowledged,
  type Finding,
  type FindingKind,
} from '../../../functions/refund/findings.ts';
import type { Minor } from '../../../functions/refund/money.ts';
import {
  COULD_NOT,
  OperationsError,
  UsageError,
  flag,
  valued,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { runFunction } from '../invoke.ts';
import { PERIOD, periodIn } from '../period.ts';
import { openTables } from '../tables.ts';
import { targetOf, WHERE } from '../where.ts';
import { clock, money, named, quoted } from '../words.ts';

const NOT_LAST = { not: ['last'] };

export const reconcileCommand: Command = {
  name: 'reconcile',
  takes: '',
  positionals: 0,
  summary: "compares the ledger with i'mport's lists, or shows the last results",
  about: [
    'Without --from it compares the last hours, as the schedule does.',
    'In AWS it invokes --function with the aws command; a window too large for one run is continued by the next run.',
    '--last reads the last results from the ledger (--table, or the local run) and compares nothing.',
  ],
  options: {
    function: valued('NAME', 'in AWS: ReconciliationFunction in the outputs of the stack', NOT_LAST),
    from: valued('DAY', 'a day of Korea, or a time with its offset; at most 90 days ago', NOT_LAST),
    to: valued('DAY', PERIOD.to.about, { needs: ['from'] }),
    last: flag('only show the results of the last comparisons'),
    'imp-uid': valued('IMP_UID', 'show only the findings of this payment'),
    ...WHERE,
    table: valued('NAME', 'with --last: the ledger in AWS (LedgerTableName in the outputs)', {
      needs: ['last'],
      not: ['url'],
    }),
    region: valued('REGION', 'region of table or function (else AWS_REGION, or that of AWS_PROFILE)'),
  },
  exits: [
    'the comparison is complete and nothing is unexplained',
    'the comparison is incomplete, or something is unexplained',
    COULD_NOT,
  ],
  run: async (given, world) => (given.flag('last') ? tellLast(given, world) : compare(given, world)),
};

async function tellLast(given: Given, world: Surroundings): Promise<number> {
  const { ledger } = await (world.openTables ?? openTables)(targetOf(given, world));
  const notes = Object.values(await ledger.reconciliation());
  const finished = notes.flatMap(({ last }) => last ?? []);
  const ids = new Set(finished.flatMap(({ report }) => report.findings.map(({ id }) => id)));
  // Show later acknowledgements, too.
  const said = await ledger.acknowledgements([...ids]);
  const last = finished.map(({ report, ...walk }) => ({
    ...walk,
    report: { ...report, findings: withAcknowledged(report.findings, said) },
  }));
  const positions = notes.flatMap(({ position }) =>
    position === undefined ? [] : [[position.window, position] as const],
  );
  if (given.flag('json')) world.json({ last, positions: Object.fromEntries(positions) });
  else if (last.length === 0) world.out('No comparison has finished yet.');
  else {
    for (const { window, finishedAtMs, report } of last) {
      world.out(`${window}, until ${clock(finishedAtMs)}`);
      for (const line of reportLines(report, given.text('imp-uid'))) world.out(`  ${line}`);
    }
  }
  return last.length > 0 && last.every(({ report }) => isExplained(report)) ? 0 : 1;
}

async function compare(given: Given, world: Surroundings): Promise<number> {
  const window = windowIn(given, world.nowMs());
  // The window of the schedule has a name in AWS, and is the default of a local run.
  const wish = 'fromSeconds' in window || !given.flag('function') ? window : { window: 'recent' };
  const body = await runFunction('reconcile', wish, given, world);
  const run = v.safeParse(Run, body);
  if (!run.success)
    throw new OperationsError(
      `The comparison did not return a report: ${JSON.stringify(body)}`,
      'Look into the log of the function: ReconciliationFunction and LogGroupNames in the outputs.',
    );
  const { finished, progress, failed, report } = run.output;
  if (given.flag('json')) world.json(body);
  else {
    for (const line of reportLines(report, given.text('imp-uid'))) world.out(line);
    const compared = `${Math.floor(progress * 100)} % are compared`;
    if (failed !== undefined)
      world.out(`It ended early (${compared}): ${failed}. The next run continues from there.`);
    else if (!finished) world.out(`Not complete yet (${compared}): run it again to continue.`);
  }
  return finished && isExplained(report) ? 0 : 1;
}

// --- The window ---

/** The window to compare, in Unix seconds; without `--from` the window of the schedule. */
type TimeWindow = Readonly<{ fromSeconds?: number; toSeconds?: number }>;

/** Applies the function's own rules before the call, so that errors name the typed options. */
function windowIn(given: Given, nowMs: number): TimeWindow {
  const { fromMs, toMs } = periodIn(given, nowMs).wanted;
  if (fromMs === undefined) return {};
  const window = {
    fromSeconds: Math.floor(fromMs / 1000),
    // The last day may be today.
    ...(toMs === undefined ? {} : { toSeconds: Math.floor(Math.min(toMs, nowMs) / 1000) }),
  };
  const fault = windowFault(window, nowMs, { fromSeconds: '--from', toSeconds: '--to' });
  if (fault !== undefined) throw new UsageError(`${fault}.`);
  return window;
}

// --- The report ---

type Report = Omit<ReconciliationReport, 'acknowledgedFindings'>;

/** A run's answer, checked as far as it takes to tell it from an error. */
const Run = v.object({
  finished: v.boolean(),
  progress: v.number(),
  failed: v.optional(v.string()),
  report: v.custom<Report>((report) =>
    v.is(v.object({ findings: v.array(v.object({ id: v.string() })) }), report),
  ),
});

function reportLines(report: Report, impUid: string | undefined): readonly string[] {
  const { compared, booked, imported, explained, unexplained, acknowledged } = report;
  const counts = [counted(compared, 'compared'), `${booked} booked`, `${imported} imported`];
  const findings = report.findings.filter((each) => impUid === undefined || each.impUid === impUid);
  return [
    `${counts.join(', ')}.`,
    `Cancelled and explained: ${amounts(explained)}. Unexplained: ${amounts(unexplained)}. ` +
      `Acknowledged: ${amounts(acknowledged)}.`,
    ...findings.map((finding) => `  ${findingWords(finding)}`),
  ];
}

function counted(count: number, what: string): string {
  return `${count} payment${count === 1 ? '' : 's'} ${what}`;
}

function amounts(byCurrency: Readonly<Record<string, number>>): string {
  const told = Object.entries(byCurrency).map(([currency, minor]) => money(minor as Minor, currency));
  return told.length === 0 ? 'nothing' : told.join(', ');
}

function findingWords(finding: Finding): string {
  const { merchantUid, impUid, acknowledged, id } = finding;
  const whose = impUid === '' ? '' : `${named(merchantUid)}, payment ${named(impUid)}: `;
  const said =
    acknowledged === undefined
      ? ''
      : `; acknowledged by ${named(acknowledged.by)}: ${quoted(acknowledged.note)}`;
  return `${whose}${noteOf(finding)} (${id})${said}`;
}

/** Findings that mean "not compared": such a payment may hide a difference. */
const NOT_LOOKED_AT: readonly FindingKind[] = ['unreliable', 'notCompared', 'pageNotRead'];

function isExplained({ unexplainedPayments, found }: Report): boolean {
  return unexplainedPayments === 0 && NOT_LOOKED_AT.every((kind) => (found[kind] ?? 0) === 0);
}
