import type { Acknowledgement } from '../refund/findings.ts';
import type { RefundAccount } from '../refund/intent.ts';
import type { OrderWord } from '../refund/order.ts';
import type { Payment, PaymentKey, ProviderPayment } from '../refund/payment.ts';
import type { LedgerItem, ProviderRefusal, RefundKey, RequestedRefund } from '../refund/refund.ts';
import type { RefundSettings } from '../refund/settings.ts';
import type { RefundEvent } from './events.ts';
import type { ReconciliationNotes, Window, WindowNotes } from './reconciliation-notes.ts';
import type { Write, Written } from './write.ts';

/** The shop's table. The service only reads it. Throws `StoreError`. */
export interface Orders {
  /** Strongly consistent. Undefined: the order item does not exist. */
  order(merchantUid: string): Promise<OrderWord | undefined>;
}

/** A refund that has not ended, as the sparse index has it. */
export interface OpenRefund extends RefundKey {
  readonly resolveAtMs: number;
  readonly listedAtMs: number;
}

/** A position in lists, which are newest first: after it come refunds listed earlier, or at the same time with a smaller id. */
export interface ListPosition {
  readonly atMs: number;
  readonly refundId: string;
}

/**
 * Called for an item that breaks our own schema, which is then left out. Without it such an item is a defect that ends the read.
 */
export type OnBroken = (refundId: string, error: unknown) => void;

/** The refunds listed after a position and not before `fromMs` (epoch ms). */
export interface ListPart {
  readonly before: ListPosition;
  readonly fromMs?: number;
  /** The approximate maximum of items that are read; not all of them need be returned. */
  readonly limit: number;
  readonly onBroken?: OnBroken;
}

export interface Listed {
  /** Newest first. */
  readonly items: readonly LedgerItem[];
  /** How many items were read. */
  readonly read: number;
  /** More may follow this position, and everything before it has been returned. Undefined: the end. */
  readonly next?: ListPosition;
}

/**
 * The service's own table. Every method throws `StoreError`. Reads are strongly consistent, except those of the indexes of open
 * refunds, by day, id and reference.
 */
export interface Ledger {
  /** The order number under which a payment is stored; undefined: the ledger lacks it. */
  orderOf(impUid: string): Promise<string | undefined>;
  /** HEAD of every payment that the provider has under this order number. */
  payments(merchantUid: string): Promise<readonly Payment[]>;
  payment(key: PaymentKey): Promise<Payment | undefined>;
  refund(key: RefundKey): Promise<LedgerItem | undefined>;
  /** Every refund and foreign cancel of a payment, unordered. */
  allRefunds(key: PaymentKey, onBroken?: OnBroken): Promise<readonly LedgerItem[]>;
  /**
   * Refunds of a payment without unsent ones, by the time of their requests: the newest `limit` of those requested before
   * `before`, oldest first; `sinceMs`: none older.
   */
  refundsInOrder(
    key: PaymentKey,
    query: {
      readonly limit: number;
      readonly before?: LedgerItem;
      readonly sinceMs?: number;
      readonly onBroken?: OnBroken;
    },
  ): Promise<readonly LedgerItem[]>;
  /** The refunds listed on one day in Korea (`2026-11-25`). */
  listedOn(query: ListPart & { readonly day: string }): Promise<Listed>;
  /** Refunds with this reference of the shop. */
  byReference(query: ListPart & { readonly reference: string }): Promise<Listed>;
  /** Eventually consistent: use it only to find the item. */
  refundById(refundId: string): Promise<RefundKey | undefined>;
  /**
   * One try of a transaction. The same token again is the same transaction: applied once and reported as applied each time, for
   * ten minutes. Throws `StoreError`, after which the same write with the same token may be tried again.
   */
  write(write: Write, token: string): Promise<Written>;
  /** Every refund that has not ended, unordered: a few bytes each. Eventually consistent. */
  openRefunds(): Promise<readonly OpenRefund[]>;
  /**
   * Counts one look-up of an unknown payment by one caller in one window; false: the caller has used up `limit`. The counter
   * expires by itself.
   */
  countLookUp(query: {
    readonly sub: string;
    readonly windowStartMs: number;
    readonly windowMs: number;
    readonly limit: number;
  }): Promise<boolean>;
  /** The state of reconciliation. */
  reconciliation(): Promise<ReconciliationNotes>;
  /** Only over the version `before`; false when another run has written since. */
  saveReconciliation(window: Window, notes: WindowNotes, before: WindowNotes['version']): Promise<boolean>;
  /** The latest acknowledgement of each of these findings. */
  acknowledgements(findingIds: readonly string[]): Promise<readonly Acknowledgement[]>;
  acknowledge(said: Acknowledgement): Promise<void>;
}

