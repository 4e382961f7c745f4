import { finding, type Finding } from '../refund/findings.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { ProviderPayment } from '../refund/payment.ts';
import { LIST_TIMEOUT_MS } from '../refund/times.ts';
import type { ListPage, Surroundings } from './ports.ts';
import { reconcilePayment, type NotCompared, type Reading } from './reconcile-payment.ts';
import {
  behindMs,
  EMPTY_REPORT,
  next,
  progressOf,
  startOf,
  unreachedOf,
  withFindings,
  withPayment,
  type FinishedReconciliation,
  type Reconciled,
  type ReconciliationNotes,
  type ReconciliationPosition,
  type ReconciliationReport,
  type Unreached,
  type WindowNotes,
  type Wish,
} from './reconciliation-notes.ts';
import { reportSecret } from './resolver.ts';
import { parallelWorkers } from './workers.ts';
import { keyOf, StoreError } from './write.ts';

export interface ReconcileOptions extends Wish {
  /** Epoch ms after which no page and no payment is started. */
  readonly stopAtMs: number;
}

export interface ReconcileResult {
  /** The requested window was walked to its end. */
  readonly finished: boolean;
  /** The compared share of that window's lists, from 0 to 1. */
  readonly progress: number;
  /** Time since that window's last progress; for the alarm. */
  readonly behindMs: number;
  /** The part that the nightly walk did not reach in its night, whichever run did it; for the alarm. */
  readonly unreached?: Unreached;
  /** Where the next run of the window continues. */
  readonly position?: ReconciliationPosition;
  readonly report: ReconciliationReport;
  /** Every walk that ended in this run, each once: metrics count these. */
  readonly ended: readonly FinishedReconciliation[];
  readonly failed?: string;
  /** Not started because the secret is missing, empty or refused: that has its own alarm. */
  readonly isWithoutSecret?: true;
}

/** The provider's largest page (IAMPORT 5): the most that is lost when the time ends within one. */
const PAGE_LIMIT = 1_000;
/** A day with more pages is an endless list. */
const PAGES_WITHOUT_END = 1_000;
/** Each payment takes a few reads of the tables, and sometimes one of the provider. */
const PARALLEL = 16;
/** More failed comparisons on one page than this are an outage: the next run reads the page again. */
const MOST_NOT_COMPARED = 20;

/** The state of one walk. Not `finished`: the next run continues at `position`. */
interface Walked {
  /** As stored. */
  readonly notes: WindowNotes;
  readonly position: ReconciliationPosition;
  readonly finished?: FinishedReconciliation;
  readonly failed?: string;
}

/**
 * Compares the ledger with the provider's lists, so that within a day every change is known that no webhook and no read has
 * shown. A run ends when its time ends, and the next continues there. Safe at any time and concurrently.
 */
export async function reconcile(options: ReconcileOptions, world: Surroundings): Promise<ReconcileResult> {
  const { window, stopAtMs } = options;
  let notes: ReconciliationNotes;
  try {
    notes = await world.ledger.reconciliation();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const nothing = { finished: false, progress: 0, behindMs: 0, report: EMPTY_REPORT, ended: [] };
    return { ...nothing, failed: error.message };
  }
  const own = startOf(options, notes, world.now());
  // Such a run stores nothing, so a stack whose secret is not filled yet neither skips pages nor counts as behind.
  const secret = await reportSecret(world);
  if (secret !== undefined)
    return { ...resultOf([{ ...own, failed: secret }], notes, world.now()), isWithoutSecret: true };
  const first = await walk(own, stopAtMs, world);
  // The hourly run uses the remaining time for the nightly walk: ninety days may be too long for one night's run.
  const isTimeLeft = window === 'recent' && first.finished !== undefined;
  const night =
    isTimeLeft && notes.full?.position !== undefined
      ? [await walk(startOf({ window: 'full' }, notes, world.now()), stopAtMs, world)]
      : [];
  return resultOf([first, ...night], notes, world.now());
}

function resultOf(
  walks: readonly [Walked, ...Walked[]],
  { full }: ReconciliationNotes,
  nowMs: number,
): ReconcileResult {
  const [own] = walks;
  const failed = walks.find((each) => each.failed !== undefined)?.failed;
  const position = own.finished === undefined ? own.position : undefined;
  const nightly = walks.findLast((each) => each.position.window === 'full')?.notes ?? full;
  return {
    finished: position === undefined,
    progress: position === undefined ? 1 : progressOf(position),
    behindMs: behindMs(own.notes, nowMs),
    report: own.finished?.report ?? own.position.report,
    ended: walks.flatMap(({ finished }) => finished ?? []),
    ...omitMissing({ position, failed, unreached: unreachedOf(nightly, nowMs) }),
  };
}

// --- Walking ---

