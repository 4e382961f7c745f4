import { assertNever } from '../refund/assert-never.ts';
import { cancelableAmount, type FinalRefund, type Payment, type RejectedRefund } from '../refund/payment.ts';
import type { CancelResult } from '../protocol/cancel.ts';
import type { Refusal } from '../refund/refusals.ts';
import { RETRY_AFTER_UNAVAILABLE_SECONDS, RETRY_AFTER_UNKNOWN_SECONDS } from '../refund/times.ts';
import { json, type HttpResult } from './http-handler.ts';
import type { Language } from './language.ts';
import { locationOf } from './location.ts';
import { refusalProblem } from './problem.ts';
import { paymentJson, refundJson, type Viewer } from './representation.ts';

/** The answer of `POST /payments/cancel`: 200, 202 or a problem. A refund that may have happened is never a 5xx. */
export function cancelAnswer(result: CancelResult, language: Language, viewer: Viewer): HttpResult {
  if (result.kind === 'refused') return refusalProblem(result.refusal, language, viewer);
  const { payment, refund, replayed } = result;
  const marked: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
  const body = { ...paymentJson(payment), refund: refundJson(refund, payment, viewer) };
  if (result.kind === 'unknown') {
    const again = { location: locationOf(payment), 'retry-after': String(RETRY_AFTER_UNKNOWN_SECONDS) };
    return json(202, body, { ...again, ...marked });
  }
  const refusal = refusalOf(result.refund, payment);
  if (refusal === undefined) return json(200, body, marked);
  const refused = refusalProblem(refusal, language, viewer);
  return { ...refused, headers: { ...refused.headers, ...marked } };
}

/** What a finished refund is told as; undefined: it was cancelled. */
function refusalOf(refund: FinalRefund, payment: Payment): Refusal | undefined {
  switch (refund.status) {
    case 'cancelled':
      return undefined;
    case 'rejected':
      return rejectionOf(refund, payment);
    case 'not_executed':
      return { code: 'PROVIDER_UNAVAILABLE', retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_SECONDS };
    default:
      return assertNever(refund);
  }
}

function rejectionOf(refund: RejectedRefund, payment: Payment): Refusal {
  const { code } = refund.rejection;
  const { currency } = payment;
  switch (code) {
    case 'CHECKSUM_MISMATCH':
      return { code, cancelable: cancelableAmount(payment), currency, refund };
    case 'CANCEL_REJECTED':
    case 'ALREADY_CANCELLED_AT_PG':
    case 'NOT_EXECUTED':
      return { code, refund, currency };
    default:
      return assertNever(code);
  }
}
