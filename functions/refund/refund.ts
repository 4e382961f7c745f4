import type { PassedOn } from './intent.ts';
import type { Minor } from './money.ts';
import type { Actor, CancelEntry, PaymentKey } from './payment.ts';

/** What a refusal of the provider said: `message` has at most 200 characters and nothing of the account. */
export interface ProviderRefusal {
  readonly code: number;
  readonly message: string;
}

/** What is kept of the account that a refund went to: enough to find refunds to one account, not enough to read it. */
export interface Destination {
  readonly bank?: string;
  /** Keyed hash of the account number; the key comes from the provider secret. */
  readonly accountHash?: string;
}

export interface RefundKey extends PaymentKey {
  readonly refundId: string;
}

/** One refund, k of the protocol: who wanted what, and what was true when it was claimed. */
interface Claimed extends RefundKey {
  readonly currency: string;
  /** How often it was claimed: again only after it was proven that nothing was sent. */
  readonly gen: number;
  /** a of the protocol. */
  readonly amount: Minor;
  /** c of the protocol: what was left when it was claimed. The provider executes the cancel only while that much is left. */
  readonly checksum: Minor;
  /** L when it was claimed. */
  readonly cancelledBefore: Minor;
  /** Keyed hash of the request's body; absent when the caller gave no idempotency key. */
  readonly fingerprint?: string;
  /** Hash of who wants what (row 0b). */
  readonly wish: string;
  readonly passedOn: PassedOn<Minor>;
  readonly reason?: string;
  /** The shop's own number of it. */
  readonly reference?: string;
  /** Present when the request named an account, which is sent once and kept nowhere. */
  readonly destination?: Destination;
  readonly actor: Actor;
  readonly requestedAtMs: number;
  readonly claimedAtMs: number;
  /** Its item was lost with a restored table, and was made anew from HEAD: who asked for how much is not known. */
  readonly isRestored?: boolean;
}

/** What came back for the one cancel that was sent: a hint, and never needed to decide. */
export interface AnswerNote {
  readonly atMs: number;
  /** For people: what came back, in a few words. */
  readonly text: string;
  readonly refusal?: ProviderRefusal;
  /** What the refusal means (PG-FACTS 1 and 2). */
  readonly meaning?: 'under_way' | 'already_cancelled';
  /** The provider said yes, and its books do not show it yet. */
  readonly accepted?: boolean;
}

/** Why the last look could not decide, and R as it saw it. */
export interface Doubt {
  readonly why: string;
  readonly cancelAmount?: Minor;
  /** By when a PG that cancels later pays by its own rule. */
  readonly expectedByMs?: number;
}

/** Which entries people say are ours: by id, or by time and amount where the provider gives no id. */
export type NamedEntry =
  | { readonly cancellationId: string }
  | { readonly cancelledAtMs: number; readonly amount: Minor };

/** What people say of a refund that no program can decide (rows 10 and 11). */
export type Verdict =
  | { readonly verdict: 'executed'; readonly entries: readonly NamedEntry[] }
  /** The PG has executed it, and the provider shows no entry; `amount` is what the PG names. */
  | { readonly verdict: 'executed_unlisted'; readonly amount: Minor }
  | { readonly verdict: 'not_executed' }
  /** A cancel that the PG has undone. */
  | { readonly verdict: 'undone' };

/** One member of staff: `person` is the name that tells two people apart. */
export interface Person {
  readonly sub: string;
  readonly person: string;
}

export interface Proposal {
  readonly said: Verdict;
  readonly evidence: string;
  readonly by: Person;
  readonly atMs: number;
}

export interface Closing {
  readonly proposal: Proposal;
  readonly approval: Omit<Proposal, 'said'>;
}

/** What a payment has given back, and what is left of it. Events tell both. */
export interface PaymentAmounts {
  readonly cancelAmount: Minor;
  readonly cancelableAmount: Minor;
}

/** The look that first found a refund in drift (row 7e), and what the payment had then. */
export interface Drift extends PaymentAmounts {
  readonly atMs: number;
}

/** REFUND[k] while nobody knows whether it was done: `requested` of the protocol, told as `unknown`. */
export interface RequestedRefund extends Claimed {
  readonly status: 'requested';
  /** When the next look is due, epoch ms. */
  readonly resolveAtMs: number;
  /** When the first look after G began that found nothing of ours (row 7); a later look never moves it. */
  readonly lookedAtMs?: number;
  /** Keys of the entries that the look before the send showed, so they are not ours. Absent: lost in a crash. */
  readonly seen?: readonly string[];
  readonly answer?: AnswerNote;
  readonly doubt?: Doubt;
  /** Since when the provider has not answered readably about the payment. */
  readonly unreadableSinceMs?: number;
  readonly drift?: Drift;
  readonly proposal?: Proposal;
}

