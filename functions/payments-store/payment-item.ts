import * as v from 'valibot';
import { exponentOf } from '../refund/currencies.ts';
import { toDecimal } from '../refund/money.ts';
import type { Archive, AsStored } from '../refund/as-stored.ts';
import type { Bucket, CancelEntry, Completeness, Payment, ProviderPayment } from '../refund/payment.ts';
import { present } from '../refund/present.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { historyFromItem, historyToItem, kept } from './history-item.ts';
import type { Path } from './conditions.ts';
import { pendingFromItem } from './pending-item.ts';
import { finalFromItem } from './refund-item.ts';
import { amountIn, ItemError, mapIn, NOTHING, textIn, timeIn, type StoredAmount } from './stored-value.ts';

export type Item = Readonly<Record<string, unknown>>;
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
  const history = historyToItem(provider.cancelHistory.slice(from), provider.currency);
  const isTold = from > 0 || (payment?.stored.historyFrom ?? 0) > 0;
  return [[['cancel_history'], history], ...(isTold ? [[['refund_history_from'], from] as const] : [])];
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
    [['status'], provider.status],
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

/** Korea's shops leave the currency out, and i'mport's default is the same (IAMPORT 8). */
const ASSUMED_CURRENCY = 'KRW';

interface Amounts {
  readonly currency: string;
  readonly amount: StoredAmount;
  readonly cancelAmount: StoredAmount;
  readonly completeness: Completeness;
}

/** What shops really write, read for what it means. @throws ItemError for what means no amount */
function amountsIn(item: Item): Amounts {
  const named = textIn(item['currency'])?.trim().toUpperCase();
  const isKnown = named !== undefined && exponentOf(named) !== undefined;
  const currency = isKnown ? named : ASSUMED_CURRENCY;
  try {
    const amount = amountIn('amount', item['amount'], currency);
    const cancelAmount = amountIn('cancel_amount', item['cancel_amount'], currency);
    const isExact =
      amount?.isExact === true && (cancelAmount?.isExact ?? item['cancel_amount'] === undefined);
    const isAssumed = item['currency'] === undefined;
    const isPlain = isExact && (isAssumed || item['currency'] === currency);
    return {
      currency,
      amount: amount ?? NOTHING,
      cancelAmount: cancelAmount ?? NOTHING,
      completeness: !isPlain ? 'incomplete' : isAssumed ? 'currency_assumed' : 'complete',
    };
  } catch (error) {
    // Decimals in a currency that nobody named: only the provider knows what they are.
    if (isKnown || !(error instanceof ItemError) || !isDecimal(item['amount'])) throw error;
    return { currency, amount: NOTHING, cancelAmount: NOTHING, completeness: 'incomplete' };
  }
}

function isDecimal(value: unknown): boolean {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\s*\d[\d,]*\.\d+\s*$/.test(text);
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
  const { currency, amount, cancelAmount, completeness } = amountsIn(item);
  const pending = item['refund_pending'];
  const records = recordsIn(item['refund_records']);
  const historyFrom = wholeIn('refund_history_from', item['refund_history_from']);
  return {
    merchantUid,
    impUid,
    // What the shop does not say is not known to be unpaid: i'mport is asked before anything is sent (row 3b).
    status: textIn(item['status']) ?? 'paid',
    currency,
    amount: amount.amount,
    cancelAmount: cancelAmount.amount,
    completeness,
    cancelHistory: [
      ...firstEntries(beside.archive, historyFrom),
      ...historyFromItem(item['cancel_history'], currency),
    ],
    refunds: new Map([
      ...(beside.archive?.records ?? []),
      ...Object.entries(records ?? {}).map(
        ([id, record]) => [id, finalFromItem(id, record, currency)] as const,
      ),
    ]),
    seq: wholeIn('refund_seq', item['refund_seq']),
    stored: {
      ...beside,
      hasRecords: records !== undefined,
      ...(historyFrom === 0 ? {} : { historyFrom }),
      ...(item['customer_id'] === undefined ? {} : { owner: item['customer_id'] }),
    },
    ...present({
      customerId: textIn(item['customer_id']),
      payMethod: textIn(item['pay_method']),
      pgProvider: textIn(item['pg_provider']),
      paidAtMs: timeIn(item['paid_at']),
      cancelledAtMs: timeIn(item['cancelled_at']),
      cancelReason: textIn(item['cancel_reason']),
      receiptUrl: textIn(item['receipt_url']),
      bucket: bucketIn(item['refund_bucket']),
      heardAtMs: timeIn(item['refund_heard_at']),
      pending: pending === undefined ? undefined : pendingFromItem(pending, currency),
    }),
  };
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
  return Array.from({ length: count }, (_, index) => archive?.entries.get(index)).filter(
    (entry) => entry !== undefined,
  );
}
