import * as v from 'valibot';
import { fromDecimal, isMinor, toDecimal } from '../refund/money.ts';
import type { CancelEntry, Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import { taggedReason } from '../refund/attribution.ts';
import { present } from '../refund/present.ts';

/** Old samples show amounts as strings ("0"); what is not a plain decimal is no number. */
const wireNumber = v.union([
  v.number(),
  v.pipe(
    v.string(),
    v.regex(/^-?\d+(\.\d+)?$/),
    v.transform((digits) => Number(digits)),
  ),
]);
const optionalText = v.nullish(v.string());
const optionalSeconds = v.nullish(wireNumber);

const WireEntry = v.object({
  amount: wireNumber,
  cancelled_at: optionalSeconds,
  reason: optionalText,
  receipt_url: optionalText,
  cancellation_id: optionalText,
  pg_tid: optionalText,
});

/** Only what we use, and more is welcome: i'mport's outputs may grow (backward-compatibility policy). */
const WirePayment = v.object({
  imp_uid: v.pipe(v.string(), v.minLength(1)),
  merchant_uid: v.pipe(v.string(), v.minLength(1)),
  status: v.string(),
  pay_method: optionalText,
  pg_provider: optionalText,
  currency: v.optional(v.string(), 'KRW'),
  amount: wireNumber,
  cancel_amount: v.optional(v.nullable(wireNumber), 0),
  paid_at: optionalSeconds,
  cancelled_at: optionalSeconds,
  cancel_reason: optionalText,
  receipt_url: optionalText,
  cancel_history: v.optional(v.nullable(v.array(WireEntry)), []),
  custom_data: v.optional(v.unknown()),
});

/** The envelope of every answer: `code` 0 is success, anything else a failure, whatever the HTTP status says. */
export const Envelope = v.object({
  code: v.pipe(v.number(), v.integer()),
  message: optionalText,
  response: v.unknown(),
});

export const TokenResponse = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  /** UNIX seconds of i'mport's own clock; only their difference is used. */
  now: wireNumber,
  expired_at: wireNumber,
});

/** Seconds to ms; i'mport writes 0 for "never". */
function msOf(seconds: number | null | undefined): number | undefined {
  return seconds === undefined || seconds === null || seconds === 0 ? undefined : seconds * 1000;
}

/** The payment of an answer; undefined when it is not one we can rely on, so that a caller has to treat it as unknown. */
export function readPayment(response: unknown): ProviderPayment | undefined {
  const parsed = v.safeParse(WirePayment, response);
  if (!parsed.success) return undefined;
  const wire = parsed.output;
  const amount = fromDecimal(wire.amount, wire.currency);
  const cancelAmount = fromDecimal(wire.cancel_amount ?? 0, wire.currency);
  const history = (wire.cancel_history ?? []).map((entry) => readEntry(entry, wire.currency));
  if (!isMinor(amount) || !isMinor(cancelAmount) || !history.every((entry) => entry !== undefined))
    return undefined;
  return {
    impUid: wire.imp_uid,
    merchantUid: wire.merchant_uid,
    status: wire.status,
    currency: wire.currency,
    amount,
    cancelAmount,
    cancelHistory: history,
    ...present({
      payMethod: wire.pay_method,
      pgProvider: wire.pg_provider,
      paidAtMs: msOf(wire.paid_at),
      cancelledAtMs: msOf(wire.cancelled_at),
      cancelReason: wire.cancel_reason,
      receiptUrl: wire.receipt_url,
      customerId: customerIdOf(wire.custom_data),
    }),
  };
}

function readEntry(wire: v.InferOutput<typeof WireEntry>, currency: string): CancelEntry | undefined {
  const amount = fromDecimal(wire.amount, currency);
  if (!isMinor(amount)) return undefined;
  return {
    amount,
    ...present({
      cancelledAtMs: msOf(wire.cancelled_at),
      reason: wire.reason,
      receiptUrl: wire.receipt_url,
      cancellationId: wire.cancellation_id,
      pgTid: wire.pg_tid,
    }),
  };
}

const CustomData = v.object({ customer_id: v.pipe(v.string(), v.minLength(1)) });

/** `custom_data` comes back as the JSON text that the checkout gave, or, from some clients, as the object itself. */
function customerIdOf(customData: unknown): string | undefined {
  const parsed = v.safeParse(CustomData, typeof customData === 'string' ? parseJson(customData) : customData);
  return parsed.success ? parsed.output.customer_id : undefined;
}

/** Undefined for what is not JSON: an HTML error page, an answer cut short, nothing at all. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * Body of `POST /payments/cancel`. The amount is always spelled out: omitted or 0 would cancel all that is left.
 * `enable_webhook` asks for the webhook that settles a lost answer early.
 */
export function cancelBody(payment: Payment, pending: PendingRefund): Readonly<Record<string, unknown>> {
  const { currency } = payment;
  if (pending.amount <= 0) throw new Error('Bug: a cancel without an amount would cancel everything');
  return {
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    amount: toDecimal(pending.amount, currency),
    checksum: toDecimal(pending.checksum, currency),
    reason: taggedReason(pending.reason, pending.refundId),
    enable_webhook: true,
    extra: { requester: pending.actor.kind === 'staff' ? 'admin' : 'customer' },
    ...present({
      tax_free: pending.taxFree === undefined ? undefined : toDecimal(pending.taxFree, currency),
      vat_amount: pending.vatAmount === undefined ? undefined : toDecimal(pending.vatAmount, currency),
      refund_holder: pending.account?.holder,
      refund_bank: pending.account?.bank,
      refund_account: pending.account?.account,
      refund_tel: pending.account?.tel,
    }),
  };
}
