import { fromDecimal, isMinor, toDecimal, type Minor } from '../refund/money.ts';
import type { Item } from './table.ts';

/**
 * How one value is stored in an item: one line writes and reads each field. Money is decimals of the item's currency, as at the
 * provider. Times: the provider's in Unix seconds under its own name, ours in ms under a name with `_ms`.
 */
interface Kind<T> {
  readonly write: (value: T, currency: string) => unknown;
  /** Undefined: unreadable. */
  readonly read: (stored: unknown, currency: string) => T | undefined;
}

export interface Field<T> extends Kind<T> {
  readonly attribute: string;
  readonly need: 'required' | 'optional' | 'forgiven';
}
type Required<T> = Field<T> & { readonly need: 'required' };
type Optional<T> = Field<T> & { readonly need: 'optional' | 'forgiven' };

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
      for (const [name, { attribute, need, read }] of named) {
        const stored = item[attribute];
        const member = stored === undefined ? undefined : read(stored, currency);
        if (member !== undefined) value[name] = member;
        else if (need === 'required' || (stored !== undefined && need === 'optional')) {
          // The value itself is never in the message, because it may be a customer's text.
          const fault = stored === undefined ? 'is missing' : 'cannot be read';
          throw new Error(`Bug: attribute ${attribute} of ${what} ${fault}`);
        }
      }
      return value as T;
    },
  };
}

function field<T>(attribute: string, kind: Kind<T>): Required<T> {
  return { attribute, need: 'required', ...kind };
}

export function optional<T>(required: Required<T>): Optional<T> {
  return { ...required, need: 'optional' };
}

const TEXT: Kind<string> = {
  // A table refuses half a surrogate pair.
  write: (text) => text.toWellFormed(),
  read: (stored) => (isText(stored) ? stored : undefined),
};
const NUMBER: Kind<number> = {
  write: (number) => number,
  read: (stored) => (typeof stored === 'number' && Number.isFinite(stored) ? stored : undefined),
};
const SECONDS: Kind<number> = {
  // Fractions of a second are kept, because an entry without an id is identified by its time.
  write: (ms) => ms / 1000,
  read: (stored) => (typeof stored === 'number' ? Math.round(stored * 1000) : undefined),
};
const MONEY: Kind<Minor> = {
  write: (amount, currency) => toDecimal(amount, currency),
  read: (stored, currency) => {
    const amount = typeof stored === 'number' ? fromDecimal(stored, currency) : 'not_finite';
    return isMinor(amount) ? amount : undefined;
  },
};
const MINOR_UNITS: Kind<Minor> = {
  write: (amount) => amount,
  read: (stored) => (Number.isSafeInteger(stored) ? (stored as Minor) : undefined),
};

export const text = (attribute: string) => field(attribute, TEXT);
/** A text for people only, which decides nothing: an invalid one is read as absent. */
export const told = (attribute: string): Optional<string> => ({ ...text(attribute), need: 'forgiven' });
export const number = (attribute: string) => field(attribute, NUMBER);
/** A time of the provider; ms inside. */
export const seconds = (attribute: string) => field(attribute, SECONDS);
export const money = (attribute: string) => field(attribute, MONEY);
/** Money in minor units, where the currency is not known; the attribute's name says so. */
export const minorUnits = (attribute: `${string}_minor`) => field(attribute, MINOR_UNITS);

export function flag(attribute: string): Required<boolean> {
  return field(attribute, {
    write: (value) => value,
    read: (stored) => (typeof stored === 'boolean' ? stored : undefined),
  });
}

export function oneOf<T extends string>(attribute: string, words: readonly T[]): Required<T> {
  return field<T>(attribute, {
    write: (value) => value,
    read: (stored) => words.find((word) => word === stored),
  });
}

export function map<T>(attribute: string, { toItem, fromItem }: Codec<T>): Required<T> {
  return field<T>(attribute, {
    write: toItem,
    read: (stored, currency) => (isItem(stored) ? fromItem(stored, currency) : undefined),
  });
}

export function list<T>(attribute: string, { toItem, fromItem }: Codec<T>): Required<readonly T[]> {
  return field<readonly T[]>(attribute, {
    write: (values, currency) => values.map((value) => toItem(value, currency)),
    read: (stored, currency) =>
      isListOf(stored, isItem) ? stored.map((each) => fromItem(each, currency)) : undefined,
  });
}

export function texts(attribute: string): Required<readonly string[]> {
  return field<readonly string[]>(attribute, {
    write: (values) => values.map((value) => value.toWellFormed()),
    read: (stored) => (isListOf(stored, isText) ? stored : undefined),
  });
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
