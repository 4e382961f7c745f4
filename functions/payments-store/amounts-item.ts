import type { MoneyAsFound } from '../refund/as-stored.ts';
import { exponentOf } from '../refund/currencies.ts';
import { ZERO, type Minor } from '../refund/money.ts';
import type { Completeness } from '../refund/payment.ts';
import { amountIn, decimalIn, ItemError, textIn } from './stored-value.ts';

/** Korea's shops leave the currency out, and i'mport's default is the same (IAMPORT 8). */
const ASSUMED_CURRENCY = 'KRW';

type Item = Readonly<Record<string, unknown>>;

export interface StoredAmounts {
  readonly currency: string;
  readonly amount: Minor;
  readonly cancelAmount: Minor;
  readonly completeness: Completeness;
}

function currencyNamedIn(item: Item): string | undefined {
  const named = textIn(item['currency'])?.trim().toUpperCase();
  return named !== undefined && exponentOf(named) !== undefined ? named : undefined;
}

/** The currency that an item's amounts are in, as far as it says. */
export function currencyOf(item: Item): string {
  return currencyNamedIn(item) ?? ASSUMED_CURRENCY;
}

/** What shops really write, read for what it means. @throws ItemError for what means no amount */
export function amountsFromItem(item: Item): StoredAmounts {
  const { amount: first, cancel_amount: second } = item;
  const currency = currencyOf(item);
  try {
    const amount = amountIn('amount', first, currency);
    const cancelAmount = amountIn('cancel_amount', second, currency);
    const isComparable = cancelAmount?.isExact ?? second === undefined;
    const isAssumed = item['currency'] === undefined;
    const isPlain = amount?.isExact === true && isComparable && (isAssumed || item['currency'] === currency);
    return {
      currency,
      amount: amount?.amount ?? ZERO,
      cancelAmount: cancelAmount?.amount ?? ZERO,
      completeness: !isPlain ? 'incomplete' : isAssumed ? 'currency_assumed' : 'complete',
    };
  } catch (error) {
    // Decimals in a currency that nobody named: only the provider knows what they are.
    const isKnown = currencyNamedIn(item) !== undefined;
    if (isKnown || !(error instanceof ItemError) || !isSum(first) || !isSum(second)) throw error;
    return { currency, amount: ZERO, cancelAmount: ZERO, completeness: 'incomplete' };
  }
}

/** A sum in some currency, or none at all. */
function isSum(value: unknown): boolean {
  const decimal = decimalIn(value);
  return decimal === undefined ? value === undefined || value === null : decimal >= 0;
}

/** What no condition on a number can be made of: a write holds it to be still what was read. */
export function moneyAsFound({ amount, cancel_amount, currency }: Item): MoneyAsFound {
  return { amount, cancel_amount, currency };
}
