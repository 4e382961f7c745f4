import { NO_ANSWER, problemIn, provesNothing, refundIn, type Reply } from './api-connection.ts';
import type { KeptRequest, WhyAsked, RequestedRefund } from './kept-requests.ts';
import { isOwnCode, messageOf, moneyText, type OwnCode } from './messages.ts';
import type { Language } from './options.ts';
import type { CancelRequest, Payment, Problem, ProblemCode, Refund } from './types.ts';

/** What every outcome but `none` says. */
interface Told {
  readonly message: string;
  /** The requested amount; null: the whole balance. */
  readonly amount: number | null;
}

/** The refund was executed. */
export interface Cancelled extends Told {
  readonly kind: 'cancelled';
  readonly refund_id: string;
  /** The executed amount. */
  readonly amount: number;
  readonly currency: string;
  readonly receipt_url: string | null;
  /** Unix seconds by which the customer should have the money; null if no rule is known. */
  readonly expected_by: number | null;
  readonly payment: Payment;
  readonly refund: Refund;
}

/** The request was refused, and nothing was refunded unless the message says otherwise. A new press is a new refund. */
export interface Refused extends Told {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly refund_id: string | undefined;
  /** Seconds after which the customer may ask again; undefined if the service does not say. */
  readonly retry_after: number | undefined;
  /** The service's whole problem document. */
  readonly problem: Problem;
}

/** The refund was requested, but was not executed and never will be; this is proven. Asking again is a new refund with a new key. */
export interface NotExecuted extends Told {
  readonly kind: 'not_executed';
  readonly refund_id: string | undefined;
}

/** Nothing was sent and nothing will be; this is proven. The same request on the same page reuses its key. */
export interface NotSent extends Told {
  readonly kind: 'not_sent';
  readonly code: ProblemCode;
  readonly retry_after: number | undefined;
}

/** The outcome is not known yet, or the network is down. The request is kept; `resume` looks again. */
export interface Pending extends Told {
  readonly kind: 'pending';
  readonly code: ProblemCode;
}

/** An earlier request, as it may be shown to the customer. */
export interface OpenRequest extends RequestedRefund {
  /** Unix ms by the clock of this machine. */
  readonly asked_at: number;
  /** The smallest body of the request, for `confirm`; the page must ask again for a reason or an account. */
  readonly request: CancelRequest;
}

/** The outcome of an earlier request is not known. Nothing is sent until `confirm`; `drop` forgets it. */
export interface NeedsConfirmation {
  readonly kind: 'needs_confirmation';
  readonly why: WhyAsked;
  readonly message: string;
  /** Undefined: the kept value cannot be read, so there may have been a request. */
  readonly kept: OpenRequest | undefined;
}

/** Another request for this order is open, so this one was not sent: `resume` the open one, or `drop` it. */
export interface Busy extends Told {
  readonly kind: 'busy';
  readonly open: OpenRequest;
}

/** There is nothing to resume. */
export interface None {
  readonly kind: 'none';
  readonly message: '';
}

export type Settled = Cancelled | Refused | NotExecuted | NotSent;
export type Outcome = Settled | Pending | NeedsConfirmation | Busy | None;

type Asked = Pick<RequestedRefund, 'amount'>;

/** Undefined: the refund is still open, or its status is unknown to this client. */
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
      // The PG says that the payment is already cancelled, so the customer must not ask again.
      return refund.rejection?.code === 'ALREADY_CANCELLED_AT_PG'
        ? rejected(refund, refund.rejection.code, language)
        : { kind: 'not_executed', message: messageOf('NOT_EXECUTED', language), amount, refund_id };
    case 'not_sent':
      return notSent(NO_ANSWER, { amount }, language);
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

/** The outcome for a refusal by the service or the gateway. */
export function refusedBy(reply: Reply, { amount }: Asked, language: Language): Refused | NotExecuted {
  const problem = problemIn(reply);
  const code = reply.code ?? gatewayCode(reply);
  const message = reply.code === undefined ? messageOf(code, language) : textOf(reply, language);
  const refund_id = problem.refund?.refund_id;
  if (code === 'NOT_EXECUTED') return { kind: 'not_executed', message, amount, refund_id };
  return { kind: 'refused', code, message, amount, refund_id, retry_after: secondsOf(reply), problem };
}

/** `reply`: the answer that proves that nothing was sent; without an answer no request was made. */
export function notSent(reply: Reply, { amount }: Asked, language: Language): NotSent {
  const { code = 'NOT_SENT' } = reply;
  const message = reply.code === undefined ? messageOf(code, language) : textOf(reply, language);
  return { kind: 'not_sent', code, message, amount, retry_after: secondsOf(reply) };
}

export function pending(code: OwnCode, { amount }: Asked, language: Language): Pending {
  return { kind: 'pending', code, message: messageOf(code, language), amount };
}

/** `kept` undefined: the stored value cannot be read. */
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
}: RequestedRefund & Pick<KeptRequest, 'time'>): OpenRequest {
  const request = {
    merchant_uid,
    ...(imp_uid === null ? {} : { imp_uid }),
    ...(amount === null ? {} : { cancel_request_amount: amount }),
  };
  return { merchant_uid, imp_uid, amount, asked_at: time, request };
}

/** The client's own message first, else the service's, which is in the caller's language. A gateway's message is not. */
export function textOf(reply: Reply, language: Language): string {
  if (reply.code === undefined) return messageOf(openCode(reply), language);
  const { code, body } = reply;
  const { message } = body;
  return typeof message === 'string' && !isOwnCode(code) ? message : messageOf(code, language);
}

/** A message for an unknown outcome: it must never say that nothing was refunded. */
export function openCode(reply: Reply): OwnCode {
  if ([401, 403, 429].includes(reply.status)) return gatewayCode(reply);
  return provesNothing(reply) && refundIn(reply) === undefined ? 'NETWORK' : 'UNKNOWN';
}

function gatewayCode({ status }: Reply): OwnCode {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  return status === 429 ? 'TOO_MANY_REQUESTS' : 'REFUSED';
}

function secondsOf({ retryAfterMs }: Reply): number | undefined {
  return retryAfterMs === undefined ? undefined : retryAfterMs / 1_000;
}
