import type { RefundEvent } from './events.ts';
import type { Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import type { Write } from './write.ts';

/** A refund that is not final, as the sparse index knows it. */
export interface OpenRefund {
  readonly merchantUid: string;
  readonly resolveAtMs: number;
}

/** The memory. Every method throws `StoreError` when the table cannot be reached; a write may then have been applied. */
export interface PaymentsStore {
  /** Strongly consistent. */
  read(merchantUid: string): Promise<Payment | undefined>;
  /** The order of an `imp_uid`; eventually consistent, so only a way to the item, never a basis of a decision. */
  merchantUidOf(impUid: string): Promise<string | undefined>;
  /** The payment after the write, or that its condition did not hold. */
  write(write: Write): Promise<Payment | 'condition_failed'>;
  /** Due refunds of one shard, longest due first; `after` continues a listing behind its last entry. */
  openRefunds(query: {
    readonly shard: number;
    readonly dueMs: number;
    readonly limit: number;
    readonly after?: OpenRefund;
  }): Promise<readonly OpenRefund[]>;
}

/** What is known of a cancel after it was tried. Only `answered` with our entry in the history proves that it was done. */
export type CancelOutcome =
  | { readonly kind: 'answered'; readonly payment: ProviderPayment }
  | { readonly kind: 'refused'; readonly provider: { readonly code: number; readonly message: string } }
  | { readonly kind: 'not_sent'; readonly cause: string }
  | { readonly kind: 'unknown'; readonly cause: string };

export type LookUp =
  | { readonly kind: 'found'; readonly payment: ProviderPayment }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly cause: string };

export interface CancelCall {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  readonly timeoutMs: number;
  /** Epoch ms after which the request must not go out any more. */
  readonly sendBeforeMs: number;
}

/** The provider. No method throws for anything the provider or the network does. */
export interface PaymentGateway {
  /** Gets the secret and a token, so that a cancel can follow at once. Never sends anything that moves money. */
  prepare(): Promise<{ readonly kind: 'ready' } | { readonly kind: 'unavailable'; readonly cause: string }>;
  cancel(call: CancelCall): Promise<CancelOutcome>;
  payment(impUid: string, timeoutMs: number): Promise<LookUp>;
  /** The paid (or since cancelled) attempt of an order. */
  find(merchantUid: string, timeoutMs: number): Promise<LookUp>;
}

/** What the workflows need of the world. */
export interface Surroundings {
  readonly store: PaymentsStore;
  readonly gateway: PaymentGateway;
  /** Epoch ms. */
  readonly now: () => number;
  /** A new name that no other worker has. */
  readonly newId: () => string;
  /** One line per decision and one per outcome. */
  readonly report: (event: RefundEvent) => void;
  /** G of the protocol, in ms. */
  readonly quietPeriodMs: number;
  /**
   * Resolves at a time (epoch ms), so that an answer can be given although an effect hangs; rejects when aborted.
   * @default - never: the effects end in time by themselves
   */
  readonly until?: (atMs: number, signal: AbortSignal) => Promise<void>;
}
