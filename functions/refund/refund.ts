import type { PassedOn } from './intent.ts';
import type { Minor } from './money.ts';
import type { Actor, CancelEntry, PaymentKey } from './payment.ts';

/** A refusal of the provider: `message` has at most 200 characters and nothing of the account. */
export interface ProviderRefusal {
  readonly code: number;
  readonly message: string;
}

/** The part of a refund's account that is stored: enough to find refunds to one account, not enough to read it. */
export interface Destination {
  readonly bank?: string;
  /** Keyed hash of the account number; the key comes from the provider secret. */
  readonly accountHash?: string;
}

export interface RefundKey extends PaymentKey {
  readonly refundId: string;
}

/** One refund, k of the protocol: who wanted what, and the facts at its claim. */
interface Claimed extends RefundKey {
  readonly currency: string;
  /** How often it was claimed: again only after a proof that nothing was sent. */
  readonly gen: number;
  /** a of the protocol. */
  readonly amount: Minor;
  /** c of the protocol: what was left at the claim. The provider executes the cancel only while exactly that is left. */
  readonly checksum: Minor;
  /** L at the claim, and R then: A − c, but on a promotion c depends on the amounts asked. */
  readonly cancelledBefore: Minor;
  /** Keyed hash of the request's body; absent when the caller gave no idempotency key. */
  readonly fingerprint?: string;
  /** Hash of who wants what (row 0b). */
  readonly wish: string;
  readonly passedOn: PassedOn<Minor>;
  readonly reason?: string;
  /** The shop's own number of the refund. */
  readonly reference?: string;
  /** Present when the request named an account, which is sent once and never stored. */
  readonly destination?: Destination;
  readonly actor: Actor;
  readonly requestedAtMs: number;
  readonly claimedAtMs: number;
  /** Its item was lost in a restore and created again from HEAD: requester and amount are not known. */
  readonly isRestored?: boolean;
}

/** What was answered to the one cancel: a hint, never needed for a decision. Of an ended refund it says why. */
export interface AnswerNote {
  readonly atMs: number;
  /** For people: the answer in a few words. */
  readonly text: string;
  readonly refusal?: ProviderRefusal;
  /** What the refusal means (PG-FACTS 1 and 2). */
  readonly meaning?: 'under_way' | 'already_cancelled';
  /** The provider answered code 0, and its books do not show it yet. */
  readonly accepted?: boolean;
}

/** Why the last look could not decide, and its R. */
export interface Doubt {
  readonly why: string;
  readonly cancelAmount?: Minor;
  /** When an asynchronous PG pays by its own rule. */
  readonly expectedByMs?: number;
}

/** The entries that people attribute: by id, or by time and amount when the provider gives no id. */
export type NamedEntry<Money = Minor> =
  | { readonly cancellationId: string }
  | { readonly cancelledAtMs: number; readonly amount: Money };

/** What people say about a refund that no program can decide (rows 10 and 11). `Money` is a decimal in a request. */
export type Verdict<Money = Minor> =
  | { readonly verdict: 'executed'; readonly entries: readonly NamedEntry<Money>[] }
  /** The PG executed it, and the provider shows no entry; `amount` is the PG's. */
  | { readonly verdict: 'executed_unlisted'; readonly amount: Money }
  | { readonly verdict: 'not_executed' }
  /** A cancel that the PG undid. */
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

/** The cancelled amount and what is left of a payment, for events. */
export interface PaymentAmounts {
  readonly cancelAmount: Minor;
  readonly cancelableAmount: Minor;
}

/** The look that first found drift (row 7e), and the payment's amounts then. */
export interface Drift extends PaymentAmounts {
  readonly atMs: number;
}

/** REFUND[k] while its result is unknown: `requested` in the protocol, told as `unknown`. */
export interface RequestedRefund extends Claimed {
  readonly status: 'requested';
  /** When the next look is due, epoch ms. */
  readonly resolveAtMs: number;
  /** Start of the first look after G that found nothing of ours (row 7); a later look never moves it. */
  readonly lookedAtMs?: number;
  /** Keys of the entries that the look before the send saw, so they are not ours. Absent: lost in a crash, or too long. */
  readonly seen?: readonly string[];
  readonly answer?: AnswerNote;
  readonly doubt?: Doubt;
  /** Since when the provider's answers about the payment are unreadable. */
  readonly unreadableSinceMs?: number;
  readonly drift?: Drift;
  readonly proposal?: Proposal;
}

