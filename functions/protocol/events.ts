import type { AttributedBy } from '../refund/payment.ts';

/** What the workflows tell about their work: never an account, a token, a reason or a whole item. Amounts in minor units. */
export type RefundEvent = {
  readonly merchantUid: string;
  readonly impUid?: string;
  readonly refundId?: string;
  readonly attempt?: number;
  readonly amount?: number;
  readonly currency?: string;
} & (
  | { readonly event: 'decided'; readonly decision: string; readonly code?: string }
  | { readonly event: 'conflict'; readonly write: string }
  | { readonly event: 'outcome'; readonly outcome: string; readonly cause?: string }
  | {
      readonly event: 'cancelled';
      readonly decidedBy: 'answer' | 'read_back' | 'people';
      readonly attribution: AttributedBy;
    }
  | { readonly event: 'rejected'; readonly code: string; readonly providerCode?: number }
  | { readonly event: 'not_executed'; readonly cause: string }
  | { readonly event: 'in_doubt'; readonly cause: string; readonly accepted: boolean }
  /** No token: nothing was reserved, nothing sent. `secret`: the secret is missing, empty or refused. */
  | { readonly event: 'unavailable'; readonly cause: string; readonly secret: boolean }
  | { readonly event: 'waiting'; readonly ageMs: number }
  | { readonly event: 'resent' }
  | { readonly event: 'read_back_failed'; readonly cause: string }
  | { readonly event: 'drift'; readonly why: string; readonly ageMs?: number }
  /** Settled by our tag although the entry is not what was asked for, or told in spite of a difference that does not matter. */
  | { readonly event: 'anomaly'; readonly why: string }
  | { readonly event: 'payment_mismatch'; readonly why: string }
  | { readonly event: 'corrected' }
  | { readonly event: 'booked' }
  | { readonly event: 'imported' }
  | { readonly event: 'adopted' }
  | { readonly event: 'several_payments'; readonly count: number }
  | { readonly event: 'order_amount_differs' }
  | { readonly event: 'unreadable_item'; readonly why: string }
  | { readonly event: 'unreadable_order_item'; readonly attributes: readonly string[] }
  | { readonly event: 'too_many_refunds' }
  | { readonly event: 'webhook_unheard'; readonly cause: string }
  /** Not from the provider's addresses; nothing of it was read. */
  | { readonly event: 'webhook_refused'; readonly from: string }
  | { readonly event: 'closing_proposed'; readonly verdict: string }
  | { readonly event: 'closed'; readonly verdict: string }
  | { readonly event: 'store_failed'; readonly during: string; readonly cause: string }
  /** A defect of ours that did not end the work: nothing the table or the provider does. Its text may quote anything. */
  | { readonly event: 'failed'; readonly during: string; readonly error: unknown }
);