/** Reads page after page, books what the ledger lacks, and saves its progress before the next page. */
async function walk(start: Walked, stopAtMs: number, world: Surroundings): Promise<Walked> {
  let walked = start;
  try {
    while (world.now() < stopAtMs && walked.finished === undefined && walked.failed === undefined) {
      const step = await onePage(walked, stopAtMs, world);
      if (step === 'stop') break;
      walked = step;
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
  const { window, fromSeconds, toSeconds, startedAtMs } = position;
  const beganAtMs = world.now();
  const page = await readPage(position, world);
  const seen =
    page.kind === 'failed'
      ? { failed: page.cause }
      : await see(page, position, { beganAtMs, stopAtMs }, world);
  if (seen === 'out_of_time') return 'stop';
  const save = async (changed: Omit<WindowNotes, 'version'>): Promise<WindowNotes | undefined> => {
    const saved = { ...changed, version: world.newId() };
    return (await world.ledger.saveReconciliation(window, saved, notes.version)) ? saved : undefined;
  };
  if ('failed' in seen) {
    const stuck = { ...position, failures: position.failures + 1 };
    const saved = await save({ ...notes, position: stuck });
    return { position: stuck, notes: saved ?? notes, failed: seen.failed };
  }
  const further = next(position, page.kind === 'page' && page.more);
  const finished =
    further === undefined
      ? { window, fromSeconds, toSeconds, startedAtMs, finishedAtMs: world.now(), report: seen }
      : undefined;
  const moved = { ...position, ...further, movedAtMs: world.now(), failures: 0, report: seen };
  const saved = await save(finished === undefined ? { ...notes, position: moved } : { last: finished });
  // Not saved: another run of this window is working, and has counted this page.
  return saved === undefined ? 'stop' : { position: moved, notes: saved, ...omitMissing({ finished }) };
}

/** The page at the position. Parts are cut by the times that the provider filters by, so the order of a list does not matter. */
async function readPage({ status, part, page }: ReconciliationPosition, { gateway }: Surroundings) {
  if (page > PAGES_WITHOUT_END)
    return { kind: 'failed', cause: `the list of ${status} payments does not end` } as const;
  return gateway.list({ status, ...part, page, limit: PAGE_LIMIT }, LIST_TIMEOUT_MS);
}

// --- One page ---

type Page = Extract<ListPage, { kind: 'page' }>;
type Seen = ReconciliationReport | 'out_of_time' | { readonly failed: string };

/** A page counts as a whole or not at all, so that reading it again counts nothing twice. */
async function see(
  page: Page,
  { report, window }: ReconciliationPosition,
  { beganAtMs, stopAtMs }: { readonly beganAtMs: number; readonly stopAtMs: number },
  world: Surroundings,
): Promise<Seen> {
  const isNews = window === 'recent';
  const compared: (Reconciled | Finding)[] = [];
  const failures: string[] = [];
  function* untilAnOutage(): Generator<[number, ProviderPayment], void> {
    for (const each of page.payments.entries()) if (failures.length <= MOST_NOT_COMPARED) yield each;
  }
  const isInTime = await parallelWorkers(
    untilAnOutage(),
    { parallel: PARALLEL, stopAtMs, now: world.now },
    async ([index, provider]) => {
      const done = await onePayment({ provider, beganAtMs }, isNews, world);
      if ('failed' in done) failures.push(done.failed);
      compared[index] = 'failed' in done ? finding('notCompared', provider) : done;
      return 'failed' in done ? 'refused' : 'answered';
    },
  );
  const [failed] = failures;
  if (failed !== undefined && failures.length > MOST_NOT_COMPARED) return { failed };
  if (!isInTime) return 'out_of_time';
  const unreadable = page.unreadable.map((impUid) => finding('unreliable', { merchantUid: '', impUid }));
  return compared.reduce<ReconciliationReport>(
    (so, each) => ('kind' in each ? withFindings(so, [each]) : withPayment(so, each)),
    withFindings(report, unreadable),
  );
}

/** A payment that fails ends only its own comparison; it is reported, and the next walk compares it again. */
async function onePayment(
  listed: Reading,
  isNews: boolean,
  world: Surroundings,
): Promise<Reconciled | NotCompared> {
  const about = keyOf(listed.provider);
  try {
    const done = await reconcilePayment(listed, { isNews }, world);
    if ('failed' in done) world.report({ event: 'look_failed', cause: done.failed, ...about });
    return done;
  } catch (error) {
    const during = 'reconcile';
    if (!(error instanceof StoreError)) {
      world.report({ event: 'failed', during, error, ...about });
      return { failed: 'a defect' };
    }
    world.report({ event: 'store_failed', during, cause: error.message, ...about });
    return { failed: `the table: ${error.message}` };
  }
}
