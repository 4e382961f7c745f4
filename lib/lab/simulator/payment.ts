import { assertNever, type JsonValue } from './json.ts';
import type { Minor } from './money.ts';

export type PaymentStatus = 'ready' | 'paid' | 'cancelled' | 'failed';

/** One cancel that has happened. */
export interface Cancel {
  readonly cancellationId: string;
  readonly amount: Minor;
  readonly cancelledAtSeconds: number;
  readonly reason: string;
  readonly pgTid: string;
  readonly receiptUrl: string | null;
}

/** A cancel that is under way and not booked: the payment does not show it. */
export interface PendingCancel {
  readonly cancellationId: string;
  readonly amount: Minor;
  readonly reason: string;
  /** Simulated time, ms since the epoch, at which it ends by itself; null: only on a trigger. */
  readonly dueAtMs: number | null;
  /** How it ends by itself. @default 'booked' */
  readonly ends?: Ending;
  /** The PG has paid it back already; only i'mport does not know. @default false */
  readonly isExecutedAtPg?: boolean;
  /** Whether the booking is told by a webhook. @default true */
  readonly isTold?: boolean;
}

export type Ending = 'booked' | 'refused';

/** A payment as the simulator holds it. Amounts are minor units of `currency`. */
export interface LedgerPayment {
  readonly impUid: string;
  readonly merchantUid: string;
  readonly status: PaymentStatus;
  readonly payMethod: string;
  readonly pgProvider: string;
  readonly embPgProvider: string | null;
  readonly currency: string;
  readonly amount: Minor;
  /** Oldest first. */
  readonly cancels: readonly Cancel[];
  readonly pending: readonly PendingCancel[];
  readonly startedAtSeconds: number;
  /** 0 while not paid, as on the wire. */
  readonly paidAtSeconds: number;
  readonly sandbox: boolean;
  /** When a cancel was undone; absent when none was. */
  readonly undoneAtSeconds?: number;
  /** Fields of the wire that no rule looks at, kept as they came; those that are absent have DETAIL_DEFAULTS. */
  readonly details: { readonly [field: string]: JsonValue };
}

/** An entry of `cancel_history` on the wire; `amount` in major units. */
export interface CancelHistoryEntry {
  readonly cancellation_id: string;
  readonly amount: number;
  /** UNIX seconds. */
  readonly cancelled_at: number;
  readonly reason: string;
  readonly pg_tid: string;
  readonly receipt_url: string | null;
}

/** A payment on the wire: i'mport's names, amounts in major units, times in UNIX seconds (0 = has not happened). */
export interface IamportPayment {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: PaymentStatus;
  readonly pay_method: string;
  readonly pg_provider: string;
  readonly pg_tid: string;
  readonly emb_pg_provider: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly cancel_amount: number;
  readonly cancel_reason: string | null;
  readonly cancelled_at: number;
  readonly cancel_history: readonly CancelHistoryEntry[];
  readonly cancel_receipt_urls: readonly string[];
  readonly started_at: number;
  readonly paid_at: number;
  readonly failed_at: number;
  readonly receipt_url: string | null;
  /** JSON text, as the shop gave it to the payment window. */
  readonly custom_data: string | null;
  readonly sandbox: boolean;
  readonly [field: string]: unknown;
}

/** Fields of the wire that are only carried, with the value of a payment that does not use them. */
export const DETAIL_DEFAULTS = {
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
  escrow: false,
  fail_reason: null,
  failed_at: 0,
  name: null,
  pg_id: 'INIpayTest',
  pg_tid: 'StdpayCARDINIpayTest',
  promotion: null,
  receipt_url: null,
  user_agent: 'sorry_not_supported_anymore',
  vbank_code: null,
  vbank_date: 0,
  vbank_holder: null,
  vbank_issued_at: 0,
  vbank_name: null,
  vbank_num: null,
} as const satisfies { readonly [field: string]: JsonValue };

export function cancelledOf(payment: LedgerPayment): Minor {
  return payment.cancels.reduce((sum, cancel) => sum + cancel.amount, 0);
}

/** What can still be cancelled, as i'mport sees it. */
export function leftOf(payment: LedgerPayment): Minor {
  return payment.amount - cancelledOf(payment);
}

/** What can still be cancelled at the PG, which may have paid back what i'mport does not know of. */
export function leftAtPg(payment: LedgerPayment): Minor {
  return payment.pending.reduce(
    (left, pending) => left - (pending.isExecutedAtPg === true ? pending.amount : 0),
    leftOf(payment),
  );
}

/** When its status last changed, in UNIX seconds. */
export function updatedAt(payment: LedgerPayment): number {
  return Math.max(statusTime(payment), payment.undoneAtSeconds ?? 0);
}

/** The time that belongs to its status: of the cancel, the payment, the failure, or the start. */
export function statusTime(payment: LedgerPayment): number {
  switch (payment.status) {
    case 'cancelled':
      return payment.cancels.at(-1)?.cancelledAtSeconds ?? payment.paidAtSeconds;
    case 'paid':
      return payment.paidAtSeconds;
    case 'failed':
      return Number(payment.details['failed_at'] ?? 0) || payment.startedAtSeconds;
    case 'ready':
      return payment.startedAtSeconds;
    default:
      return assertNever(payment.status);
  }
}
