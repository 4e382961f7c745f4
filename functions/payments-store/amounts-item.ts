import { exponentOf } from '../refund/currencies.ts';
import type { Minor } from '../refund/money.ts';
import type { Completeness } from '../refund/payment.ts';
import { amountIn, decimalIn, ItemError, NOTHING, textIn } from './stored-value.ts';

/** Korea's shops leave the currency out, and i'mport's default is the same (IAMPORT 8). */
const ASSUMED_CURRENCY = 'KRW';

type Item = Readonly<Record<string, unknown>>;

export interface StoredAmounts {
  readonly currency: string;
  readonly amount: Minor;
  readonly cancelAmount: Minor;
  readonly completeness: Completeness;
  /** `cancel_amount` as it stands there, where a condition could not compare it. */
  readonly asFound?: unknown;
}

/** What shops really write, read for what it means. @throws ItemError for what means no amount */
export function amountsFromItem(item: Item): StoredAmounts {
  const { amount: first, cancel_amount: second } = item;
  const named = textIn(item['currency'])?.trim().toUpperCase();
  const isKnown = named !== undefined && exponentOf(named) !== undefined;
  const currency = isKnown ? named : ASSUMED_CURRENCY;
  try {
    const amount = amountIn('amount', first, currency);
    const cancelAmount = amountIn('cancel_amount', second, currency);
    const isComparable = cancelAmount?.isExact ?? second === undefined;
    const isAssumed = item['currency'] === undefined;
    const isPlain = amount?.isExact === true && isComparable && (isAssumed || item['currency'] === currency);
    return {
      currency,
      amount: (amount ?? NOTHING).amount,
      cancelAmount: (cancelAmount ?? NOTHING).amount,
      completeness: !isPlain ? 'incomplete' : isAssumed ? 'currency_assumed' : 'complete',
      ...(isComparable ? {} : { asFound: second }),
    };
  } catch (error) {
    // Decimals in a currency that nobody named: only the provider knows what they are.
    if (isKnown || !(error instanceof ItemError) || !isSum(first) || !isSum(second)) throw error;
    const unknown = {
      amount: NOTHING.amount,
      cancelAmount: NOTHING.amount,
      completeness: 'incomplete',
    } as const;
    return { currency, ...unknown, ...(second === undefined ? {} : { asFound: second }) };
  }
}

/** A sum in some currency, or none at all. */
function isSum(value: unknown): boolean {
  const decimal = decimalIn(value);
  return decimal === undefined ? value === undefined || value === null : decimal >= 0;
}
