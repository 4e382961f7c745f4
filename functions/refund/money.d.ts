/**
 * A non-negative whole number of minor units of some currency: won for KRW, cents for USD. Made only by
 * {@link fromDecimal} and the arithmetic below, so an amount is never a float that merely looks whole.
 */
export type Minor = number & {
    readonly minorUnits: unique symbol;
};
export type NotMoney = 'not_finite' | 'negative' | 'too_many_decimals' | 'too_large' | 'unknown_currency';
export declare const ZERO: Minor;
/**
 * Exact conversion of a decimal amount in major units (1000, 14.2) to minor units. The shortest decimal that
 * reads back as the same double is taken as what was meant; nothing is rounded or multiplied.
 */
export declare function fromDecimal(value: number, currency: string): Minor | NotMoney;
/**
 * A sum as the provider writes it, rounded to the minor unit when only float dust is to be rounded away. Only for the
 * provider's words: what a caller sends is never rounded.
 */
export declare function fromProviderDecimal(value: number, currency: string): Minor | NotMoney;
/** Minor units back to major units for the wire and the table: 1420 USD is 14.2, 5000 KRW is 5000. */
export declare function toDecimal(amount: Minor, currency: string): number;
export declare function isMinor(value: Minor | NotMoney): value is Minor;
export declare function plus(a: Minor, b: Minor): Minor;
/** `a − b`, never below zero: what is left can be nothing, but not less. */
export declare function minus(a: Minor, b: Minor): Minor;
export declare function greater(a: Minor, b: Minor): Minor;
export declare function sum(amounts: readonly Minor[]): Minor;
