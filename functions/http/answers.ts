import type { CancelResult } from '../protocol/cancel.ts';
import type { closeRefund } from '../protocol/close.ts';
import type { readRefund } from '../protocol/read.ts';
import { assertNever } from '../refund/assert-never.ts';
import { cancelableAmount, type Payment } from '../refund/payment.ts';
import type { FinalRefund, LedgerItem } from '../refund/refund.ts';
import type { Refusal } from '../refund/refusals.ts';
import { RETRY_AFTER_UNKNOWN_SECONDS } from '../refund/times.ts';
import { json, type HttpResult } from './http-handler.ts';
import type { Language } from './language.ts';
import { refusalProblem } from './problem.ts';
import { codeOf, paymentJson, refundJson, type Json, type Viewer } from './representation.ts';
import { NO_ORDER, type Named } from './requests.ts';

type ReadRefund = Awaited<ReturnType<typeof readRefund>>;
type Closed = Awaited<ReturnType<typeof closeRefund>>;

export const ASK_AGAIN_SOON = { 'retry-after': String(RETRY_AFTER_UNKNOWN_SECONDS) } as const;

interface Asked {
  readonly language: Language;
  readonly viewer: Viewer;
  readonly named: Named;
}

function bodyOf(payment: Payment, refund: LedgerItem, viewer: Viewer): Json {
  return { ...paymentJson(payment), refund: refundJson(refund, payment, viewer) };
}

/** The answer of `POST /payments/cancel`: 200, 202 or a problem. A refund that may have happened is never a 5xx. */
export function cancelAnswer(result: CancelResult, { language, viewer, named }: Asked): HttpResult {
  if (result.kind === 'refused') return refusalProblem(result.refusal, language, viewer);
  const { payment, refund, replayed } = result;
  const marked: Record<string, string> = replayed ? { 'idempotency-replayed': 'true' } : {};
  const body = bodyOf(payment, refund, viewer);
  if (result.kind === 'unknown') {
    const location = locationOf(payment, named, { ...refund, askedAtMs: refund.claimedAtMs });
    return json(202, body, { location, ...ASK_AGAIN_SOON, ...marked });
  }
  const refusal = refusalOf(result.refund, payment);
  if (refusal === undefined) return json(200, body, marked);
  const refused = refusalProblem(refusal, language, viewer);
  return { ...refused, headers: { ...refused.headers, ...marked } };
}

/** The code of a refund that ended; undefined when it was cancelled. */
function refusalOf(refund: FinalRefund, payment: Payment): Refusal | undefined {
  switch (refund.status) {
    case 'cancelled':
      return undefined;
    case 'rejected':
      return refund.code === 'CHECKSUM_MISMATCH'
        ? {
            code: refund.code,
            cancelable: cancelableAmount(payment),
            currency: payment.currency,
            rejected: { refund, payment },
          }
        : { code: refund.code, refund, payment };
    case 'not_executed':
      return { code: codeOf(refund), refund, payment };
    default:
      return assertNever(refund);
  }
}

/** The answer of `GET /payments/{merchant_uid}/refunds/{refund_id}`. */
export function refundAnswer(result: ReadRefund, language: Language, viewer: Viewer): HttpResult {
  switch (result.kind) {
    case 'refused':
      return refusalProblem(result.refusal, language, viewer);
    case 'not_yet': {
      // The claim may still arrive at the table: nothing else is known of the refund.
      const { payment, refundId } = result;
      return json(
        200,
        { ...paymentJson(payment), refund: { refund_id: refundId, status: 'unknown' } },
        ASK_AGAIN_SOON,
      );
    }
    case 'found': {
      const { payment, refund } = result;
      return json(200, bodyOf(payment, refund, viewer), refund.status === 'requested' ? ASK_AGAIN_SOON : {});
    }
    default:
      return assertNever(result);
  }
}

/** 202: proposed, waiting for a second member of staff; 200: closed. */
export function closeAnswer(result: Closed, { language, viewer, named }: Asked): HttpResult {
  if (result.kind === 'refused') return refusalProblem(result.refusal, language, viewer);
  const { payment, refund } = result;
  const body = bodyOf(payment, refund, viewer);
  return result.kind === 'closed'
    ? json(200, body)
    : json(202, body, { location: locationOf(payment, named, refund) });
}

/** API Gateway decodes a path before it routes: with such an order number it would be another path, or none. */
const NOT_FOR_A_PATH = /[/\\?#%;]|^\.{1,2}$/;

/**
 * The address where a refund is read. It has the caller's order number: the provider may use another one, but the owner is stored
 * under the shop's. It has only `imp_uid` when a path cannot carry the number.
 */
function locationOf(
  payment: Payment,
  named: Named,
  { refundId, askedAtMs }: { readonly refundId: string; readonly askedAtMs?: number },
): string {
  const order = named.merchantUid ?? payment.merchantUid;
  const isForPath = !NOT_FOR_A_PATH.test(order);
  const query = new URLSearchParams();
  if (!isForPath || order !== payment.merchantUid) query.set('imp_uid', payment.impUid);
  // Rounded up: rounded down, the refund could be called missing while its request may still arrive.
  if (askedAtMs !== undefined) query.set('asked_at', String(Math.ceil(askedAtMs / 1000)));
  const path = `/payments/${isForPath ? encodeURIComponent(order) : NO_ORDER}/refunds/${refundId}`;
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
