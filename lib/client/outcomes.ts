import { messageOf, moneyText, type Language, type OwnCode } from './messages.ts';
import { codeIn, doorCode, problemIn } from './proof.ts';
import type { Reply } from './reply.ts';
import type { CancelRequest, Payment, Problem, ProblemCode, Refund } from './types.ts';
import type { Wanted, WhyAsked, Wish } from './wish.ts';

/** A wish of before, as a person may see it. */
export interface KeptWish extends Wanted {
  /** Unix ms by the clock of this machine. */
  readonly asked_at: number;
  /** Milliseconds; negative when the clock was set back. */
  readonly age: number;
  /** Undefined while the service has not told it. */
  readonly refund_id: string | undefined;
  /** The smallest body that asks for it, for `confirm`; a reason or an account is asked for again. */
  readonly request: CancelRequest;
}

/** The money has gone back. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly message: string;
  readonly refund_id: string;
  readonly amount: number;
  readonly currency: string;
  readonly receipt_url: string | null;
  /** Unix seconds by which it should be with the customer; null where no rule is known. */
  readonly expected_by: number | null;
  readonly payment: Payment;
  readonly refund: Refund;
}

/** A new press is a new wish. What was refused was not refunded, unless the message says otherwise. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly message: string;
  /** What was asked for; null: everything that is left. */
  readonly amount: number | null;
  readonly refund_id: string | undefined;
  /** Seconds after which it may be asked again; undefined where the service does not say. */
  readonly retry_after: number | undefined;
  readonly problem: Problem;
}

/** Asked for, never carried out, and it never will be: known, not guessed. A new press is a new wish. */
export interface NotExecuted {
  readonly kind: 'not_executed';
  readonly message: string;
  readonly amount: number | null;
  readonly refund_id: string | undefined;
}

/** Nobody can say yet, or the network is down. The wish is kept; `resume` looks again. */
export interface Pending {
  readonly kind: 'pending';
  readonly code: ProblemCode;
  readonly message: string;
  readonly amount: number | null;
  readonly refund_id: string | undefined;
}

/** A wish of before has no known end. Nothing is sent until `confirm`; `drop` forgets it. */
export interface NeedsConfirmation {
  readonly kind: 'needs_confirmation';
  readonly why: WhyAsked;
  readonly message: string;
  /** Undefined: what was kept cannot be read, so there may have been one. */
  readonly kept: KeptWish | undefined;
  /** What is left now; undefined when the payment could not be looked at. */
  readonly cancelable_amount: number | undefined;
  /** Refunds of the payment that may be this wish already. */
  readonly similar: readonly Refund[];
}

/** Another wish for this order is open, so this one was not sent: `resume` the open one, or `drop` it. */
export interface Busy {
  readonly kind: 'busy';
  readonly message: string;
  readonly open: KeptWish;
  /** The look has just found that the other one was carried out: it is told now, and the next press is free. */
  readonly ended: Cancelled | undefined;
  /** What was asked for now; null: everything that is left. */
  readonly amount: number | null;
}

/** There is nothing to resume. */
export interface None {
  readonly kind: 'none';
  readonly message: '';
}

export type Outcome = Cancelled | Refused | NotExecuted | Pending | NeedsConfirmation | Busy | None;

export type Settled = Cancelled | Refused | NotExecuted;

/** Undefined: the refund is still open. So is one whose status only a newer service knows. */
export function settled(payment: Payment, refund: Refund, language: Language): Settled | undefined {
  const { refund_id, amount } = refund;
  switch (refund.status) {
    case 'cancelled': {
      const { currency } = payment;
      const { receipt_url, expected_by = null } = refund;
      const message = `${messageOf('CANCELLED', language)} ${moneyText(amount, currency, language)}`.trim();
      return {
        kind: 'cancelled',
        message,
        refund_id,
        amount,
        currency,
        receipt_url,
        expected_by,
        payment,
        refund,
      };
    }
    case 'rejected': {
      const { code = 'CANCEL_REJECTED' } = refund.rejection ?? {};
      if (code === 'NOT_EXECUTED') return notExecuted({ amount, refund_id }, language);
      const message = messageOf(code, language);
      return {
        kind: 'refused',
        code,
        message,
        amount,
        refund_id,
        retry_after: undefined,
        problem: { code, refund },
      };
    }
    case 'not_executed':
      return notExecuted({ amount, refund_id }, language);
    case 'unknown':
    default:
      return undefined;
  }
}

type Named = Pick<NotExecuted, 'amount'> & { readonly refund_id?: string };

export function notExecuted({ amount, refund_id }: Named, language: Language, said?: string): NotExecuted {
  return { kind: 'not_executed', message: said ?? messageOf('NOT_EXECUTED', language), amount, refund_id };
}

export function pending(code: OwnCode, { amount, refund_id }: Named, language: Language): Pending {
  return { kind: 'pending', code, message: messageOf(code, language), amount, refund_id };
}

/** In the service's words, which are in the caller's language; the gateway's are not. */
export function refused(reply: Reply, { amount }: Named, language: Language): Refused | NotExecuted {
  const problem = problemIn(reply);
  const code = codeIn(reply) ?? doorCode(reply);
  const said =
    codeIn(reply) !== undefined && typeof problem.message === 'string' ? problem.message : undefined;
  const refund_id = problem.refund?.refund_id;
  if (code === 'NOT_EXECUTED') {
    return notExecuted({ amount, ...(refund_id === undefined ? {} : { refund_id }) }, language, said);
  }
  const message = said ?? messageOf(code, language);
  const retry_after = reply.retryAfterMs === undefined ? undefined : reply.retryAfterMs / 1_000;
  return { kind: 'refused', code, message, amount, refund_id, retry_after, problem };
}

export function keptWish(wish: Omit<Wish, 'key' | 'subject'>, nowMs: number): KeptWish {
  const { merchant_uid, imp_uid, amount, time, refund_id } = wish;
  const request = {
    merchant_uid,
    ...(imp_uid === null ? {} : { imp_uid }),
    ...(amount === null ? {} : { cancel_request_amount: amount }),
  };
  return { merchant_uid, imp_uid, amount, asked_at: time, age: nowMs - time, refund_id, request };
}
