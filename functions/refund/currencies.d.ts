/** Decimals of a currency by ISO 4217; undefined when the code is not in the standard. */
export declare function exponentOf(currency: string): number | undefined;
