import { minus, type Minor } from './money.ts';

/** Who asked: the token's `sub`, and in which right. */
export type Actor = { readonly kind: 'customer' | 'staff'; readonly sub: string };

/** One cancel as the provider lists it. Times in ms; which fields a PG fills in differs. */
export interface CancelEntry {
  readonly amount: Minor;
  readonly cancelledAtMs?: number;
  readonly reason?: string;
  readonly receiptUrl?: string;
  readonly cancellationId?: string;
  readonly pgTid?: string;
  /** The provider says that a person made it at its console, so it is none of ours. */
  readonly fromConsole?: boolean;
}

/** What the provider and our item have in common. Times in ms; `status` is the provider's word and an open set. */
export interface PaymentFacts {
  /** The order number as the provider has it. */
  readonly merchantUid: string;
  readonly impUid: string;
  readonly status: string;
  /** Money was paid and can be cancelled. A partly cancelled payment counts; one that was never paid does not. */
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
  /** In no order that could be relied on. Our item keeps the newest entries only. */
  readonly cancelHistory: readonly CancelEntry[];
  /** Whom the payer named; counts only where the order item names nobody. */
  readonly customerId?: string;
  /** The provider shows entries after the discount, while amount and checksum are before it (PG-FACTS 4). */
  readonly hasPromotion: boolean;
  readonly isSandbox: boolean;
}

/** The payment as the provider holds it. */
export interface ProviderPayment extends PaymentFacts {
  /** False: the answer did not say how much is cancelled. `cancelAmount` is then the sum of its entries and proves nothing. */
  readonly sumTold: boolean;
}

/** The last refund that was claimed: a second equal request without a key is a button pressed twice (row 0b). */
export interface LastWish {
  readonly refundId: string;
  /** Hash of who wants what. */
  readonly wish: string;
  readonly atMs: number;
}

/** How often one customer may ask for a refund of one payment: `tokens` left at `atMs`. */
export interface RateLimit {
  readonly tokens: number;
  readonly atMs: number;
}

/** HEAD of the protocol: our item of a payment. `cancelAmount` is L: only what the provider has confirmed. */
export interface Payment extends PaymentFacts {
  /** The refund that holds the payment: at most one is under way. */
  readonly inFlight?: string;
  readonly lastWish?: LastWish;
  readonly rateLimit?: RateLimit;
  /** S of the protocol, on payments with a promotion only: the sum that was asked for and cancelled. */
  readonly askedAmount?: Minor;
  /** When a webhook last made us look at the provider. */
  readonly lookedAtMs?: number;
  /** Digest of a history all of whose entries are held by refunds; while it is unchanged nothing is to be attributed. */
  readonly heldDigest?: string;
  /** The first look that showed R < L, when it began, and R (row 11). */
  readonly shrunk?: { readonly atMs: number; readonly cancelAmount: Minor };
}

export type PaymentKey = Pick<PaymentFacts, 'merchantUid' | 'impUid'>;

/** What is left to refund, in minor units: A − L, or A − S where a promotion makes entries smaller than what was asked. */
export function cancelableAmount(payment: PaymentFacts & { readonly askedAmount?: Minor }): Minor {
  return minus(payment.amount, payment.askedAmount ?? payment.cancelAmount);
}

/** Money of the payment can still go back. */
export function hasMoneyLeft(payment: PaymentFacts & { readonly askedAmount?: Minor }): boolean {
  return payment.isPaid && cancelableAmount(payment) > 0;
}
