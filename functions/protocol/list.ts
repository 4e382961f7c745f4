import { koreanTime } from '../refund/korea-time.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { assertNever } from '../refund/assert-never.ts';
import { listedAtMs, type LedgerItem, type RefundKey } from '../refund/refund.ts';
import { readOrder, type OrderReads } from './find.ts';
import type { Ledger, Listed, ListPart, ListPosition, OnBroken, OpenRefund, Surroundings } from './ports.ts';
import { StoreError } from './write.ts';

/** `open` and `unknown` are the same refunds: `open` those of any age, `unknown` those of a period, like the other values. */
export const LIST_STATUSES = ['open', 'unknown', 'cancelled', 'rejected', 'not_executed'] as const;
export type ListStatus = (typeof LIST_STATUSES)[number];

/** The refund after which a page starts, and the end of the list as fixed for its first page. */
export interface ListCursor extends ListPosition {
  readonly fromMs?: number;
}

/** The filter of a list: refunds must match all of it. */
export interface ListRequest {
  readonly status?: ListStatus;
  readonly merchantUid?: string;
  readonly impUid?: string;
  readonly refundId?: string;
  readonly reference?: string;
  readonly fromMs?: number;
  /** Excluded. */
  readonly toMs?: number;
  /** Refunds per page. */
  readonly limit: number;
  readonly cursor?: ListCursor;
}

export interface RefundsPage {
  /** Newest first. */
  readonly items: readonly LedgerItem[];
  /** Undefined: the last page. */
  readonly next?: ListCursor;
}

/** The dependencies of a list: it only reads. */
export interface ListReads extends Pick<Surroundings, 'now'>, OrderReads {
  readonly ledger: OrderReads['ledger'] &
    Pick<Ledger, 'openRefunds' | 'allRefunds' | 'refund' | 'refundById' | 'listedOn' | 'byReference'>;
}

/** A filter that few refunds match must not read a very busy day to its end: the next page continues there. */
const MOST_READ = 1_000;
/** With fewer left than this no part is started: each shard of a day reads at least two. */
const FEWEST_READ = 16;

/**
 * One page of a list. Pages stay consistent while refunds are made and end: a refund that existed when the first page was read
 * and has not changed is on exactly one page, because a page starts after a position and not after a number of refunds.
 */
export async function listRefunds(request: ListRequest, world: ListReads): Promise<RefundsPage> {
  const { limit } = request;
  const { before, from } = spanOf(request, world.now());
  const onBroken: OnBroken = (refundId, error) =>
    world.report({ event: 'failed', during: 'list', error, merchantUid: '', refundId });
  // One more than a page holds: it proves that there is a next page.
  const items: LedgerItem[] = [];
  let behind: ListPosition = before;
  let left = MOST_READ;
  for (const read of await sourcesOf(request, { before, from, onBroken }, world)) {
    let next: ListPosition | undefined = behind;
    while (next !== undefined) {
      behind = next;
      if (left < FEWEST_READ) return { items, next: { ...behind, ...from } };
      // The shards of a day are not equally full: twice the number is mostly enough. Few may match, so a hundred at least.
      const most = Math.min(left, Math.max(100, 2 * (limit + 1 - items.length)));
      const part: Listed = await read({ before: behind, limit: most, onBroken, ...from });
      left -= part.read;
      items.push(...part.items.filter((item) => isWanted(item, request)));
      const last = items.length > limit ? items[limit - 1] : undefined;
      if (last !== undefined) return { items: items.slice(0, limit), next: { ...positionOf(last), ...from } };
      ({ next } = part);
    }
  }
  return { items };
}

function positionOf(item: LedgerItem): ListPosition {
  return { atMs: listedAtMs(item), refundId: item.refundId };
}

function newestFirst(a: ListPosition, b: ListPosition): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  return a.refundId === b.refundId ? 0 : a.refundId < b.refundId ? 1 : -1;
}

function isWithin(at: ListPosition, { before, fromMs = 0 }: Omit<ListPart, 'limit'>): boolean {
  return at.atMs >= fromMs && newestFirst(before, at) < 0;
}

// --- The period ---

interface Span {
  readonly before: ListPosition;
  /** Empty: from the first refund on. */
  readonly from: Pick<ListCursor, 'fromMs'>;
}

interface Sought extends Span {
  readonly onBroken: OnBroken;
}

const DAY_MS = 24 * 3_600_000;
/** Without a start, a list by days would not end. */
const DEFAULT_DAYS = 30;

function spanOf(request: ListRequest, nowMs: number): Span {
  const { cursor, status, merchantUid, impUid, refundId, reference } = request;
  // A provider's clock may be ahead of ours.
  const end = { atMs: request.toMs ?? nowMs + DAY_MS, refundId: '' };
  const before = cursor === undefined || newestFirst(end, cursor) > 0 ? end : cursor;
  const isByDays =
    status !== 'open' && [merchantUid, impUid, refundId, reference].every((name) => name === undefined);
  const byDefault = isByDays ? (request.toMs ?? nowMs) - DEFAULT_DAYS * DAY_MS : undefined;
  return {
    before: { atMs: before.atMs, refundId: before.refundId },
    from: omitMissing({ fromMs: request.fromMs ?? cursor?.fromMs ?? byDefault }),
  };
}

