import type { Minor } from './money.ts';
import type { Payment, RejectedRefund } from './payment.ts';
import type { RuleRefusal } from './pg/rules.ts';

/** What is told to a person, in both languages. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

/** One fault of a request: a JSON pointer into the body (or a header's name after `header:`) and the rule it breaks. */
export interface FieldFault {
  readonly pointer: string;
  readonly message: Text;
}

/** Why a request was not carried out. Expected, so a value and not an exception; the codes are part of the contract. */
export type Refusal =
  | RuleRefusal
  | { readonly code: 'INVALID_REQUEST'; readonly errors: readonly FieldFault[] }
  | { readonly code: 'AMOUNT_EXCEEDS_CANCELABLE'; readonly cancelable: Minor; readonly currency: string }
  | {
      readonly code: 'CHECKSUM_MISMATCH';
      readonly cancelable: Minor;
      readonly currency: string;
      readonly refund?: RejectedRefund;
    }
  | {
      readonly code: 'CANCEL_REJECTED' | 'ALREADY_CANCELLED_AT_PG' | 'NOT_EXECUTED';
      readonly refund: RejectedRefund;
      readonly currency: string;
    }
  | {
      readonly code: 'REFUND_IN_PROGRESS' | 'PROVIDER_UNAVAILABLE' | 'TOO_MANY_REFUNDS';
      readonly retryAfterSeconds: number;
    }
  /** Several payments of the order have money left (or a refund in flight): name one by `imp_uid`. */
  | { readonly code: 'SEVERAL_PAYMENTS'; readonly payments: readonly Payment[] }
  /** `alsoInFull`: not even everything that is left finds room any more, so that people have to make some. */
  | { readonly code: 'REFUND_LIMIT_REACHED'; readonly alsoInFull: boolean }
  /** `nothingPaid`: a payment of 0, which has nothing to refund. */
  | { readonly code: 'ALREADY_FULLY_REFUNDED'; readonly nothingPaid: boolean }
  | {
      readonly code:
        | 'FORBIDDEN'
        | 'PAYMENT_NOT_FOUND'
        | 'PAYMENT_NOT_PAID'
        | 'PAYMENT_MISMATCH'
        | 'IDEMPOTENCY_KEY_REUSED'
        | 'STILL_RESOLVABLE'
        /** The item is there, it is the caller's to see, and it cannot be read; counted and alarmed. */
        | 'INTERNAL_ERROR';
    };

export type RefusalCode = Refusal['code'];
