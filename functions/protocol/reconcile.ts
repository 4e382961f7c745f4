import type { Surroundings } from './ports.ts';
import type {
  FinishedReconciliation,
  ReconciliationNotes,
  ReconciliationPosition,
  ReconciliationReport,
} from './reconciliation-notes.ts';
import { behindMs, fresh, NO_NOTES, startOf, type Wish } from './reconciliation-position.ts';
import { EMPTY_REPORT } from './reconciliation-report.ts';
import { walk, type Walked } from './reconciliation-walk.ts';
import { StoreError } from './store-error.ts';

export interface ReconcileOptions extends Wish {
  /** Epoch ms after which no page and no payment is begun. */
  readonly stopAtMs: number;
}

export interface ReconcileResult {
  /** The window that was asked for has come to its end. */
  readonly finished: boolean;
  /** How long that window has come no further; for the alarm. */
  readonly behindMs: number;
  /** Where the next run of the window goes on. */
  readonly position?: ReconciliationPosition;
  readonly report: ReconciliationReport;
  /** Every walk that came to its end in this run, each once: what metrics count. */
  readonly ended: readonly FinishedReconciliation[];
  readonly failed?: string;
}

/** A resumed window that ended longer ago than this leaves something to be looked at now. */
const STALE_AFTER_MS = 60_000;

/**
 * Compares the table with the provider's lists, so that within a day everything is known that no webhook and no read has
 * brought. A run ends where its time ends; the next goes on there. Safe to run at any time and twice at once.
 */
export async function reconcile(options: ReconcileOptions, world: Surroundings): Promise<ReconcileResult> {
  const { window, stopAtMs } = options;
  let notes: ReconciliationNotes;
  try {
    notes = (await world.store.reconciliation()) ?? NO_NOTES;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { finished: false, behindMs: 0, report: EMPTY_REPORT, ended: [], failed: error.message };
  }
  const walks = [await walk(startOf(options, notes, world.now()), notes, stopAtMs, world)];
  if (window === 'recent') walks.push(...(await whatElse(walks, stopAtMs, world)));
  return resultOf(options, walks, world.now());
}

/** What the hourly run does with the time that is left: what has changed since the window it resumed, and the nightly walk. */
async function whatElse(
  [first]: readonly Walked[],
  stopAtMs: number,
  world: Surroundings,
): Promise<readonly Walked[]> {
  if (first?.finished === undefined) return [];
  const nowMs = world.now();
  const { notes, finished } = first;
  if (finished.toSeconds * 1000 < nowMs - STALE_AFTER_MS) {
    const now = await walk(fresh({ window: 'recent' }, notes, nowMs), notes, stopAtMs, world);
    return now.finished === undefined ? [now] : [now, ...(await goOnWithFull(now.notes, stopAtMs, world))];
  }
  return goOnWithFull(notes, stopAtMs, world);
}

/** Ninety days may be more than one night's run can walk. */
async function goOnWithFull(
  notes: ReconciliationNotes,
  stopAtMs: number,
  world: Surroundings,
): Promise<readonly Walked[]> {
  if (notes.positions.full === undefined) return [];
  return [await walk(startOf({ window: 'full' }, notes, world.now()), notes, stopAtMs, world)];
}

function resultOf({ window }: Wish, walks: readonly Walked[], nowMs: number): ReconcileResult {
  const own = walks.findLast(({ position }) => position.window === window);
  const notes = walks.at(-1)?.notes ?? NO_NOTES;
  const failed = walks.find((each) => each.failed !== undefined)?.failed;
  const isFinished = own?.finished !== undefined;
  return {
    finished: isFinished,
    behindMs: behindMs(notes, window, nowMs),
    report: own?.finished?.report ?? own?.position.report ?? EMPTY_REPORT,
    ended: walks.flatMap(({ finished }) => finished ?? []),
    ...(own === undefined || isFinished ? {} : { position: own.position }),
    ...(failed === undefined ? {} : { failed }),
  };
}
