import { minus, type Minor } from './money.ts';

/** Where the money of a virtual-account refund goes. Lives in the pending refund alone, never in a finished record or a log. */
export interface RefundAccount {
  readonly holder?: string;
  readonly bank?: string;
  readonly account?: string;
  readonly tel?: string;
}

/** Who asked: the token's `sub`, and in which right. */
export interface Actor {
  readonly kind: 'customer' | 'staff';
  readonly sub: string;
}

/** What came back for one attempt, kept for the audit. Never holds personal data. */
export interface AttemptNote {
  readonly attempt: number;
  readonly sentAtMs: number;
  readonly answeredAtMs?: number;
  readonly answer?: string;
}

/** One intent to cancel: the same for all its attempts, whatever becomes of them. */
export interface RefundIntent {
  readonly refundId: string;
  /** Keyed hash of the request's body; absent when the caller gave no idempotency key. */
  readonly fingerprint?: string;
  readonly amount: Minor;
  /** A − L when it was claimed: the provider executes the cancel only while this much is left. */
  readonly checksum: Minor;
  readonly taxFree?: Minor;
  readonly vatAmount?: Minor;
  readonly reason?: string;
  readonly actor: Actor;
  readonly requestedAtMs: number;
}

/** The one refund of a payment that is in flight or in doubt. */
export interface PendingRefund extends RefundIntent {
  readonly attempt: number;
  /** Names this attempt of this worker: no other attempt, not even of the same refund, has the same one. */
  readonly claimId: string;
  readonly claimedAtMs: number;
  readonly account?: RefundAccount;
  /** The provider answered code 0 without an entry in the history: asynchronous, and never to be sent again. */
  readonly accepted: boolean;
  /** Read-backs so far that decided nothing; sets the pace of the next. */
  readonly checks: number;
  readonly resolveAtMs: number;
  readonly attempts: readonly AttemptNote[];
}

export interface Rejection {
  readonly code: 'CHECKSUM_MISMATCH' | 'CANCEL_REJECTED';
  readonly provider?: { readonly code: number; readonly message: string };
}

interface Finished extends RefundIntent {
  readonly attempt: number;
  readonly attempts: readonly AttemptNote[];
  readonly finishedAtMs: number;
  /** Which evidence settled it: the answer to the cancel itself, or a payment read back from the provider. */
  readonly decidedBy: 'answer' | 'read_back';
}

export interface CancelledRefund extends Finished {
  readonly status: 'cancelled';
  readonly attribution: 'tag' | 'position';
  readonly cancellationId?: string;
  readonly receiptUrl?: string;
  readonly cancelledAtMs?: number;
  /** It had been recorded as rejected, and the provider's history proved otherwise later. */
  readonly corrected: boolean;
}

export interface RejectedRefund extends Finished {
  readonly status: 'rejected';
  readonly rejection: Rejection;
}

export type FinalRefund = CancelledRefund | RejectedRefund;

export interface CancelEntry {
  readonly amount: Minor;
  readonly cancelledAtMs?: number;
  readonly reason?: string;
  readonly receiptUrl?: string;
  readonly cancellationId?: string;
  readonly pgTid?: string;
}

/** What the provider and our item have in common. Times in ms; `status` is an open set (see the backward-compatibility policy). */
export interface PaymentFacts {
  readonly merchantUid: string;
  readonly impUid: string;
  readonly status: string;
  readonly payMethod?: string;
  readonly pgProvider?: string;
  readonly currency: string;
  readonly amount: Minor;
  readonly cancelAmount: Minor;
  readonly paidAtMs?: number;
  readonly cancelledAtMs?: number;
  readonly cancelReason?: string;
  readonly receiptUrl?: string;
  readonly cancelHistory: readonly CancelEntry[];
  readonly customerId?: string;
}

/** Our item. `cancelAmount` is L of the protocol: only what the provider has confirmed, so never more than it has cancelled. */
export interface Payment extends PaymentFacts {
  readonly pending?: PendingRefund;
  readonly refunds: ReadonlyMap<string, FinalRefund>;
}

/** The payment as i'mport holds it; its `cancelAmount` is R of the protocol. */
export type ProviderPayment = PaymentFacts;

export function cancelableAmount(payment: PaymentFacts): Minor {
  return minus(payment.amount, payment.cancelAmount);
}

/** The oldest first, as `refunds[]` is answered. */
export function refundsInOrder(payment: Payment): readonly FinalRefund[] {
  return [...payment.refunds.values()].toSorted((a, b) => a.requestedAtMs - b.requestedAtMs);
}
