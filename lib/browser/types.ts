import type { Language } from './messages.ts';

/** Body of `POST /payments/cancel`. */
export interface CancelRequest {
  readonly merchant_uid: string;
  readonly cancel_request_amount?: number;
  readonly checksum?: number;
  readonly tax_free?: number;
  readonly vat_amount?: number;
  readonly reason?: string;
  readonly refund_holder?: string;
  readonly refund_bank?: string;
  readonly refund_account?: string;
  readonly refund_tel?: string;
}

export interface Refund {
  readonly refund_id: string;
  readonly status: 'cancelled' | 'rejected' | 'unknown';
  readonly amount: number;
  readonly reason: string | null;
  readonly requested_at: number;
  readonly rejection?: { readonly code: string };
}

export interface Payment {
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly status: string;
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly cancel_amount: number;
  readonly cancelable_amount: number;
  readonly refunds?: readonly Refund[];
}

/** How an intent ended. Only `pending` is not the end: it goes on with `resume`. */
export type Outcome =
  | {
      readonly kind: 'cancelled';
      readonly payment: Payment;
      readonly refund: Refund;
      readonly message: string;
    }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly message: string;
      readonly problem: Readonly<Record<string, unknown>>;
    }
  /** Asked for, never carried out, and it never will be: a new press is a new intent. */
  | { readonly kind: 'not_executed'; readonly message: string }
  /** Nobody can say yet, or the network is down. The intent is kept. */
  | { readonly kind: 'pending'; readonly message: string }
  /** There is nothing to resume. */
  | { readonly kind: 'none' };

export interface Following {
  /** Called with words for the person who waits, each time something is known. */
  readonly onProgress?: (message: string) => void;
  /** Stops following, not the refund: it goes on with `resume`. */
  readonly signal?: AbortSignal;
}

export interface RefundClientOptions {
  /** Address of the API, without a trailing slash. @default the page's own */
  readonly baseUrl?: string;
  readonly getToken: () => string | Promise<string>;
  /**
   * Where the intent waits out a reload; holds key, order and refund id, never an account or a token.
   * @default localStorage, or memory where a page may not store anything
   */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly fetch?: typeof globalThis.fetch;
  /** Waits, in milliseconds. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** @default 'ko' */
  readonly language?: Language;
}
