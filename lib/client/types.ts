/** Body of `POST /payments/cancel`. */
export interface CancelRequest {
  readonly merchant_uid: string;
  /** One payment of an order that was paid more than once. */
  readonly imp_uid?: string;
  /** In the major unit of the currency (won, dollars). Absent: everything that is left. */
  readonly cancel_request_amount?: number;
  /** What the customer was shown as left; refused when it is not. */
  readonly checksum?: number;
  readonly tax_free?: number;
  readonly vat_amount?: number;
  readonly reason?: string;
  readonly refund_holder?: string;
  readonly refund_bank?: string;
  readonly refund_account?: string;
  readonly refund_tel?: string;
  readonly retain_promotion?: boolean;
  readonly escrow_confirmed?: boolean;
}

export type RefundStatus = 'cancelled' | 'rejected' | 'not_executed' | 'unknown';

/** Codes of today's service. A newer one may have others, so any text is a code. */
export type ProblemCode =
  | 'INVALID_REQUEST'
  | 'ALREADY_FULLY_REFUNDED'
  | 'AMOUNT_EXCEEDS_CANCELABLE'
  | 'REFUND_ACCOUNT_REQUIRED'
  | 'INVALID_REFUND_BANK'
  | 'FORBIDDEN'
  | 'PAYMENT_NOT_FOUND'
  | 'REFUND_IN_PROGRESS'
  | 'CHECKSUM_MISMATCH'
  | 'PAYMENT_NOT_PAID'
  | 'REFUND_LIMIT_REACHED'
  | 'SEVERAL_PAYMENTS'
  | 'PAYMENT_MISMATCH'
  | 'STILL_RESOLVABLE'
  | 'CANCEL_REJECTED'
  | 'NOT_EXECUTED'
  | 'ALREADY_CANCELLED_AT_PG'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'REFUND_NOT_ALLOWED'
  | 'TOO_MANY_REFUNDS'
  | 'PROVIDER_UNAVAILABLE'
  | 'INTERNAL_ERROR'
  | (string & Record<never, never>);

export interface Provider {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
}

export interface Refund {
  readonly refund_id: string;
  readonly status: RefundStatus;
  readonly amount: number;
  readonly reason: string | null;
  /** Unix seconds, as every time of the API. */
  readonly requested_at: number;
  readonly requested_by: 'customer' | 'staff';
  readonly attempts: number;
  readonly cancellation_id: string | null;
  /** The PG's receipt. */
  readonly receipt_url: string | null;
  /** 0: never. */
  readonly cancelled_at: number;
  /** By when the money should be with the customer, where the way of payment has a rule for it. */
  readonly expected_by?: number | null;
  readonly attribution: 'tag' | 'answer' | 'position' | 'people' | null;
  /** The service has said otherwise before. */
  readonly corrected: boolean;
  readonly rejection?: { readonly code: ProblemCode; readonly provider?: Provider };
  readonly in_doubt?: InDoubt;
  readonly closed?: Verdict & { readonly approved_by: string };
}

export interface InDoubt {
  readonly since: number;
  readonly why: string | null;
  /** No program can decide it any more; two people can. */
  readonly drift: boolean;
  readonly proposal?: Verdict;
}

export interface Verdict {
  readonly verdict: 'executed' | 'not_executed';
  readonly cancellation_id?: string;
  readonly evidence: string;
  readonly proposed_by: string;
}

export interface HistoryEntry {
  readonly amount: number;
  readonly cancelled_at: number;
  readonly reason: string | null;
  readonly receipt_url: string | null;
  readonly cancellation_id: string | null;
  readonly pg_tid: string | null;
}

/** One of the payments of an order. */
export interface PaymentOfOrder {
  readonly imp_uid: string;
  readonly status: string;
  readonly currency: string;
  readonly amount: number;
  readonly cancelable_amount: number;
}

export interface Payment {
  readonly merchant_uid: string;
  readonly imp_uid: string;
  /** As i'mport names it; a partly cancelled payment is `cancelled` too. */
  readonly status: string;
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly cancel_amount: number;
  readonly cancelable_amount: number;
  readonly paid_at: number;
  readonly cancelled_at: number;
  readonly cancel_reason: string | null;
  readonly cancel_history: readonly HistoryEntry[];
  readonly receipt_url: string | null;
  /** Newest last; only in the answer of a look. */
  readonly refunds?: readonly Refund[];
  /** Names the older ones; null when there are none. */
  readonly refunds_before?: string | null;
  readonly payments?: readonly PaymentOfOrder[];
}

/** `application/problem+json` (RFC 9457). The gateway's own errors have `message` alone. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: ProblemCode;
  readonly message?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  readonly cancelable_amount?: number;
  readonly payments?: readonly PaymentOfOrder[];
  readonly provider?: Provider;
  readonly rule?: string;
  readonly refund?: Refund;
  readonly [member: string]: unknown;
}