// --- Which refunds ---

/** An unsent refund is listed only by its id, and an attributed foreign cancel is listed as its refund. */
function isWanted(item: LedgerItem, { status, refundId, reference }: ListRequest): boolean {
  if (item.status === 'attributed') return false;
  if (refundId === undefined ? item.status === 'not_sent' : item.refundId !== refundId) return false;
  if (reference !== undefined && !('reference' in item && item.reference === reference)) return false;
  return status === undefined || hasStatus(item, status);
}

function hasStatus({ status }: LedgerItem, wanted: ListStatus): boolean {
  switch (wanted) {
    case 'open':
    case 'unknown':
      return status === 'requested';
    case 'cancelled':
      return status === 'cancelled' || status === 'elsewhere';
    case 'rejected':
    case 'not_executed':
      return status === wanted;
    default:
      return assertNever(wanted);
  }
}

// --- Where they are found ---

/** Reads refunds in the order of the list. */
type Source = (part: ListPart) => Promise<Listed>;

/** The narrowest access path for the filter; each of its parts is read to its end before the next, newest first. */
async function sourcesOf(request: ListRequest, span: Sought, world: ListReads): Promise<Iterable<Source>> {
  const { merchantUid, impUid, refundId, reference, status } = request;
  const { ledger } = world;
  if (merchantUid !== undefined || impUid !== undefined)
    return [amongItems(await ofOrder(request, span.onBroken, world))];
  if (refundId !== undefined) {
    const key = await ledger.refundById(refundId);
    const item = key && (await unlessBroken(key, span.onBroken, ledger));
    return [amongItems(item === undefined ? [] : [item])];
  }
  if (reference !== undefined) return [async (part) => ledger.byReference({ ...part, reference })];
  if (status === 'open' || status === 'unknown') {
    const itemOf = async (key: RefundKey) => unlessBroken(key, span.onBroken, ledger);
    return [among(await ledger.openRefunds(), openPosition, itemOf)];
  }
  return daysOf(span, (day) => async (part) => ledger.listedOn({ ...part, day }));
}

/** Days in Korea, which has no daylight-saving time. */
function* daysOf({ before, from }: Span, source: (day: string) => Source): Generator<Source, void> {
  const first = dayOf(from.fromMs ?? 0);
  // A day that starts exactly then has nothing before it.
  let atMs = before.refundId === '' ? before.atMs - 1 : before.atMs;
  for (let day = dayOf(atMs); day >= first; day = dayOf(atMs)) {
    yield source(day);
    atMs -= DAY_MS;
  }
}

function dayOf(ms: number): string {
  return koreanTime(ms).slice(0, 10);
}

/**
 * All refunds of an order, because they are not sorted by time. The number is the provider's or the shop's; the order item names
 * its payments.
 */
async function ofOrder(
  { merchantUid, impUid }: ListRequest,
  onBroken: OnBroken,
  world: ListReads,
): Promise<readonly LedgerItem[]> {
  const named = merchantUid === undefined ? omitMissing({ impUid }) : { merchantUid };
  const { payments } = await readOrder(named, world);
  const wanted = payments.filter((payment) => impUid === undefined || payment.impUid === impUid);
  const items = await Promise.all(wanted.map(async (payment) => world.ledger.allRefunds(payment, onBroken)));
  return items.flat();
}

function openPosition({ listedAtMs: atMs, refundId }: OpenRefund): ListPosition {
  return { atMs, refundId };
}

async function unlessBroken(
  key: RefundKey,
  onBroken: OnBroken,
  ledger: Pick<Ledger, 'refund'>,
): Promise<LedgerItem | undefined> {
  try {
    return await ledger.refund(key);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    onBroken(key.refundId, error);
    return undefined;
  }
}

function amongItems(items: readonly LedgerItem[]): Source {
  return among(items, positionOf, async (item) => Promise.resolve(item));
}

/** A list of known entries. The index may lag, so `itemOf` may have ended: then it does not match. */
function among<Entry>(
  entries: readonly Entry[],
  placeOf: (entry: Entry) => ListPosition,
  itemOf: (entry: Entry) => Promise<LedgerItem | undefined>,
): Source {
  const inOrder = entries.toSorted((a, b) => newestFirst(placeOf(a), placeOf(b)));
  return async ({ limit, ...part }) => {
    const behind = inOrder.filter((entry) => isWithin(placeOf(entry), part));
    const found = behind.slice(0, limit);
    const last = behind.length > limit ? found.at(-1) : undefined;
    const items = (await Promise.all(found.map(itemOf))).filter((item) => item !== undefined);
    return { items, read: found.length, ...omitMissing({ next: last && placeOf(last) }) };
  };
}
