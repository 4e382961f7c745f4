import * as v from 'valibot';
import { weigh } from '../refund/item-size.ts';
import { toDecimal } from '../refund/money.ts';
import type { Archive, AsStored } from '../refund/as-stored.ts';
import type { Bucket, CancelEntry, Payment, ProviderPayment } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { amountsFromItem, moneyAsFound } from './amounts-item.ts';
import { boundedHistoryToItem, historyFromItem, kept } from './history-item.ts';
import type { Path } from './conditions.ts';
import { pendingFromItem } from './pending-item.ts';
import { finalFromItem } from './refund-item.ts';
import { ItemError, mapIn, textIn, timeIn } from './stored-value.ts';

export type Item = Readonly<Record<string, unknown>>;
const HISTORY_FROM: Path = ['refund_history_from'];
type Sets = readonly (readonly [Path, unknown])[];

/**
 * The history as the provider tells it, but for its first entries where they stand in the archive and are still the same.
 * Where they are not, the provider has written its history anew, and the item takes it whole.
 */
function historySets(provider: ProviderPayment, payment: Payment | undefined, upTo: number): Sets {
  const archived = payment?.cancelHistory.slice(0, upTo) ?? [];
  const isSame =
    archived.length === upTo &&
    archived.every((entry, index) => isSameEntry(entry, provider.cancelHistory[index]));
  const from = isSame ? upTo : 0;
  const history = boundedHistoryToItem(provider.cancelHistory.slice(from), provider.currency);
  // Always told: since the payment was read, another write may have left entries to the archive that this history holds.
  return [[['cancel_history'], history], ...(payment === undefined ? [] : [[HISTORY_FROM, from] as const])];
}

function isSameEntry(a: CancelEntry, b: CancelEntry | undefined): boolean {
  return a.amount === b?.amount && a.cancellationId === b.cancellationId;
}

/** What a cancel changes in the provider's own fields. `upTo`: entries of the history that the archive holds. */
export function cancellationSets(
  provider: ProviderPayment,
  payment?: Payment,
  upTo = payment?.stored.historyFrom ?? 0,
): Sets {
  const { currency } = provider;
  return [
    [['status'], kept(provider.status)],
    // Where the shop named none, this is the provider's word, to which the item has been held (row 3b).
    [['currency'], currency],
    [['cancel_amount'], toDecimal(provider.cancelAmount, currency)],
    [['cancelled_at'], toSeconds(provider.cancelledAtMs)],
    [['cancel_reason'], kept(provider.cancelReason) ?? null],
    ...historySets(provider, payment, upTo),
  ];
}

/** Everything of a payment that the table keeps, but for its keys and whose it is. */
export function paymentSets(provider: ProviderPayment, payment?: Payment): Sets {
  const optional: [Path, unknown][] = [
    [['pay_method'], provider.payMethod],
    [['pg_provider'], provider.pgProvider],
    [['receipt_url'], kept(provider.receiptUrl)],
    [['paid_at'], provider.paidAtMs === undefined ? undefined : toSeconds(provider.paidAtMs)],
  ];
  return [
    [['amount'], toDecimal(provider.amount, provider.currency)],
    ...cancellationSets(provider, payment),
    ...optional.filter(([, value]) => value !== undefined),
  ];
}

const BucketItem = v.object({ tokens: v.number(), at: v.number() });

function bucketIn(value: unknown): Bucket | undefined {
  const parsed = v.safeParse(BucketItem, value);
  return parsed.success ? { tokens: parsed.output.tokens, atMs: parsed.output.at } : undefined;
}

export function bucketToItem({ tokens, atMs }: Bucket): Item {
  return { tokens, at: atMs };
}

/** @throws ItemError naming the attribute and the rule; only key, amounts and our own attributes are strict */
export function paymentFromItem(item: Item, beside: Pick<AsStored, 'archive' | 'copied'> = {}): Payment {
  const merchantUid = textIn(item['merchant_uid']);
  const impUid = textIn(item['imp_uid']);
  if (merchantUid === undefined || impUid === undefined) throw new ItemError('the key is missing');
  const amounts = amountsFromItem(item);
  const { currency } = amounts;
  const records = recordsIn(item['refund_records']);
  const own = Object.entries(records ?? {}).map(
    ([id, record]) => [id, finalFromItem(id, record, currency)] as const,
  );
  const historyFrom = wholeIn('refund_history_from', item['refund_history_from']);
  const history = historyFromItem(item['cancel_history'], currency);
  return {
    merchantUid,
    impUid,
    ...amounts,
    ...toldIn(item),
    cancelHistory: [...firstEntries(beside.archive, historyFrom), ...history],
    refunds: new Map([...(beside.archive?.records ?? []), ...own]),
    seq: wholeIn('refund_seq', item['refund_seq']),
    ...inFlightIn(item, currency),
    stored: {
      ...beside,
      bytes: weigh(item),
      hasRecords: records !== undefined,
      ...(historyFrom === 0 ? {} : { historyFrom }),
      ...there({
        owner: item['customer_id'],
        asFound: amounts.completeness === 'incomplete' ? moneyAsFound(item) : undefined,
        heardAt: item['refund_heard_at'],
      }),
    },
  };
}

/** What money does not depend on: a value that cannot be read is absent. */
function toldIn(item: Item) {
  return {
    // What the shop does not say is not known to be unpaid: i'mport is asked before anything is sent (row 3b).
    status: textIn(item['status']) ?? 'paid',
    ...omitMissing({
      customerId: textIn(item['customer_id']),
      payMethod: textIn(item['pay_method']),
      pgProvider: textIn(item['pg_provider']),
      paidAtMs: timeIn(item['paid_at']),
      cancelledAtMs: timeIn(item['cancelled_at']),
      cancelReason: textIn(item['cancel_reason']),
      receiptUrl: textIn(item['receipt_url']),
    }),
  };
}

function inFlightIn(item: Item, currency: string) {
  const { refund_pending: pending, refund_heard_at: heardAt } = item;
  return omitMissing({
    bucket: bucketIn(item['refund_bucket']),
    heardAtMs: typeof heardAt === 'number' ? heardAt : undefined,
    pending: pending === undefined ? undefined : pendingFromItem(pending, currency),
  });
}

/** Leaves out what is not there; NULL is. */
function there<T extends object>(attributes: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const written = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(written) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}

function recordsIn(value: unknown): Item | undefined {
  if (value === undefined) return undefined;
  const records = mapIn(value);
  if (records === undefined) throw new ItemError('attribute refund_records must be a map');
  return records;
}

function wholeIn(attribute: string, value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ItemError(`attribute ${attribute} must be a whole number`);
}

function firstEntries(archive: Archive | undefined, count: number): readonly CancelEntry[] {
  const entries = [...(archive?.entries ?? [])].filter(([index]) => index < count);
  return entries.toSorted(([a], [b]) => a - b).map(([, entry]) => entry);
}