/** The fields of every ended refund. */
interface Ended extends Claimed {
  readonly finishedAtMs: number;
  /** The evidence that ended it: the answer to the cancel, a look at the provider's books, or two people. */
  readonly decidedBy: DecidedBy;
  readonly answer?: AnswerNote;
  readonly closing?: Closing;
  /** The payment's amounts after its last change, for events. */
  readonly paymentAfter?: PaymentAmounts;
  /** How often the ended refund has changed since; in events it tells which is newer. */
  readonly revision: number;
}

export const DECIDED_BY = ['answer', 'look', 'people'] as const;
export type DecidedBy = (typeof DECIDED_BY)[number];
/** How our entry was recognised. `unlisted`: by people, without an entry. */
export const ATTRIBUTIONS = ['tag', 'answer', 'people'] as const;
export type Attribution = (typeof ATTRIBUTIONS)[number];

export interface CancelledRefund extends Ended {
  readonly status: 'cancelled';
  readonly attribution: Attribution;
  /** Its entries in the provider's history; empty when none is listed. */
  readonly entries: readonly CancelEntry[];
  /** Present when less (or, on a promotion, another sum) was executed than asked. */
  readonly executedAmount?: Minor;
  readonly cancelledAtMs?: number;
  /** It had been told otherwise before (row 8'). */
  readonly corrected: boolean;
  /** Two people say that the PG undid it (row 11). */
  readonly undone?: Closing;
  /** One person's statement about it (row 11). */
  readonly proposal?: Proposal;
}

export const REJECTION_CODES = ['CANCEL_REJECTED', 'CHECKSUM_MISMATCH'] as const;

export interface RejectedRefund extends Ended {
  readonly status: 'rejected';
  /** `CHECKSUM_MISMATCH`: others changed the balance meanwhile. */
  readonly code: (typeof REJECTION_CODES)[number];
}

export interface NotExecutedRefund extends Ended {
  readonly status: 'not_executed';
}

/** Proven that nothing was sent (row 9): the key is free again. */
export interface NotSentRefund extends Claimed {
  readonly status: 'not_sent';
  readonly finishedAtMs: number;
  readonly cause: string;
}

export type FinalRefund = CancelledRefund | RejectedRefund | NotExecutedRefund;
export type Refund = RequestedRefund | FinalRefund | NotSentRefund;

/** A foreign cancel (row 8), named by its entry. `attributed`: it proved to be a refund of ours later. */
export interface ElsewhereCancel extends RefundKey {
  readonly status: 'elsewhere' | 'attributed';
  readonly currency: string;
  readonly amount: Minor;
  readonly entry: CancelEntry;
  readonly cancelledAtMs?: number;
  /** When we first saw it. */
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

/** The PG refused it as already cancelled, and the provider's books show nothing of it. */
export function isAlreadyCancelledAtPg({ answer }: NotExecutedRefund): boolean {
  return answer?.meaning === 'already_cancelled';
}

/** The executed amount, in minor units. */
export function executedAmount(refund: CancelledRefund): Minor {
  return refund.executedAmount ?? refund.amount;
}

/** A later day has a name of more than ten characters; a provider may tell any time. */
const END_OF_LISTS_MS = Date.UTC(9999, 11, 31);

/**
 * The time of an item in lists: of the cancel in the provider's books, otherwise of its end, otherwise of its request. So a month
 * of a list equals a month of the provider's books.
 */
export function listedAtMs(item: LedgerItem): number {
  const cancelledAtMs = 'cancelledAtMs' in item ? item.cancelledAtMs : undefined;
  if (cancelledAtMs !== undefined && cancelledAtMs < END_OF_LISTS_MS) return cancelledAtMs;
  if (isElsewhere(item)) return item.seenAtMs;
  return 'finishedAtMs' in item ? item.finishedAtMs : item.requestedAtMs;
}
