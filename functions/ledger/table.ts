import type { IndexName, Key } from './keys.ts';

export type Item = Readonly<Record<string, unknown>>;

/** The condition for changing one item. An absent attribute equals nothing and is below nothing. */
export type Condition =
  | { readonly test: 'absent'; readonly attribute: string }
  | {
      readonly test: 'equals' | 'below' | 'at_most';
      readonly attribute: string;
      readonly value: string | number | boolean;
    }
  | { readonly test: 'any'; readonly of: readonly Condition[] };

interface OfItem {
  readonly key: Key;
  /** Named conditions: all must hold. */
  readonly when: Readonly<Record<string, Condition>>;
}

/** Replaces the item, whatever it was. */
export interface Put extends OfItem {
  readonly put: Item;
}

/** Changes only these attributes of the item. */
export interface Update extends OfItem {
  readonly set?: Item;
  readonly remove?: readonly string[];
  /** Adds to the current value; an absent one counts as 0. */
  readonly add?: Readonly<Record<string, number>>;
}

export type Change = Put | Update;

/** Changes that are made all or not at all. */
export interface Transaction {
  /** The name of the write, for messages. */
  readonly what: string;
  readonly changes: readonly Change[];
  /** The same token again is the same transaction: applied once, for ten minutes. */
  readonly token: string;
}

/** Refused: a condition failed. */
export type Outcome = 'applied' | 'refused';

export interface Query {
  /** Absent: the table itself. */
  readonly index?: IndexName;
  readonly partition: string;
  /** First and last value of the sort key, both included. */
  readonly between?: readonly [string, string];
  readonly descending?: boolean;
  /** Absent: all. */
  readonly limit?: number;
}

/** The ledger's table, as far as the ledger needs it. Every method throws `StoreError`. */
export interface Table {
  /** Strongly consistent. */
  get(key: Key): Promise<Item | undefined>;
  /** Strongly consistent, except on global indexes. */
  query(query: Query): Promise<readonly Item[]>;
  transact(transaction: Transaction): Promise<Outcome>;
  /** Changes one item outside of any transaction; false: a condition failed. */
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
