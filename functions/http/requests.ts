import * as v from 'valibot';
import { parseJson } from '../iamport/untidy.ts';
import type { Said } from '../protocol/close.ts';
import { ACCOUNT_FIELDS, passedOnFromWire, type CancelRequest } from '../refund/intent.ts';
import type { Actor } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { fault, faultOf, withoutMark, type Carried, type Parsed } from './body.ts';
import type { HttpEvent } from './http-handler.ts';
import { impUid, WebhookBody, type CancelBody, type CloseBody } from './schemas.ts';

/** The content of requests in our names: the only place where the wire's names become ours. */

export function cancelRequest(
  body: v.InferOutput<typeof CancelBody>,
  idempotencyKey: string | undefined,
  actor: Actor,
): CancelRequest {
  return {
    ...omitMissing({
      merchantUid: body.merchant_uid,
      impUid: body.imp_uid,
      amount: body.cancel_request_amount,
      checksum: body.checksum,
      reason: body.reason,
      reference: body.reference,
      idempotencyKey,
    }),
    passedOn: passedOnFromWire<number>(body),
    account: omitMissing({
      holder: body[ACCOUNT_FIELDS.holder],
      bank: body[ACCOUNT_FIELDS.bank],
      account: body[ACCOUNT_FIELDS.account],
      tel: body[ACCOUNT_FIELDS.tel],
    }),
    actor,
  };
}

/** What a member of staff says about a refund. `closeRules` has refused every other combination of fields. */
export function saidIn(body: v.InferOutput<typeof CloseBody>): Said {
  const { verdict, cancellation_id: cancellationId, entries = [], amount } = body;
  if (verdict !== 'executed') return { verdict };
  if (amount !== undefined) return { verdict: 'executed_unlisted', amount };
  if (cancellationId !== undefined) return { verdict, entries: [{ cancellationId }] };
  return {
    verdict,
    entries: entries.map((entry) =>
      'cancellation_id' in entry
        ? { cancellationId: entry.cancellation_id }
        : { cancelledAtMs: entry.cancelled_at * 1000, amount: entry.amount },
    ),
  };
}

const MAX_KEY_CHARACTERS = 255;

/**
 * `Idempotency-Key` in its quoted form (a structured-field string, draft-ietf-httpapi-idempotency-key-header) or bare. Both forms
 * of a key are the same key. API Gateway joins a repeated header with a comma, which would make a third key and so another
 * refund. So a comma outside quotes is refused, and a quote is allowed only at both ends.
 */
export function readIdempotencyKey(header: string | undefined): Parsed<string | undefined> {
  if (header === undefined) return { ok: true, value: undefined };
  const key = keyOf(header.trim());
  if (key !== undefined && key.length >= 1 && key.length <= MAX_KEY_CHARACTERS)
    return { ok: true, value: key };
  return { ok: false, errors: [fault('header:Idempotency-Key', 'key', MAX_KEY_CHARACTERS)] };
}

function keyOf(value: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(value) && !/[",]/.test(value)) return value;
  // Inside quotes a backslash may only escape a backslash: before a quote it would insert a quote.
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\\\)*)"$/.exec(value)?.[1];
  return quoted?.replaceAll('\\\\', '\\');
}

/** The same limit as in a body. */
const MAX_ORDER_CHARACTERS = 255;
/** Replaces an order number that no path can carry; `imp_uid` then names the payment. */
export const NO_ORDER = '-';

/** The payment that a route names in its path and query. */
export interface Named {
  readonly merchantUid?: string;
  readonly impUid?: string;
}

type Addressed = Pick<HttpEvent, 'pathParameters' | 'queryStringParameters'>;

/** Undefined when no such payment can exist. */
export function namedPayment(event: Addressed): Named | undefined {
  const order = event.pathParameters?.['merchant_uid'];
  const payment = event.queryStringParameters?.['imp_uid'];
  if (payment !== undefined && !v.is(impUid, payment)) return undefined;
  if (order === NO_ORDER && payment !== undefined) return { impUid: payment };
  if (order !== undefined && (order === '' || order.length > MAX_ORDER_CHARACTERS)) return undefined;
  return omitMissing({ merchantUid: order, impUid: payment });
}

/** Undefined when no such refund can exist: nothing was sent under such an id. */
export function namedRefund(event: Addressed): string | undefined {
  const refundId = event.pathParameters?.['refund_id'] ?? '';
  return isRefundId(refundId) ? refundId : undefined;
}

/** Every refund id matches this; other ids are not looked up. */
export function isRefundId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

/** When a refund was requested, in epoch ms; the `Location` of a 202 has it in seconds. */
export function askedAt({ queryStringParameters: query }: Addressed): Parsed<number | undefined> {
  const seconds = query?.['asked_at'];
  if (seconds === undefined) return { ok: true, value: undefined };
  // Eleven digits last until the year 5138; milliseconds have thirteen.
  return /^[0-9]{1,11}$/.test(seconds)
    ? { ok: true, value: Number(seconds) * 1000 }
    : { ok: false, errors: [fault('query:asked_at', 'asked_at')] };
}

/** A webhook has a few hundred bytes; a longer one is cut. In characters. */
const MAX_WEBHOOK_CHARACTERS = 64 * 1024;

/**
 * The `imp_uid` of a webhook. i'mport sends a webhook once, so any form is read: JSON or a form, recognised by the content and
 * not by the content type; any charset; a byte order mark; nulls and numbers in irrelevant fields.
 */
export function readWebhook(event: Carried, contentType: string | undefined): Parsed<string> {
  const text = textOf(event, contentType).slice(0, MAX_WEBHOOK_CHARACTERS);
  const json = parseJson(text);
  const isObject = typeof json === 'object' && json !== null;
  const parsed = v.safeParse(
    WebhookBody,
    isObject ? json : Object.fromEntries(new URLSearchParams(text.trim())),
  );
  return parsed.success
    ? { ok: true, value: parsed.output.imp_uid }
    : { ok: false, errors: parsed.issues.map(faultOf) };
}

function textOf({ body = '', isBase64Encoded }: Carried, contentType: string | undefined): string {
  return withoutMark(
    isBase64Encoded === true ? decode(Buffer.from(body, 'base64'), contentType) : oneByteEach(body),
  );
}

/** UTF-16 that API Gateway decoded as UTF-8: a NUL beside each ASCII letter, and a broken byte order mark. */
function oneByteEach(body: string): string {
  return body.includes('\0') ? body.replaceAll('\0', '').replace(/^\uFFFD+/, '') : body;
}

function decode(bytes: Uint8Array, contentType: string | undefined): string {
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // Unknown charset: `imp_uid` is ASCII in almost every charset.
    return new TextDecoder().decode(bytes);
  }
}
