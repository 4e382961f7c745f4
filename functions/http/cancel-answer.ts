import { cancelableAmount } from '../refund/payment.ts';
import type { CancelResult } from '../protocol/cancel.ts';
import { RETRY_AFTER_UNKNOWN_SECONDS } from '../refund/timing.ts';
import { json, type HttpResult } from './http-handler.ts';
import { refusalProblem } from './problem.ts';
import { paymentJson, refundJson } from './representation.ts';

/** The answer of `POST /payments/cancel`: 200, 202 or a problem. A refund that may have happened is never a 5xx. */
export function cancelAnswer(result: CancelResult): HttpResult {
  if (result.kind === 'refused') return refusalProblem(result.refusal);
  const { payment, refund, replayed } = result;
  const { currency } = payment;
  const marked: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
  const body = { ...paymentJson(payment), refund: refundJson(refund, currency) };
  if (result.kind === 'unknown') {
    const location = `/payments/${encodeURIComponent(payment.merchantUid)}`;
    return json(202, body, { location, 'retry-after': String(RETRY_AFTER_UNKNOWN_SECONDS), ...marked });
  }
  if (result.refund.status === 'cancelled') return json(200, body, marked);
  const rejected = result.refund;
  const cancelable = cancelableAmount(payment);
  const refused = refusalProblem(
    rejected.rejection.code === 'CHECKSUM_MISMATCH'
      ? { code: 'CHECKSUM_MISMATCH', cancelable, currency, refund: rejected }
      : { code: 'CANCEL_REJECTED', refund: rejected, currency },
  );
  return { ...refused, headers: { ...refused.headers, ...marked } };
}
