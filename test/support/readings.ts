import { assertNever } from '../../functions/refund/assert-never.ts';
import { minus, sum } from '../../functions/refund/money.ts';
import type { CancelEntry, ProviderPayment } from '../../functions/refund/payment.ts';
import type { ModelProvider } from './model-provider.ts';

/** Wrong ways in which the provider may show a payment once. */
export const READINGS = [
  'listed_twice',
  /** A cancel counts in the sum, and its entry is missing. */
  'entry_missing',
  'unordered',
  'sum_not_told',
  /** The history has the last cancel, and the sum not yet: a stale sum (P7). */
  'ahead_of_its_sum',
  /** As before the last change, or as at the start (P7). */
  'stale',
  'from_the_beginning',
] as const;
export type Reading = (typeof READINGS)[number];

/** Readings that show an older state: P7 limits them. */
export function isStale(reading: Reading): boolean {
  return reading === 'ahead_of_its_sum' || reading === 'stale' || reading === 'from_the_beginning';
}

export function readAs(provider: ModelProvider, reading: Reading): ProviderPayment {
  const payment = provider.snapshot();
  const { cancelHistory, cancelAmount } = payment;
  const last = cancelHistory.at(-1);
  switch (reading) {
    case 'listed_twice':
      return last === undefined ? payment : { ...payment, cancelHistory: [...cancelHistory, last] };
    case 'entry_missing':
      return { ...payment, cancelHistory: cancelHistory.slice(0, -1) };
    case 'unordered':
      return { ...payment, cancelHistory: cancelHistory.map(untimed).toReversed() };
    case 'sum_not_told':
      return { ...payment, sumTold: false, cancelAmount: sum(cancelHistory.map(({ amount }) => amount)) };
    case 'ahead_of_its_sum':
      return last === undefined ? payment : { ...payment, cancelAmount: minus(cancelAmount, last.amount) };
    case 'stale':
      return provider.past.at(-1) ?? payment;
    case 'from_the_beginning':
      return provider.past[0] ?? payment;
    default:
      return assertNever(reading);
  }
}

/** Only with ids: without them two entries would be equal in all fields. */
function untimed(entry: CancelEntry): CancelEntry {
  const { cancelledAtMs: _untold, ...rest } = entry;
  return entry.cancellationId === undefined ? entry : rest;
}
