import type { Actor } from './payment.ts';
/**
 * The fields of a cancel that are handed on to i'mport as they are, each by its name on the wire. This one list drives the
 * body's schema, the fingerprint, the item, the record and the request to the provider: a new field is one line here.
 */
export declare const PASSED_ON: {
    readonly taxFree: {
        readonly wire: 'tax_free';
        readonly kind: 'money';
    };
    readonly vatAmount: {
        readonly wire: 'vat_amount';
        readonly kind: 'money';
    };
    readonly retainPromotion: {
        readonly wire: 'retain_promotion';
        readonly kind: 'flag';
    };
    readonly escrowConfirmed: {
        readonly wire: 'escrow_confirmed';
        readonly kind: 'flag';
    };
};
type Fields = typeof PASSED_ON;
export type PassedOnName = keyof Fields;
/** `Money` is a decimal in a request and minor units inside. */
export type PassedOn<Money> = {
    readonly [Name in PassedOnName]?: Fields[Name]['kind'] extends 'money' ? Money : boolean;
};
export type PassedOnWire = Fields[PassedOnName]['wire'];
export declare const PASSED_ON_NAMES: readonly PassedOnName[];
/** The same fields with every amount converted; what is absent stays absent. */
export declare function mapPassedOn<A, B>(fields: PassedOn<A>, money: (amount: A, wire: PassedOnWire) => B): PassedOn<B>;
/** By the names of the wire (body, item, i'mport), to be read and written there. */
export declare function passedOnToWire<Money>(fields: PassedOn<Money>): Readonly<Record<string, Money | boolean>>;
export declare function passedOnFromWire<Money>(wire: Readonly<Partial<Record<PassedOnWire, Money | boolean | null | undefined>>>): PassedOn<Money>;
/** Where the money of a virtual-account refund goes. Travels with the request to the one call, and is written nowhere. */
export declare const ACCOUNT_FIELDS: {
    readonly holder: 'refund_holder';
    readonly bank: 'refund_bank';
    readonly account: 'refund_account';
    readonly tel: 'refund_tel';
};
export type RefundAccount = {
    readonly [Name in keyof typeof ACCOUNT_FIELDS]?: string;
};
export declare const ACCOUNT_NAMES: readonly (keyof typeof ACCOUNT_FIELDS)[];
/** A request to cancel as it came: amounts still decimals, because their currency is the payment's. */
export interface CancelRequest {
    readonly merchantUid?: string;
    readonly impUid?: string;
    /** Absent: everything that is left. */
    readonly amount?: number;
    readonly checksum?: number;
    readonly passedOn: PassedOn<number>;
    readonly reason?: string;
    readonly account: RefundAccount;
    readonly idempotencyKey?: string;
    readonly actor: Actor;
}
export {};
