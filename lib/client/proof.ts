import type { OwnCode } from './messages.ts';
import type { Reply } from './reply.ts';
import type { Payment, Problem, Refund } from './types.ts';

/** What an answer proves of a refund, and what it does not. Pure. */

/** Longer than this nobody waits in front of a page. */
const LONGEST_PAUSE_MS = 30_000;

/** Refusals of the gateway or of what stands before it: the request went no further. */
const DOORS: readonly number[] = [401, 403, 404, 413, 429];

/**
 * No answer, or one that the function may have died after: only a code of the service says that it has decided. Its own 500 says
 * nothing of the refund either, as the contract has it.
 */
export function provesNothing(reply: Reply | undefined): boolean {
  if (reply === undefined) return true;
  const { status } = reply;
  if (status >= 400 && status < 500) return codeIn(reply) === undefined && !DOORS.includes(status);
  if (status === 200 || status === 202) return false;
  return !(status === 503 && codeIn(reply) === 'PROVIDER_UNAVAILABLE');
}

/** The same request with the same key may succeed in a moment. */
export function worthRepeating(reply: Reply | undefined): boolean {
  if (reply === undefined || provesNothing(reply)) return true;
  const isSoon = reply.retryAfterMs === undefined || reply.retryAfterMs <= LONGEST_PAUSE_MS;
  const isMoment = reply.status === 503 || codeIn(reply) === 'REFUND_IN_PROGRESS';
  const isThrottle = reply.status === 429 && codeIn(reply) === undefined;
  const isBucket = reply.status === 429 && reply.retryAfterMs !== undefined;
  return isSoon && (isMoment || isThrottle || isBucket);
}

const HOLD_FOR_THE_KEY: readonly string[] = [
  'INVALID_REQUEST',
  'ALREADY_FULLY_REFUNDED',
  'AMOUNT_EXCEEDS_CANCELABLE',
  'REFUND_ACCOUNT_REQUIRED',
  'INVALID_REFUND_BANK',
  'REFUND_NOT_ALLOWED',
  'REFUND_LIMIT_REACHED',
  'CANCEL_REJECTED',
  'NOT_EXECUTED',
  'ALREADY_CANCELLED_AT_PG',
];

/**
 * Refusals that hold for every request with the same key, also for one that is under way. One at the door (token, throttle, the
 * order of somebody else), one for now (busy, provider down) and one that nobody here knows hold for the request that got it.
 */
export function speaksOfTheRefund(reply: Reply): boolean {
  return problemIn(reply).refund !== undefined || HOLD_FOR_THE_KEY.includes(codeIn(reply) ?? '');
}

export function codeIn({ body }: Reply): string | undefined {
  return typeof body['code'] === 'string' ? body['code'] : undefined;
}

/** Of what the gateway refused: it says so in English, whatever the language. */
export function doorCode({ status }: Reply): OwnCode {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  return status === 429 ? 'TOO_MANY_REQUESTS' : 'REFUSED';
}

/** What may be said while nobody knows: never that nothing was refunded. */
export function openCode(reply: Reply | undefined): OwnCode {
  if (reply === undefined) return 'NETWORK';
  if ([401, 403, 429].includes(reply.status)) return doorCode(reply);
  return provesNothing(reply) ? 'NETWORK' : 'UNKNOWN';
}

export function problemIn({ body }: Reply): Problem {
  const { refund, ...rest } = body;
  return isRefund(refund) ? { ...rest, refund } : rest;
}

/** The payment and the refund of an answer to a cancel; undefined when either is missing. */
export function cancelIn(
  reply: Reply | undefined,
): { readonly payment: Payment; readonly refund: Refund } | undefined {
  const { refund, ...payment } = reply?.body ?? {};
  const isAnswer = reply?.status === 200 || reply?.status === 202;
  return isAnswer && isRefund(refund) ? { payment: payment as unknown as Payment, refund } : undefined;
}

export function paymentIn(reply: Reply | undefined): Payment | undefined {
  if (reply?.status !== 200 || typeof reply.body['merchant_uid'] !== 'string') return undefined;
  return reply.body as unknown as Payment;
}

export function refundsIn(payment: Payment): readonly Refund[] {
  return (Array.isArray(payment.refunds) ? payment.refunds : []).filter(isRefund);
}

/** With an id it can be found, whatever else of it nobody can read: a refund that is there must not seem missing. */
function isRefund(value: unknown): value is Refund {
  const has = typeof value === 'object' && value !== null && 'refund_id' in value;
  return has && typeof value.refund_id === 'string';
}
