import { EMPTY_REPORT } from './reconciliation-report.ts';
import type {
  FinishedReconciliation,
  ReconciliationNotes,
  ReconciliationPosition,
} from './reconciliation-notes.ts';

export type Window = ReconciliationPosition['window'];

export interface Wish {
  readonly window: Window;
  /** Unix seconds, both included; only with `by_hand`. */
  readonly fromSeconds?: number;
  readonly toSeconds?: number;
}

const HOUR_SECONDS = 3_600;
/** Three times the hour between two runs: a change is seen three times, and two runs may fail without a gap. */
export const RECENT_SECONDS = 3 * HOUR_SECONDS;
/** As far back as i'mport lists (IAMPORT 5). */
export const FULL_SECONDS = 90 * 24 * HOUR_SECONDS;
/** So many runs in a row that get no answer for one page: the list may have become shorter than it was. */
const MAX_FAILURES = 3;
/** A person who asks again within the hour wants the same walk to go on. */
const BY_HAND_LASTS_MS = HOUR_SECONDS * 1000;

export const NO_NOTES: ReconciliationNotes = { version: 0, positions: {}, last: {} };

/** Where a run begins: where the last one stopped, or at the beginning of a window that ends now. */
export function startOf(wish: Wish, notes: ReconciliationNotes, nowMs: number): ReconciliationPosition {
  const standing = notes.positions[wish.window];
  const isResumed = standing !== undefined && isWanted(standing, wish, nowMs);
  const position = isResumed ? standing : fresh(wish, notes, nowMs);
  return position.failures < MAX_FAILURES ? position : again(position);
}

function isWanted(standing: ReconciliationPosition, wish: Wish, nowMs: number): boolean {
  if (standing.window !== 'by_hand') return true;
  // Who asks another day means another "now".
  if (nowMs - standing.movedAtMs > BY_HAND_LASTS_MS) return false;
  const { fromSeconds = standing.fromSeconds, toSeconds = standing.toSeconds } = wish;
  return standing.fromSeconds === fromSeconds && standing.toSeconds === toSeconds;
}

export function fresh(wish: Wish, notes: ReconciliationNotes, nowMs: number): ReconciliationPosition {
  const nowSeconds = Math.floor(nowMs / 1000);
  const { window, toSeconds = nowSeconds } = wish;
  return {
    window,
    fromSeconds: wish.fromSeconds ?? beginningOf(window, notes, toSeconds),
    toSeconds,
    // Paid first: a payment that is cancelled meanwhile is then met twice, and not missed.
    status: 'paid',
    page: 1,
    startedAtMs: nowMs,
    // A walk that does not even begin has not moved since the one before it.
    movedAtMs: (window === 'by_hand' ? undefined : notes.last[window]?.finishedAtMs) ?? nowMs,
    failures: 0,
    report: EMPTY_REPORT,
  };
}

/** After hours without a run, everything since the last one that came to its end; never more than i'mport lists. */
function beginningOf(window: Window, { last }: ReconciliationNotes, endSeconds: number): number {
  const oldest = Math.max(0, endSeconds - FULL_SECONDS);
  if (window !== 'recent') return oldest;
  const sinceLast = (last.recent?.toSeconds ?? endSeconds) - HOUR_SECONDS;
  return Math.max(oldest, Math.min(endSeconds - RECENT_SECONDS, sinceLast));
}

/** From the first page, with nothing counted twice; how long it has stood is not forgotten. */
function again(position: ReconciliationPosition): ReconciliationPosition {
  return { ...position, status: 'paid', page: 1, failures: 0, report: EMPTY_REPORT };
}

/** Behind a page; undefined at the end of the last list. */
export function next(
  position: ReconciliationPosition,
  isMore: boolean,
): Pick<ReconciliationPosition, 'status' | 'page'> | undefined {
  const { status, page } = position;
  if (isMore) return { status, page: page + 1 };
  return status === 'paid' ? { status: 'cancelled', page: 1 } : undefined;
}

export function withPosition(
  notes: ReconciliationNotes,
  position: ReconciliationPosition,
): ReconciliationNotes {
  const positions = { ...notes.positions, [position.window]: position };
  return { ...notes, positions };
}

export function withFinished(
  notes: ReconciliationNotes,
  finished: FinishedReconciliation,
): ReconciliationNotes {
  const { [finished.window]: _done, ...positions } = notes.positions;
  return { ...notes, positions, last: { ...notes.last, [finished.window]: finished } };
}

/** How long a window has come no further, by its position or by its last end; 0 where it has never been walked. */
export function behindMs(notes: ReconciliationNotes, window: Window, nowMs: number): number {
  const moved = notes.positions[window]?.movedAtMs ?? 0;
  const ended = notes.last[window]?.finishedAtMs ?? 0;
  const latestMs = Math.max(moved, ended);
  return latestMs === 0 ? 0 : Math.max(0, nowMs - latestMs);
}
