import { randomBytes } from 'node:crypto';
import { type Fields, isRecord, isWhole, show } from './json.ts';
import { CONSOLE_REASON } from './texts.ts';

/**
 * Whole minor units (won, yen, US cents) for calculations; a payment has decimal numbers of major units, as on the wire. The
 * simulator tests the refund service, so it has its own arithmetic.
 */
export type Minor = number;

/** ISO 4217 exponents other than 2. */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  CLF: 4,
  UYW: 4,
};

function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Reads an amount from the wire: a number, or a number as text (as in form bodies).
 * `undefined` if it is not a decimal number, or has more decimals than the currency.
 */
export function toMinor(amount: unknown, currency: string): Minor | undefined {
  const isReadable = typeof amount === 'number' || typeof amount === 'string';
  const [matched, decimals = ''] = (isReadable && /^-?\d+(?:\.(\d*?)0*)?$/.exec(String(amount).trim())) || [];
  const exponent = exponentOf(currency);
  if (matched === undefined || decimals.length > exponent) return undefined;
  const minor = Math.round(Number(matched) * 10 ** exponent);
  // Avoid `-0`, which is written as 0 but compares differently in tests.
  return Number.isSafeInteger(minor) ? minor + 0 : undefined;
}

/** The number for the wire: the double nearest to the decimal text, which is printed as that text. */
export function toMajor(minor: Minor, currency: string): number {
  return minor / 10 ** exponentOf(currency);
}

const STATUSES = ['ready', 'paid', 'cancelled', 'failed'] as const;
export type PaymentStatus = (typeof STATUSES)[number];

/** One cancel in the history. */
interface Cancel {
  readonly cancellation_id: string;
  readonly amount: number;
  readonly cancelled_at: number;
  readonly reason: string;
  readonly pg_tid: string;
  readonly receipt_url: string | null;
}

/** A payment as i'mport writes it: amounts in major units, times in UNIX seconds (0 = has not happened), history oldest first. */
export interface IamportPayment extends Fields {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: PaymentStatus;
  readonly pay_method: string;
  readonly pg_provider: string;
  readonly currency: string;
  readonly amount: number;
  readonly cancel_amount: number;
  readonly cancel_reason: string | null;
  readonly cancelled_at: number;
  readonly cancel_history: readonly Cancel[];
  readonly cancel_receipt_urls: readonly string[];
  readonly started_at: number;
  readonly paid_at: number;
}

/** A cancel before its booking. */
export interface CancelOrder {
  readonly cancellationId: string;
  readonly amount: Minor;
  /** The reason as the PG keeps it. */
  readonly reason: string;
  /** The API request of it; a console cancel has none. */
  readonly requestId?: string;
}

/** A pending cancel, which the payment does not show yet. */
export interface PendingCancel extends CancelOrder {
  /** Simulated time, ms since the epoch, at which it is booked by itself; null: only on a trigger. */
  readonly dueAtMs: number | null;
  /** The PG has already executed it, but i'mport does not know. */
  readonly isExecutedAtPg: boolean;
  /** Whether the booking sends a webhook. */
  readonly isTold: boolean;
}

/** A payment with what i'mport does not show of it. */
export interface HeldPayment {
  readonly shown: IamportPayment;
  readonly pending: readonly PendingCancel[];
  /** The listed cancels that the PG has undone: their amounts do not count. */
  readonly undone: readonly string[];
  /** When a cancel was last undone; 0 when none was. */
  readonly undoneAtSeconds: number;
}

