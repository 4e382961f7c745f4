/** JSON of the API, as lib/openapi describes it. Times are Unix seconds, 0 for never; amounts stand in the major unit. */

/** Body of `POST /payments/cancel`. */
export interface CancelRequest {
  readonly merchant_uid: string;
  /** One payment of an order that was paid more than once. */
  readonly imp_uid?: string;
  /** Absent: the whole balance. */
  readonly cancel_request_amount?: number;
  /** The balance that the customer was shown; the request is refused if it has changed. */
  readonly checksum?: number;
  readonly tax_free?: number;
  readonly vat_amount?: number;
  readonly reason?: string;
  /** The shop's own number for the refund (a return, a ticket). */
  readonly reference?: string;
  readonly refund_holder?: string;
  readonly refund_bank?: string;
  readonly refund_account?: string;
  readonly refund_tel?: string;
  readonly retain_promotion?: boolean;
  readonly escrow_confirmed?: boolean;
}

/** Codes that a customer's page can get. A newer service may have others, so any text is accepted. */
export type KnownCode =
  | 'INVALID_REQUEST'
  | 'ALREADY_FULLY_REFUNDED'
  | 'AMOUNT_EXCEEDS_CANCELABLE'
  | 'REFUND_ACCOUNT_REQUIRED'
  | 'INVALID_REFUND_BANK'
  | 'FORBIDDEN'
  | 'PAYMENT_NOT_FOUND'
  | 'REFUND_NOT_FOUND'
  | 'REFUND_IN_PROGRESS'
  | 'POSSIBLE_DUPLICATE'
  | 'CHECKSUM_MISMATCH'
  | 'PAYMENT_NOT_PAID'
  | 'SEVERAL_PAYMENTS'
  | 'PAYMENT_MISMATCH'
  | 'CANCEL_REJECTED'
  | 'NOT_EXECUTED'
  | 'ALREADY_CANCELLED_AT_PG'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'REFUND_NOT_ALLOWED'
  | 'TOO_MANY_REFUNDS'
  | 'INTERNAL_ERROR'
  | 'PROVIDER_UNAVAILABLE'
  | 'STORE_UNAVAILABLE';
export type ProblemCode = KnownCode | (string & Record<never, never>);

export interface Provider {
  readonly code: number;
  readonly message: string;
  /** Reason and advice for a known refusal text; lib/openapi lists them. */
  readonly reason?: string;
  readonly retry?: string;
}

export type RefundStatus = 'cancelled' | 'rejected' | 'not_executed' | 'not_sent' | 'unknown';

export interface Refund {
  readonly refund_id: string;
  readonly status: RefundStatus;
  /** Present: a cancel made elsewhere (i'mport's console). */
  readonly made_by?: 'provider';
  readonly amount: number;
  /** The executed amount, if it differs from the requested one. */
  readonly executed_amount?: number;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly actor: 'customer' | 'staff' | null;
  readonly requested_at: number;
  readonly cancelled_at: number;
  readonly finished_at: number;
  readonly cancellation_id: string | null;
  readonly receipt_url: string | null;
  readonly decided_by: 'answer' | 'look' | 'people' | null;
  readonly attribution: 'tag' | 'answer' | 'people' | null;
  /** When the customer should have the money, if the payment method has a rule. */
  readonly expected_by: number | null;
  /** The service reported another outcome before. */
  readonly corrected?: true;
  /** The PG has undone the cancel. */
  readonly undone?: true;
  /** The refund to which this cancel belongs; count only that refund. */
  readonly attributed_to?: string;
  readonly rejection?: { readonly code: ProblemCode; readonly provider?: Provider };
  readonly in_doubt?: InDoubt;
  /** The next three are for staff; lib/openapi describes them. */
  readonly proposal?: object;
  readonly closed_by?: object;
  readonly undone_by?: object;
  readonly warnings: readonly string[];
}

export interface InDoubt {
  readonly since: number;
  /** Why the last look at i’mport’s books could not decide. */
  readonly why: string | null;
  /** The service cannot decide it any more; two members of staff can. */
  readonly drift: boolean;
  readonly cancel_amount?: number;
  readonly answer?: {
    readonly at: number;
    readonly text: string;
    readonly accepted: boolean;
    readonly meaning?: 'under_way' | 'already_cancelled';
    readonly provider?: Provider;
  };
  readonly unreadable_since?: number;
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
export interface PaymentSummary {
  readonly imp_uid: string;
  readonly status: string;
  readonly currency: string;
  readonly amount: number;
  readonly cancelable_amount: number;
}

export interface Payment extends PaymentSummary {
  readonly merchant_uid: string;
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
  readonly cancel_amount: number;
  readonly paid_at: number;
  readonly cancelled_at: number;
  readonly cancel_reason: string | null;
  readonly cancel_history: readonly HistoryEntry[];
  readonly receipt_url: string | null;
  /** This and the members below are only in the answer of `GET /payments/{merchant_uid}`. Newest last. */
  readonly refunds?: readonly Refund[];
  /** Cursor for the older refunds; null when there are none. */
  readonly refunds_before?: string | null;
  /** What the rules of the payment method allow today. */
  readonly refundable?: {
    readonly full: boolean;
    readonly partial: boolean;
    /** When a rule ends this permission. */
    readonly until?: number;
    /** Before this time neither a full nor a partial refund is allowed. */
    readonly possible_from?: number;
    readonly warnings: readonly string[];
  };
  readonly payments?: readonly PaymentSummary[];
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
  readonly payments?: readonly PaymentSummary[];
  readonly provider?: Provider;
  readonly rule?: string;
  readonly source?: string;
  readonly possible_from?: number;
  readonly refund?: Refund;
  readonly [member: string]: unknown;
}
