import { type Fields, isJson, isRecord, isWhole, type JsonValue, show } from './json.ts';
import {
  type Cancel,
  type CancelHistoryEntry,
  DETAIL_DEFAULTS,
  discountOf,
  exponentOf,
  type IamportPayment,
  type LedgerPayment,
  type Minor,
  newCancellationId,
  type PaymentStatus,
  toMinor,
} from './payment.ts';
import { CONSOLE_REASON } from './texts.ts';

/** The message names the field and its rule; nothing was added. */
export class PaymentInputError extends Error {
  override readonly name = 'PaymentInputError';
  readonly field: string;

  constructor(field: string, rule: string) {
    super(`payment.${field}: ${rule}`);
    this.field = field;
  }
}

type Known = {
  [Field in keyof IamportPayment as string extends Field ? never : Field]: IamportPayment[Field];
};
type Details = { readonly [Field in keyof typeof DETAIL_DEFAULTS]?: JsonValue };

/** A payment to add. `custom_data` may be an object, which is stored as JSON text as at i'mport. */
export type PaymentInput = Pick<Known, 'imp_uid' | 'merchant_uid' | 'amount'> &
  Omit<Details, 'custom_data' | 'failed_at' | 'pg_tid' | 'receipt_url'> &
  Partial<Omit<Known, 'custom_data' | 'cancel_history'>> & {
    readonly custom_data?: JsonValue;
    readonly cancel_history?: readonly (Pick<CancelHistoryEntry, 'amount'> & Partial<CancelHistoryEntry>)[];
  };

/** A shop's order number may be longer than i'mport's 40 characters: `order_number_cut` shows the effect. */
const LONGEST_ORDER_NUMBER = 255;

const STATUSES: readonly PaymentStatus[] = ['ready', 'paid', 'cancelled', 'failed'];
const RULED = (
  'imp_uid merchant_uid status pay_method pg_provider emb_pg_provider currency amount cancel_amount ' +
  'cancel_reason cancelled_at cancel_history cancel_receipt_urls started_at paid_at sandbox'
).split(' ');

/** Reads a payment for a test or a demonstration, and fills in defaults. */
export function parsePayment(input: unknown, nowMs: number): LedgerPayment {
  const fields = knownFields(input);
  const currency = text(fields, 'currency', 3, 'KRW');
  if (!/^[A-Z]{3}$/.test(currency)) {
    throw new PaymentInputError('currency', `must be an ISO 4217 code such as KRW, got ${show(currency)}`);
  }
  // 0: a discount has paid the whole price.
  const amount = money(fields, 'amount', currency);
  const cancels = readCancels(fields, { currency, nowMs });
  const cancelled = cancels.reduce((sum, cancel) => sum + cancel.amount, 0);
  if (cancelled > amount) {
    throw new PaymentInputError('cancel_amount', 'must not be more than amount');
  }
  const status = readStatus(fields, cancelled);
  const details = readDetails(fields);
  if (discountOf({ details, currency }) > amount) {
    throw new PaymentInputError('promotion', 'must not take off more than amount');
  }
  const nowSeconds = Math.floor(nowMs / 1000);
  const isPaid = status === 'paid' || status === 'cancelled';
  return {
    impUid: text(fields, 'imp_uid', 32),
    merchantUid: text(fields, 'merchant_uid', LONGEST_ORDER_NUMBER),
    status,
    payMethod: text(fields, 'pay_method', 32, 'card'),
    pgProvider: text(fields, 'pg_provider', 32, 'html5_inicis'),
    embPgProvider:
      fields['emb_pg_provider'] === null ? null : text(fields, 'emb_pg_provider', 32, '') || null,
    currency,
    amount,
    cancels,
    pending: [],
    startedAtSeconds: seconds(fields, 'started_at', nowSeconds),
    paidAtSeconds: seconds(fields, 'paid_at', isPaid ? nowSeconds : 0),
    sandbox: flag(fields, 'sandbox'),
    details,
  };
}

function knownFields(input: unknown): Fields {
  if (!isRecord(input)) {
    throw new TypeError(`payment: must be an object, got ${show(input)}`);
  }
  const unknownField = Object.keys(input).find(
    (field) => !RULED.includes(field) && !Object.hasOwn(DETAIL_DEFAULTS, field),
  );
  if (unknownField !== undefined) {
    throw new PaymentInputError(unknownField, "is not a field of an i'mport payment");
  }
  return input;
}

