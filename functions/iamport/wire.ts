import * as v from 'valibot';
import type { CancelCall } from '../protocol/ports.ts';
import { exponentOf } from '../refund/currencies.ts';
import { taggedReason } from '../refund/identity.ts';
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
/** Replaces that text in a caller's reason. */
const NOT_THE_CONSOLE = '관리자 페이지 취소';

/**
 * Body of `POST /payments/cancel`. The amount is always spelled out: omitted or 0 would cancel all that is left.
 * `enable_webhook` asks for the webhook that settles a lost answer early. No reason of a caller's is the console's text: where a
 * PG drops our tag, the cancel would look like somebody else's.
 */
export function cancelBody(
  call: Omit<CancelCall, 'timeoutMs' | 'sendBeforeMs'>,
): Readonly<Record<string, unknown>> {
  const { impUid, currency, amount, checksum, refundId, requester, account = {} } = call;
  if (amount <= 0) throw new Error('Bug: a cancel without an amount would cancel everything');
  const reason = call.reason?.replaceAll(CONSOLE_REASON, NOT_THE_CONSOLE);
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

/** Digits alone: a PG takes no hyphens. */
function accountToWire(account: RefundAccount): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ACCOUNT_NAMES.flatMap((name) => {
      const value = account[name];
      if (value === undefined) return [];
      return [[ACCOUNT_FIELDS[name], name === 'account' ? value.replaceAll('-', '') : value]];
    }),
  );
}

/** The envelope of every answer: `code` 0 is success, anything else a failure, whatever the HTTP status says. */
export const Envelope = v.object({
  /** i'mport sends no code that a number cannot hold exactly. */
  code: v.pipe(plainNumber, v.safeInteger()),
  message: v.optional(keptText),
  response: v.optional(v.unknown()),
});

export const TokenResponse = v.object({
  /** Must fit into a header: otherwise every cancel would fail, and be in doubt. */
  access_token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/)),
  /** UNIX seconds of i'mport's own clock; only their difference is used. */
  now: plainNumber,
  expired_at: plainNumber,
});

const WireEntry = v.object({
  amount: plainNumber,
  cancelled_at: v.optional(time),
  reason: v.optional(keptText),
  receipt_url: v.optional(address),
  cancellation_id: v.optional(word),
  pg_tid: v.optional(word),
});

/** An amount that may be left out: nothing has been cancelled, or only the history says what. */
const optionalAmount = v.pipe(
  v.unknown(),
  v.transform((value) => (isNothing(value) ? undefined : value)),
  v.optional(plainNumber),
);

/** Won unless said otherwise (i'mport's SPEC: "default KRW"), in any case of letters. */
const currencyCode = v.pipe(
  word,
  v.transform((code) => code?.toUpperCase() ?? 'KRW'),
);
const isKnown = (code: string) => exponentOf(code) !== undefined;
const currency = v.pipe(currencyCode, v.check(isKnown));

/** `{id, discount}` of PortOne's own promotion; what is no such object is none. */
const Promotion = v.object({ id: neededText });

/**
 * Strict is what a refund depends on: which payment it is, its state and its amounts. The rest is read for what it means, and
 * more is welcome: i'mport's outputs may grow (backward-compatibility policy).
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

/** The payment of an answer; undefined when it is not one we can rely on, so that a caller has to treat it as unknown. */
export function readPayment(response: unknown): ProviderPayment | undefined {
  const parsed = v.safeParse(WirePayment, response);
  if (!parsed.success) return undefined;
  const wire = parsed.output;
  const amount = fromProviderDecimal(wire.amount, wire.currency);
  const cancelHistory = wire.cancel_history.map((entry) => readEntry(entry, wire.currency));
  // One amount that cannot be read makes the whole history useless: nobody could say whose the rest is.
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
 * A partly cancelled payment is `cancelled`, too (IAMPORT 3). One that was never paid, such as a virtual account that was revoked,
 * is `cancelled` without a time of payment and without a sum.
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

/** A page of `GET /payments/status/{status}`; `next` is the number of the page that follows, 0 for none. */
const WirePage = v.object({ list: entries, next: v.optional(v.nullish(plainNumber)) });

const Named = v.object({ imp_uid: neededText });

/** `limit`: as many were asked for; a full page may have a next one, where the answer does not say. */
export function readPage(response: unknown, limit: number) {
  const parsed = v.safeParse(WirePage, response);
  if (!parsed.success) return undefined;
  const { list, next } = parsed.output;
  const read = list.map((entry) => ({ entry, payment: readPayment(entry) }));
  return {
    payments: read.flatMap(({ payment }) => (payment === undefined ? [] : [payment])),
    unreadable: read.flatMap(({ entry, payment }) => (payment === undefined ? [nameOf(entry)] : [])),
    more: typeof next === 'number' ? next > 0 : list.length >= limit,
  };
}

function nameOf(entry: unknown): string {
  return impUidIn(entry)?.slice(0, 32) ?? 'without imp_uid';
}

/** The payment that an answer is about, whatever else can be read of it. */
export function impUidIn(response: unknown): string | undefined {
  const parsed = v.safeParse(Named, response);
  return parsed.success ? parsed.output.imp_uid : undefined;
}

const Priced = v.object({ currency: v.optional(currencyCode, 'KRW') });

/** The payment of an answer cannot be read for its currency, whatever else is wrong with it. */
export function namesUnknownCurrency(response: unknown): boolean {
  const parsed = v.safeParse(Priced, response);
  return parsed.success && !isKnown(parsed.output.currency);
}