/** Crockford's base 32: the alphabet of the identifiers seen from i'mport, such as `06JC8FVHJTW2WY16FEY0`. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 20 characters, as `cancel_history[].cancellation_id` has. */
export function newCancellationId(): string {
  return [...randomBytes(20)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** The balance at i'mport. */
export function leftOf({ shown: { amount, cancel_amount: cancelled, currency } }: HeldPayment): Minor {
  return minorOf(amount, currency) - minorOf(cancelled, currency);
}

/** The balance at the PG, which may have executed cancels that i'mport does not know. */
export function leftAtPg(payment: HeldPayment): Minor {
  return payment.pending.reduce(
    (left, pending) => left - (pending.isExecutedAtPg ? pending.amount : 0),
    leftOf(payment),
  );
}

function minorOf(amount: number, currency: string): Minor {
  return Math.round(amount * 10 ** exponentOf(currency));
}

function sumOf(cancels: readonly Cancel[], currency: string): Minor {
  return cancels.reduce((sum, { amount }) => sum + minorOf(amount, currency), 0);
}

/** The payment with another history: every field that depends on it follows. */
export function withHistory(
  payment: HeldPayment,
  history: readonly Cancel[],
  undone: readonly string[] = payment.undone,
): HeldPayment {
  const { currency } = payment.shown;
  const counted = history.filter(({ cancellation_id: id }) => !undone.includes(id));
  const latest = counted.at(-1);
  const shown: IamportPayment = {
    ...payment.shown,
    cancel_amount: toMajor(sumOf(counted, currency), currency),
    cancel_reason: latest?.reason ?? null,
    cancelled_at: latest?.cancelled_at ?? 0,
    cancel_history: history,
    cancel_receipt_urls: history.flatMap(({ receipt_url: url }) => url ?? []),
  };
  return { ...payment, shown, undone };
}

/** The time of its status: of the cancel, the payment, the failure or the start. */
export function statusTime({ shown }: HeldPayment): number {
  const { status, cancel_history: history, paid_at: paidAt, started_at: startedAt } = shown;
  const times: Readonly<Record<PaymentStatus, number>> = {
    cancelled: history.at(-1)?.cancelled_at ?? paidAt,
    paid: paidAt,
    failed: Number(shown['failed_at']),
    ready: 0,
  };
  return times[status] || startedAt;
}

/** A revoked virtual account is `cancelled`, too, but was never paid. */
export function wasPaid({ status, cancel_history: history, paid_at: paidAt }: IamportPayment): boolean {
  return status === 'paid' || (status === 'cancelled' && (history.length > 0 || paidAt > 0));
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

/** The message names the field and its rule; nothing was added. */
export class PaymentInputError extends Error {
  override readonly name = 'PaymentInputError';

  constructor(field: string, rule: string) {
    super(`payment.${field}: ${rule}`);
  }
}

const UNKNOWN = (
  'bank_code bank_name buyer_addr buyer_email buyer_name buyer_postcode buyer_tel card_code card_issuer_code ' +
  'card_issuer_name card_name card_number card_publisher_code card_publisher_name card_type custom_data customer_uid ' +
  'customer_uid_usage deposit_history emb_pg_provider fail_reason name promotion receipt_url vbank_code vbank_holder ' +
  'vbank_name vbank_num'
).split(' ');

/** Fields without a rule: every payment has them, 0, null or empty where nothing is known. */
const DETAILS: Fields = {
  ...Object.fromEntries(UNKNOWN.map((field) => [field, null])),
  apply_num: '30000001',
  card_quota: 0,
  cash_receipt_issued: false,
  channel: 'pc',
  escrow: false,
  failed_at: 0,
  pg_id: 'INIpayTest',
  pg_tid: 'StdpayCARDINIpayTest',
  sandbox: false,
  user_agent: 'sorry_not_supported_anymore',
  vbank_date: 0,
  vbank_issued_at: 0,
};

/** A shop's order number may be longer than i'mport's 40 characters: `order_number_cut` shows the effect. */
const LONGEST_ORDER_NUMBER = 255;

/** Reads a payment for a test or a demonstration, and fills in defaults. */
export function parsePayment(input: PaymentInput, nowMs: number): HeldPayment {
  // A copy, so that later changes of the caller's objects have no effect.
  const fields: Fields = structuredClone(input);
  const now = Math.floor(nowMs / 1000);
  const currency = text(fields, 'currency', 3, 'KRW');
  // 0: a discount has paid the whole price.
  const amount = money(fields, 'amount', currency);
  const history = historyOf(fields, currency, now);
  const cancelled = sumOf(history, currency);
  if (cancelled > minorOf(amount, currency))
    throw new PaymentInputError('cancel_amount', 'must not be more than amount');
  const status = statusOf(fields, cancelled > 0);
  const isPaid = status === 'paid' || status === 'cancelled';
  const ruled: IamportPayment = {
    imp_uid: text(fields, 'imp_uid', 32),
    merchant_uid: text(fields, 'merchant_uid', LONGEST_ORDER_NUMBER),
    status,
    pay_method: text(fields, 'pay_method', 32, 'card'),
    pg_provider: text(fields, 'pg_provider', 32, 'html5_inicis'),
    currency,
    amount,
    cancel_amount: 0,
    cancel_reason: null,
    cancelled_at: 0,
    cancel_history: [],
    cancel_receipt_urls: [],
    started_at: seconds(fields, 'started_at', now),
    paid_at: seconds(fields, 'paid_at', isPaid ? now : 0),
  };
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn({ ...DETAILS, ...ruled }, field));
  if (unknown !== undefined) throw new PaymentInputError(unknown, "is not a field of an i'mport payment");
  const { custom_data: data = null } = fields;
  const custom_data = typeof data === 'object' && data !== null ? JSON.stringify(data) : data;
  const shown = { ...DETAILS, ...fields, ...ruled, custom_data };
  return withHistory({ shown, pending: [], undone: [], undoneAtSeconds: 0 }, history);
}

function statusOf(fields: Fields, isCancelled: boolean): PaymentStatus {
  const status = fields['status'] ?? (isCancelled ? 'cancelled' : 'paid');
  const known = STATUSES.find((candidate) => candidate === status);
  if (known === undefined) {
    throw new PaymentInputError('status', `must be one of ${STATUSES.join(', ')}, got ${show(status)}`);
  }
  // A revoked virtual account is cancelled although it was never paid.
  const isRevoked = known === 'cancelled' && fields['paid_at'] === 0;
  if (!isRevoked && (known === 'cancelled') !== isCancelled) {
    const rule = 'is cancelled exactly when cancel_amount is more than 0, or paid_at is 0';
    throw new PaymentInputError('status', rule);
  }
  return known;
}

/** A `cancel_amount` without a history counts as one console cancel. */
function historyOf(fields: Fields, currency: string, now: number): readonly Cancel[] {
  const total = fields['cancel_amount'] === undefined ? 0 : money(fields, 'cancel_amount', currency);
  const history = fields['cancel_history'] ?? (total === 0 ? [] : [{ amount: total }]);
  if (!Array.isArray(history) || !history.every(isRecord)) {
    throw new PaymentInputError('cancel_history', 'must be an array of objects, oldest first');
  }
  return history.map((entry: Fields) => ({
    cancellation_id: text(entry, 'cancellation_id', 20, newCancellationId()),
    amount: money(entry, 'amount', currency),
    cancelled_at: seconds(entry, 'cancelled_at', now),
    reason: text(entry, 'reason', 256, CONSOLE_REASON),
    pg_tid: text(entry, 'pg_tid', 80, 'StdpayCANCELINIpayTest'),
    receipt_url: text(entry, 'receipt_url', 512, '') || null,
  }));
}

function money(fields: Fields, field: string, currency: string): number {
  const { [field]: amount } = fields;
  if (typeof amount !== 'number' || (toMinor(amount, currency) ?? -1) < 0) {
    const rule = `must be a number with at most ${exponentOf(currency)} decimals (${currency})`;
    throw new PaymentInputError(field, `${rule}, got ${show(amount)}`);
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
