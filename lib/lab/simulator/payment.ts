import { randomBytes } from 'node:crypto';
import { type Fields, isRecord } from './json.ts';

/**
 * Whole minor units inside (won, yen, US cents), a decimal number of major units on the wire. The simulator tests the
 * refund service, so it has its own arithmetic.
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

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Reads an amount from the wire: a number, or a number as text (as in form bodies).
 * `undefined` if it is not a decimal number, or has more decimals than the currency.
 */
export function toMinor(amount: unknown, currency: string): Minor | undefined {
  if (typeof amount !== 'number' && typeof amount !== 'string') {
    return undefined;
  }
  // Use the shortest text of the double, which is what the sender wrote; multiplying 14.2 by 100 is not exact.
  const [matched, sign = '', whole = '', decimals = ''] = DECIMAL.exec(String(amount).trim()) ?? [];
  const exponent = exponentOf(currency);
  const significant = decimals.replace(/0+$/, '');
  if (matched === undefined || significant.length > exponent) {
    return undefined;
  }
  const minor = Number(sign + whole + significant.padEnd(exponent, '0'));
  // Avoid `-0`, which is written as 0 but compares differently in tests.
  return Number.isSafeInteger(minor) ? minor + 0 : undefined;
}

/** The number for the wire: the double nearest to the decimal text, which is printed as that text. */
export function toMajor(minor: Minor, currency: string): number {
  const exponent = exponentOf(currency);
  if (exponent === 0) {
    return minor;
  }
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const text = `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor < 0 ? -Number(text) : Number(text);
}

export type PaymentStatus = 'ready' | 'paid' | 'cancelled' | 'failed';

/** One cancel that has been booked. */
export interface Cancel {
  readonly cancellationId: string;
  /** In money of the order, before any promotion. */
  readonly amount: Minor;
  /** The amount in the entry, if a promotion reduces it. @default amount */
  readonly shownAmount?: Minor;
  readonly cancelledAtSeconds: number;
  readonly reason: string;
  readonly pgTid: string;
  readonly receiptUrl: string | null;
  /** The PG has undone it: the entry is listed, but its amount does not count. @default false */
  readonly isUndone?: boolean;
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

export type Ending = 'booked' | 'refused';

/** The simulator's payment. Amounts are in minor units of `currency`. */
export interface LedgerPayment {
  readonly impUid: string;
  readonly merchantUid: string;
  readonly status: PaymentStatus;
  readonly payMethod: string;
  readonly pgProvider: string;
  readonly currency: string;
  readonly amount: Minor;
  /** Oldest first. */
  readonly cancels: readonly Cancel[];
  readonly pending: readonly PendingCancel[];
  readonly startedAtSeconds: number;
  /** 0 if not paid, as on the wire. */
  readonly paidAtSeconds: number;
  /** When a cancel was last undone; absent when none was. */
  readonly undoneAtSeconds?: number;
  /** The retain_promotion of the first cancel; absent before it. */
  readonly retainPromotion?: boolean;
  /** All other wire fields, unchanged; missing ones have DETAIL_DEFAULTS. */
  readonly details: Fields;
}

/** The other wire fields, with their defaults. */
export const DETAIL_DEFAULTS: Fields = {
  apply_num: '30000001',
  bank_code: null,
  bank_name: null,
  buyer_addr: null,
  buyer_email: null,
  buyer_name: null,
  buyer_postcode: null,
  buyer_tel: null,
  card_code: null,
  card_issuer_code: null,
  card_issuer_name: null,
  card_name: null,
  card_number: null,
  card_publisher_code: null,
  card_publisher_name: null,
  card_quota: 0,
  card_type: null,
  cash_receipt_issued: false,
  channel: 'pc',
  custom_data: null,
  customer_uid: null,
  customer_uid_usage: null,
  deposit_history: null,
  emb_pg_provider: null,
  escrow: false,
  fail_reason: null,
  failed_at: 0,
  name: null,
  pg_id: 'INIpayTest',
  pg_tid: 'StdpayCARDINIpayTest',
  promotion: null,
  receipt_url: null,
  sandbox: false,
  user_agent: 'sorry_not_supported_anymore',
  vbank_code: null,
  vbank_date: 0,
  vbank_holder: null,
  vbank_issued_at: 0,
  vbank_name: null,
  vbank_num: null,
};

/** Crockford's base 32: the alphabet of the identifiers seen from i'mport, such as `06JC8FVHJTW2WY16FEY0`. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 20 characters, as `cancel_history[].cancellation_id` has. */
export function newCancellationId(): string {
  return [...randomBytes(20)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

export function cancelledOf({ cancels }: Pick<LedgerPayment, 'cancels'>): Minor {
  return cancels.reduce((sum, { amount, isUndone }) => sum + (isUndone === true ? 0 : amount), 0);
}

/** The balance at i'mport, for a promotion in money of the order. */
export function leftOf(payment: LedgerPayment): Minor {
  return payment.amount - cancelledOf(payment);
}

/** The balance at the PG, which may have executed cancels that i'mport does not know. */
export function leftAtPg(payment: LedgerPayment): Minor {
  return payment.pending.reduce(
    (left, pending) => left - (pending.isExecutedAtPg ? pending.amount : 0),
    leftOf(payment),
  );
}

/** The discount of a promotion; 0 without one. */
export function discountOf({ details, currency }: Pick<LedgerPayment, 'details' | 'currency'>): Minor {
  const { promotion } = details;
  return isRecord(promotion) ? (toMinor(promotion['discount'], currency) ?? 0) : 0;
}

/**
 * What the payer gets back for a cancel of `amount` in money of the order. Calculated from the running sum, so that all
 * parts add up to what was paid.
 */
export function paidBackFor(payment: LedgerPayment, amount: Minor): Minor {
  const discount = discountOf(payment);
  if (discount === 0) return amount;
  const paidShare = (sum: Minor): Minor =>
    sum - Number((BigInt(sum) * BigInt(discount)) / BigInt(payment.amount));
  const before = cancelledOf(payment);
  return paidShare(before + amount) - paidShare(before);
}

/** The time of the last status change, in UNIX seconds. */
export function updatedAt(payment: LedgerPayment): number {
  return Math.max(statusTime(payment), payment.undoneAtSeconds ?? 0);
}

/** The time of its status: of the cancel, the payment, the failure or the start. */
export function statusTime({
  status,
  cancels,
  paidAtSeconds,
  startedAtSeconds,
  details,
}: LedgerPayment): number {
  const times: Readonly<Record<PaymentStatus, number>> = {
    cancelled: cancels.at(-1)?.cancelledAtSeconds ?? paidAtSeconds,
    paid: paidAtSeconds,
    failed: Number(details['failed_at'] ?? 0),
    ready: 0,
  };
  return times[status] || startedAtSeconds;
}
