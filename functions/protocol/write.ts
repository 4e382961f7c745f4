import type {
  CancelledRefund,
  FinalRefund,
  Payment,
  PendingRefund,
  ProviderPayment,
} from '../refund/payment.ts';

/**
 * Every write the service makes, each one conditional update of one item. The conditions are those of the
 * protocol's table; they are spelled out in `payments-store/plan.ts`.
 */
export type Write =
  /** Row 3: reserve the amount. No other refund is in flight, the balance is as read, this refund was never settled. */
  | { readonly kind: 'claim'; readonly payment: Payment; readonly pending: PendingRefund }
  /** Rows 4, 5a, 5b: the refund is settled by evidence that holds at any time. `keepBalance` when the table knows more. */
  | {
      readonly kind: 'finish';
      readonly payment: Payment;
      readonly refund: FinalRefund;
      readonly provider: ProviderPayment;
      readonly keepBalance: boolean;
    }
  /** Row 5c: refused for a reason of its own; final only while the attempt is still the one that was refused. */
  | {
      readonly kind: 'reject_attempt';
      readonly payment: Payment;
      readonly refund: FinalRefund;
      readonly claimId: string;
    }
  /** Row 9: proven that nothing was sent. */
  | { readonly kind: 'release'; readonly payment: Payment; readonly claimId: string }
  /** Row 7c: claim the next attempt before it is sent. */
  | {
      readonly kind: 'reattempt';
      readonly payment: Payment;
      readonly claimId: string;
      readonly pending: PendingRefund;
    }
  /** Row 6: what came back, for the audit; the refund stays in doubt and is due at once. */
  | { readonly kind: 'note'; readonly payment: Payment; readonly pending: PendingRefund }
  /** Takes the next look at a refund in doubt, so that two resolvers do not look at the same time. */
  | {
      readonly kind: 'defer';
      readonly payment: Payment;
      readonly claimId: string;
      readonly checks: number;
      readonly resolveAtMs: number;
    }
  /** Row 8: the provider has cancelled more than the table knows. */
  | { readonly kind: 'book'; readonly payment: Payment; readonly provider: ProviderPayment }
  /** A refund recorded as rejected stands in the provider's history after all (protocol, notes). */
  | { readonly kind: 'correct'; readonly payment: Payment; readonly refund: CancelledRefund }
  /** A payment that the table lacks. */
  | { readonly kind: 'insert'; readonly provider: ProviderPayment }
  /** A payment that was not paid when the table last heard of it, or whose order was paid by another attempt. */
  | { readonly kind: 'refresh'; readonly payment: Payment; readonly provider: ProviderPayment };

export type WriteKind = Write['kind'];
