import type { PassedOn } from './intent.ts';
import type { AsStored } from './as-stored.ts';
import { minus, type Minor } from './money.ts';
import type { Rejection } from './rejection.ts';

/** Who asked: the token's `sub`, and in which right. */
export type Actor = { readonly kind: 'customer' | 'staff'; readonly sub: string };

/** What came back for one attempt, kept for the audit. Never holds personal data. */
export interface AttemptNote {
  readonly attempt: number;
  readonly sentAtMs: number;
  readonly answeredAtMs?: number;
  readonly answer?: string;
}

/** What is kept of the account that a refund went to: enough to find refunds to one account, not enough to read it. */
export interface Destination {
  readonly bank?: string;
  /** Keyed hash of the account number; the key comes from the provider secret. */
  readonly accountHash?: string;
}

/** One intent to cancel: the same for all its attempts, whatever becomes of them. */
export interface RefundIntent {
  readonly refundId: string;
  /** Keyed hash of the request's body; absent when the caller gave no idempotency key. */
  readonly fingerprint?: string;
  readonly amount: Minor;
  /** c of the protocol, A − L when it was claimed: the provider executes the cancel only while this much is left. */
  readonly checksum: Minor;
  readonly passedOn: PassedOn<Minor>;
  readonly reason?: string;
  /** Present when the request named an account. It is sent once and kept nowhere, so such a refund is never sent again. */
  readonly destination?: Destination;
  readonly actor: Actor;
  readonly requestedAtMs: number;
}

/** What one member of staff says of a refund that no program can decide; a second one approves it (row 10). */
export interface Proposal {
  readonly verdict: 'executed' | 'not_executed';
  /** The entry of i'mport's history that is ours; only with `executed`. */
  readonly cancellationId?: string;
  readonly evidence: string;
  readonly proposedBy: string;
  readonly proposedAtMs: number;
}

export interface Closing extends Proposal {
  readonly approvedBy: string;
}

/** Why the last look could not decide, and R as it saw it. */
export interface Doubt {
  readonly why: string;
  readonly cancelAmount?: Minor;
}

/** The one refund of a payment that is in flight or in doubt. */
export interface PendingRefund extends RefundIntent {
  /** Which claim of this payment it is: `refund_seq` when it was made. */
  readonly seq: number;
  /** m of the protocol, from 1. */
  readonly attempt: number;
  /** A random mark of the worker that wrote seq or attempt: by it, and by nothing else, a worker knows its own write again. */
  readonly claimId: string;
  readonly claimedAtMs: number;
  /** The provider answered code 0 without our entry: asynchronous, and never to be sent again. */
  readonly accepted: boolean;
  /** The attempt that was refused while the payment could not be read back (row 5d). */
  readonly refused?: number;
  /** Read-backs so far that decided nothing; sets the pace of the next. */
  readonly checks: number;
  readonly resolveAtMs: number;
  readonly attempts: readonly AttemptNote[];
  readonly doubt?: Doubt;
  readonly proposal?: Proposal;
}

interface Finished extends RefundIntent {
  readonly seq: number;
  readonly attempt: number;
  readonly attempts: readonly AttemptNote[];
  readonly finishedAtMs: number;
  /** Which evidence settled it: the answer to the cancel itself, a payment read back from the provider, or two people. */
  readonly decidedBy: (typeof DECIDED_BY)[number];
  readonly closing?: Closing;
}

export const DECIDED_BY = ['answer', 'read_back', 'people'] as const;
export const ATTRIBUTIONS = ['tag', 'answer', 'position', 'people'] as const;
export type AttributedBy = (typeof ATTRIBUTIONS)[number];

export interface CancelledRefund extends Finished {
  readonly status: 'cancelled';
  readonly attribution: AttributedBy;
  readonly cancellationId?: string;
  readonly receiptUrl?: string;
  readonly cancelledAtMs?: number;
  /** The table had said otherwise, or nothing at all, and the provider's history proved it wrong (rows 4x and 8). */
  readonly corrected: boolean;
}

export interface RejectedRefund extends Finished {
  readonly status: 'rejected';
  readonly rejection: Rejection;
}

/** Proven that nothing was sent (row 9): the key may be used again. */
export interface NotExecutedRefund extends Finished {
  readonly status: 'not_executed';
  readonly cause: string;
}

export type FinalRefund = CancelledRefund | RejectedRefund | NotExecutedRefund;

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
  /** Oldest first. */
  readonly cancelHistory: readonly CancelEntry[];
  /** Whom the payer named in `custom_data`; counts only where the order item names nobody. */
  readonly customerId?: string;
}

/** How often one customer may ask for a refund of one payment: `tokens` left at `atMs`. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/**
 * How much of a payment its item says. `currency_assumed`: it names no currency and its amounts are whole, so won are
 * meant until the provider says otherwise (row 3b). `incomplete`: nothing can be decided before the provider is asked.
 */
export type Completeness = 'complete' | 'currency_assumed' | 'incomplete';

/** Our item. `cancelAmount` is L of the protocol: only what the provider has confirmed, so never more than it has cancelled. */
export interface Payment extends PaymentFacts {
  readonly completeness: Completeness;
  readonly pending?: PendingRefund;
  readonly refunds: ReadonlyMap<string, FinalRefund>;
  /** n of the protocol: how many claims this payment has ever had. */
  readonly seq: number;
  readonly bucket?: Bucket;
  /** When a webhook last made us look at the provider. */
  readonly heardAtMs?: number;
  readonly stored: AsStored;
}

/** The payment as i'mport holds it; its `cancelAmount` is R of the protocol. */
export type ProviderPayment = PaymentFacts;

export type PaymentKey = Pick<PaymentFacts, 'merchantUid' | 'impUid'>;

export function cancelableAmount(payment: PaymentFacts): Minor {
  return minus(payment.amount, payment.cancelAmount);
}

const REFUNDABLE_STATUSES: ReadonlySet<string> = new Set(['paid', 'cancelled']);

/** A partly cancelled payment has status `cancelled` too (there is no partial status), so the status alone never says that nothing is left. */
export function isRefundable(payment: Pick<PaymentFacts, 'status'>): boolean {
  return REFUNDABLE_STATUSES.has(payment.status);
}

/** The oldest first, as `refunds[]` is answered. */
export function refundsInOrder(payment: Payment): readonly FinalRefund[] {
  return [...payment.refunds.values()].toSorted((a, b) => a.requestedAtMs - b.requestedAtMs || a.seq - b.seq);
}
