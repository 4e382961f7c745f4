import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { toDecimal } from '../refund/money.ts';
import type { Refusal, RefusalCode } from '../refund/refusals.ts';
import { refundJson } from './representation.ts';

export type ProblemCode = RefusalCode | 'INTERNAL_ERROR' | 'FORBIDDEN';

/** Status and text of every code; the only place where a refusal meets HTTP. The texts never quote what was sent. */
const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string, detail: string]>> = {
  INVALID_REQUEST: [400, 'Invalid request', 'The request breaks one or more rules; see errors.'],
  ALREADY_FULLY_REFUNDED: [400, 'Already fully refunded', 'This order has already been fully refunded.'],
  AMOUNT_EXCEEDS_CANCELABLE: [
    400,
    'Amount exceeds what is left',
    'The amount is more than what is left to cancel.',
  ],
  REFUND_ACCOUNT_REQUIRED: [400, 'Refund account required', 'This payment needs an account to refund to.'],
  INVALID_REFUND_BANK: [400, 'Invalid bank code', 'The bank code is not one of this PG.'],
  FORBIDDEN: [403, 'Forbidden', 'The caller may not do this.'],
  PAYMENT_NOT_FOUND: [404, 'Payment not found', 'There is no such payment.'],
  REFUND_IN_PROGRESS: [
    409,
    'Refund in progress',
    'Another refund of this payment is in progress; try again shortly.',
  ],
  CHECKSUM_MISMATCH: [
    409,
    'Balance has changed',
    'The balance is not what was expected; nothing was cancelled.',
  ],
  PAYMENT_NOT_PAID: [
    409,
    'Payment not paid',
    'The payment has not been paid, so there is nothing to refund.',
  ],
  REFUND_LIMIT_REACHED: [
    409,
    'Refund limit reached',
    'This payment has reached the number of refunds it can keep.',
  ],
  CANCEL_REJECTED: [
    422,
    'Cancel rejected',
    'The payment provider has refused the cancel; nothing was cancelled.',
  ],
  IDEMPOTENCY_KEY_REUSED: [422, 'Idempotency key reused', 'This Idempotency-Key was used with another body.'],
  REFUND_NOT_ALLOWED: [422, 'Refund not allowed', 'A rule of the payment method forbids this refund.'],
  PROVIDER_UNAVAILABLE: [
    503,
    'Provider unavailable',
    'The payment provider cannot be reached; nothing was cancelled.',
  ],
  INTERNAL_ERROR: [500, 'Internal error', 'Something went wrong on our side; nothing was cancelled.'],
};

export const PROBLEM_CODES: readonly string[] = Object.keys(PROBLEMS);

interface Extra {
  readonly detail?: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 9457. `message` repeats `detail` for clients that read API Gateway's own errors the same way. */
export function problem(code: ProblemCode, extra: Extra = {}): APIGatewayProxyStructuredResultV2 {
  const [status, title, text] = PROBLEMS[code];
  const detail = extra.detail ?? text;
  const type = `urn:iamport-refunds:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...extra.headers },
    body: JSON.stringify({ type, title, status, detail, code, message: detail, ...extra.members }),
  };
}

export function refusalProblem(refusal: Refusal): APIGatewayProxyStructuredResultV2 {
  switch (refusal.code) {
    case 'INVALID_REQUEST':
      return problem(refusal.code, { members: { errors: refusal.errors } });
    case 'AMOUNT_EXCEEDS_CANCELABLE': {
      const { cancelable, currency } = refusal;
      return problem(refusal.code, { members: { cancelable_amount: toDecimal(cancelable, currency) } });
    }
    case 'CHECKSUM_MISMATCH': {
      const { cancelable, currency, refund } = refusal;
      const told = refund === undefined ? {} : { refund: refundJson(refund, currency) };
      return problem(refusal.code, {
        members: { cancelable_amount: toDecimal(cancelable, currency), ...told },
      });
    }
    case 'CANCEL_REJECTED': {
      const { refund, currency } = refusal;
      const { provider } = refund.rejection;
      return problem(refusal.code, { members: { provider, refund: refundJson(refund, currency) } });
    }
    case 'REFUND_NOT_ALLOWED':
      return problem(refusal.code, { detail: refusal.detail, members: { rule: refusal.rule } });
    case 'REFUND_ACCOUNT_REQUIRED': {
      const errors = refusal.fields.map((field) => ({
        pointer: `/${field}`,
        message: 'is required for this payment',
      }));
      return problem(refusal.code, { detail: refusal.detail, members: { errors } });
    }
    case 'INVALID_REFUND_BANK':
      return problem(refusal.code, { detail: refusal.detail });
    case 'REFUND_IN_PROGRESS':
    case 'PROVIDER_UNAVAILABLE':
      return problem(refusal.code, { headers: { 'retry-after': String(refusal.retryAfterSeconds) } });
    case 'ALREADY_FULLY_REFUNDED':
    case 'PAYMENT_NOT_FOUND':
    case 'PAYMENT_NOT_PAID':
    case 'REFUND_LIMIT_REACHED':
    case 'IDEMPOTENCY_KEY_REUSED':
      return problem(refusal.code);
    default:
      return problem('INTERNAL_ERROR');
  }
}
