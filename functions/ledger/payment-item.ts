import type { RateLimit, CancelEntry, LastWish, Payment, ProviderPayment } from '../refund/payment.ts';
import {
  codec,
  flag,
  list,
  map,
  money,
  number,
  optional,
  seconds,
  text,
  type Codec,
  type Fields,
} from './fields.ts';
import { paymentKey } from './keys.ts';
import type { Item } from './table.ts';

/** HEAD of the protocol. Facts of i'mport have i'mport's own names. */

export const ENTRY: Codec<CancelEntry> = codec<CancelEntry>('a cancel_history entry', {
  amount: money('amount'),
  cancelledAtMs: optional(seconds('cancelled_at')),
  reason: optional(text('reason')),
  receiptUrl: optional(text('receipt_url')),
  cancellationId: optional(text('cancellation_id')),
  pgTid: optional(text('pg_tid')),
  fromConsole: optional(flag('from_console')),
});

const LAST_WISH = codec<LastWish>('last_wish', {
  refundId: text('refund_id'),
  wish: text('wish'),
  atMs: number('at_ms'),
});

const RATE_LIMIT = codec<RateLimit>('rate_limit', { tokens: number('tokens'), atMs: number('at_ms') });

const SHRUNK = codec<NonNullable<Payment['shrunk']>>('shrunk', {
  atMs: number('at_ms'),
  cancelAmount: money('cancel_amount'),
});

/** The payment's identity, and the payer's owner: these do not change after the payment. */
const IDENTITY = {
  merchantUid: text('merchant_uid'),
  impUid: text('imp_uid'),
  currency: text('currency'),
  amount: money('amount'),
  customerId: optional(text('customer_id')),
  hasPromotion: flag('has_promotion'),
} satisfies Partial<Fields<Payment>>;

/** The provider's word, renewed by each look. */
const WORD = {
  status: text('status'),
  isPaid: flag('is_paid'),
  payMethod: optional(text('pay_method')),
  pgProvider: optional(text('pg_provider')),
  cancelAmount: money('cancel_amount'),
  paidAtMs: optional(seconds('paid_at')),
  cancelledAtMs: optional(seconds('cancelled_at')),
  cancelReason: optional(text('cancel_reason')),
  receiptUrl: optional(text('receipt_url')),
  cancelHistory: list('cancel_history', ENTRY),
  isSandbox: flag('sandbox'),
} satisfies Partial<Fields<Payment>>;

/** Our own attributes. */
const OWN = {
  inFlight: optional(text('in_flight')),
  lastWish: optional(map('last_wish', LAST_WISH)),
  rateLimit: optional(map('rate_limit', RATE_LIMIT)),
  askedAmount: optional(money('asked_amount')),
  heldDigest: optional(text('held_digest')),
  shrunk: optional(map('shrunk', SHRUNK)),
} satisfies Partial<Fields<Payment>>;

type Own = Pick<Payment, keyof typeof OWN>;
type Word = Pick<Payment, keyof typeof WORD>;

const PAYMENT = codec<Payment>('a payment', {
  ...IDENTITY,
  ...WORD,
  ...OWN,
  lookedAtMs: number('looked_at_ms'),
});
const WORD_ALONE = codec<Word>('a payment', WORD);
const OWN_ALONE = codec<Own>('a payment', OWN);

export function paymentFromItem(item: Item): Payment {
  return PAYMENT.fromItem(item, String(item['currency']));
}

export function paymentToItem(payment: Payment): Item {
  const bounded = { ...payment, cancelHistory: newest(payment.cancelHistory) };
  return { ...paymentKey(payment), ...PAYMENT.toItem(bounded, payment.currency) };
}

/** Our own attributes, as an update sets them. */
export function ownToItem(own: Own, { currency }: Pick<Payment, 'currency'>): Item {
  return OWN_ALONE.toItem(own, currency);
}

/** Sets and removes attributes so that the provider's word is stored and nothing of an older one remains. */
export function providerWord(provider: ProviderPayment): { readonly set: Item; readonly remove: string[] } {
  const bounded = { ...provider, cancelHistory: newest(provider.cancelHistory) };
  const word = WORD_ALONE.toItem(bounded, provider.currency);
  const attributes = Object.values(WORD).map(({ attribute }) => attribute);
  // Some answers omit the promotion: it is kept once it was told.
  const set = provider.hasPromotion ? { ...word, has_promotion: true } : word;
  return { set, remove: attributes.filter((attribute) => !(attribute in word)) };
}

/** The item of a payment cancelled in a thousand parts must stay small; refunds keep their own entries. */
const NEWEST_ENTRIES = 20;

function newest(history: readonly CancelEntry[]): readonly CancelEntry[] {
  const byTime = history.toSorted((a, b) => (a.cancelledAtMs ?? 0) - (b.cancelledAtMs ?? 0));
  return byTime.slice(-NEWEST_ENTRIES);
}
