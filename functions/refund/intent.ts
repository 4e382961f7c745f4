import { omitMissing } from './omit-missing.ts';
import type { Actor } from './payment.ts';

type Kind = 'money' | 'flag';

/**
 * The fields of a cancel that are passed on to i'mport unchanged, by their names on the wire. The body's schema, the fingerprint,
 * the item, the record and the request to the provider are derived from this list: a new field is one line here.
 */
export const PASSED_ON = {
  taxFree: { wire: 'tax_free', kind: 'money' },
  vatAmount: { wire: 'vat_amount', kind: 'money' },
  retainPromotion: { wire: 'retain_promotion', kind: 'flag' },
  escrowConfirmed: { wire: 'escrow_confirmed', kind: 'flag' },
} as const satisfies Readonly<Record<string, { readonly wire: string; readonly kind: Kind }>>;

type Fields = typeof PASSED_ON;
export type PassedOnName = keyof Fields;
/** `Money` is a decimal in a request and minor units inside. */
export type PassedOn<Money> = {
  readonly [Name in PassedOnName]?: Fields[Name]['kind'] extends 'money' ? Money : boolean;
};
export type PassedOnWire = Fields[PassedOnName]['wire'];

export const PASSED_ON_NAMES = Object.keys(PASSED_ON) as readonly PassedOnName[];

/** The same fields with every amount converted; absent fields stay absent. */
export function mapPassedOn<A, B>(
  fields: PassedOn<A>,
  money: (amount: A, wire: PassedOnWire) => B,
): PassedOn<B> {
  const mapped = PASSED_ON_NAMES.map((name) => {
    const { kind, wire } = PASSED_ON[name];
    const value = fields[name];
    return [name, kind === 'money' && value !== undefined ? money(value as A, wire) : value];
  });
  return omitMissing(Object.fromEntries(mapped)) as PassedOn<B>;
}

/** By their names on the wire (body, item, i'mport). */
export function passedOnToWire<Money>(fields: PassedOn<Money>): Readonly<Record<string, Money | boolean>> {
  const wire = PASSED_ON_NAMES.map((name) => [PASSED_ON[name].wire, fields[name]]);
  return omitMissing(Object.fromEntries(wire)) as Record<string, Money | boolean>;
}

export function passedOnFromWire<Money>(
  wire: Readonly<Partial<Record<PassedOnWire, Money | boolean | null | undefined>>>,
): PassedOn<Money> {
  const fields = PASSED_ON_NAMES.map((name) => [name, wire[PASSED_ON[name].wire]]);
  return omitMissing(Object.fromEntries(fields)) as PassedOn<Money>;
}

/** The account for the money of a virtual-account refund. Used for the one call and never stored. */
export const ACCOUNT_FIELDS = {
  holder: 'refund_holder',
  bank: 'refund_bank',
  account: 'refund_account',
  tel: 'refund_tel',
} as const;

export type RefundAccount = { readonly [Name in keyof typeof ACCOUNT_FIELDS]?: string };

export const ACCOUNT_NAMES = Object.keys(ACCOUNT_FIELDS) as readonly (keyof typeof ACCOUNT_FIELDS)[];

/** A cancel request as received: amounts are still decimals, because their currency is the payment's. */
export interface CancelRequest {
  readonly merchantUid?: string;
  readonly impUid?: string;
  /** Absent: everything that is left. */
  readonly amount?: number;
  readonly checksum?: number;
  readonly passedOn: PassedOn<number>;
  readonly reason?: string;
  /** The shop's own number of the refund; not sent to the provider. */
  readonly reference?: string;
  readonly account: RefundAccount;
  readonly idempotencyKey?: string;
  readonly actor: Actor;
}
