import type { RefundAccount } from '../intent.ts';
import type { PaymentFacts } from '../payment.ts';
/** Rules of payment methods; each has its own texts in both languages. */
export declare const RULE_NAMES: readonly ['phone_other_month', 'phone_partial', 'currency_unknown'];
export type RuleName = (typeof RULE_NAMES)[number];
/** What a PG's rules say against a refund, before anything is sent. */
export type RuleRefusal = {
    readonly code: 'REFUND_NOT_ALLOWED';
    readonly rule: RuleName;
} | {
    readonly code: 'REFUND_ACCOUNT_REQUIRED';
    readonly fields: readonly string[];
    readonly payMethod: string;
} | {
    readonly code: 'INVALID_REFUND_BANK';
    readonly pgProvider: string;
    /** Code → bank. */
    readonly banks: Readonly<Record<string, string>>;
};
export declare function accountIsNeeded(payment: PaymentFacts): boolean;
/** The account as far as this payment's method has a use for it: what is not needed is not sent. */
export declare function accountToSend(payment: PaymentFacts, account: RefundAccount): RefundAccount | undefined;
interface Asked {
    readonly partial: boolean;
    readonly account: RefundAccount;
}
export declare function judgeRules(payment: PaymentFacts, asked: Asked, nowMs: number): RuleRefusal | undefined;
export {};