/** What every ended refund has. */
interface Ended extends Claimed {
  readonly finishedAtMs: number;
  /** Which evidence ended it: the answer to the cancel itself, a look at the provider's books, or two people. */
  readonly decidedBy: DecidedBy;
  readonly answer?: AnswerNote;
  readonly closing?: Closing;
  /** The payment's amounts after the last change of it, for events. */
  readonly paymentAfter?: PaymentAmounts;
  /** How often the ended refund has changed since; events carry it, so that a reader knows which is newer. */
  readonly revision: number;
}

export const DECIDED_BY = ['answer', 'look', 'people'] as const;
export type DecidedBy = (typeof DECIDED_BY)[number];
/** By what an entry of the history was known as ours. `unlisted`: people, and no entry. */
export const ATTRIBUTIONS = ['tag', 'answer', 'people'] as const;
export type Attribution = (typeof ATTRIBUTIONS)[number];

export interface CancelledRefund extends Ended {
  readonly status: 'cancelled';
  readonly attribution: Attribution;
  /** Its entries in the provider's history; empty where the provider lists none. */
  readonly entries: readonly CancelEntry[];
  /** Present where less (or, on a promotion, another sum) was executed than was asked for. */
  readonly executedAmount?: Minor;
  readonly cancelledAtMs?: number;
  /** It had been told otherwise before (row 8'). */
  readonly corrected: boolean;
  /** Two people say that the PG has undone it (row 11). */
  readonly undone?: Closing;
  /** What one person says of it (row 11). */
  readonly proposal?: Proposal;
}

export const REJECTION_CODES = ['CANCEL_REJECTED', 'CHECKSUM_MISMATCH'] as const;

export interface RejectedRefund extends Ended {
  readonly status: 'rejected';
  /** `CHECKSUM_MISMATCH`: the balance was used by others meanwhile. */
  readonly code: (typeof REJECTION_CODES)[number];
  readonly refusal?: ProviderRefusal;
}

export interface NotExecutedRefund extends Ended {
  readonly status: 'not_executed';
  /** The PG refused it as cancelled already, and the provider's books show nothing of it. */
  readonly isAlreadyCancelledAtPg: boolean;
  readonly refusal?: ProviderRefusal;
}

/** Proven that nothing left us (row 9): the key is free again. */
export interface NotSentRefund extends Claimed {
  readonly status: 'not_sent';
  readonly finishedAtMs: number;
  readonly cause: string;
}

export type FinalRefund = CancelledRefund | RejectedRefund | NotExecutedRefund;
export type Refund = RequestedRefund | FinalRefund | NotSentRefund;

/** A cancel that others have made (row 8), named by its entry. `attributed`: it was found to be a refund of ours later. */
export interface ElsewhereCancel extends RefundKey {
  readonly status: 'elsewhere' | 'attributed';
  readonly currency: string;
  readonly amount: Minor;
  readonly entry: CancelEntry;
  readonly cancelledAtMs?: number;
  /** When we saw it first. */
  readonly seenAtMs: number;
  readonly attributedTo?: string;
  readonly paymentAfter?: PaymentAmounts;
  readonly revision: number;
  readonly undone?: Closing;
  readonly proposal?: Proposal;
}

export type LedgerItem = Refund | ElsewhereCancel;

export function isFinal(refund: LedgerItem): refund is FinalRefund {
  return refund.status === 'cancelled' || refund.status === 'rejected' || refund.status === 'not_executed';
}

export function isElsewhere(item: LedgerItem): item is ElsewhereCancel {
  return item.status === 'elsewhere' || item.status === 'attributed';
}

/** What was really executed, in minor units. */
export function executedAmount(refund: CancelledRefund): Minor {
  return refund.executedAmount ?? refund.amount;
}

/** Beyond it a day has no name of ten characters; a provider may tell any time. */
const END_OF_LISTS_MS = Date.UTC(9999, 11, 31);

/**
 * When an item stands in lists: as the provider's books have it, else when it ended, else when it was asked for. So a month of a
 * list is a month of the provider's books.
 */
export function listedAtMs(item: LedgerItem): number {
  const cancelledAtMs = 'cancelledAtMs' in item ? item.cancelledAtMs : undefined;
  if (cancelledAtMs !== undefined && cancelledAtMs < END_OF_LISTS_MS) return cancelledAtMs;
  if (isElsewhere(item)) return item.seenAtMs;
  return 'finishedAtMs' in item ? item.finishedAtMs : item.requestedAtMs;
}
