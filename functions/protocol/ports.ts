import type { Order } from '../refund/order.ts';
import type { Payment, PaymentKey, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import type { ProviderRefusal } from '../refund/rejection.ts';
import type { RefundAccount } from '../refund/intent.ts';
import type { RefundSettings } from '../refund/settings.ts';
import type { RefundEvent } from './events.ts';
import type { ReconciliationNotes } from './reconciliation-notes.ts';
import type { Write } from './write.ts';

/** A refund that is not final, as the sparse index knows it. */
export interface OpenRefund extends PaymentKey {
  readonly resolveAtMs: number;
}

/** The memory. Every method throws `StoreError` when the table cannot be reached; a write may then have been applied. */
export interface PaymentsStore {
  /** An order with all its payments, strongly consistent; items that cannot be read are named in it. */
  order(merchantUid: string): Promise<Order>;
  /** The orders that hold an `imp_uid`; eventually consistent, so only a way to the items, never a basis of a decision. */
  ordersOf(impUid: string): Promise<readonly string[]>;
  /** The payment after the write, or that its condition did not hold. Never applied in part. */
  write(write: Write): Promise<Payment | 'condition_failed'>;
  /**
   * An item that cannot be read comes up again at this time (epoch ms), so that it does not stand in the others' way. Only
   * while it is listed as it was: it may have been mended and looked at since.
   */
  postpone(listed: OpenRefund, resolveAtMs: number): Promise<void>;
  /** Due refunds of one shard, longest due first; `after` continues a listing behind its last entry. */
  openRefunds(query: {
    readonly shard: number;
    readonly dueMs: number;
    /** Only what is due later than this (epoch ms). */
    readonly afterMs?: number;
    readonly limit: number;
    readonly after?: OpenRefund;
  }): Promise<readonly OpenRefund[]>;
  /** How many shards `openRefunds` has. */
  readonly shards: number;
  /** Where reconciliation stands; undefined before its first run. */
  reconciliation(): Promise<ReconciliationNotes | undefined>;
  /** Only while the notes are still those with `version`; false when another run has written since. */
  saveReconciliation(notes: ReconciliationNotes): Promise<boolean>;
}

/** What is known of a cancel after it was tried. Only our entry in the history proves that it was done. */
export type CancelOutcome =
  /** Code 0, with the payment as it then was. */
  | { readonly kind: 'answered'; readonly payment: ProviderPayment }
  | { readonly kind: 'refused'; readonly provider: ProviderRefusal }
  | { readonly kind: 'not_sent'; readonly cause: string }
  | { readonly kind: 'unknown'; readonly cause: string };

export type LookUp =
  | { readonly kind: 'found'; readonly payment: ProviderPayment }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly cause: string; readonly unreadable?: UnreadableAnswer };

/** The provider did answer about a payment, and nobody can rely on what it said; these refund ids stand in it all the same. */
export interface UnreadableAnswer {
  /** Undefined where not even that can be read. */
  readonly impUid?: string;
  readonly refundIds: readonly string[];
  /** Its currency is not in ISO 4217: that will not pass, as an outage does. */
  readonly why?: 'currency_unknown';
}

export interface CancelCall {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  /** Sent once, kept nowhere; absent when an attempt is repeated. */
  readonly account: RefundAccount | undefined;
  readonly timeoutMs: number;
  /** Epoch ms after which the request must not go out any more. */
  readonly sendBeforeMs: number;
}

export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unavailable'; readonly cause: string; readonly secret?: boolean };

/** A page of `GET /payments/status/{status}`, sorted by the time of its last change. */
export interface ListQuery {
  readonly status: 'paid' | 'cancelled';
  /** Unix seconds, both included. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** From 1. */
  readonly page: number;
  readonly limit: number;
}

export type ListPage =
  /** `unreadable`: `imp_uid`s, where known, of entries that cannot be relied on. */
  | {
      readonly kind: 'page';
      readonly payments: readonly ProviderPayment[];
      readonly unreadable: readonly string[];
      readonly more: boolean;
    }
  | { readonly kind: 'failed'; readonly cause: string };

/** The provider. No method throws for anything the provider or the network does. */
export interface PaymentGateway {
  /**
   * Gets the secret and a token, so that a cancel can follow at once. Never sends anything that moves money, and leaves
   * nothing behind for the next request when it is not awaited. `secret`: it is the secret that is missing or refused.
   */
  prepare(): Promise<Readiness>;
  cancel(call: CancelCall): Promise<CancelOutcome>;
  payment(impUid: string, timeoutMs: number): Promise<LookUp>;
  /** The paid (or since cancelled) attempt of an order. */
  find(merchantUid: string, timeoutMs: number): Promise<LookUp>;
  list(query: ListQuery, timeoutMs: number): Promise<ListPage>;
  /** Keyed hash of an account number, the key being derived from the provider secret; undefined while that cannot be read. */
  hashAccount(account: string): Promise<string | undefined>;
}

/** What the workflows need of the world. */
export interface Surroundings {
  readonly store: PaymentsStore;
  readonly gateway: PaymentGateway;
  readonly settings: RefundSettings;
  /** Epoch ms. */
  readonly now: () => number;
  /** A new name that no other worker has. */
  readonly newId: () => string;
  /** One line per decision and one per outcome. */
  readonly report: (event: RefundEvent) => void;
  /** Resolves at a time (epoch ms), so that an answer can be given although an effect hangs; rejects when aborted. */
  readonly until: (atMs: number, signal?: AbortSignal) => Promise<void>;
}
