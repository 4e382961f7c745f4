/** What an i'mport answer said: `message` has at most 200 characters and nothing of the account. */
export interface ProviderRefusal {
    readonly code: number;
    readonly message: string;
}
export declare const REJECTION_CODES: readonly ['CHECKSUM_MISMATCH', 'CANCEL_REJECTED', 'ALREADY_CANCELLED_AT_PG', 'NOT_EXECUTED'];
export interface Rejection {
    readonly code: (typeof REJECTION_CODES)[number];
    readonly provider?: ProviderRefusal;
}
