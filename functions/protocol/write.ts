import type { LastWish, Payment, PaymentKey, ProviderPayment, RateLimit } from '../refund/payment.ts';
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
import type { Surroundings } from './ports.ts';

/** A refund as read: a write about it applies only while it is `requested` with the same gen. */
export type Requested = Pick<RequestedRefund, 'merchantUid' | 'impUid' | 'refundId' | 'gen'>;

/**
 * Every write of the service, each one transaction, by the rows of the protocol's table. `ledger/plans.ts` names the conditions.
 */
export type Write =
  /** A payment that the ledger lacks, and its order number. */
  | { readonly kind: 'import'; readonly provider: ProviderPayment; readonly atMs: number }
  /** A payment that was imported unpaid: replaces the provider's word. */
  | { readonly kind: 'refresh'; readonly payment: Payment; readonly provider: ProviderPayment }
  /** Row 3. REFUND is written whole: nothing of an earlier claim is left. */
  | {
      readonly kind: 'claim';
      readonly payment: Payment;
      readonly refund: RequestedRefund;
      readonly lastWish: LastWish;
      readonly rateLimit?: RateLimit;
    }
  /**
   * Rows 4, 5, 7d and 10. `keepsBalance`: L is already above R, so it stays. `provider` absent: no look, only the release.
   * `digest`: of the history whose entries are all held from now on; absent: unknown.
   */
  | {
      readonly kind: 'finish';
      readonly payment: Payment;
      readonly refund: FinalRefund;
      readonly provider?: ProviderPayment;
      readonly keepsBalance: boolean;
      readonly digest?: string;
    }
  /** Row 9. */
  | { readonly kind: 'not_sent'; readonly payment: Payment; readonly refund: NotSentRefund }
  /** A restored table lacks the refund in flight. */
  | { readonly kind: 'restore'; readonly payment: Payment; readonly refund: RequestedRefund }
  /** A restored table names an ended refund as in flight. */
  | { readonly kind: 'release'; readonly payment: Payment; readonly refund: LedgerItem }
  /**
   * Rows 5d, 6, 7e and 10. Changes only what it names; null removes. A proposal is written only while the stored one is
   * `standing`.
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
  /** Row 7e: the first look that finds drift, so that people are told once. */
  | { readonly kind: 'drift'; readonly refund: Requested; readonly drift: Drift }
  /** Row 7: the first look that finds nothing. */
  | {
      readonly kind: 'looked';
      readonly refund: Requested;
      readonly lookedAtMs: number;
      readonly resolveAtMs: number;
    }
  /** Takes the next look, so that two workers do not look at the same time. */
  | { readonly kind: 'take_look'; readonly refund: RequestedRefund; readonly resolveAtMs: number }
  /** Row 8, for the balance. `isNews` false: only the provider's word and the digest change. */
  | {
      readonly kind: 'book';
      readonly payment: Payment;
      readonly provider: ProviderPayment;
      readonly isNews: boolean;
      readonly digest?: string;
    }
  /** Row 8: an entry that no refund of ours holds. */
  | { readonly kind: 'elsewhere'; readonly payment: Payment; readonly item: ElsewhereCancel }
  /** Rows 8' and 10: the entry belongs to our refund after all; with `elsewhere` again, it does not. */
  | { readonly kind: 'attribute'; readonly payment: Payment; readonly item: ElsewhereCancel }
  /** Row 8'. */
  | {
      readonly kind: 'correct';
      readonly payment: Payment;
      readonly was: Refund;
      readonly refund: CancelledRefund;
    }
  /** Row 11: one person's statement about an ended cancel. */
  | {
      readonly kind: 'propose_undone';
      readonly of: CancelledRefund | ElsewhereCancel;
      readonly proposal: Proposal;
    }
  /** Row 11. */
  | {
      readonly kind: 'undo';
      readonly payment: Payment;
      readonly provider: ProviderPayment;
      readonly was: CancelledRefund | ElsewhereCancel;
      readonly refund: CancelledRefund | ElsewhereCancel;
    }
  /** Row 11: the first look that showed R < L. */
  | { readonly kind: 'shrunk'; readonly payment: Payment; readonly shrunk: NonNullable<Payment['shrunk']> }
  /** Takes the look that a webhook requests: at most one per second. */
  | { readonly kind: 'hear'; readonly payment: Payment; readonly atMs: number };

export type WriteKind = Write['kind'];

/** The result of one try; refused: a condition failed. */
export interface Written {
  readonly kind: 'applied' | 'refused';
}

interface StoreErrorDetails {
  /** The table itself refused (throttle, conflict of transactions, no right): nothing of this try was applied. */
  readonly isKnownNotApplied: boolean;
  /** A conflict with another transaction of the same item. */
  readonly isConflict?: boolean;
  readonly cause?: unknown;
}

/**
 * The table was unreachable or refused: a write may have been applied or may still arrive, unless `isKnownNotApplied`. Not thrown
 * for a failed condition: that is a value.
 */
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

/** The result of a write. */
export type Transacted =
  | Written
  /**
   * A conflict with another transaction of the same items, so nothing was applied. Only a claim reports this: it is decided
   * again.
   */
  | { readonly kind: 'conflict' }
  /** The table refused every try: nothing was applied. */
  | { readonly kind: 'unavailable' }
  /** Applied, or not, or still to arrive. */
  | { readonly kind: 'unclear' };

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Makes one write and repeats it, unchanged and with the same token, until the table answers or the time ends: an unconfirmed
 * write does not count as ours. The token is created here for this write only.
 */
export async function transact(write: Write, untilMs: number, world: Surroundings): Promise<Transacted> {
  const token = world.newId();
  let isUnclear = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      const written = await world.ledger.write(write, token);
      if (written.kind === 'refused')
        world.report({ event: 'conflict', write: write.kind, ...aboutOf(write) });
      return written;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { message: cause } = error;
      world.report({ event: 'store_failed', during: write.kind, cause, ...aboutOf(write) });
      if (!error.isKnownNotApplied) isUnclear = true;
      if (error.isConflict && !isUnclear && write.kind === 'claim') return { kind: 'conflict' };
      if (world.now() + pauseMs >= untilMs) {
        return isUnclear ? { kind: 'unclear' } : { kind: 'unavailable' };
      }
      await world.until(world.now() + pauseMs);
    }
  }
}

/** The names of a payment, for log lines. */
export function keyOf({ merchantUid, impUid }: PaymentKey): PaymentKey {
  return { merchantUid, impUid };
}

function aboutOf(write: Write): PaymentKey {
  if ('payment' in write) return keyOf(write.payment);
  if ('provider' in write) return keyOf(write.provider);
  return keyOf('refund' in write ? write.refund : write.of);
}
