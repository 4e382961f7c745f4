import * as v from 'valibot';
import type { CancelOutcome, ListPage, LookUp, UnreadableAnswer } from '../protocol/ports.ts';
import type { RefundAccount } from '../refund/intent.ts';
import { idsIn } from '../refund/attribution.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { providerText } from '../refund/redact.ts';
import { NotSent } from './not-sent.ts';
import { parseJson } from './untidy.ts';
import { Envelope, impUidIn, namesUnknownCurrency, readPage, readPayment } from './wire.ts';

/** An answer as it came over the wire, its body still text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

function envelopeOf(body: string) {
  const parsed = v.safeParse(Envelope, parseJson(body));
  return parsed.success ? parsed.output : undefined;
}

/** The token was refused, and so nothing was executed: the client asks for another one. */
export interface Unauthorized {
  readonly kind: 'unauthorized';
}

/**
 * What an answer to a cancel proves. HTTP 200 proves nothing by itself: a non-zero `code` is a failure (i'mport's
 * cancellation guide), and code 0 is a success only with a payment that can be read. `account`: what is blotted out of a
 * refusal's text, because a PG quotes what it was given.
 */
export function cancelOutcome(
  { status, body }: Answer,
  account?: RefundAccount,
): CancelOutcome | Unauthorized {
  if (status === 401) return { kind: 'unauthorized' };
  // Refused before it was looked at; undocumented at i'mport, so this is HTTP's own meaning (RFC 6585).
  if (status === 429) return { kind: 'not_sent', cause: 'the provider is being asked too often' };
  if (status >= 500 || (status >= 300 && status < 400)) return { kind: 'unknown', cause: `HTTP ${status}` };
  const envelope = envelopeOf(body);
  if (envelope === undefined) return { kind: 'unknown', cause: `unreadable answer under HTTP ${status}` };
  if (envelope.code !== 0) {
    const message = providerText(envelope.message ?? '', account);
    return { kind: 'refused', provider: { code: envelope.code, message } };
  }
  const payment = readPayment(envelope.response);
  if (status >= 400 || payment === undefined)
    return { kind: 'unknown', cause: `code 0 under HTTP ${status} without a payment` };
  return { kind: 'answered', payment };
}

/** What an answer to a look-up proves. Only i'mport's own 404 says that a payment does not exist. */
export function lookUpOutcome({ status, body }: Answer): LookUp {
  const envelope = envelopeOf(body);
  if (status === 404 && envelope !== undefined && envelope.code !== 0) return { kind: 'missing' };
  if (status !== 200 || envelope?.code !== 0) return { kind: 'failed', cause: `HTTP ${status}, no payment` };
  const payment = readPayment(envelope.response);
  if (payment !== undefined) return { kind: 'found', payment };
  return { kind: 'failed', cause: 'unreadable payment', unreadable: unreadableAnswer(envelope.response) };
}

function unreadableAnswer(response: unknown): UnreadableAnswer {
  const impUid = impUidIn(response);
  const why = namesUnknownCurrency(response) ? 'currency_unknown' : undefined;
  // Written anew, so that no escape hides an id.
  return { refundIds: idsIn(JSON.stringify(response)), ...omitMissing({ impUid, why }) };
}

/**
 * What an answer to a look at a list proves. A page past the end is 400 or 404 (IAMPORT 5): behind the first page, i'mport's own
 * 4xx means that there is no more.
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

const Coded = v.object({ code: v.string(), syscall: v.optional(v.string()) });
const Caused = v.object({ cause: v.unknown() });
const Aggregated = v.object({ errors: v.pipe(v.array(v.unknown()), v.minLength(1)) });

/** Deep enough for ky's error, fetch's, undici's and the system's; a chain that goes round in a circle ends too. */
const MAX_DEPTH = 6;

/** The calls of the system that come before a connection. Their codes alone prove nothing: an open one can break by each of them. */
const BEFORE_CONNECTION: ReadonlySet<string | undefined> = new Set(['connect', 'getaddrinfo']);

/**
 * Whether an error proves that the request never left. A reset or a time-out on an open connection does not: by then
 * the provider may have read the request.
 */
export function neverLeft(error: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (error instanceof NotSent) return true;
  // Several addresses were tried: all of them must have failed before sending.
  const aggregated = v.safeParse(Aggregated, error);
  if (aggregated.success) return aggregated.output.errors.every((each) => neverLeft(each, depth + 1));
  const coded = v.safeParse(Coded, error);
  if (coded.success && BEFORE_CONNECTION.has(coded.output.syscall)) return true;
  const caused = v.safeParse(Caused, error);
  return caused.success && neverLeft(caused.output.cause, depth + 1);
}

/** Name and system code of an error, for logs: never its message, which can quote the request. */
export function describeError(error: unknown, depth = 0): string {
  const name = error instanceof Error ? error.name : 'error';
  const coded = v.safeParse(Coded, error);
  if (coded.success) return `${name} ${coded.output.code}`;
  const caused = v.safeParse(Caused, error);
  const cause = caused.success && depth < MAX_DEPTH && caused.output.cause instanceof Error;
  return cause ? `${name} (${describeError(caused.output.cause, depth + 1)})` : name;
}