function readStatus(fields: Fields, cancelled: Minor): PaymentStatus {
  const status = fields['status'] ?? (cancelled > 0 ? 'cancelled' : 'paid');
  const known = STATUSES.find((candidate) => candidate === status);
  if (known === undefined) {
    throw new PaymentInputError('status', `must be one of ${STATUSES.join(', ')}, got ${show(status)}`);
  }
  // A revoked virtual account is cancelled although it was never paid.
  const isRevoked = known === 'cancelled' && fields['paid_at'] === 0;
  if (!isRevoked && (known === 'cancelled') !== cancelled > 0) {
    throw new PaymentInputError(
      'status',
      'is cancelled exactly when cancel_amount is more than 0, or paid_at is 0',
    );
  }
  return known;
}

/** A `cancel_amount` without a history counts as one console cancel. */
function readCancels(
  fields: Fields,
  { currency, nowMs }: { readonly currency: string; readonly nowMs: number },
): readonly Cancel[] {
  const total = fields['cancel_amount'] === undefined ? undefined : money(fields, 'cancel_amount', currency);
  const history =
    fields['cancel_history'] ??
    (total === undefined || total === 0 ? [] : [{ amount: fields['cancel_amount'] }]);
  if (!Array.isArray(history)) {
    throw new PaymentInputError('cancel_history', 'must be an array, oldest first');
  }
  const cancels = history.map((entry: unknown, index): Cancel => {
    if (!isRecord(entry)) {
      throw new PaymentInputError(`cancel_history[${index}]`, 'must be an object');
    }
    const amount = toMinor(entry['amount'], currency);
    if (amount === undefined || amount <= 0) {
      throw new PaymentInputError(`cancel_history[${index}].amount`, 'must be more than 0');
    }
    return {
      cancellationId: text(entry, 'cancellation_id', 20, newCancellationId()),
      amount,
      cancelledAtSeconds: seconds(entry, 'cancelled_at', Math.floor(nowMs / 1000)),
      reason: text({ reason: fields['cancel_reason'], ...entry }, 'reason', 256, CONSOLE_REASON),
      pgTid: text(entry, 'pg_tid', 80, 'StdpayCANCELINIpayTest'),
      receiptUrl: entry['receipt_url'] === null ? null : text(entry, 'receipt_url', 512, '') || null,
    };
  });
  const sum = cancels.reduce((soFar, cancel) => soFar + cancel.amount, 0);
  if (total !== undefined && total !== sum) {
    throw new PaymentInputError('cancel_amount', 'must be the sum of cancel_history');
  }
  return cancels;
}

function readDetails(fields: Fields): LedgerPayment['details'] {
  const given = Object.entries(fields).filter(
    ([field, value]) => !RULED.includes(field) && value !== undefined,
  );
  const details: Record<string, JsonValue> = {};
  for (const [field, value] of given) {
    if (!isJson(value)) {
      throw new PaymentInputError(field, `must be JSON, got ${typeof value}`);
    }
    if (field === 'promotion' && value !== null && !isPromotion(value)) {
      throw new PaymentInputError(field, 'must be {"id": text, "discount": number, 0 or more}');
    }
    const isObject = typeof value === 'object' && value !== null;
    // A copy, so that later changes of the caller's object have no effect.
    details[field] = field === 'custom_data' && isObject ? JSON.stringify(value) : structuredClone(value);
  }
  return details;
}

function isPromotion(value: JsonValue): boolean {
  if (!isRecord(value)) return false;
  const { id, discount } = value;
  return typeof id === 'string' && typeof discount === 'number' && discount >= 0;
}

function money(fields: Fields, field: string, currency: string): Minor {
  const amount = typeof fields[field] === 'number' ? toMinor(fields[field], currency) : undefined;
  if (amount === undefined || amount < 0) {
    const rule = `must be a number with at most ${exponentOf(currency)} decimals (${currency})`;
    throw new PaymentInputError(field, `${rule}, got ${show(fields[field])}`);
  }
  return amount;
}

function text(fields: Fields, field: string, max: number, fallback?: string): string {
  const value = fields[field] ?? fallback;
  const isEmpty = value === '' && fallback === undefined;
  if (typeof value !== 'string' || isEmpty || value.length > max) {
    throw new PaymentInputError(field, `must be a text of 1 to ${max} characters, got ${show(value)}`);
  }
  return value;
}

function seconds(fields: Fields, field: string, fallback: number): number {
  const value = fields[field] ?? fallback;
  // A larger value is probably in milliseconds, the most common mistake with i'mport's times.
  if (typeof value !== 'number' || !isWhole(value, 0, 99_999_999_999)) {
    throw new PaymentInputError(field, `must be a time in whole UNIX seconds, got ${show(value)}`);
  }
  return value;
}

function flag(fields: Fields, field: string): boolean {
  const value = fields[field] ?? false;
  if (typeof value !== 'boolean') {
    throw new PaymentInputError(field, `must be true or false, got ${show(value)}`);
  }
  return value;
}
