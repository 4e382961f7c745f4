import * as v from 'valibot';
import { isDrift } from '../refund/closing.ts';
import { exponentOf } from '../refund/currencies.ts';
import { koreanTime } from '../refund/korea-time.ts';
import { DECIDED_BY, listedAtMs, type LedgerItem } from '../refund/refund.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { described, optional } from './described.ts';
import { BYTE_ORDER_MARK, csvLine, textCell } from './csv.ts';
import { rangesIn } from './language.ts';
import { sharedJson, type Viewer } from './representation.ts';

const amount = v.pipe(
  v.number(),
  v.minValue(0),
  v.description('In the major unit of the currency (won, dollars).'),
);
const text = v.nullable(v.string());
const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.description('Unix seconds; 0 means never.'));
const only = (description: string) => optional(v.literal(true), description);
export const DRIFT =
  'The service can no longer decide the outcome; two members of staff must close the refund.';

/** A refund in lists, events and totals. The fields are the columns of its CSV, in this order. */
export const ListedRefund = v.object({
  refund_id: v.string(),
  merchant_uid: described(v.string(), 'As i’mport has it.'),
  imp_uid: v.string(),
  made_by: optional(
    v.literal('provider'),
    'A cancel that others have made (i’mport’s console, another program).',
  ),
  status: described(
    v.picklist(['cancelled', 'rejected', 'not_executed', 'unknown', 'not_sent']),
    '`unknown` until it is proven done or proven not done; `not_sent`: nothing has left us.',
  ),
  amount,
  executed_amount: optional(
    amount,
    'The amount that really went back. Present when it differs from `amount`.',
  ),
  currency: v.string(),
  reason: text,
  reference: described(text, 'The shop’s own number of the refund.'),
  requested_at: seconds,
  cancelled_at: seconds,
  finished_at: seconds,
  listed_at: described(
    seconds,
    'When it was cancelled, by i’mport’s time; else when it ended, else when it was asked for.',
  ),
  actor: described(v.nullable(v.picklist(['customer', 'staff'])), 'Who asked: the customer or staff.'),
  decided_by: described(
    v.nullable(v.picklist(DECIDED_BY)),
    'What decided the outcome: the answer to the cancel, a look at i’mport’s books, or two people.',
  ),
  corrected: only('An earlier answer or event said otherwise.'),
  undone: only('The PG has undone the cancel.'),
  drift: only(DRIFT),
});

/** The fields that answers share with lists. */
export const { entries: shared } = v.omit(ListedRefund, [
  'merchant_uid',
  'imp_uid',
  'currency',
  'listed_at',
  'drift',
]);
export type ListedRefund = v.InferOutput<typeof ListedRefund>;

export const ListAnswer = v.object({
  refunds: v.array(ListedRefund),
  next: described(text, 'The `cursor` of the next page; null where this is the last.'),
});

export function listedJson(item: LedgerItem, viewer: Pick<Viewer, 'nowMs' | 'quietPeriodMs'>): ListedRefund {
  const { nowMs, quietPeriodMs } = viewer;
  const isKnown = item.status === 'requested' && quietPeriodMs !== undefined;
  return {
    ...sharedJson(item),
    merchant_uid: item.merchantUid,
    imp_uid: item.impUid,
    currency: item.currency,
    listed_at: toSeconds(listedAtMs(item)),
    ...(isKnown && isDrift(item, nowMs, quietPeriodMs) ? { drift: true } : {}),
  };
}

// --- CSV ---

/** Whether the caller prefers CSV. A browser's wildcard means JSON. */
export function wantsCsv(accept: string | undefined): boolean {
  const ranges = rangesIn(accept);
  const qualityOf = (type: string): number => ranges.find(({ tag }) => tag === type)?.quality ?? 0;
  const quality = qualityOf('text/csv');
  return quality > 0 && quality >= qualityOf('application/json');
}

const COLUMNS = Object.keys(ListedRefund.entries) as (keyof ListedRefund)[];

/** A page; `isFirst`: with the byte order mark and the column names, so that pages can be concatenated. */
export function listCsv(refunds: readonly ListedRefund[], isFirst: boolean): string {
  const head = isFirst ? BYTE_ORDER_MARK + csvLine(COLUMNS) : '';
  return head + refunds.map((refund) => csvLine(COLUMNS.map((column) => cellOf(refund, column)))).join('');
}

function cellOf(refund: ListedRefund, column: keyof ListedRefund): string {
  const value = refund[column];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'number') return textCell(String(value));
  return column === 'amount' || column === 'executed_amount'
    ? value.toFixed(exponentOf(refund.currency))
    : koreanDateTime(value);
}

/** `2026-11-25T20:30:00+09:00`; empty for never. */
function koreanDateTime(atSeconds: number): string {
  if (atSeconds === 0) return '';
  return `${koreanTime(atSeconds * 1000)
    .slice(0, 19)
    .replace(' ', 'T')}+09:00`;
}
