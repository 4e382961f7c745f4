import { codeIn, problemIn, provesNothing, type Reply } from './api-connection.ts';
import type { KeptRequest, WhyAsked, Wish } from './kept-requests.ts';
import { isOwnCode, messageOf, moneyText, type OwnCode } from './messages.ts';
import type { Language } from './options.ts';
import type { CancelRequest, Payment, Problem, ProblemCode, Refund } from './types.ts';

/** The money has gone back. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly message: string;
  readonly refund_id: string;
  /** What really went back. */
  readonly amount: number;
  readonly currency: string;
  readonly receipt_url: string | null;
  /** Unix seconds by which it should be with the customer; null where no rule is known. */
  readonly expected_by: number | null;
  readonly payment: Payment;
  readonly refund: Refund;
}

/** A new press is a new refund. What was refused was not refunded, unless the message says otherwise. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly message: string;
  /** What was asked for; null: everything that is left. */
  readonly amount: number | null;
  readonly refund_id: string | undefined;
  /** Seconds after which it may be asked again; undefined where the service does not say. */
  readonly retry_after: number | undefined;
  /** All that the service has said. */
  readonly problem: Problem;
}

/** Asked for, never carried out, and it never will be: known, not guessed. To ask again is a new refund, with a new key. */
export interface NotExecuted {
  readonly kind: 'not_executed';
  readonly message: string;
  readonly amount: number | null;
  readonly refund_id: string | undefined;
}

/** Nothing was sent, and nothing will be: known. Asked again on the same page, the same request has the same key. */
export interface NotSent {
  readonly kind: 'not_sent';
  readonly code: ProblemCode;
  readonly message: string;
  readonly amount: number | null;
  readonly retry_after: number | undefined;
}

/** Nobody can say yet, or the network is down. The request is kept; `resume` looks again. */
export interface Pending {
  readonly kind: 'pending';
  readonly code: ProblemCode;
  readonly message: string;
  readonly amount: number | null;
}

/** A request of before, as a person may see it. */
export interface OpenRequest extends Wish {
  /** Unix ms by the clock of this machine. */
  readonly asked_at: number;
  /** The smallest body that asks for it, for `confirm`; a reason or an account is asked for again. */
  readonly request: CancelRequest;
}

/** A request of before has no known end. Nothing is sent until `confirm`; `drop` forgets it. */
export interface NeedsConfirmation {
  readonly kind: 'needs_confirmation';
  readonly why: WhyAsked;
  readonly message: string;
  /** Undefined: what was kept cannot be read, so there may have been one. */
  readonly kept: OpenRequest | undefined;
}

/** Another request for this order is open, so this one was not sent: `resume` the open one, or `drop` it. */
export interface Busy {
  readonly kind: 'busy';
  readonly message: string;
  readonly open: OpenRequest;
  /** What was asked for now; null: everything that is left. */
  readonly amount: number | null;
}

/** There is nothing to resume. */
export interface None {
  readonly kind: 'none';
  readonly message: '';
}

export type Settled = Cancelled | Refused | NotExecuted | NotSent;
export type Outcome = Settled | Pending | NeedsConfirmation | Busy | None;

type Asked = Pick<Wish, 'amount'>;

/** Undefined: the refund is still open. So is one whose status only a newer service knows. */
export function settledBy(payment: Payment, refund: Refund, language: Language): Settled | undefined {
  const { refund_id, amount } = refund;
  switch (refund.status) {
    case 'cancelled':
      return refund.undone === true
        ? rejected(refund, 'UNDONE', language)
        : cancelled(payment, refund, language);
    case 'rejected':
      return rejected(refund, refund.rejection?.code ?? 'CANCEL_REJECTED', language);
    case 'not_executed':
      // The PG says that it has paid back already: that one must not be asked for again.
      return refund.rejection?.code === 'ALREADY_CANCELLED_AT_PG'
        ? rejected(refund, refund.rejection.code, language)
        : { kind: 'not_executed', message: messageOf('NOT_EXECUTED', language), amount, refund_id };
    case 'not_sent':
      return notSent(undefined, { amount }, language);
    case 'unknown':
    default:
      return undefined;
  }
}

function cancelled(payment: Payment, refund: Refund, language: Language): Cancelled {
  const { refund_id, receipt_url, expected_by } = refund;
  const { currency } = payment;
  const amount = refund.executed_amount ?? refund.amount;
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

function rejected(refund: Refund, code: ProblemCode, language: Language): Refused {
  const { amount, refund_id } = refund;
  const problem = { code, refund };
  const message = messageOf(code, language);
  return { kind: 'refused', code, message, amount, refund_id, retry_after: undefined, problem };
}

/** What the service or the gateway has refused. */
export function refusedBy(reply: Reply, { amount }: Asked, language: Language): Refused | NotExecuted {
  const problem = problemIn(reply);
  const code = codeIn(reply) ?? gatewayCode(reply);
  const message = codeIn(reply) === undefined ? messageOf(code, language) : textOf(reply, language);
  const refund_id = problem.refund?.refund_id;
  if (code === 'NOT_EXECUTED') return { kind: 'not_executed', message, amount, refund_id };
  return { kind: 'refused', code, message, amount, refund_id, retry_after: secondsOf(reply), problem };
}

/** `reply`: what says that nothing was sent; undefined: it is known without one. */
export function notSent(reply: Reply | undefined, { amount }: Asked, language: Language): NotSent {
  const code = codeIn(reply) ?? 'NOT_SENT';
  const message = reply === undefined ? messageOf(code, language) : textOf(reply, language);
  return { kind: 'not_sent', code, message, amount, retry_after: reply && secondsOf(reply) };
}

export function pending(code: OwnCode, { amount }: Asked, language: Language): Pending {
  return { kind: 'pending', code, message: messageOf(code, language), amount };
}

/** `kept` undefined: what stands in the storage cannot be read. */
export function needsConfirmation(
  why: WhyAsked,
  kept: KeptRequest | undefined,
  language: Language,
): NeedsConfirmation {
  const message = messageOf(why === 'unreadable' ? 'UNREADABLE' : 'NEEDS_CONFIRMATION', language);
  return { kind: 'needs_confirmation', why, message, kept: kept && openRequest(kept) };
}

export function openRequest({
  merchant_uid,
  imp_uid,
  amount,
  time,
}: Wish & Pick<KeptRequest, 'time'>): OpenRequest {
  const request = {
    merchant_uid,
    ...(imp_uid === null ? {} : { imp_uid }),
    ...(amount === null ? {} : { cancel_request_amount: amount }),
  };
  return { merchant_uid, imp_uid, amount, asked_at: time, request };
}

/** Own words first; else the service's, which are in the caller's language. The gateway's are not. */
export function textOf(reply: Reply | undefined, language: Language): string {
  const code = codeIn(reply);
  if (reply === undefined || code === undefined) return messageOf(openCode(reply), language);
  const { message } = problemIn(reply);
  return typeof message === 'string' && !isOwnCode(code) ? message : messageOf(code, language);
}

/** What may be said while nobody knows: never that nothing was refunded. */
export function openCode(reply: Reply | undefined): OwnCode {
  if (reply !== undefined && [401, 403, 429].includes(reply.status)) return gatewayCode(reply);
  return provesNothing(reply) ? 'NETWORK' : 'UNKNOWN';
}

function gatewayCode({ status }: Reply): OwnCode {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  return status === 429 ? 'TOO_MANY_REQUESTS' : 'REFUSED';
}

function secondsOf({ retryAfterMs }: Reply): number | undefined {
  return retryAfterMs === undefined ? undefined : retryAfterMs / 1_000;
}