/** A lease: the right to be the only run of something until it expires. Both methods throw `StoreError`. */
export interface Lease {
  /** False while another owner's lease has not expired. Epoch ms. */
  take(request: {
    readonly owner: string;
    readonly nowMs: number;
    readonly untilMs: number;
  }): Promise<boolean>;
  /** Changes nothing when another owner has taken it meanwhile. */
  giveBack(owner: string): Promise<void>;
}

/** The result of trying a cancel. Only our entry in the provider's books proves that it was executed. */
export type CancelOutcome =
  /** The provider answered code 0, with the payment at that moment. */
  | { readonly kind: 'answered'; readonly payment: ProviderPayment }
  /** `by: 'http'`: refused before it was processed (401, 429); `by: 'provider'`: refused by the provider itself. */
  | { readonly kind: 'refused'; readonly provider: ProviderRefusal; readonly by: 'provider' | 'http' }
  | { readonly kind: 'not_sent'; readonly cause: string }
  | { readonly kind: 'unknown'; readonly cause: string };

export type LookUp =
  | { readonly kind: 'found'; readonly payment: ProviderPayment }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'failed';
      readonly cause: string;
      readonly unreadable?: UnreadableAnswer;
      /** The API secret is missing or refused, so nothing was asked. */
      readonly secret?: boolean;
    };

/** The provider answered about a payment, unreliably; the answer contains these refund ids. */
export interface UnreadableAnswer {
  /** Undefined when not even that is readable. */
  readonly impUid?: string;
  readonly refundIds: readonly string[];
  /** Its currency is not in ISO 4217: unlike an outage, this does not pass. */
  readonly why?: 'currency_unknown';
}

/** One complete cancel: everything that the provider is told. It must carry `refundId`, so that we recognise its entry. */
export interface CancelCall extends Pick<
  RequestedRefund,
  'impUid' | 'currency' | 'amount' | 'checksum' | 'refundId' | 'reason' | 'passedOn'
> {
  /** PGs differ in what `reason` must contain. */
  readonly pgProvider?: string;
  readonly requester: 'customer' | 'admin';
  /** Sent once, never stored. */
  readonly account?: RefundAccount;
  readonly timeoutMs: number;
  /** Epoch ms after which the request must not be sent. */
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
  /** `unreadable`: `imp_uid`s, when known, of unreliable entries. */
  | {
      readonly kind: 'page';
      readonly payments: readonly ProviderPayment[];
      readonly unreadable: readonly string[];
      readonly more: boolean;
    }
  | { readonly kind: 'failed'; readonly cause: string };

/** The provider. No method throws for a failure of provider or network. */
export interface PaymentGateway {
  /**
   * Gets the secret and a token, so that a cancel can follow at once. Never sends anything that moves money, and leaves nothing
   * running for the next invocation. `secret`: the secret is missing or refused.
   */
  prepare(): Promise<Readiness>;
  /** Sends one cancel, once. */
  cancel(call: CancelCall): Promise<CancelOutcome>;
  payment(impUid: string, timeoutMs: number): Promise<LookUp>;
  /** The paid (or since cancelled) attempt of an order. */
  find(merchantUid: string, timeoutMs: number): Promise<LookUp>;
  list(query: ListQuery, timeoutMs: number): Promise<ListPage>;
  /** Keyed hash of an account number, with a key derived from the provider secret; undefined while the secret is unreadable. */
  hashAccount(account: string): Promise<string | undefined>;
}

/** The dependencies of the workflows. */
export interface Surroundings {
  readonly orders: Orders;
  readonly ledger: Ledger;
  readonly gateway: PaymentGateway;
  readonly settings: RefundSettings;
  /** Epoch ms. */
  readonly now: () => number;
  /** A new id that no other worker has, at most 36 characters: refund ids and tokens of transactions. */
  readonly newId: () => string;
  /** One line per decision and one per outcome. */
  readonly report: (event: RefundEvent) => void;
  /** Resolves at a time (epoch ms), so that an answer can be given although a call hangs; rejects when aborted. */
  readonly until: (atMs: number, signal?: AbortSignal) => Promise<void>;
}
