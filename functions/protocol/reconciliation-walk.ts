import type { ProviderPayment } from '../refund/payment.ts';
import { LIST_TIMEOUT_MS } from '../refund/times.ts';
import type { ListPage, Surroundings } from './ports.ts';
import { reconcilePayment } from './reconcile-payment.ts';
import type {
  FinishedReconciliation,
  ReconciliationNotes,
  ReconciliationPosition,
  ReconciliationReport,
} from './reconciliation-notes.ts';
import { next, withFinished, withPosition } from './reconciliation-position.ts';
import { withPayment, withUnreadable, type Reconciled } from './reconciliation-report.ts';
import { save } from './reconciliation-save.ts';
import { StoreError } from './store-error.ts';
import { parallelWorkers } from './workers.ts';

/** Payments a page: what is lost when the time is up within one, and how often the position is saved. */
export const PAGE_LIMIT = 100;
/** A million payments. A list that goes on behind them does not end. */
const MAX_PAGES = 10_000;
/** Each is one read of the table, and now and then one of the provider's. */
const PARALLEL = 8;

/** How far one walk came. Not `finished`: the next run goes on at `position`. */
export interface Walked {
  readonly notes: ReconciliationNotes;
  readonly position: ReconciliationPosition;
  readonly finished?: FinishedReconciliation;
  readonly failed?: string;
}

type Page = Extract<ListPage, { kind: 'page' }>;
type Seen = ReconciliationReport | 'out_of_time' | { readonly failed: string };

/** Reads page after page, books what the table lacks, and saves how far it has come before it reads the next. */
export async function walk(
  start: ReconciliationPosition,
  before: ReconciliationNotes,
  stopAtMs: number,
  world: Surroundings,
): Promise<Walked> {
  let walked: Walked = { position: start, notes: before };
  try {
    while (world.now() < stopAtMs) {
      const step = await onePage(walked, stopAtMs, world);
      if (step === 'stop') return walked;
      walked = step;
      if (walked.finished !== undefined || walked.failed !== undefined) return walked;
    }
    return walked;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { ...walked, failed: `the table: ${error.message}` };
  }
}

async function onePage(
  { position, notes }: Walked,
  stopAtMs: number,
  world: Surroundings,
): Promise<Walked | 'stop'> {
  const page = await readPage(position, world);
  const seen = page.kind === 'failed' ? { failed: page.cause } : await see(page, position, stopAtMs, world);
  if (seen === 'out_of_time') return 'stop';
  const { window } = position;
  if ('failed' in seen) {
    const stuck = { ...position, failures: position.failures + 1 };
    const saved = await save(notes, window, (now) => withPosition(now, stuck), world);
    return { position: stuck, notes: saved.notes, failed: seen.failed };
  }
  const moved = { ...position, movedAtMs: world.now(), failures: 0, report: seen };
  const further = next(position, page.kind === 'page' && page.more);
  if (further === undefined) return end(moved, notes, world);
  const advanced = { ...moved, ...further };
  const saved = await save(notes, window, (now) => withPosition(now, advanced), world);
  // Another run of this window is at it, and has counted this page.
  return saved.kind === 'saved' ? { position: advanced, notes: saved.notes } : 'stop';
}

async function readPage(
  { status, fromSeconds, toSeconds, page }: ReconciliationPosition,
  { gateway }: Surroundings,
): Promise<ListPage> {
  if (page > MAX_PAGES) return { kind: 'failed', cause: `the list of ${status} payments does not end` };
  return gateway.list({ status, fromSeconds, toSeconds, page, limit: PAGE_LIMIT }, LIST_TIMEOUT_MS);
}

async function end(
  { window, fromSeconds, toSeconds, startedAtMs, ...position }: ReconciliationPosition,
  notes: ReconciliationNotes,
  world: Surroundings,
): Promise<Walked | 'stop'> {
  const { report } = position;
  const finished = { window, fromSeconds, toSeconds, startedAtMs, finishedAtMs: world.now(), report };
  const saved = await save(notes, window, (now) => withFinished(now, finished), world);
  if (saved.kind === 'taken') return 'stop';
  return {
    position: { ...position, window, fromSeconds, toSeconds, startedAtMs },
    notes: saved.notes,
    finished,
  };
}

/** A page counts as a whole or not at all, so that nothing is counted twice when it is read again. */
async function see(
  page: Page,
  { report, window }: ReconciliationPosition,
  stopAtMs: number,
  world: Surroundings,
): Promise<Seen> {
  const reconciled: Reconciled[] = [];
  let failed: string | undefined;
  const isNews = window === 'recent';
  function* whileAllGoesWell(): Generator<[number, ProviderPayment], void> {
    for (const each of page.payments.entries()) if (failed === undefined) yield each;
  }
  const isInTime = await parallelWorkers(
    asynchronous(whileAllGoesWell()),
    { parallel: PARALLEL, stopAtMs, now: world.now },
    async ([index, payment]) => {
      const done = await reconcilePayment(payment, { isNews }, world);
      if ('failed' in done) ({ failed } = done);
      else reconciled[index] = done;
      return 'failed' in done ? 'refused' : 'answered';
    },
  );
  if (failed !== undefined) return { failed };
  if (!isInTime) return 'out_of_time';
  return reconciled.reduce(withPayment, withUnreadable(report, page.unreadable));
}

async function* asynchronous<Item>(items: Iterable<Item>): AsyncGenerator<Item, void> {
  yield* items;
}
