import { isDeepStrictEqual } from 'node:util';
import { finding, type Finding } from '../refund/findings.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { ProviderPayment } from '../refund/payment.ts';
import { LIST_TIMEOUT_MS } from '../refund/times.ts';
import type { ListPage, Surroundings } from './ports.ts';
import { reconcilePayment, type NotCompared, type Reading } from './reconcile-payment.ts';
import {
  behindMs,
  EMPTY_REPORT,
  fresh,
  halved,
  next,
  NO_NOTES,
  progressOf,
  startOf,
  unreachedOf,
  withFindings,
  withFinished,
  withPayment,
  withPosition,
  type FinishedReconciliation,
  type Reconciled,
  type ReconciliationNotes,
  type ReconciliationPosition,
  type ReconciliationReport,
  type Unreached,
  type Window,
  type Wish,
} from './reconciliation-notes.ts';
import { reportSecret } from './resolver.ts';
import { keyOf } from './transact.ts';
import { parallelWorkers } from './workers.ts';
import { StoreError } from './write.ts';

export interface ReconcileOptions extends Wish {
  /** Epoch ms after which no page and no payment is started. */
  readonly stopAtMs: number;
  /** Payments per page: the most that is lost when the time ends within one. @default 1000, the provider's maximum */
  readonly pageLimit?: number;
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

/** The provider's largest page (IAMPORT 5). */
const PAGE_LIMIT = 1_000;
/** A list with more pages is walked in shorter parts: for a deep page the provider reads every page before it. */
const MOST_PAGES = 100;
/** A part of one second with more pages is an endless list. */
const PAGES_WITHOUT_END = 1_000;
/** Each payment takes a few reads of the tables, and sometimes one of the provider. */
const PARALLEL = 16;
/** More failed comparisons on one page than this are an outage: the next run reads the page again. */
const MOST_NOT_COMPARED = 20;
/** When a resumed window ended longer ago than this, the changes since are compared in the same run. */
const STALE_AFTER_MS = 60_000;

/** The state of one run. Not `finished`: the next run continues at `position`. */
interface Walked {
  readonly notes: ReconciliationNotes;
  readonly position: ReconciliationPosition;
  readonly finished?: FinishedReconciliation;
  readonly failed?: string;
}

/** Shared by all walks of a run. */
interface Run {
  readonly stopAtMs: number;
  readonly pageLimit: number;
  readonly world: Surroundings;
}

/**
 * Compares the ledger with the provider's lists, so that within a day every change is known that no webhook and no read has
 * shown. A run ends when its time ends, and the next continues there. Safe at any time and concurrently.
 */
export async function reconcile(options: ReconcileOptions, world: Surroundings): Promise<ReconcileResult> {
  const { window, stopAtMs, pageLimit = PAGE_LIMIT } = options;
  const run = { stopAtMs, pageLimit, world };
  let notes: ReconciliationNotes;
  try {
    notes = (await world.ledger.reconciliation()) ?? NO_NOTES;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const nothing = { finished: false, progress: 0, behindMs: 0, report: EMPTY_REPORT, ended: [] };
    return { ...nothing, failed: error.message };
  }
  const position = startOf(options, notes, world.now());
  // Such a run stores nothing, so a stack whose secret is not filled yet neither skips pages nor counts as behind.
  const secret = await reportSecret(world);
  if (secret !== undefined)
    return { ...resultOf(window, [{ notes, position, failed: secret }], world.now()), isWithoutSecret: true };
  const first = await walk(position, notes, run);
  const others = window === 'recent' ? await whatElse(first, run) : [];
  return resultOf(window, [first, ...others], world.now());
}

/**
 * The hourly run uses the remaining time for changes since the window it resumed, and for the nightly walk: ninety days may be
 * too long for one night's run.
 */
async function whatElse(first: Walked, run: Run): Promise<readonly Walked[]> {
  const walks: Walked[] = [];
  let last = first;
  const nowMs = run.world.now();
  if (last.finished !== undefined && last.finished.toSeconds * 1000 < nowMs - STALE_AFTER_MS) {
    last = await walk(fresh({ window: 'recent' }, last.notes, nowMs), last.notes, run);
    walks.push(last);
  }
  const { notes, finished } = last;
  if (finished !== undefined && notes.positions.full !== undefined)
    walks.push(await walk(startOf({ window: 'full' }, notes, run.world.now()), notes, run));
  return walks;
}

function resultOf(window: Window, walks: readonly Walked[], nowMs: number): ReconcileResult {
  const own = walks.findLast(({ position }) => position.window === window);
  const notes = walks.at(-1)?.notes ?? NO_NOTES;
  const failed = walks.find((each) => each.failed !== undefined)?.failed;
  const position = own?.finished === undefined ? own?.position : undefined;
  return {
    finished: position === undefined,
    progress: position === undefined ? 1 : progressOf(position),
    behindMs: behindMs(notes, window, nowMs),
    report: own?.finished?.report ?? position?.report ?? EMPTY_REPORT,
    ended: walks.flatMap(({ finished }) => finished ?? []),
    ...omitMissing({ position, failed, unreached: unreachedOf(notes, nowMs) }),
  };
}

// --- Walking ---

/** Reads page after page, books what the ledger lacks, and saves its progress before the next page. */
async function walk(start: ReconciliationPosition, before: ReconciliationNotes, run: Run): Promise<Walked> {
  const { world, stopAtMs } = run;
  let walked: Walked = { position: start, notes: before };
  try {
    while (world.now() < stopAtMs) {
      const step = await onePage(walked, run);
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

async function onePage({ position, notes }: Walked, run: Run): Promise<Walked | 'stop'> {
  const { window } = position;
  const { now, ledger } = run.world;
  const beganAtMs = now();
  const page = await readPage(position, run);
  if (page.kind === 'too_many') return { position: { ...position, part: page.half }, notes };
  const seen = page.kind === 'failed' ? { failed: page.cause } : await see(page, position, beganAtMs, run);
  if (seen === 'out_of_time') return 'stop';
  if ('failed' in seen) {
    const stuck = { ...position, failures: position.failures + 1 };
    const saved = await save(notes, window, (current) => withPosition(current, stuck), ledger);
    return { position: stuck, notes: saved.notes, failed: seen.failed };
  }
  const { fromSeconds, toSeconds, startedAtMs } = position;
  const further = next(position, page.kind === 'page' && page.more);
  const finished =
    further === undefined
      ? { window, fromSeconds, toSeconds, startedAtMs, finishedAtMs: now(), report: seen }
      : undefined;
  const moved = { ...position, ...further, movedAtMs: now(), failures: 0, report: seen };
  const change = (current: ReconciliationNotes): ReconciliationNotes =>
    finished === undefined ? withPosition(current, moved) : withFinished(current, finished);
  const saved = await save(notes, window, change, ledger);
  // Taken: another run of this window is working, and has counted this page.
  return saved.kind === 'taken'
    ? 'stop'
    : { position: moved, notes: saved.notes, ...omitMissing({ finished }) };
}

/**
 * The page at the position. `too_many`: the part has more pages than are read of one list, so the walk continues with its first
 * half. Parts are cut by the times that the provider filters by, so that the order of a list does not matter.
 */
async function readPage(
  { status, part, page }: ReconciliationPosition,
  { pageLimit, world }: Run,
): Promise<ListPage | { readonly kind: 'too_many'; readonly half: ReconciliationPosition['part'] }> {
  const asked = { status, ...part, limit: pageLimit };
  if (page > PAGES_WITHOUT_END)
    return { kind: 'failed', cause: `the list of ${status} payments does not end` };
  const read = await world.gateway.list({ ...asked, page }, LIST_TIMEOUT_MS);
  const half = page === 1 ? halved(part) : undefined;
  if (read.kind === 'failed' || !read.more || half === undefined) return read;
  const beyond = await world.gateway.list({ ...asked, page: MOST_PAGES + 1 }, LIST_TIMEOUT_MS);
  // An error instead of an empty page after the end: the list is not long.
  return beyond.kind === 'page' && beyond.more ? { kind: 'too_many', half } : read;
}

// --- One page ---

type Page = Extract<ListPage, { kind: 'page' }>;
type Seen = ReconciliationReport | 'out_of_time' | { readonly failed: string };

/** A page counts as a whole or not at all, so that reading it again counts nothing twice. */
async function see(
  page: Page,
  { report, window }: ReconciliationPosition,
  beganAtMs: number,
  { stopAtMs, world }: Run,
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

// --- Saving ---

/** `taken`: another run of the same window has made more progress; this run stops. */
interface Saved {
  readonly kind: 'saved' | 'taken';
  readonly notes: ReconciliationNotes;
}

/** The walks of three windows share the notes: more lost saves in a row than this are not chance. */
const MAX_TRIES = 5;

/**
 * Saves the progress of one window. When another window's run has saved meanwhile, the change is applied to the current notes.
 * Another run of the same window is never undone.
 */
async function save(
  before: ReconciliationNotes,
  window: Window,
  change: (notes: ReconciliationNotes) => ReconciliationNotes,
  ledger: Surroundings['ledger'],
): Promise<Saved> {
  let current = before;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const changed = { ...change(current), version: current.version + 1 };
    if (await ledger.saveReconciliation(changed)) return { kind: 'saved', notes: changed };
    current = (await ledger.reconciliation()) ?? NO_NOTES;
    // A save whose answer was lost fails when it is repeated.
    if (isSame(current, changed, window)) return { kind: 'saved', notes: current };
    if (!isSame(current, before, window)) break;
  }
  return { kind: 'taken', notes: current };
}

function isSame(a: ReconciliationNotes, b: ReconciliationNotes, window: Window): boolean {
  return (
    isDeepStrictEqual(a.positions[window], b.positions[window]) &&
    isDeepStrictEqual(a.last[window], b.last[window])
  );
}
