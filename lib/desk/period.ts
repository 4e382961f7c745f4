import { exponentOf } from '../../functions/refund/currencies.ts';
import { koreanTime } from '../../functions/refund/korea-time.ts';
import type { ListedRefund } from './api.ts';
import type { Query } from './parts.ts';

const DAY_MS = 24 * 3_600_000;
export const PERIODS = ['today', 'yesterday', 'week', 'month', 'last-month', 'range'] as const;

function day(ms: number): string {
  return koreanTime(ms).slice(0, 10);
}

/** Korean days, both inclusive. Pure. */
export function daysOf(
  period: string,
  { from, to, nowMs }: { readonly from: string; readonly to: string; readonly nowMs: number },
): Query {
  const today = day(nowMs);
  const first = `${today.slice(0, 8)}01`;
  const lastOfMonth = day(Date.parse(`${first}T00:00:00+09:00`) - DAY_MS);
  switch (period) {
    case 'today':
      return { from: today, to: today };
    case 'yesterday':
      return { from: day(nowMs - DAY_MS), to: day(nowMs - DAY_MS) };
    case 'month':
      return { from: first, to: today };
    case 'last-month':
      return { from: `${lastOfMonth.slice(0, 8)}01`, to: lastOfMonth };
    case 'range':
      return { from: from || today, to: to || today };
    default:
      return { from: day(nowMs - 6 * DAY_MS), to: today };
  }
}

/** Totals by status and currency. A cancel that the PG has undone counts as undone, not as cancelled. */
export class Totals {
  readonly #sums = new Map<
    string,
    { readonly status: string; readonly currency: string; count: number; minor: number }
  >();
  count = 0;

  add(rows: readonly ListedRefund[]): void {
    for (const { status: told, undone, currency, amount, executed_amount: executed = amount } of rows) {
      const status = undone === true ? 'undone' : told;
      const key = `${status} ${currency}`;
      const before = this.#sums.get(key) ?? { status, currency, count: 0, minor: 0 };
      // Add whole minor units, because sums of decimals are not exact.
      const minor = before.minor + Math.round(executed * 10 ** (exponentOf(currency) ?? 2));
      this.#sums.set(key, { ...before, count: before.count + 1, minor });
    }
    this.count += rows.length;
  }

  all(): readonly {
    readonly status: string;
    readonly currency: string;
    readonly count: number;
    readonly amount: number;
  }[] {
    const order = ['cancelled', 'unknown', 'rejected', 'not_executed', 'undone'];
    return [...this.#sums.values()]
      .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || b.minor - a.minor)
      .map(({ minor, ...sum }) => ({ ...sum, amount: minor / 10 ** (exponentOf(sum.currency) ?? 2) }));
  }
}
