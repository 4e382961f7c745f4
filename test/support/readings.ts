import { assertNever } from '../../functions/refund/assert-never.ts';
import { minus, type Minor } from '../../functions/refund/money.ts';
import type { ProviderPayment } from '../../functions/refund/payment.ts';

/** How the provider may show a payment for one reading, and rightly the next time. */
export const READINGS = [
  'listed_twice',
  'entry_missing',
  'unordered',
  /** The history knows of the last cancel, and the sum not yet. */
  'ahead_of_its_sum',
  /** As it was before the last cancel. Only where the table knows better by then: otherwise P1 to P6 would be broken. */
  'from_before',
] as const;
export type Reading = (typeof READINGS)[number];

/** `known`: what the table knows as cancelled when the reading begins. */
export function readAs(payment: ProviderPayment, reading: Reading, known: number): ProviderPayment {
  const { cancelHistory, cancelAmount } = payment;
  const last = cancelHistory.at(-1);
  if (last === undefined) return payment;
  const before: Minor = minus(cancelAmount, last.amount);
  switch (reading) {
    case 'listed_twice':
      return { ...payment, cancelHistory: [...cancelHistory, last] };
    case 'entry_missing':
      return { ...payment, cancelHistory: cancelHistory.slice(0, -1) };
    case 'unordered': {
      const untimed = cancelHistory.map(({ cancelledAtMs: _untold, ...entry }) => entry);
      return { ...payment, cancelHistory: untimed.toReversed() };
    }
    case 'ahead_of_its_sum':
      return { ...payment, cancelAmount: before };
    case 'from_before':
      return before < known
        ? { ...payment, cancelAmount: before, cancelHistory: cancelHistory.slice(0, -1) }
        : payment;
    default:
      return assertNever(reading);
  }
}
