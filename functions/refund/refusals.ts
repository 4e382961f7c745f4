import type { Minor } from './money.ts';
import type { Payment, PaymentFacts } from './payment.ts';
import type { RuleRefusal } from './pg/judge.ts';
import type { LedgerItem, NotExecutedRefund, RejectedRefund } from './refund.ts';

/** A text for people, in both languages. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

/** One fault of a request: a JSON pointer into the body (or a header's name after `header:`) and the broken rule. */
export interface FieldFault {
  readonly pointer: string;
  readonly message: Text;
}

/** The meaning of a PG's words depends on the PG, and its rules on the payment. */
interface OfPayment {
  readonly payment: PaymentFacts;
}

/** Why a request was refused. Expected, so a value and not an exception; the codes are part of the API. */
export type Refusal =
  | RuleRefusal
  | { readonly code: 'INVALID_REQUEST'; readonly errors: readonly FieldFault[] }
  | { readonly code: 'AMOUNT_EXCEEDS_CANCELABLE'; readonly cancelable: Minor; readonly currency: string }
  | {
      readonly code: 'CHECKSUM_MISMATCH';
      readonly cancelable: Minor;
      readonly currency: string;
      readonly rejected?: { readonly refund: RejectedRefund } & OfPayment;
    }
  | ({ readonly code: 'CANCEL_REJECTED'; readonly refund: RejectedRefund } & OfPayment)
  | ({
      readonly code: 'ALREADY_CANCELLED_AT_PG' | 'NOT_EXECUTED';
      readonly refund: NotExecutedRefund;
    } & OfPayment)
  /** The refund of this key, which has another body. */
  | { readonly code: 'IDEMPOTENCY_KEY_REUSED'; readonly refund: LedgerItem; readonly payment: Payment }
  /** The first of two equal requests without a key (row 0b). */
  | { readonly code: 'POSSIBLE_DUPLICATE'; readonly refund: LedgerItem; readonly payment: Payment }
  | {
      readonly code: 'REFUND_IN_PROGRESS' | 'PROVIDER_UNAVAILABLE' | 'STORE_UNAVAILABLE' | 'TOO_MANY_REFUNDS';
      readonly retryAfterSeconds: number;
    }
  /** Several payments of the order have money left (or a refund in flight): the caller must name one by `imp_uid`. */
  | { readonly code: 'SEVERAL_PAYMENTS'; readonly payments: readonly Payment[] }
  /** `nothingPaid`: a payment of 0, with nothing to refund. */
  | { readonly code: 'ALREADY_FULLY_REFUNDED'; readonly nothingPaid: boolean }
  /** Another member of staff has proposed another verdict. */
  | { readonly code: 'PROPOSAL_DIFFERS'; readonly proposedBy: string; readonly verdict: string }
  | {
      readonly code:
        | 'FORBIDDEN'
        | 'PERSON_CLAIM_MISSING'
        | 'PAYMENT_NOT_FOUND'
        | 'REFUND_NOT_FOUND'
        | 'FINDING_NOT_FOUND'
        | 'PAYMENT_NOT_PAID'
        | 'PAYMENT_MISMATCH'
        | 'STILL_RESOLVABLE';
    };

export type RefusalCode = Refusal['code'];

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

export function refused(refusal: Refusal): Refused {
  return { kind: 'refused', refusal };
}
