import type { RateLimit, LastWish, Payment, ProviderPayment } from '../refund/payment.ts';
import type {
  AnswerNote,
  CancelledRefund,
  Doubt,
  Drift,
  ElsewhereCancel,
  FinalRefund,
  LedgerItem,
  NotSentRefund,
  Refund,
  Proposal,
  RequestedRefund,
} from '../refund/refund.ts';

/** A refund as it was read: a write about it holds only while it is still `requested` and claimed as often. */
export type Requested = Pick<RequestedRefund, 'merchantUid' | 'impUid' | 'refundId' | 'gen'>;

/**
 * Every write of the service, each one transaction. The conditions are those of the protocol's table; `ledger/plans.ts`
 * spells them out.
 */
export type Write =
  /** A payment that the ledger lacks, and under which number it stands: both absent. */
  | { readonly kind: 'import'; readonly provider: ProviderPayment; readonly atMs: number }
  /** A payment that was not paid when it was imported: the provider's word as a whole. HEAD: not paid, as read. */
  | { readonly kind: 'refresh'; readonly payment: Payment; readonly provider: ProviderPayment }
  /**
   * Row 3. HEAD: nothing in flight; `cancel_amount`, amount and currency as in `payment`. REFUND: absent, or `not_sent`
   * with the `gen` before. It is written whole: nothing of an earlier claim is left.
   */
  | {
      readonly kind: 'claim';
      readonly payment: Payment;
      readonly refund: RequestedRefund;
      readonly lastWish: LastWish;
      readonly rateLimit?: RateLimit;
    }
  /**
   * Rows 4, 5, 7d and 10. REFUND: `requested`, gen. HEAD: nothing in flight, `cancel_amount` := R while that is not less
   * than L; `keepsBalance`: L is above R by now, so it stays. `provider` absent: no look, only the release. On a promotion
   * HEAD's `asked_amount` grows by what was asked for when the refund is cancelled.
   * `digest`: of the history that is held by refunds from now on; absent: unknown.
   */
  | {
      readonly kind: 'finish';
      readonly payment: Payment;
      readonly refund: FinalRefund;
      readonly provider?: ProviderPayment;
      readonly keepsBalance: boolean;
      readonly digest?: string;
    }
  /** Row 9. REFUND: `requested`, gen. HEAD: nothing in flight. */
  | { readonly kind: 'not_sent'; readonly payment: Payment; readonly refund: NotSentRefund }
  /** A restored table. HEAD: k in flight. REFUND: absent. */
  | { readonly kind: 'restore'; readonly payment: Payment; readonly refund: RequestedRefund }
  /** A restored table. HEAD: k in flight. REFUND: ended, as it was read. */
  | { readonly kind: 'release'; readonly payment: Payment; readonly refund: LedgerItem }
  /**
   * Rows 5d, 6, 7e and 10: REFUND: `requested`, gen. Changes what it names and nothing else; null removes. A proposal only
   * while `standing` is the one that stands there.
   */
  | {
      readonly kind: 'note';
      readonly refund: Requested;
      readonly standing?: Proposal;
      readonly set: {
        readonly answer?: AnswerNote;
        readonly seen?: readonly string[];
        readonly doubt?: Doubt;
        readonly unreadableSinceMs?: number | null;
        readonly proposal?: Proposal;
      };
    }
  /** Row 7e: the first look that finds it in drift, so that people hear of it once. REFUND: `requested`, gen, `drift` absent. */
  | { readonly kind: 'drift'; readonly refund: Requested; readonly drift: Drift }
  /** Row 7: REFUND: `requested`, gen, `looked_at` absent. */
  | {
      readonly kind: 'looked';
      readonly refund: Requested;
      readonly lookedAtMs: number;
      readonly resolveAtMs: number;
    }
  /** Takes the next look, so that two workers do not look at the same time. REFUND: `requested`, gen, `resolve_at` as read. */
  | { readonly kind: 'take_look'; readonly refund: RequestedRefund; readonly resolveAtMs: number }
  /**
   * Row 8. HEAD: `cancel_amount` < R, for that attribute only; `isNews` false: `cancel_amount` = R, and only the
   * provider's word and the digest follow.
   */
  | {
      readonly kind: 'book';
      readonly payment: Payment;
      readonly provider: ProviderPayment;
      readonly isNews: boolean;
      readonly digest?: string;
    }
  /** Row 8: an entry that no refund of ours holds. Absent. On a promotion HEAD's `asked_amount` grows by it, in the same transaction. */
  | { readonly kind: 'elsewhere'; readonly payment: Payment; readonly item: ElsewhereCancel }
  /** Rows 8' and 10: the entry belongs to a refund of ours after all. It is still `elsewhere`. On a promotion S shrinks by it. */
  | { readonly kind: 'attribute'; readonly payment: Payment; readonly item: ElsewhereCancel }
  /**
   * Row 8': REFUND as it was read (status, gen, revision). On a promotion HEAD's `asked_amount` grows by what was asked for,
   * where the refund had been told as not done.
   */
  | {
      readonly kind: 'correct';
      readonly payment: Payment;
      readonly was: Refund;
      readonly refund: CancelledRefund;
    }
  /** Row 11: what one person says of a cancel that is final. It is as it was read. */
  | {
      readonly kind: 'propose_undone';
      readonly of: CancelledRefund | ElsewhereCancel;
      readonly proposal: Proposal;
    }
  /** Row 11. HEAD: nothing in flight, `cancel_amount` as read. The refund is as it was read. */
  | {
      readonly kind: 'undo';
      readonly payment: Payment;
      readonly provider: ProviderPayment;
      readonly was: CancelledRefund | ElsewhereCancel;
      readonly refund: CancelledRefund | ElsewhereCancel;
    }
  /** Row 11: the first look that showed R < L. HEAD: `cancel_amount` as read. */
  | { readonly kind: 'shrunk'; readonly payment: Payment; readonly shrunk: NonNullable<Payment['shrunk']> }
  /** Takes the look that a webhook asks for: at most one a second. HEAD: the last was at `payment.lookedAtMs`. */
  | { readonly kind: 'hear'; readonly payment: Payment; readonly atMs: number };

export type WriteKind = Write['kind'];

/** What became of one try. `refund`: the item that its condition failed on, where the table told. */
export type Written =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly refund?: LedgerItem };

/** The table did not confirm a write: it may have been applied, or still arrive, unless `isKnownNotApplied`. */
export interface StoreErrorDetails {
  /** The table itself said no (a throttle, a conflict of transactions, no right): nothing of this try was applied. */
  readonly isKnownNotApplied: boolean;
  /** Another transaction of the same item was under way. */
  readonly isConflict?: boolean;
  readonly cause?: unknown;
}

/** The table could not be reached, or would not. Not thrown for a condition that did not hold: that is a value. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code = 'STORE_ERROR';
  readonly isKnownNotApplied: boolean;
  readonly isConflict: boolean;

  constructor(message: string, { isKnownNotApplied, isConflict = false, cause }: StoreErrorDetails) {
    super(message, { cause });
    this.isKnownNotApplied = isKnownNotApplied;
    this.isConflict = isConflict;
  }
}
