import { finding, isInQuestion, type Finding, type FindingKind } from '../refund/findings.ts';
import type { Comparison } from '../refund/reconciliation.ts';
import { CLOCK_SKEW_MS } from '../refund/times.ts';

export type Window = 'recent' | 'full' | 'by_hand';

/** Unix seconds, both included. */
export interface Span {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** The requested window of a run. Start and end only with `by_hand`. */
export interface Wish extends Partial<Span> {
  readonly window: Window;
}

/** The position of a walk through the provider's lists: the next run continues there. */
export interface ReconciliationPosition extends Span {
  readonly window: Window;
  readonly status: 'paid' | 'cancelled';
  /** The current part of the window. */
  readonly part: Span;
  /** The next page of that part, from 1. */
  readonly page: number;
  readonly startedAtMs: number;
  /** Time of last progress; a stalled walk raises an alarm. */
  readonly movedAtMs: number;
  /** Consecutive runs that ended at this page. */
  readonly failures: number;
  readonly report: ReconciliationReport;
}

type Amounts = Readonly<Record<string, number>>;

/** The results of a walk so far. Amounts by currency, in minor units. */
export interface ReconciliationReport {
  /** Payments, counted as often as the lists show them. */
  readonly compared: number;
  readonly booked: number;
  readonly imported: number;
  readonly explained: Amounts;
  readonly unexplained: Amounts;
  /** The amount that people have acknowledged; it is in neither of the other two. */
  readonly acknowledged: Amounts;
  /** Number of payments with unacknowledged findings about money. */
  readonly unexplainedPayments: number;
  /** Number of unacknowledged findings of each kind. */
  readonly found: Readonly<Partial<Record<FindingKind, number>>>;
  readonly acknowledgedFindings: number;
  /** The first findings of each kind, and the first acknowledged ones. */
  readonly findings: readonly Finding[];
}

export interface FinishedReconciliation extends Span {
  readonly window: Window;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly report: ReconciliationReport;
}

/** What is stored of one window. The windows have an item each, so that their walks do not disturb each other. */
export interface WindowNotes {
  /**
   * A new text for each save; absent while nothing is stored. Notes are saved only over the version that was read, so that two
   * runs cannot undo each other.
   */
  readonly version?: string;
  readonly position?: ReconciliationPosition;
  /** The last finished walk. */
  readonly last?: FinishedReconciliation;
}

export type ReconciliationNotes = Readonly<Partial<Record<Window, WindowNotes>>>;

// --- The report ---

export const EMPTY_REPORT: ReconciliationReport = {
  compared: 0,
  booked: 0,
  imported: 0,
  explained: {},
  unexplained: {},
  acknowledged: {},
  unexplainedPayments: 0,
  found: {},
  acknowledgedFindings: 0,
  findings: [],
};

/** The number of findings named per kind, and of acknowledged ones; neither displaces the other. */
const MOST_OF_A_KIND = 8;
/** In total: reports with the longest names fit in one item of the table (400 kB). */
const MOST_FINDINGS = 50;

/** The result for one payment of the provider's lists. */
export interface Reconciled extends Comparison {
  readonly isBooked: boolean;
  readonly isImported: boolean;
}

export function withPayment(report: ReconciliationReport, payment: Reconciled): ReconciliationReport {
  const { currency, explained, unexplained, findings, isBooked, isImported } = payment;
  const isRinging = findings.some((each) => isInQuestion(each) && each.acknowledged === undefined);
  const sums = isRinging ? 'unexplained' : 'acknowledged';
  return withFindings(
    {
      ...report,
      compared: report.compared + 1,
      booked: report.booked + Number(isBooked),
      imported: report.imported + Number(isImported),
      explained: added(report.explained, currency, explained),
      [sums]: added(report[sums], currency, unexplained),
      unexplainedPayments: report.unexplainedPayments + Number(isRinging),
    },
    findings,
  );
}

export function withFindings(
  report: ReconciliationReport,
  findings: readonly Finding[],
): ReconciliationReport {
  if (findings.length === 0) return report;
  const found = { ...report.found };
  const kept = [...report.findings];
  let { acknowledgedFindings } = report;
  for (const each of findings) {
    if (each.acknowledged === undefined) found[each.kind] = (found[each.kind] ?? 0) + 1;
    else acknowledgedFindings += 1;
    const alike = kept.filter((other) => isAlike(each, other)).length;
    if (alike < MOST_OF_A_KIND && kept.length < MOST_FINDINGS) kept.push(each);
  }
  return { ...report, found, acknowledgedFindings, findings: kept };
}

function isAlike(a: Finding, b: Finding): boolean {
  if (a.acknowledged !== undefined) return b.acknowledged !== undefined;
  return b.acknowledged === undefined && a.kind === b.kind;
}

/** Currencies without an amount are left out: a report of won alone names won alone. */
function added(amounts: Amounts, currency: string, amount: number): Amounts {
  return amount === 0 ? amounts : { ...amounts, [currency]: (amounts[currency] ?? 0) + amount };
}

// --- The position ---

const HOUR_SECONDS = 3_600;
/** Three times the hour between two runs: each change is seen three times, and two runs may fail without a gap. */
const RECENT_SECONDS = 3 * HOUR_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;
/** As far back as the provider lists (IAMPORT 5). */
const MOST_DAYS = 90;
const FULL_SECONDS = MOST_DAYS * DAY_SECONDS;
/** After this many consecutive runs that end at one page, the walk skips it and reports that. */
const MOST_FAILURES = 3;
/** The same request by a person within the hour continues the walk. */
const BY_HAND_LASTS_MS = HOUR_SECONDS * 1000;
/** A walk that started at night and is unfinished at noon has missed its night. */
const NIGHT_MS = 9 * HOUR_SECONDS * 1000;

/** The start of a run: where the last one stopped, or the start of a window that ends now. */
export function startOf(
  wish: Wish,
  all: ReconciliationNotes,
  nowMs: number,
): { readonly position: ReconciliationPosition; readonly notes: WindowNotes } {
  const notes = all[wish.window] ?? {};
  const { position: standing } = notes;
  if (standing === undefined || !isWanted(standing, wish, nowMs))
    return { notes, position: fresh(wish, notes, nowMs) };
  return { notes, position: standing.failures < MOST_FAILURES ? standing : withoutPage(standing) };
}

function isWanted(standing: ReconciliationPosition, wish: Wish, nowMs: number): boolean {
  if (standing.window !== 'by_hand') return true;
  // A request on another day means another "now".
  if (nowMs - standing.movedAtMs > BY_HAND_LASTS_MS) return false;
  const { fromSeconds = standing.fromSeconds, toSeconds = standing.toSeconds } = wish;
  return standing.fromSeconds === fromSeconds && standing.toSeconds === toSeconds;
}

function fresh(wish: Wish, { last }: WindowNotes, nowMs: number): ReconciliationPosition {
  const { window, toSeconds = Math.floor(nowMs / 1000) } = wish;
  const fromSeconds = wish.fromSeconds ?? beginningOf(window, last, toSeconds);
  return {
    window,
    fromSeconds,
    toSeconds,
    // Paid first: a payment that is cancelled meanwhile is then met twice instead of missed.
    status: 'paid',
    part: dayFrom(fromSeconds, toSeconds),
    page: 1,
    startedAtMs: nowMs,
    // A walk that fails to start keeps the time of the last progress.
    movedAtMs: (window === 'by_hand' ? undefined : last?.finishedAtMs) ?? nowMs,
    failures: 0,
    report: EMPTY_REPORT,
  };
}

/** After hours without a run: everything since the last finished walk, limited to what the provider lists. */
function beginningOf(window: Window, last: FinishedReconciliation | undefined, endSeconds: number): number {
  const oldest = Math.max(0, endSeconds - FULL_SECONDS);
  if (window !== 'recent') return oldest;
  const sinceLast = (last?.toSeconds ?? endSeconds) - HOUR_SECONDS;
  return Math.max(oldest, Math.min(endSeconds - RECENT_SECONDS, sinceLast));
}

/** A part of a window. For a deep page the provider reads every page before it, so long lists are read day by day. */
function dayFrom(fromSeconds: number, endSeconds: number): Span {
  return { fromSeconds, toSeconds: Math.min(endSeconds, fromSeconds + DAY_SECONDS) };
}

/** An unreadable page must not stop the walk; the next walk compares its payments. */
function withoutPage(position: ReconciliationPosition): ReconciliationPosition {
  const { report, status, part, page } = position;
  const about = { of: [status, String(part.fromSeconds), String(page)] };
  const notRead = finding('pageNotRead', { merchantUid: '', impUid: '' }, about);
  return { ...position, page: page + 1, failures: 0, report: withFindings(report, [notRead]) };
}

/** The position after a page; undefined at the end of the last list. */
export function next(
  { status, part, page, fromSeconds, toSeconds }: ReconciliationPosition,
  isMore: boolean,
): Pick<ReconciliationPosition, 'status' | 'part' | 'page'> | undefined {
  if (isMore) return { status, part, page: page + 1 };
  if (part.toSeconds < toSeconds) return { status, part: dayFrom(part.toSeconds + 1, toSeconds), page: 1 };
  return status === 'paid'
    ? { status: 'cancelled', part: dayFrom(fromSeconds, toSeconds), page: 1 }
    : undefined;
}

/** Time since a window's last progress, by its position or its last end; 0 when it was never walked. */
export function behindMs({ position, last }: WindowNotes, nowMs: number): number {
  const latestMs = Math.max(position?.movedAtMs ?? 0, last?.finishedAtMs ?? 0);
  return latestMs === 0 ? 0 : Math.max(0, nowMs - latestMs);
}

/** The share of its two lists that a walk has done, from 0 to 1, by the time of the payments. */
export function progressOf({ status, part, fromSeconds, toSeconds }: ReconciliationPosition): number {
  const share = (part.fromSeconds - fromSeconds) / (toSeconds - fromSeconds + 1);
  return (status === 'paid' ? share : 1 + share) / 2;
}

/**
 * The part that the nightly walk did not reach in its night: payments with this status; with `paid`, all cancelled ones as well.
 */
export interface Unreached extends Span {
  readonly status: ReconciliationPosition['status'];
  readonly startedAtMs: number;
  readonly progress: number;
}

export function unreachedOf(nightly: WindowNotes | undefined, nowMs: number): Unreached | undefined {
  const full = nightly?.position;
  if (full === undefined || nowMs - full.startedAtMs < NIGHT_MS) return undefined;
  const { status, startedAtMs, part, toSeconds } = full;
  return { status, startedAtMs, fromSeconds: part.fromSeconds, toSeconds, progress: progressOf(full) };
}

// --- Valid requests ---

/** The requested window is invalid. `message` names the field and its rule. */
export class ReconciliationWindowError extends Error {
  override readonly name = 'ReconciliationWindowError';
}

/** The caller's names of the two ends. */
type Names = Readonly<Record<keyof Span, string>>;

const AS_IN_THE_EVENT: Names = { fromSeconds: 'fromSeconds', toSeconds: 'toSeconds' };

/**
 * What is wrong with a window, in words for the caller. The provider refuses all of these with one answer that does not say who
 * is at fault; and a window that ends in the future would be reported as compared too early.
 */
export function windowFault(
  { fromSeconds, toSeconds }: Partial<Span>,
  nowMs: number,
  { fromSeconds: from, toSeconds: to }: Names = AS_IN_THE_EVENT,
): string | undefined {
  const nowSeconds = nowMs / 1000;
  if (toSeconds !== undefined && toSeconds > nowSeconds + CLOCK_SKEW_MS / 1000)
    return `${to} must not be in the future; without it the window ends now`;
  if (fromSeconds === undefined) return undefined;
  const end = toSeconds ?? nowSeconds;
  const endName = toSeconds === undefined ? 'now' : to;
  if (fromSeconds >= end) return `${from} must be before ${endName}`;
  if (Math.floor(end) - fromSeconds <= FULL_SECONDS) return undefined;
  return `${from} must be at most ${MOST_DAYS} days before ${endName}, as the provider lists no more at once: what is older takes several runs, each with ${to}`;
}
