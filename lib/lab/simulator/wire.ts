import { isRecord } from './json.ts';
import { toMajor } from './money.ts';
import {
  type Cancel,
  cancelledOf,
  DETAIL_DEFAULTS,
  type IamportPayment,
  type LedgerPayment,
} from './payment.ts';

/** What every endpoint answers; `response` is null on every failure. */
export interface Answer {
  readonly status: number;
  readonly code: number;
  readonly message: string | null;
  readonly response: unknown;
}

export function succeeded(response: unknown, status = 200): Answer {
  return { status, code: 0, message: null, response };
}

export function failed(status: number, code: number, message: string): Answer {
  return { status, code, message, response: null };
}

/** The payment as i'mport writes it: fields of a payment without a cancel are 0, null and empty, never absent. */
export function toWire(payment: LedgerPayment): IamportPayment {
  const { currency } = payment;
  const latest = payment.cancels.at(-1);
  return {
    ...DETAIL_DEFAULTS,
    ...payment.details,
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    status: payment.status,
    pay_method: payment.payMethod,
    pg_provider: payment.pgProvider,
    pg_tid: textDetail(payment, 'pg_tid') ?? DETAIL_DEFAULTS.pg_tid,
    emb_pg_provider: payment.embPgProvider,
    currency,
    amount: toMajor(payment.amount, currency),
    cancel_amount: toMajor(cancelledOf(payment), currency),
    cancel_reason: latest?.reason ?? null,
    cancelled_at: latest?.cancelledAtSeconds ?? 0,
    cancel_history: payment.cancels.map((cancel) => historyEntry(cancel, currency)),
    cancel_receipt_urls: payment.cancels.flatMap((cancel) => cancel.receiptUrl ?? []),
    started_at: payment.startedAtSeconds,
    paid_at: payment.paidAtSeconds,
    failed_at: Number(payment.details['failed_at'] ?? 0),
    receipt_url: textDetail(payment, 'receipt_url'),
    custom_data: textDetail(payment, 'custom_data'),
    sandbox: payment.sandbox,
  };
}

function historyEntry(cancel: Cancel, currency: string): IamportPayment['cancel_history'][number] {
  return {
    cancellation_id: cancel.cancellationId,
    amount: toMajor(cancel.amount, currency),
    cancelled_at: cancel.cancelledAtSeconds,
    reason: cancel.reason,
    pg_tid: cancel.pgTid,
    receipt_url: cancel.receiptUrl,
  };
}

function textDetail(payment: LedgerPayment, field: string): string | null {
  const value = payment.details[field];
  return typeof value === 'string' ? value : null;
}

/** i'mport is written in PHP: `/` is escaped, everything outside ASCII is `\uXXXX`, and keys come in alphabetical order. */
export function phpJson(value: unknown): string {
  return JSON.stringify(value, sortKeys)
    .replaceAll('/', String.raw`\/`)
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sortKeys(_key: string, value: unknown): unknown {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
