import type {
  Bucket,
  CancelledRefund,
  FinalRefund,
  NotExecutedRefund,
  Payment,
  PaymentKey,
  PendingRefund,
  ProviderPayment,
} from '../refund/payment.ts';

/** The claim, and for evidence that may grow old also the attempt, that a write was computed for. */
export interface Guard {
  readonly seq: number;
  /** Negative evidence (5b, 5c, 7b, 7c, 7d, 9) is bound to the attempt too. */
  readonly attempt?: number;
  /** And to the worker that claimed it: where the shop has written over the item, its numbers begin anew. */
  readonly claimId?: string;
}

export type AttemptGuard = Guard & { readonly attempt: number };

/** What evidence that may grow old is bound to. */
export function attemptOf({ seq, attempt, claimId }: PendingRefund): AttemptGuard {
  return { seq, attempt, claimId };
}

/**
 * Every write the service makes, each one conditional update of one item. The conditions are those of the
 * protocol's table; they are spelled out in `payments-store/plan.ts`.
 */
export type Write =
  /**
   * Row 3: reserve the amount. No refund is in flight; `cancel_amount`, amount, currency, owner and `refund_seq` are as in
   * `payment`; the refund's record is absent or `not_executed`, and is removed. `evict`: old records that make room.
   */
  | {
      readonly kind: 'claim';
      readonly payment: Payment;
      readonly pending: PendingRefund;
      readonly bucket?: Bucket;
      readonly evict: readonly string[];
    }
  /**
   * Rows 4, 5, 7 and 10: the refund in flight is settled. `provider`: its fields are taken over when R ≥ L and left alone
   * otherwise (`keepBalance`). `unlessRefused`: row 7p, never applied to an attempt that was refused.
   */
  | {
      readonly kind: 'finish';
      readonly payment: Payment;
      readonly guard: Guard;
      readonly refund: FinalRefund;
      readonly provider?: ProviderPayment;
      readonly keepBalance: boolean;
      readonly unlessRefused?: boolean;
    }
  /**
   * Row 4x: proof in hand, but the refund is not in flight any more: it is rejected, not executed, or nowhere (and then no
   * pending of the same refund id either). Makes the item anew from the provider's fields where the shop has deleted it.
   */
  | {
      readonly kind: 'prove';
      readonly payment: Payment;
      readonly refund: CancelledRefund;
      readonly provider: ProviderPayment;
      readonly keepBalance: boolean;
    }
  /** Row 9: proven that nothing was sent. */
  | {
      readonly kind: 'release';
      readonly payment: Payment;
      readonly guard: AttemptGuard;
      readonly refund: NotExecutedRefund;
    }
  /**
   * A claim whose answer never came and that cannot be found: `refund_seq` moves past it, so that a copy of it that
   * arrives later changes nothing. Only while nothing is in flight and `refund_seq` is still the one it was claimed on.
   */
  | { readonly kind: 'fence'; readonly payment: Payment; readonly refund: NotExecutedRefund }
  /** Row 7c: claim the next attempt before it is sent. `guard` is the attempt before. */
  | {
      readonly kind: 'reattempt';
      readonly payment: Payment;
      readonly guard: AttemptGuard;
      readonly pending: PendingRefund;
    }
  /** Rows 5d, 6 and 10: what came back, why it is in doubt, or what people propose; the refund stays in doubt. */
  | { readonly kind: 'note'; readonly payment: Payment; readonly pending: PendingRefund }
  /** Takes the next look at a refund in doubt, so that two resolvers do not look at the same time. */
  | {
      readonly kind: 'defer';
      readonly payment: Payment;
      readonly guard: AttemptGuard;
      readonly checks: number;
      readonly resolveAtMs: number;
    }
  /** Row 8: the provider has cancelled more than the table knows; or the item says too little, and its word puts that right. */
  | { readonly kind: 'book'; readonly payment: Payment; readonly provider: ProviderPayment }
  /** Row 8: a refund recorded as rejected or not executed stands in the provider's history after all. */
  | { readonly kind: 'correct'; readonly payment: Payment; readonly refund: CancelledRefund }
  /** A payment that the table lacks. */
  | { readonly kind: 'insert'; readonly provider: ProviderPayment }
  /** The provider's word in place of what the shop wrote: not paid then, no currency, amounts as text. Only from the state as read. */
  | { readonly kind: 'adopt'; readonly payment: Payment; readonly provider: ProviderPayment }
  /** Takes the look that a webhook asks for: at most one a second and payment. Condition: the last was at `payment.heardAtMs`. */
  | { readonly kind: 'hear'; readonly payment: Payment; readonly atMs: number };

export function keyOf(write: Write): PaymentKey {
  return 'payment' in write ? write.payment : write.provider;
}
