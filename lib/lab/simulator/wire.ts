import { type FaultOf, faultsOf } from './fault-table.ts';
import type { FaultableRequest, FaultQueue, FaultNamed } from './fault-queue.ts';
import { assertNever, type Fields, isRecord } from './json.ts';
import { type Cancel, cancelledOf, DETAIL_DEFAULTS, type LedgerPayment, toMajor } from './payment.ts';
import { KEPT_ORDER_NUMBER } from './payment-store.ts';

/** The answer of every endpoint; `response` is null on failure. */
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

/** A payment on the wire: i'mport's names, amounts in major units, times in UNIX seconds (0 = has not happened). */
export type IamportPayment = Readonly<ReturnType<typeof ruledFields>> & Fields;

/** The payment as i'mport writes it: without a cancel, fields are 0, null or empty, never absent. */
export function toWire(payment: LedgerPayment): IamportPayment {
  return { ...DETAIL_DEFAULTS, ...payment.details, ...ruledFields(payment) };
}

function ruledFields(payment: LedgerPayment) {
  const { currency, cancels } = payment;
  const latest = cancels.findLast(({ isUndone }) => isUndone !== true);
  return {
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    status: payment.status,
    pay_method: payment.payMethod,
    pg_provider: payment.pgProvider,
    currency,
    amount: toMajor(payment.amount, currency),
    cancel_amount: toMajor(cancelledOf(payment), currency),
    cancel_reason: latest?.reason ?? null,
    cancelled_at: latest?.cancelledAtSeconds ?? 0,
    cancel_history: cancels.map((cancel) => historyEntry(cancel, currency)),
    cancel_receipt_urls: cancels.flatMap((cancel) => cancel.receiptUrl ?? []),
    started_at: payment.startedAtSeconds,
    paid_at: payment.paidAtSeconds,
  };
}

function historyEntry(cancel: Cancel, currency: string) {
  return {
    cancellation_id: cancel.cancellationId,
    amount: toMajor(cancel.shownAmount ?? cancel.amount, currency),
    cancelled_at: cancel.cancelledAtSeconds,
    reason: cancel.reason,
    pg_tid: cancel.pgTid,
    receipt_url: cancel.receiptUrl,
  };
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

/** Writes a payment for an answer: i'mport's fields after the matching faults. */
export type Show = (payment: LedgerPayment) => Fields;

/** Writes payments for the answers of one endpoint. */
export function showing(faults: FaultQueue, endpoint: FaultableRequest['endpoint']): Show {
  return (payment) => {
    const where = { endpoint, impUid: payment.impUid };
    const isStale = faults.drawAll(['stale_look'], where).length > 0;
    const seen = toWire(isStale ? beforeNewestCancel(payment) : payment);
    return faults.drawAll(faultsOf('answer'), where).reduce<Fields>(withFault, seen);
  };
}

function beforeNewestCancel(payment: LedgerPayment): LedgerPayment {
  const status = payment.cancels.length === 1 ? 'paid' : payment.status;
  return { ...payment, status, cancels: payment.cancels.slice(0, -1) };
}

/** The order number as sent in a webhook. */
export function shownOrderNumber(faults: FaultQueue, { impUid, merchantUid }: LedgerPayment): string {
  return faults
    .drawAll(['order_number_cut'], { endpoint: 'webhook', impUid })
    .reduce((uid, { max }) => uid.slice(0, max ?? KEPT_ORDER_NUMBER), merchantUid);
}

const SUMS = ['amount', 'cancel_amount', 'cancel_history.amount'];
const TIMES = ['started_at', 'paid_at', 'failed_at', 'cancelled_at', 'cancel_history.cancelled_at'];
/** The amounts that a client subtracts and compares. The paid amount stays exact, so that the error is visible. */
const ADDED_UP = ['cancel_amount', 'cancel_history.amount'];

function withFault(shown: Fields, scripted: FaultNamed<FaultOf<'answer'>>): Fields {
  const { fault } = scripted;
  switch (fault) {
    case 'order_number_cut':
      return change(shown, ['merchant_uid'], (uid) =>
        String(uid).slice(0, scripted.max ?? KEPT_ORDER_NUMBER),
      );
    case 'currency_lower_case':
      return change(shown, ['currency'], (currency) => String(currency).toLowerCase());
    case 'float_dust':
      // The next larger double, as a result of floating point sums.
      return change(shown, ADDED_UP, (sum) => Number(sum) * (1 + Number.EPSILON));
    case 'numbers_as_text':
      return change(shown, SUMS, String);
    case 'times_as_text':
      return change(shown, TIMES, String);
    case 'field_value':
      return change(shown, [scripted.field ?? ''], () => scripted.value);
    case 'history_missing':
      return changeList(shown, 'cancel_history', (history) => history.slice(0, -1));
    case 'history_newest_first':
      return changeList(shown, 'cancel_history', (history) => history.toReversed());
    case 'history_as_object':
      return changeList(shown, 'cancel_history', (history) => Object.fromEntries(history.entries()));
    default:
      return assertNever(fault);
  }
}

/** `undefined` leaves a field out. */
function change(shown: Fields, fields: readonly string[], by: (value: unknown) => unknown): Fields {
  return fields.reduce((soFar: Fields, path) => {
    const [field = '', inner] = path.split('.');
    if (inner === undefined) return { ...soFar, [field]: by(soFar[field]) };
    return changeList(soFar, field, (list) =>
      list.map((entry) => (isRecord(entry) ? { ...entry, [inner]: by(entry[inner]) } : entry)),
    );
  }, shown);
}

/** A list that a fault has made something else stays unchanged. */
function changeList(shown: Fields, field: string, by: (list: readonly unknown[]) => unknown): Fields {
  const list = shown[field];
  return Array.isArray(list) ? { ...shown, [field]: by(list) } : shown;
}
