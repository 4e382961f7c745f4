import { minus, type Minor } from './money.ts';

/** Who asked: the token's `sub`, and the role. */
export type Actor = { readonly kind: 'customer' | 'staff'; readonly sub: string };

/** One cancel in the provider's list. Times in ms; PGs differ in which fields they fill. */
export interface CancelEntry {
  readonly amount: Minor;
  readonly cancelledAtMs?: number;
  readonly reason?: string;
  readonly receiptUrl?: string;
  readonly cancellationId?: string;
  readonly pgTid?: string;
  /** The provider says that a person made it in its console, so it is not ours. */
  readonly fromConsole?: boolean;
}

/**
 * The fields that the provider's payment and our item share. Times in ms; `status` is the provider's and may have unknown values.
 */
export interface PaymentFacts {
  /** The provider's order number. */
  readonly merchantUid: string;
  readonly impUid: string;
  readonly status: string;
  /** Money was paid and can be cancelled: true for a partly cancelled payment, false for a never paid one. */
  readonly isPaid: boolean;
  readonly payMethod?: string;
  readonly pgProvider?: string;
  readonly currency: string;
  /** A of the protocol. */
  readonly amount: Minor;
  /** R of the protocol at the provider, L in our item. */
  readonly cancelAmount: Minor;
  readonly paidAtMs?: number;
  readonly cancelledAtMs?: number;
  readonly cancelReason?: string;
  readonly receiptUrl?: string;
  /** In no reliable order. Our item keeps only the newest entries. */
  readonly cancelHistory: readonly CancelEntry[];
  /** The customer that the payer named; counts only when the order item names nobody. */
  readonly customerId?: string;
  /** The provider shows entries after the discount, while amount and checksum are before it (PG-FACTS 4). */
  readonly hasPromotion: boolean;
  readonly isSandbox: boolean;
}

/** The payment as the provider holds it. */
export interface ProviderPayment extends PaymentFacts {
  /** False: the answer has no cancel_amount. `cancelAmount` is then the sum of the entries and proves nothing. */
  readonly sumTold: boolean;
}

/** The last claimed refund: a second equal request without a key is a duplicate (row 0b). */
export interface LastWish {
  readonly refundId: string;
  /** Hash of who wants what. */
  readonly wish: string;
  readonly atMs: number;
}

/** The rate limit of one customer and payment: `tokens` left at `atMs`. */
export interface RateLimit {
  readonly tokens: number;
  readonly atMs: number;
}

/** HEAD of the protocol: our item of a payment. `cancelAmount` is L: only what the provider has confirmed. */
export interface Payment extends PaymentFacts {
  /** The refund that reserves the payment: at most one is in flight. */
  readonly inFlight?: string;
  readonly lastWish?: LastWish;
  readonly rateLimit?: RateLimit;
  /** S of the protocol, only on payments with a promotion: the sum of the cancelled amounts as asked. */
  readonly askedAmount?: Minor;
  /** When the import, or since then a webhook, last caused a look at the provider. */
  readonly lookedAtMs: number;
  /** Digest of a history whose entries are all held: while it is unchanged, nothing must be attributed. */
  readonly heldDigest?: string;
  /** The first look that showed R < L: its start, and R (row 11). */
  readonly shrunk?: { readonly atMs: number; readonly cancelAmount: Minor };
}

export type PaymentKey = Pick<PaymentFacts, 'merchantUid' | 'impUid'>;

/** What is left to refund, in minor units: A − L, or A − S when a promotion makes entries smaller than the amounts asked. */
export function cancelableAmount(payment: PaymentFacts & { readonly askedAmount?: Minor }): Minor {
  return minus(payment.amount, payment.askedAmount ?? payment.cancelAmount);
}

/** Whether money of the payment can still be refunded. */
export function hasMoneyLeft(payment: PaymentFacts & { readonly askedAmount?: Minor }): boolean {
  return payment.isPaid && cancelableAmount(payment) > 0;
}
