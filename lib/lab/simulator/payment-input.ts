import { type Fields, isRecord, isWhole, show } from './json.ts';
import {
  type Cancel,
  DETAIL_DEFAULTS,
  exponentOf,
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

  constructor(field: string, rule: string) {
    super(`payment.${field}: ${rule}`);
  }
}

/** A payment to add. `custom_data` may be an object, which is stored as JSON text as at i'mport. */
export interface PaymentInput {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  /** Major units. */
  readonly amount: number;
  /** Any other field of an i'mport payment, also in the form that the simulator returned. */
  readonly [field: string]: unknown;
}

/** A shop's order number may be longer than i'mport's 40 characters: `order_number_cut` shows the effect. */
const LONGEST_ORDER_NUMBER = 255;

const STATUSES: readonly PaymentStatus[] = ['ready', 'paid', 'cancelled', 'failed'];
/** Fields with a rule; the others are details. */
const RULED = (
  'imp_uid merchant_uid status pay_method pg_provider currency amount cancel_amount ' +
  'cancel_reason cancelled_at cancel_history cancel_receipt_urls started_at paid_at'
).split(' ');

/** Reads a payment for a test or a demonstration, and fills in defaults. */
export function parsePayment(input: PaymentInput, nowMs: number): LedgerPayment {
  const fields: Fields = input;
  const currency = text(fields, 'currency', 3, 'KRW');
  // 0: a discount has paid the whole price.
  const amount = money(fields, 'amount', currency);
  const nowSeconds = Math.floor(nowMs / 1000);
  const cancels = readCancels(fields, currency, nowSeconds);
  const cancelled = cancels.reduce((sum, cancel) => sum + cancel.amount, 0);
  if (cancelled > amount) {
    throw new PaymentInputError('cancel_amount', 'must not be more than amount');
  }
  const status = readStatus(fields, cancelled);
  const isPaid = status === 'paid' || status === 'cancelled';
  return {
    impUid: text(fields, 'imp_uid', 32),
    merchantUid: text(fields, 'merchant_uid', LONGEST_ORDER_NUMBER),
    status,
    payMethod: text(fields, 'pay_method', 32, 'card'),
    pgProvider: text(fields, 'pg_provider', 32, 'html5_inicis'),
    currency,
    amount,
    cancels,
    pending: [],
    startedAtSeconds: seconds(fields, 'started_at', nowSeconds),
    paidAtSeconds: seconds(fields, 'paid_at', isPaid ? nowSeconds : 0),
    details: readDetails(fields),
  };
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
    const rule = 'is cancelled exactly when cancel_amount is more than 0, or paid_at is 0';
    throw new PaymentInputError('status', rule);
  }
  return known;
}

/** A `cancel_amount` without a history counts as one console cancel. */
function readCancels(fields: Fields, currency: string, nowSeconds: number): readonly Cancel[] {
  const total = fields['cancel_amount'] === undefined ? 0 : money(fields, 'cancel_amount', currency);
  const history = fields['cancel_history'] ?? (total === 0 ? [] : [{ amount: fields['cancel_amount'] }]);
  if (!Array.isArray(history) || !history.every(isRecord)) {
    throw new PaymentInputError('cancel_history', 'must be an array of objects, oldest first');
  }
  return history.map((entry: Fields) => ({
    cancellationId: text(entry, 'cancellation_id', 20, newCancellationId()),
    amount: money(entry, 'amount', currency),
    cancelledAtSeconds: seconds(entry, 'cancelled_at', nowSeconds),
    reason: text(entry, 'reason', 256, CONSOLE_REASON),
    pgTid: text(entry, 'pg_tid', 80, 'StdpayCANCELINIpayTest'),
    receiptUrl: text(entry, 'receipt_url', 512, '') || null,
  }));
}

function readDetails(fields: Fields): Fields {
  const details: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (!RULED.includes(field)) {
      if (!Object.hasOwn(DETAIL_DEFAULTS, field))
        throw new PaymentInputError(field, "is not a field of an i'mport payment");
      const isObject = typeof value === 'object' && value !== null;
      // A copy, so that later changes of the caller's object have no effect.
      details[field] = field === 'custom_data' && isObject ? JSON.stringify(value) : structuredClone(value);
    }
  }
  return details;
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
  if (!isWhole(value, 0, 99_999_999_999)) {
    throw new PaymentInputError(field, `must be a time in whole UNIX seconds, got ${show(value)}`);
  }
  return value;
}
