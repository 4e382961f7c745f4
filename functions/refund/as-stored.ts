import type { CancelEntry, FinalRefund } from './payment.ts';

/**
 * What stands in items of its own beside the payment: cancelled refunds, which never change any more, and the first entries
 * of the history, by their place in it. A payment's hundredth refund then writes no more than its third.
 */
export interface Archive {
  readonly entries: ReadonlyMap<number, CancelEntry>;
  readonly records: ReadonlyMap<string, FinalRefund>;
}

/** What has been copied there and may leave the payment's item with the final write of the claim that copied it. */
export interface Copied {
  /** The history's entries before this one. */
  readonly upTo: number;
  readonly refundIds: readonly string[];
}

export type MoneyAsFound = Readonly<Record<'amount' | 'cancel_amount' | 'currency', unknown>>;

/** How the payment stands in the table, where writing it depends on that. */
export interface AsStored {
  /** What the payment's item takes, with everything that the shop keeps in it. */
  readonly bytes: number;
  /** The owner's attribute as it was read, whatever it is: a claim holds only while it is still that. */
  readonly owner?: unknown;
  /** Only of an incomplete payment: its attributes of money as they were read, whatever they are. */
  readonly asFound?: MoneyAsFound;
  /** `refund_heard_at` as it was read, whatever it is. */
  readonly heardAt?: unknown;
  /** False where the map of records is missing: never made, or taken away by the shop. */
  readonly hasRecords: boolean;
  /** How many entries of the history the payment's item leaves to the archive. */
  readonly historyFrom?: number;
  readonly archive?: Archive;
  readonly copied?: Copied;
}
