import type { IndexName, Key } from './keys.ts';

export type Item = Readonly<Record<string, unknown>>;

/** What must hold of one item for a change to be made. An attribute that is absent equals nothing and is below nothing. */
export type Condition =
  | { readonly test: 'absent' | 'present'; readonly attribute: string }
  | {
      readonly test: 'equals' | 'below' | 'at_most';
      readonly attribute: string;
      readonly value: string | number | boolean;
    }
  | { readonly test: 'any'; readonly of: readonly Condition[] };

interface OfItem {
  readonly key: Key;
  /** What must hold, each under its name: then all of it is done. */
  readonly when: Readonly<Record<string, Condition>>;
}

/** The item becomes this one, whatever stood there. */
export interface Put extends OfItem {
  readonly put: Item;
}

/** Of the item only this changes. */
export interface Update extends OfItem {
  readonly set?: Item;
  readonly remove?: readonly string[];
  /** Added to what stands there; nothing counts as 0. */
  readonly add?: Readonly<Record<string, number>>;
}

export type Change = Put | Update;

/** Changes that are made all or not at all. */
export interface Transaction {
  /** What is done, for messages. */
  readonly what: string;
  readonly changes: readonly Change[];
  /** The same token again is the same transaction: applied once, for ten minutes. */
  readonly token: string;
}

/** `item`: a refund's item that a condition failed on, as it stood. */
export type Outcome = 'applied' | { readonly item?: Item };

export interface Query {
  /** Absent: the table itself. */
  readonly index?: IndexName;
  readonly partition: string;
  /** First and last value of the sort key, both included. */
  readonly between?: readonly [string, string] | readonly [number, number];
  readonly descending?: boolean;
  /** Absent: all. */
  readonly limit?: number;
  /** Keys of the item behind which to go on, whether it is still there or not. */
  readonly after?: Item;
}

/** The ledger's table, as far as the ledger needs it. Every method throws `StoreError`. */
export interface Table {
  /** Strongly consistent. */
  get(key: Key): Promise<Item | undefined>;
  /** Strongly consistent, but for global indexes. */
  query(query: Query): Promise<readonly Item[]>;
  transact(transaction: Transaction): Promise<Outcome>;
  /** Changes one item outside of any transaction; false: a condition did not hold. */
  change(what: string, update: Update): Promise<boolean>;
}

export function absent(attribute: string): Condition {
  return { test: 'absent', attribute };
}

export function equals(attribute: string, value: string | number | boolean): Condition {
  return { test: 'equals', attribute, value };
}

export function any(...of: readonly Condition[]): Condition {
  return { test: 'any', of };
}
