/** What the workflows tell about their work: never an account, a token, a reason or a whole item. Amounts in minor units. */
export type RefundEvent = {
  readonly merchantUid: string;
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
      readonly decidedBy: 'answer' | 'read_back';
      readonly attribution: 'tag' | 'position';
    }
  | { readonly event: 'rejected'; readonly code: string; readonly providerCode?: number }
  | { readonly event: 'in_doubt'; readonly cause: string; readonly accepted: boolean }
  | { readonly event: 'released'; readonly cause: string }
  /** No token (provider, credentials or secret): nothing was reserved, nothing sent. */
  | { readonly event: 'unavailable'; readonly cause: string }
  | { readonly event: 'waiting'; readonly ageMs: number }
  | { readonly event: 'resent' }
  | { readonly event: 'read_back_failed'; readonly cause: string }
  | { readonly event: 'drift'; readonly why: string; readonly ageMs?: number }
  | { readonly event: 'corrected' }
  | { readonly event: 'booked' }
  | { readonly event: 'imported' }
  | { readonly event: 'store_failed'; readonly during: string; readonly cause: string }
);
