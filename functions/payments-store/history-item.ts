import { BARE_ENTRIES_BYTES, weigh, WHOLE_ENTRIES_BYTES } from '../refund/item-size.ts';
import { toDecimal } from '../refund/money.ts';
import type { CancelEntry } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { providerText } from '../refund/redact.ts';
import { toSeconds } from '../refund/unix-seconds.ts';
import { amountIn, mapIn, textIn, timeIn } from './stored-value.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** As much of the history as an item has room for, whatever others cancel. What stands in the archive has its texts. */
export function boundedHistoryToItem(
  history: readonly CancelEntry[],
  currency: string,
): readonly Attributes[] {
  const whole = newestWithin(history, WHOLE_ENTRIES_BYTES);
  const older = history.slice(0, history.length - whole.length).map(bare);
  return historyToItem([...newestWithin(older, BARE_ENTRIES_BYTES), ...whole], currency);
}

function newestWithin(history: readonly CancelEntry[], bytes: number): readonly CancelEntry[] {
  let room = bytes;
  const first = history.findLastIndex((entry) => {
    room -= weigh(entry);
    return room < 0;
  });
  return history.slice(first + 1);
}

function bare({ amount, cancelledAtMs, cancellationId }: CancelEntry): CancelEntry {
  return { amount, ...omitMissing({ cancelledAtMs, cancellationId }) };
}

/** i'mport's own field names and units (Unix seconds), as a shop's other code expects them. */
export function historyToItem(history: readonly CancelEntry[], currency: string): readonly Attributes[] {
  return history.map((entry) =>
    omitMissing({
      amount: toDecimal(entry.amount, currency),
      cancelled_at: toSeconds(entry.cancelledAtMs),
      reason: kept(entry.reason),
      receipt_url: kept(entry.receiptUrl),
      cancellation_id: kept(entry.cancellationId),
      pg_tid: kept(entry.pgTid),
    }),
  );
}

/** What stands there for people only: an entry that cannot be read is left out, since nothing is decided by it. */
export function historyFromItem(value: unknown, currency: string): readonly CancelEntry[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((stored: unknown) => {
    const entry = mapIn(stored);
    return entry === undefined ? [] : entryFromItem(entry, currency);
  });
}

function entryFromItem(entry: Attributes, currency: string): readonly CancelEntry[] {
  try {
    const amount = amountIn('cancel_history.amount', entry['amount'], currency);
    if (amount === undefined) return [];
    const texts = {
      reason: textIn(entry['reason']),
      receiptUrl: textIn(entry['receipt_url']),
      cancellationId: textIn(entry['cancellation_id']),
      pgTid: textIn(entry['pg_tid']),
    };
    return [
      { amount: amount.amount, ...omitMissing({ ...texts, cancelledAtMs: timeIn(entry['cancelled_at']) }) },
    ];
  } catch {
    return [];
  }
}

/** The provider's texts are kept up to a limit, so that an item cannot grow by somebody else's words. */
export function kept(text: string | undefined): string | undefined {
  return text === undefined ? undefined : providerText(text);
}
