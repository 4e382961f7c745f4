import * as v from 'valibot';
import { exponentOf } from '../refund/currencies.ts';
import { fromProviderDecimal, isMinor, sum, type Minor } from '../refund/money.ts';
import type { CancelEntry, ProviderPayment } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { customerIdOf } from './custom-data.ts';
import {
  address,
  entries,
  isNothing,
  keptText,
  neededText,
  orderNumber,
  plainNumber,
  time,
  word,
} from './untidy.ts';

/** The envelope of every answer: `code` 0 is success, anything else a failure, whatever the HTTP status says. */
export const Envelope = v.object({
  /** One that no number can hold exactly is no answer of i'mport's. */
  code: v.pipe(plainNumber, v.safeInteger()),
  message: v.optional(keptText),
  response: v.optional(v.unknown()),
});

export const TokenResponse = v.object({
  /** Whatever else it is: what can stand in a header. Otherwise every cancel would fail, and be in doubt. */
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
const currency = v.pipe(
  currencyCode,
  v.check((code) => exponentOf(code) !== undefined),
);

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
});

/** The payment of an answer; undefined when it is not one we can rely on, so that a caller has to treat it as unknown. */
export function readPayment(response: unknown): ProviderPayment | undefined {
  const parsed = v.safeParse(WirePayment, response);
  if (!parsed.success) return undefined;
  const wire = parsed.output;
  const amount = fromProviderDecimal(wire.amount, wire.currency);
  const history = readHistory(wire.cancel_history, wire.currency);
  if (!isMinor(amount) || history === undefined) return undefined;
  const cancelAmount = readCancelAmount(wire, history);
  if (cancelAmount === undefined) return undefined;
  return {
    impUid: wire.imp_uid,
    merchantUid: wire.merchant_uid,
    status: wire.status,
    currency: wire.currency,
    amount,
    cancelAmount,
    cancelHistory: history,
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

type Told = Pick<v.InferOutput<typeof WirePayment>, 'cancel_amount' | 'currency' | 'status'>;

/**
 * Where the sum is not told, it is what the history adds up to. A payment is `cancelled` by its first cancel (IAMPORT 3): then
 * a sum and a history that are both missing are not nothing, and a refund that was executed would look as if it had not been.
 */
function readCancelAmount(
  { cancel_amount: told, currency: inCurrency, status }: Told,
  history: readonly CancelEntry[],
): Minor | undefined {
  if (told === undefined) {
    const isUntold = history.length === 0 && status === 'cancelled';
    return isUntold ? undefined : sum(history.map(({ amount }) => amount));
  }
  const amount = fromProviderDecimal(told, inCurrency);
  return isMinor(amount) ? amount : undefined;
}

/** Oldest first. One amount that cannot be read makes the whole history useless: nobody could say whose the rest is. */
function readHistory(wire: readonly unknown[], inCurrency: string): readonly CancelEntry[] | undefined {
  const history = wire.map((entry) => readEntry(entry, inCurrency));
  if (!history.every((entry) => entry !== undefined)) return undefined;
  const times = history.flatMap(({ cancelledAtMs }) => (cancelledAtMs === undefined ? [] : [cancelledAtMs]));
  const newestFirst = (times[0] ?? 0) > (times.at(-1) ?? 0);
  return newestFirst ? history.toReversed() : history;
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
  };
}

/** A page of `GET /payments/status/{status}`; `next` is the number of the page that follows, 0 for none. */
const WirePage = v.object({ list: entries, next: v.optional(v.nullish(plainNumber)) });

const Named = v.object({ imp_uid: neededText });

export interface WireList {
  readonly payments: readonly ProviderPayment[];
  readonly unreadable: readonly string[];
  readonly more: boolean;
}

/** `limit`: as many were asked for; a full page may have a next one, where the answer does not say. */
export function readPage(response: unknown, limit: number): WireList | undefined {
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
  return parsed.success && exponentOf(parsed.output.currency) === undefined;
}
