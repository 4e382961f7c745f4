import type { Acknowledgement } from '../refund/findings.ts';
import type { PassedOn, RefundAccount } from '../refund/intent.ts';
import type { Minor } from '../refund/money.ts';
import type { OrderWord } from '../refund/order.ts';
import type { Payment, PaymentKey, ProviderPayment } from '../refund/payment.ts';
import type { LedgerItem, ProviderRefusal, RefundKey } from '../refund/refund.ts';
import type { RefundSettings } from '../refund/settings.ts';
import type { RefundEvent } from './events.ts';
import type { ReconciliationNotes } from './reconciliation-notes.ts';
import type { Write, Written } from './write.ts';

/** The shop's table. The service only reads it. Throws `StoreError`. */
export interface Orders {
  /** Strongly consistent. Undefined: the shop says nothing of this order. */
  order(merchantUid: string): Promise<OrderWord | undefined>;
}

/** A refund that is not final, as the sparse index knows it. */
export interface OpenRefund extends RefundKey {
  readonly resolveAtMs: number;
  readonly listedAtMs: number;
}

/** A place in lists, which are newest first: behind it stands what is listed earlier, or at that time under a smaller id. */
export interface ListPosition {
  readonly atMs: number;
  readonly refundId: string;
}

/** Hears of an item that breaks our own schema: it is left out then. Without it, such an item is a defect that ends the read. */
export type OnBroken = (refundId: string, error: unknown) => void;

/** What is listed behind a position and not before `fromMs` (epoch ms). */
export interface ListPart {
  readonly before: ListPosition;
  readonly fromMs?: number;
  /** The most items that are read, but for a few; not all of them need be told. */
  readonly limit: number;
  readonly onBroken?: OnBroken;
}

export interface Listed {
  /** Newest first. */
  readonly items: readonly LedgerItem[];
  /** How many items were read. */
  readonly read: number;
  /** There may be more behind it, and everything before it has been told. Undefined: that was all. */
  readonly next?: ListPosition;
}

/** The service's own table. Every method throws `StoreError`. Reads are strongly consistent, but for the indexes by day, id and reference. */
export interface Ledger {
  /** Under which order number a payment stands; undefined: the ledger lacks it. */
  orderOf(impUid: string): Promise<string | undefined>;
  /** HEAD of every payment that the provider has under this order number. */
  payments(merchantUid: string): Promise<readonly Payment[]>;
  payment(key: PaymentKey): Promise<Payment | undefined>;
  refund(key: RefundKey): Promise<LedgerItem | undefined>;
  /** Every refund and foreign cancel of a payment, in no order. */
  allRefunds(key: PaymentKey, onBroken?: OnBroken): Promise<readonly LedgerItem[]>;
  /**
   * Refunds of a payment in the order in which they were asked for, but for those that were never sent: the newest `limit`
   * that were asked for before `before`, oldest first; `sinceMs`: none older.
   */
  refundsInOrder(
    key: PaymentKey,
    query: { readonly limit: number; readonly before?: LedgerItem; readonly sinceMs?: number },
  ): Promise<readonly LedgerItem[]>;
  /** What is listed on one day by Korea's calendar (`2026-11-25`). */
  listedOn(query: ListPart & { readonly day: string }): Promise<Listed>;
  /** Refunds for which the shop has named this reference. */
  byReference(query: ListPart & { readonly reference: string }): Promise<Listed>;
  /** Eventually consistent: only a way to the item. */
  refundById(refundId: string): Promise<RefundKey | undefined>;
  /**
   * One try of a transaction. The same token again is the same transaction: applied once, told as applied each time, for ten
   * minutes. Throws `StoreError`, after which the same write with the same token may be tried again.
   */
  write(write: Write, token: string): Promise<Written>;
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
  /**
   * Counts one look-up of a payment that the ledger does not know, by one caller in one window of time; false: the caller has
   * had `limit` of them already. The counter expires by itself.
   */
  countLookUp(query: {
    readonly sub: string;
    readonly windowStartMs: number;
    readonly windowMs: number;
    readonly limit: number;
  }): Promise<boolean>;
  /** Where reconciliation stands; undefined before its first run. */
  reconciliation(): Promise<ReconciliationNotes | undefined>;
  /** Only while the notes are still those with `version`; false when another run has written since. */
  saveReconciliation(notes: ReconciliationNotes): Promise<boolean>;
  /** What people have said of these findings; each finding's last word. */
  acknowledgements(findingIds: readonly string[]): Promise<readonly Acknowledgement[]>;
  acknowledge(said: Acknowledgement): Promise<void>;
}

/** What is known of a cancel after it was tried. Only our entry in the provider's books proves that it was done. */
export type CancelOutcome =
  /** The provider said yes, with the payment as it then was. */
  | { readonly kind: 'answered'; readonly payment: ProviderPayment }
  /** `by: 'http'`: refused before it was read (401, 429); `by: 'provider'`: the provider's own no. */
  | { readonly kind: 'refused'; readonly provider: ProviderRefusal; readonly by: 'provider' | 'http' }
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

/** One cancel, complete: everything that the provider is told. */
export interface CancelCall {
  readonly impUid: string;
  /** What a PG wants of `reason` differs. */
  readonly pgProvider?: string;
  readonly currency: string;
  readonly amount: Minor;
  /** What must still be left for the provider to execute it. */
  readonly checksum: Minor;
  /** The cancel must carry it, so that we know its entry again: at i'mport as a tag in `reason`. */
  readonly refundId: string;
  /** The caller's words. */
  readonly reason?: string;
  readonly passedOn: PassedOn<Minor>;
  readonly requester: 'customer' | 'admin';
  /** Sent once, kept nowhere. */
  readonly account?: RefundAccount;
  readonly timeoutMs: number;
  /** Epoch ms after which the request must not go out any more. */
  readonly sendBeforeMs: number;
}

export type Readiness =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unavailable'; readonly cause: string; readonly secret?: boolean };

/** A page of the provider's list of payments, sorted by the time of their last change. */
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
  /** Sends one cancel, once. */
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
  readonly orders: Orders;
  readonly ledger: Ledger;
  readonly gateway: PaymentGateway;
  readonly settings: RefundSettings;
  /** Epoch ms. */
  readonly now: () => number;
  /** A new name that no other worker has, at most 36 characters: refund ids and the tokens of transactions. */
  readonly newId: () => string;
  /** One line per decision and one per outcome. */
  readonly report: (event: RefundEvent) => void;
  /** Resolves at a time (epoch ms), so that an answer can be given although an effect hangs; rejects when aborted. */
  readonly until: (atMs: number, signal?: AbortSignal) => Promise<void>;
}
