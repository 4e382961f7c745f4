import type { CancelRequest, Refund } from './types.ts';

/** What somebody asked to be refunded, before it has a key. */
export interface Wanted {
  readonly merchant_uid: string;
  /** Null: the order's only payment with money left. */
  readonly imp_uid: string | null;
  /** In the major unit. Null: everything that is left, and nobody said how much that is. */
  readonly amount: number | null;
}

/**
 * What survives a reload. `refund_id` only when the service has told it: a refund without one is found by amount and time,
 * which is enough to tell of it, and never enough to send anything.
 */
export interface Wish extends Wanted {
  readonly key: string;
  /** Unix ms by the clock of this machine, which may be wrong. */
  readonly time: number;
  /** Null: the token did not tell. */
  readonly subject: string | null;
  readonly refund_id?: string;
}

export function wantedBy(request: CancelRequest): Wanted {
  const { merchant_uid, imp_uid, cancel_request_amount: part, checksum } = request;
  return { merchant_uid, imp_uid: imp_uid ?? null, amount: part ?? checksum ?? null };
}

export function isSame(one: Wanted, other: Wanted): boolean {
  const samePayment = one.imp_uid === null || other.imp_uid === null || one.imp_uid === other.imp_uid;
  return one.merchant_uid === other.merchant_uid && samePayment && one.amount === other.amount;
}

export type WhyAsked = 'unanswered' | 'old' | 'another_subject' | 'unreadable';

/** What stands in the storage where a wish should stand, and is none: there may have been one. */
export const UNREADABLE = 'unreadable';
export type Kept = Wish | typeof UNREADABLE | undefined;

export interface Asker {
  readonly subject: string | null;
  readonly nowMs: number;
  readonly askAfterMs: number;
  readonly confirmed: boolean;
}

export type Claim =
  | { readonly kind: 'begin' }
  | { readonly kind: 'go_on'; readonly wish: Wish }
  | { readonly kind: 'busy'; readonly wish: Wish }
  | { readonly kind: 'ask'; readonly why: WhyAsked; readonly wish: Wish | undefined };

/** What a press may do beside what is kept of an earlier one. Pure: tested as a table. */
export function claimFor(kept: Kept, wanted: Wanted, asker: Asker): Claim {
  if (kept === undefined) return { kind: 'begin' };
  if (kept === UNREADABLE) {
    return asker.confirmed ? { kind: 'begin' } : { kind: 'ask', why: 'unreadable', wish: undefined };
  }
  if (!isSame(kept, wanted)) return { kind: 'busy', wish: kept };
  const why = doubtOf(kept, asker);
  // With the same key in any case: it finds what was heard, and another caller's key is another key to the service.
  return asker.confirmed || why === undefined
    ? { kind: 'go_on', wish: kept }
    : { kind: 'ask', why, wish: kept };
}

/** Undefined: fresh, and the caller's own. A wish of the future comes from a clock that was set. */
export function doubtOf(
  { subject, time }: Wish,
  asker: Pick<Asker, 'subject' | 'nowMs' | 'askAfterMs'>,
): 'another_subject' | 'old' | undefined {
  if (subject === null || subject !== asker.subject) return 'another_subject';
  const ageMs = asker.nowMs - time;
  return ageMs >= 0 && ageMs < asker.askAfterMs ? undefined : 'old';
}

/** A request waits 30 s at the gateway at most; the clocks of a page and of the service differ by some seconds. */
const BEFORE_MS = 30_000;
const AFTER_MS = 60_000;

/** The one refund that is this wish, or undefined: none, or nobody can tell which. */
export function refundOf(wish: Wish, refunds: readonly Refund[]): Refund | undefined {
  if (wish.refund_id !== undefined) return refunds.find((refund) => refund.refund_id === wish.refund_id);
  const found = similarTo(wish, refunds).filter(({ requested_at: at }) => {
    const laterMs = at * 1_000 - wish.time;
    return laterMs > -BEFORE_MS && laterMs < AFTER_MS;
  });
  return found.length === 1 ? found[0] : undefined;
}

/** Refunds that may be this wish, for people to look at. */
export function similarTo({ amount }: Wanted, refunds: readonly Refund[]): readonly Refund[] {
  return amount === null ? refunds : refunds.filter((refund) => refund.amount === amount);
}
