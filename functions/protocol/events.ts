import type { Attribution, DecidedBy } from '../refund/refund.ts';

/** The log events of the workflows: never an account, a token, a reason or a whole item. Amounts in minor units. */
export type RefundEvent = {
  readonly merchantUid: string;
  readonly impUid?: string;
  readonly refundId?: string;
  readonly amount?: number;
  readonly currency?: string;
} & (
  | { readonly event: 'decided'; readonly decision: string; readonly code?: string }
  /** A write whose condition failed because another worker was first. */
  | { readonly event: 'conflict'; readonly write: string }
  | { readonly event: 'outcome'; readonly outcome: string; readonly cause?: string }
  | { readonly event: 'cancelled'; readonly decidedBy: DecidedBy; readonly attribution: Attribution }
  | { readonly event: 'rejected'; readonly code: string; readonly providerCode?: number }
  | { readonly event: 'not_executed'; readonly isAlreadyCancelledAtPg: boolean }
  | { readonly event: 'not_sent'; readonly cause: string }
  | { readonly event: 'in_doubt'; readonly cause: string }
  /** No token: nothing was claimed or sent. `secret`: the secret is missing, empty or refused. */
  | { readonly event: 'unavailable'; readonly cause: string; readonly secret: boolean }
  | { readonly event: 'waiting'; readonly ageMs: number; readonly why: string }
  | { readonly event: 'look_failed'; readonly cause: string }
  | { readonly event: 'drift'; readonly why: string; readonly ageMs?: number }
  /** Executed, but something about it is odd; logged for people. */
  | { readonly event: 'anomaly'; readonly why: string }
  | { readonly event: 'payment_mismatch'; readonly why: string }
  /** The provider's books prove another result than was told. */
  | { readonly event: 'corrected' }
  | { readonly event: 'booked' }
  /** A foreign cancel. */
  | { readonly event: 'cancelled_elsewhere' }
  | { readonly event: 'imported' }
  | { readonly event: 'several_payments'; readonly count: number }
  | { readonly event: 'order_amount_differs' }
  | { readonly event: 'unreadable_order_item'; readonly attributes: readonly string[] }
  | { readonly event: 'too_many_refunds' }
  /** One caller requests too many payments that the ledger does not know. */
  | { readonly event: 'too_many_look_ups' }
  | { readonly event: 'webhook_unheard'; readonly cause: string }
  /** Not from the provider's addresses; its body was not read. */
  | { readonly event: 'webhook_refused'; readonly from: string }
  | { readonly event: 'closing_proposed'; readonly verdict: string }
  | { readonly event: 'closed'; readonly verdict: string }
  | { readonly event: 'store_failed'; readonly during: string; readonly cause: string }
  /** A defect of ours that did not end the work, as opposed to a failure of table or provider. Its text may quote anything. */
  | { readonly event: 'failed'; readonly during: string; readonly error: unknown }
);
