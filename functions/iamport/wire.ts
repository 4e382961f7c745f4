import * as v from 'valibot';
import type { CancelCall, UnreadableAnswer } from '../protocol/ports.ts';
import { exponentOf } from '../refund/currencies.ts';
import { idsIn, taggedReason } from '../refund/identity.ts';
import {
  ACCOUNT_FIELDS,
  ACCOUNT_NAMES,
  mapPassedOn,
  passedOnToWire,
  type RefundAccount,
} from '../refund/intent.ts';
import { fromProviderDecimal, isMinor, sum, toDecimal } from '../refund/money.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { CancelEntry, ProviderPayment } from '../refund/payment.ts';
import {
  address,
  customerIdOf,
  entries,
  flag,
  isNothing,
  keptText,
  neededText,
  orderNumber,
  plainNumber,
  time,
  word,
} from './untidy.ts';

/** i'mport's console writes this text itself (help centre, admin-console/payment-service/content29; IAMPORT 3). */
const CONSOLE_REASON = '관리자페이지취소';
/** Replaces that text in a caller's reason; different also without its spaces. */
const NOT_THE_CONSOLE = '관리자 페이지에서 취소';

/**
 * Body of `POST /payments/cancel`. The amount is always present: without it or with 0, i'mport would cancel all that is left.
 * `enable_webhook` requests the webhook that settles a lost answer early. A caller's reason is never the console's text: at a PG
 * that drops our tag, the cancel would look like a foreign one.
 */
export function cancelBody(
  call: Omit<CancelCall, 'timeoutMs' | 'sendBeforeMs'>,
): Readonly<Record<string, unknown>> {
  const { impUid, currency, amount, checksum, refundId, requester, account = {} } = call;
  if (amount <= 0) throw new Error('Bug: a cancel without an amount would cancel everything');
  const reason = call.reason?.normalize('NFC').replaceAll(CONSOLE_REASON, NOT_THE_CONSOLE);
  const passedOn = mapPassedOn(call.passedOn, (part) => toDecimal(part, currency));
  return {
    imp_uid: impUid,
    amount: toDecimal(amount, currency),
    checksum: toDecimal(checksum, currency),
    reason: taggedReason(reason, refundId, call.pgProvider),
    enable_webhook: true,
    extra: { requester },
    ...passedOnToWire(passedOn),
    ...accountToWire(account),
  };
}

/** Digits only: a PG accepts no hyphens. */
function accountToWire(account: RefundAccount): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ACCOUNT_NAMES.flatMap((name) => {
      const value = account[name];
      if (value === undefined) return [];
      return [[ACCOUNT_FIELDS[name], name === 'account' ? value.replaceAll('-', '') : value]];
    }),
  );
}

/** The envelope of every answer: `code` 0 is success and any other a failure, whatever the HTTP status is. */
export const Envelope = v.object({
  /** i'mport sends no code that a number cannot hold exactly. */
  code: v.pipe(plainNumber, v.safeInteger()),
  message: v.optional(keptText),
  response: v.optional(v.unknown()),
});

export const TokenAnswer = v.object({
  code: v.pipe(plainNumber, v.value(0)),
  response: v.object({
    /** The token must be a valid header value: otherwise every cancel would fail and be in doubt. */
    access_token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/)),
    /** Unix seconds of i'mport's clock; only their difference is used. */
    now: plainNumber,
    expired_at: plainNumber,
  }),
});

const WireEntry = v.object({
  amount: plainNumber,
  cancelled_at: v.optional(time),
  reason: v.optional(keptText),
  receipt_url: v.optional(address),
  cancellation_id: v.optional(word),
  pg_tid: v.optional(word),
});

/** An optional amount: absent when nothing was cancelled, or when only the history tells. */
const optionalAmount = v.pipe(
  v.unknown(),
  v.transform((value) => (isNothing(value) ? undefined : value)),
  v.optional(plainNumber),
);

/** KRW by default (i'mport's SPEC: "default KRW"), in any letter case. */
const currencyCode = v.pipe(
  word,
  v.transform((code) => code?.toUpperCase() ?? 'KRW'),
);
const isKnown = (code: string) => exponentOf(code) !== undefined;
const currency = v.pipe(currencyCode, v.check(isKnown));

/** `{id, discount}` of PortOne's own promotion; anything else is none. */
const Promotion = v.object({ id: neededText });

/**
 * Strict for what a refund depends on: the payment's identity, its state and its amounts. Other fields are read leniently and new
 * ones are allowed: i'mport's outputs may grow (backward-compatibility policy).
 */
