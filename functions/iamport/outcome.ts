import { isHTTPError, isNetworkError } from 'ky';
import * as v from 'valibot';
import type { CancelOutcome, ListPage, LookUp } from '../protocol/ports.ts';
import type { RefundAccount } from '../refund/intent.ts';
import { providerText } from '../refund/redact.ts';
import { parseJson } from './untidy.ts';
import { Envelope, readPage, readPayment, unreadableAnswer } from './wire.ts';

/** An answer from the wire, its body unparsed. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

function envelopeOf(body: string) {
  const parsed = v.safeParse(Envelope, parseJson(body));
  return parsed.success ? parsed.output : undefined;
}

/** i'mport has not processed the cancel: the token was refused, or there were too many requests (RFC 6585). */
const REFUSED_BEFORE_IT_WAS_READ: ReadonlySet<number> = new Set([401, 429]);

/**
 * What an answer to a cancel proves. HTTP 200 alone proves nothing: a non-zero `code` is a failure (i'mport's cancellation
 * guide), and code 0 is a success only with a readable payment. Under 5xx even a non-zero `code` proves nothing (PROTOCOL row 6).
 * `account` is removed from a refusal's text, because a PG quotes its input.
 */
export function cancelOutcome({ status, body }: Answer, account?: RefundAccount): CancelOutcome {
  const envelope = envelopeOf(body);
  const message = providerText(envelope?.message ?? `HTTP ${status}`, account);
  if (REFUSED_BEFORE_IT_WAS_READ.has(status))
    return { kind: 'refused', provider: { code: status, message }, by: 'http' };
  if (status >= 500 || (status >= 300 && status < 400)) return { kind: 'unknown', cause: `HTTP ${status}` };
  if (envelope === undefined) return { kind: 'unknown', cause: `unreadable answer under HTTP ${status}` };
  if (envelope.code !== 0)
    return { kind: 'refused', provider: { code: envelope.code, message }, by: 'provider' };
  const payment = readPayment(envelope.response);
  if (status >= 400 || payment === undefined)
    return { kind: 'unknown', cause: `code 0 under HTTP ${status} without a payment` };
  return { kind: 'answered', payment };
}

/** What an answer to a look-up proves. Only i'mport's own 404 proves that a payment does not exist. */
export function lookUpOutcome({ status, body }: Answer): LookUp {
  const envelope = envelopeOf(body);
  if (status === 404 && envelope !== undefined && envelope.code !== 0) return { kind: 'missing' };
  if (status !== 200 || envelope?.code !== 0) return { kind: 'failed', cause: `HTTP ${status}, no payment` };
  const payment = readPayment(envelope.response);
  if (payment !== undefined) return { kind: 'found', payment };
  return { kind: 'failed', cause: 'unreadable payment', unreadable: unreadableAnswer(envelope.response) };
}

/**
 * What an answer to a list request proves. A page past the end is 400 or 404 (IAMPORT 5): after the first page, i'mport's own 4xx
 * means the end.
 */
export function pageOutcome(
  { status, body }: Answer,
  { page, limit }: { readonly page: number; readonly limit: number },
): ListPage {
  const envelope = envelopeOf(body);
  const isPastEnd = status === 404 || (status === 400 && page > 1);
  if (isPastEnd && envelope !== undefined && envelope.code !== 0) {
    return { kind: 'page', payments: [], unreadable: [], more: false };
  }
  if (status !== 200 || envelope?.code !== 0) return { kind: 'failed', cause: `HTTP ${status}, no list` };
  const list = readPage(envelope.response, limit);
  return list === undefined ? { kind: 'failed', cause: 'unreadable list' } : { kind: 'page', ...list };
}

/**
 * Nothing of a request has left: it never had a connection. `cause` says why. Thrown only when that is certain, because the key
 * of such a refund is free again; any other failure leaves the refund in doubt.
 */
export class NotSent extends Error {
  override readonly name = 'NotSent';

  constructor(cause: unknown) {
    super('nothing was sent', { cause });
  }
}

/** Deep enough for the errors of ky, fetch and the system; a circular chain ends too. */
const MAX_DEPTH = 6;

/**
 * Whether an error proves that the request never left. A reset or time-out on an open connection does not: the provider may have
 * read the request.
 */
export function neverLeft(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false;
  return error instanceof NotSent || neverLeft(error.cause, depth + 1);
}

/** Name and system code of an error, for logs. Never its message, which may quote the request. */
export function describeError(error: unknown, depth = 0): string {
  if (isHTTPError(error)) return `HTTP ${error.response.status}`;
  if (!(error instanceof Error)) return 'error';
  const { name, cause } = error;
  if ('code' in error && typeof error.code === 'string') return `${name} ${error.code}`;
  if (!(cause instanceof Error) || depth >= MAX_DEPTH) return name;
  const caused = describeError(cause, depth + 1);
  // The errors of ky and fetch say only that there is a cause.
  return isNetworkError(error) || error instanceof TypeError ? caused : `${name} (${caused})`;
}
