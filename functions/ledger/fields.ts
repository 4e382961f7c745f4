import { fromDecimal, isMinor, toDecimal, type Minor } from '../refund/money.ts';
import type { Item } from './table.ts';

/**
 * How one value is stored in an item: one line writes and reads each field. Money is decimals of the item's currency, as at the
 * provider. Times: the provider's in Unix seconds under its own name, ours in ms under a name with `_ms`.
 */
export interface Field<T> {
  readonly attribute: string;
  readonly isOptional: boolean;
  readonly write: (value: T, currency: string) => unknown;
  /** Undefined: unreadable. */
  readonly read: (stored: unknown, currency: string) => T | undefined;
}
type Required<T> = Field<T> & { readonly isOptional: false };
type Optional<T> = Field<T> & { readonly isOptional: true };

/** Every field of T by its name: a missing one does not compile. */
export type Fields<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? Optional<Exclude<T[K], undefined>> : Required<T[K]>;
};

export interface Codec<T> {
  /** Only the fields that the codec knows, so nothing else can get into an item. */
  readonly toItem: (value: T, currency: string) => Item;
  /** Throws when the item breaks our own schema: only we write it, so that is a defect. */
  readonly fromItem: (item: Item, currency: string) => T;
}

export function codec<T extends object>(what: string, fields: Fields<T>): Codec<T> {
  const named = Object.entries(fields) as unknown as readonly (readonly [keyof T, Field<unknown>])[];
  return {
    toItem(value, currency) {
      const item: Record<string, unknown> = {};
      for (const [name, { attribute, write }] of named) {
        const member = value[name];
        if (member !== undefined) item[attribute] = write(member, currency);
      }
      return item;
    },
    fromItem(item, currency) {
      const value: Partial<Record<keyof T, unknown>> = {};
      for (const [name, { attribute, isOptional, read }] of named) {
        const stored = item[attribute];
        if (stored === undefined && isOptional) continue;
        const member = stored === undefined ? undefined : read(stored, currency);
        // The value itself is never in the message, because it may be a customer's text.
        const fault = stored === undefined ? 'is missing' : 'cannot be read';
        if (member === undefined) throw new Error(`Bug: attribute ${attribute} of ${what} ${fault}`);
        value[name] = member;
      }
      return value as T;
    },
  };
}

type Kind<T> = (attribute: string) => Required<T>;

function kind<T>(write: Field<T>['write'], read: Field<T>['read']): Kind<T> {
  return (attribute) => ({ attribute, isOptional: false, write, read });
}

export function optional<T>(required: Required<T>): Optional<T> {
  return { ...required, isOptional: true };
}

const asItIs = <T>(value: T): T => value;

export const text = kind(
  // A table refuses half a surrogate pair.
  (value: string) => value.toWellFormed(),
  (stored) => (isText(stored) ? stored : undefined),
);

export const texts = kind<readonly string[]>(
  (values) => values.map((value) => value.toWellFormed()),
  (stored) => (isListOf(stored, isText) ? stored : undefined),
);

export const number = kind<number>(asItIs, (stored) => (typeof stored === 'number' ? stored : undefined));

export const flag = kind<boolean>(asItIs, (stored) => (typeof stored === 'boolean' ? stored : undefined));

/** A time of the provider; ms inside. Fractions of a second are kept, because an entry without an id is identified by its time. */
export const seconds = kind<number>(
  (ms) => ms / 1000,
  (stored) => (typeof stored === 'number' ? Math.round(stored * 1000) : undefined),
);

export const money = kind<Minor>(toDecimal, (stored, currency) => {
  const amount = typeof stored === 'number' ? fromDecimal(stored, currency) : 'not_finite';
  return isMinor(amount) ? amount : undefined;
});

/** Money in minor units, where the currency is not known; the attribute's name says so. */
export const minorUnits: (attribute: `${string}_minor`) => Required<Minor> = kind<Minor>(asItIs, (stored) =>
  Number.isSafeInteger(stored) ? (stored as Minor) : undefined,
);

export function oneOf<T extends string>(attribute: string, words: readonly T[]): Required<T> {
  return kind<T>(asItIs, (stored) => words.find((word) => word === stored))(attribute);
}

export function map<T>(attribute: string, { toItem, fromItem }: Codec<T>): Required<T> {
  const read = (stored: unknown, currency: string) =>
    isItem(stored) ? fromItem(stored, currency) : undefined;
  return kind<T>(toItem, read)(attribute);
}

export function list<T>(attribute: string, { toItem, fromItem }: Codec<T>): Required<readonly T[]> {
  return kind<readonly T[]>(
    (values, currency) => values.map((value) => toItem(value, currency)),
    (stored, currency) =>
      isListOf(stored, isItem) ? stored.map((each) => fromItem(each, currency)) : undefined,
  )(attribute);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf<T>(value: unknown, isOne: (each: unknown) => each is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}