const WirePayment = v.object({
  imp_uid: neededText,
  merchant_uid: orderNumber,
  status: v.pipe(neededText, v.toLowerCase()),
  pay_method: v.optional(word),
  pg_provider: v.optional(word),
  currency: v.optional(currency, 'KRW'),
  amount: plainNumber,
  cancel_amount: v.optional(optionalAmount),
  paid_at: v.optional(time),
  cancelled_at: v.optional(time),
  cancel_reason: v.optional(keptText),
  receipt_url: v.optional(address),
  cancel_history: v.optional(entries, []),
  custom_data: v.optional(v.unknown()),
  sandbox: v.optional(flag, false),
  promotion: v.optional(v.unknown()),
});

/** The payment of an answer; undefined when it is unreliable, so that the caller treats it as unknown. */
export function readPayment(response: unknown): ProviderPayment | undefined {
  const parsed = v.safeParse(WirePayment, response);
  if (!parsed.success) return undefined;
  const wire = parsed.output;
  const amount = fromProviderDecimal(wire.amount, wire.currency);
  const cancelHistory = wire.cancel_history.map((entry) => readEntry(entry, wire.currency));
  // One unreadable amount makes the whole history useless: the remaining amounts could not be attributed.
  if (!isMinor(amount) || !cancelHistory.every((entry) => entry !== undefined)) return undefined;
  const told = wire.cancel_amount;
  const cancelAmount =
    told === undefined
      ? sum(cancelHistory.map((entry) => entry.amount))
      : fromProviderDecimal(told, wire.currency);
  if (!isMinor(cancelAmount)) return undefined;
  return {
    impUid: wire.imp_uid,
    merchantUid: wire.merchant_uid,
    status: wire.status,
    isPaid: isPaid(wire, told === undefined || cancelAmount > 0),
    currency: wire.currency,
    amount,
    cancelAmount,
    sumTold: told !== undefined,
    cancelHistory,
    hasPromotion: v.is(Promotion, wire.promotion),
    isSandbox: wire.sandbox,
    ...omitMissing({
      payMethod: wire.pay_method,
      pgProvider: wire.pg_provider,
      paidAtMs: wire.paid_at,
      cancelledAtMs: wire.cancelled_at,
      cancelReason: wire.cancel_reason,
      receiptUrl: wire.receipt_url,
      customerId: customerIdOf(wire.custom_data),
    }),
  };
}

type Paid = Pick<v.InferOutput<typeof WirePayment>, 'status' | 'paid_at'>;

/**
 * A partly cancelled payment is `cancelled`, too (IAMPORT 3). A never paid one, such as a revoked virtual account, is `cancelled`
 * without a paid time and without a sum.
 */
function isPaid({ status, paid_at: paidAtMs }: Paid, mayBeCancelled: boolean): boolean {
  return status === 'paid' || (status === 'cancelled' && (paidAtMs !== undefined || mayBeCancelled));
}

function readEntry(entry: unknown, inCurrency: string): CancelEntry | undefined {
  const parsed = v.safeParse(WireEntry, entry);
  if (!parsed.success) return undefined;
  const wire = parsed.output;
  const amount = fromProviderDecimal(wire.amount, inCurrency);
  if (!isMinor(amount)) return undefined;
  return {
    amount,
    ...omitMissing({
      cancelledAtMs: wire.cancelled_at,
      reason: wire.reason,
      receiptUrl: wire.receipt_url,
      cancellationId: wire.cancellation_id,
      pgTid: wire.pg_tid,
    }),
    ...(wire.reason?.trim() === CONSOLE_REASON ? { fromConsole: true } : {}),
  };
}

/** A page of `GET /payments/status/{status}`; `next` is the number of the following page, 0 for none. */
const WirePage = v.object({ list: entries, next: v.optional(v.nullish(plainNumber)) });

/** `limit`: the requested page size; without `next` in the answer, a full page may have a following one. */
export function readPage(response: unknown, limit: number) {
  const parsed = v.safeParse(WirePage, response);
  if (!parsed.success) return undefined;
  const { list, next } = parsed.output;
  const read = list.map((entry) => ({ entry, payment: readPayment(entry) }));
  return {
    payments: read.flatMap(({ payment }) => (payment === undefined ? [] : [payment])),
    unreadable: read.flatMap(({ entry, payment }) =>
      payment === undefined ? [unreadableAnswer(entry).impUid?.slice(0, 32) ?? 'without imp_uid'] : [],
    ),
    more: typeof next === 'number' ? next > 0 : list.length >= limit,
  };
}

/** What an unreadable payment still names, whatever else is wrong: itself, our refunds, and a currency outside ISO 4217. */
const Named = v.object({ imp_uid: v.optional(word), currency: v.optional(currencyCode, 'KRW') });

export function unreadableAnswer(response: unknown): UnreadableAnswer {
  // Serialised again, so that no escape sequence hides an id.
  const refundIds = idsIn(JSON.stringify(response));
  const parsed = v.safeParse(Named, response);
  if (!parsed.success) return { refundIds };
  const { imp_uid: impUid, currency: code } = parsed.output;
  const why = isKnown(code) ? undefined : 'currency_unknown';
  return { refundIds, ...omitMissing({ impUid, why }) };
}
