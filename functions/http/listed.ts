import * as v from 'valibot';
import { isDrift } from '../refund/closing.ts';
import { exponentOf } from '../refund/currencies.ts';
import { koreanTime } from '../refund/korea-time.ts';
import { toDecimal } from '../refund/money.ts';
import { DECIDED_BY, listedAtMs, type LedgerItem, type Refund } from '../refund/refund.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { BYTE_ORDER_MARK, csvLine, textCell } from './csv.ts';
import { rangesIn } from './language.ts';
import type { Viewer } from './representation.ts';

const amount = v.pipe(v.number(), v.description('In the major unit of the currency (won, dollars).'));
const text = v.nullable(v.string());
const seconds = v.pipe(v.number(), v.integer(), v.description('Unix seconds; 0 means never.'));
const only = (description: string) => v.optional(v.pipe(v.literal(true), v.description(description)));

/** A refund as lists, events and totals tell it. The fields are the columns of its CSV, in this order. */
export const ListedRefund = v.object({
  refund_id: v.string(),
  merchant_uid: v.pipe(v.string(), v.description('As i’mport has it.')),
  imp_uid: v.string(),
  made_by: v.optional(
    v.pipe(v.literal('provider'), v.description('A cancel that others have made (i’mport’s console).')),
  ),
  status: v.picklist(['cancelled', 'rejected', 'not_executed', 'unknown', 'not_sent']),
  amount,
  executed_amount: v.optional(
    v.pipe(v.number(), v.description('Where it is not what was asked for: what really went back.')),
  ),
  currency: v.string(),
  reason: text,
  reference: text,
  requested_at: seconds,
  cancelled_at: seconds,
  finished_at: seconds,
  listed_at: v.pipe(
    v.number(),
    v.integer(),
    v.description(
      'When it was cancelled, by i’mport’s time; else when it ended, else when it was asked for.',
    ),
  ),
  actor: v.nullable(v.picklist(['customer', 'staff'])),
  decided_by: v.nullable(v.picklist(DECIDED_BY)),
  corrected: only('It was told otherwise before.'),
  undone: only('The PG has undone the cancel.'),
  drift: only('No program can decide it any more; two members of staff can.'),
});
export type ListedRefund = v.InferOutput<typeof ListedRefund>;

export const ListAnswer = v.object({
  refunds: v.array(ListedRefund),
  next: v.pipe(text, v.description('The `cursor` of the next page; null where this is the last.')),
});

export function listedJson(item: LedgerItem, viewer: Pick<Viewer, 'nowMs' | 'quietPeriodMs'>): ListedRefund {
  const { refundId, merchantUid, impUid, currency } = item;
  const common = {
    refund_id: refundId,
    merchant_uid: merchantUid,
    imp_uid: impUid,
    amount: toDecimal(item.amount, currency),
    currency,
    cancelled_at: 'cancelledAtMs' in item ? toSeconds(item.cancelledAtMs) : 0,
    listed_at: toSeconds(listedAtMs(item)),
    ...('undone' in item && item.undone !== undefined ? { undone: true as const } : {}),
  };
  if (!('entry' in item)) return { ...common, ...ownJson(item, viewer) };
  return {
    ...common,
    made_by: 'provider',
    status: 'cancelled',
    reason: item.entry.reason ?? null,
    reference: null,
    requested_at: 0,
    finished_at: toSeconds(item.seenAtMs),
    actor: null,
    decided_by: null,
  };
}

function ownJson(refund: Refund, { nowMs, quietPeriodMs }: Pick<Viewer, 'nowMs' | 'quietPeriodMs'>) {
  const isOld = refund.status === 'requested' && quietPeriodMs !== undefined;
  return {
    status: refund.status === 'requested' ? ('unknown' as const) : refund.status,
    reason: refund.reason ?? null,
    reference: refund.reference ?? null,
    requested_at: toSeconds(refund.requestedAtMs),
    finished_at: 'finishedAtMs' in refund ? toSeconds(refund.finishedAtMs) : 0,
    actor: refund.actor.kind,
    decided_by: 'decidedBy' in refund ? refund.decidedBy : null,
    ...('executedAmount' in refund && refund.executedAmount !== undefined
      ? { executed_amount: toDecimal(refund.executedAmount, refund.currency) }
      : {}),
    ...('corrected' in refund && refund.corrected ? { corrected: true as const } : {}),
    ...(isOld && isDrift(refund, nowMs, quietPeriodMs) ? { drift: true as const } : {}),
  };
}

// --- CSV ---

/** Whether the caller would rather have CSV. A browser's `*` and `/` mean JSON. */
export function wantsCsv(accept: string | undefined): boolean {
  const ranges = rangesIn(accept);
  const qualityOf = (type: string): number => ranges.find(({ tag }) => tag === type)?.quality ?? 0;
  const quality = qualityOf('text/csv');
  return quality > 0 && quality >= qualityOf('application/json');
}

const COLUMNS = Object.keys(ListedRefund.entries) as (keyof ListedRefund)[];

/** A page; `isFirst`: with the byte order mark and the names of the columns, so that pages can be put one behind the other. */
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

/** `2026-11-25T20:30:00+09:00`; nothing for never. */
function koreanDateTime(atSeconds: number): string {
  if (atSeconds === 0) return '';
  return `${koreanTime(atSeconds * 1000)
    .slice(0, 19)
    .replace(' ', 'T')}+09:00`;
}
