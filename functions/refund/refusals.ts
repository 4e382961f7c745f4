import type { Minor } from './money.ts';
import type { RejectedRefund } from './payment.ts';
import type { RuleRefusal } from './pg/rules.ts';

/** One fault of a request: a JSON pointer into the body (or a header's name after `header:`) and the rule it breaks. */
export interface FieldFault {
  readonly pointer: string;
  readonly message: string;
}

/** Why a request was not carried out. Expected, so a value and not an exception; the codes are part of the contract. */
export type Refusal =
  | RuleRefusal
  | { readonly code: 'INVALID_REQUEST'; readonly errors: readonly FieldFault[] }
  | { readonly code: 'REFUND_NOT_ALLOWED'; readonly rule: 'currency_unknown'; readonly detail: string }
  | { readonly code: 'AMOUNT_EXCEEDS_CANCELABLE'; readonly cancelable: Minor; readonly currency: string }
  | {
      readonly code: 'CHECKSUM_MISMATCH';
      readonly cancelable: Minor;
      readonly currency: string;
      readonly refund?: RejectedRefund;
    }
  | { readonly code: 'CANCEL_REJECTED'; readonly refund: RejectedRefund; readonly currency: string }
  | { readonly code: 'REFUND_IN_PROGRESS' | 'PROVIDER_UNAVAILABLE'; readonly retryAfterSeconds: number }
  | {
      readonly code:
        | 'ALREADY_FULLY_REFUNDED'
        | 'PAYMENT_NOT_FOUND'
        | 'PAYMENT_NOT_PAID'
        | 'REFUND_LIMIT_REACHED'
        | 'IDEMPOTENCY_KEY_REUSED';
    };

export type RefusalCode = Refusal['code'];
