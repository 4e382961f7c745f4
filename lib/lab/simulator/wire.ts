import type { SimulatedClock } from './clock.ts';
import {
  ANSWER_HABITS,
  type AnswerHabit,
  type Fault,
  type FaultableRequest,
  type FaultQueue,
  type Met,
} from './faults.ts';
import { assertNever, isRecord } from './json.ts';
import {
  type Cancel,
  cancelledOf,
  DETAIL_DEFAULTS,
  type IamportPayment,
  isCounted,
  isListed,
  type LedgerPayment,
  toMajor,
  toMinor,
} from './payment.ts';
import type { PaymentStore } from './payment-store.ts';

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

/** The payment as i'mport writes it: without a cancel, fields are 0, null or empty, never absent. */
export function toWire(payment: LedgerPayment): IamportPayment {
  const { currency } = payment;
  const latest = payment.cancels.findLast(isCounted);
  const listed = payment.cancels.filter(isListed);
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
    cancel_history: listed.map((cancel) => historyEntry(cancel, currency)),
    cancel_receipt_urls: listed.flatMap((cancel) => cancel.receiptUrl ?? []),
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
    amount: toMajor(cancel.shownAmount ?? cancel.amount, currency),
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

/** A payment in an answer: i'mport's fields after the matching faults. */
type ShownPayment = Readonly<Record<string, unknown>>;

export type Show = (payment: LedgerPayment) => ShownPayment;

export interface ShowDependencies {
  readonly faults: FaultQueue;
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
}

/** Writes payments for the answers of one endpoint. */
export function showing(
  { faults, store, clock }: ShowDependencies,
  endpoint: FaultableRequest['endpoint'],
): Show {
  return (payment) => {
    const where = { endpoint, impUid: payment.impUid, pgProvider: payment.pgProvider };
    const [stale] = faults.habits(['stale_look'], where);
    const seen = stale === undefined ? payment : stateSeen(payment, stale);
    const habits = faults.habits(ANSWER_HABITS, where);
    return habits.reduce<ShownPayment>((shown, habit) => spoil(shown, habit, faults.random), toWire(seen));
  };

  function stateSeen(payment: LedgerPayment, { ago_ms: agoMs }: Fault): LedgerPayment {
    return agoMs === undefined
      ? store.beforeLastCancel(payment)
      : store.stateAt(payment, clock.nowMs() - agoMs);
  }
}

const ORDER_NUMBER_HABITS = ['order_number_cut', 'order_number_trimmed', 'order_number_case'] as const;
const KEPT_ORDER_NUMBER = 40;

/** The order number as sent in a webhook. */
export function shownOrderNumber(
  faults: FaultQueue,
  { impUid, merchantUid, pgProvider }: LedgerPayment,
): string {
  const where = { endpoint: 'webhook', impUid, pgProvider } as const;
  return faults.habits(ORDER_NUMBER_HABITS, where).reduce(spoiltOrderNumber, merchantUid);
}

function spoiltOrderNumber(uid: string, habit: Met<(typeof ORDER_NUMBER_HABITS)[number]>): string {
  const { fault } = habit;
  switch (fault) {
    case 'order_number_cut':
      return uid.slice(0, habit.max ?? KEPT_ORDER_NUMBER);
    case 'order_number_trimmed':
      return uid.trim();
    case 'order_number_case':
      return habit.letters === 'lower' ? uid.toLowerCase() : uid.toUpperCase();
    default:
      return assertNever(fault);
  }
}

const SUMS = ['amount', 'cancel_amount', 'cancel_history.amount'];
const TIMES = ['started_at', 'paid_at', 'failed_at', 'cancelled_at', 'cancel_history.cancelled_at'];
/** The amounts that a client subtracts and compares. The paid amount stays exact, so that the error is visible. */
const ADDED_UP = ['cancel_amount', 'cancel_history.amount'];

function spoil(shown: ShownPayment, habit: Met<AnswerHabit>, random: () => number): ShownPayment {
  const { fault } = habit;
  switch (fault) {
    case 'promotion_sums':
      return isRecord(shown['promotion'])
        ? change(shown, ['cancel_amount'], () => sumOfEntries(shown))
        : shown;
    case 'order_number_cut':
    case 'order_number_trimmed':
    case 'order_number_case':
      return change(shown, ['merchant_uid'], (uid) => spoiltOrderNumber(String(uid), { ...habit, fault }));
    case 'currency_lower_case':
      return change(shown, ['currency'], (currency) => String(currency).toLowerCase());
    case 'float_dust':
      return change(shown, habit.fields ?? ADDED_UP, withDust);
    case 'numbers_as_text':
      return change(shown, habit.fields ?? SUMS, String);
    case 'times_as_text':
      return change(shown, TIMES, (time) => timeAsText(Number(time), habit.style));
    case 'field_value':
      return change(shown, [habit.field ?? ''], () => habit.value);
    case 'cancel_amount_missing':
      return change(shown, ['cancel_amount'], () => undefined);
    case 'history_missing':
    case 'entries_without_id':
    case 'entry_twice':
    case 'history_newest_first':
    case 'history_unsorted':
    case 'history_ties_shuffled':
    case 'history_as_object':
      return changeHistory(shown, (history) => spoiltHistory(history, { ...habit, fault }, random));
    default:
      return assertNever(fault);
  }
}

type HistoryHabit = Extract<AnswerHabit, `history_${string}` | `entr${string}`>;

function spoiltHistory(
  history: readonly ShownPayment[],
  { fault, entries = 'newest' }: Met<HistoryHabit>,
  random: () => number,
): unknown {
  const isMeant = (place: number): boolean => entries === 'all' || place === history.length - 1;
  switch (fault) {
    case 'history_missing':
      return history.filter((_, place) => !isMeant(place));
    case 'entries_without_id':
      return history.map((entry, place) =>
        isMeant(place) ? { ...entry, cancellation_id: undefined } : entry,
      );
    case 'entry_twice':
      return history.flatMap((entry, place) => (isMeant(place) ? [entry, entry] : entry));
    case 'history_newest_first':
      return history.toReversed();
    case 'history_unsorted':
      return [
        ...history.filter((_, place) => place % 2 === 1),
        ...history.filter((_, place) => place % 2 === 0),
      ];
    case 'history_ties_shuffled':
      return shuffled(history, random).toSorted(
        (a, b) => Number(a['cancelled_at']) - Number(b['cancelled_at']),
      );
    case 'history_as_object':
      return Object.fromEntries(history.entries());
    default:
      return assertNever(fault);
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const drawn = items.map((item) => ({ item, place: random() }));
  return drawn.toSorted((a, b) => a.place - b.place).map(({ item }) => item);
}

/** `undefined` leaves a field out. */
function change(
  shown: ShownPayment,
  fields: readonly string[],
  by: (value: unknown) => unknown,
): ShownPayment {
  return fields.reduce((soFar: ShownPayment, path) => {
    const [field = '', inner] = path.split('.');
    if (inner === undefined) return { ...soFar, [field]: by(soFar[field]) };
    return changeHistory(
      soFar,
      (history) => history.map((entry) => ({ ...entry, [inner]: by(entry[inner]) })),
      field,
    );
  }, shown);
}

/** A history that is no longer a list stays unchanged. */
function changeHistory(
  shown: ShownPayment,
  by: (history: readonly ShownPayment[]) => unknown,
  field = 'cancel_history',
): ShownPayment {
  const history = shown[field];
  return Array.isArray(history) ? { ...shown, [field]: by(history.filter(isRecord)) } : shown;
}

function sumOfEntries(shown: ShownPayment): unknown {
  const { cancel_history: history, currency } = shown;
  if (!Array.isArray(history)) return shown['cancel_amount'];
  const sums = history.filter(isRecord).map((entry) => toMinor(entry['amount'], String(currency)) ?? 0);
  return toMajor(
    sums.reduce((sum, each) => sum + each, 0),
    String(currency),
  );
}

/** The next larger double, as a result of floating point sums. */
function withDust(value: unknown): unknown {
  return typeof value === 'number' ? value * (1 + Number.EPSILON) : value;
}

const KOREAN_MS = 9 * 60 * 60 * 1000;

function timeAsText(seconds: number, style: Fault['style'] = 'seconds'): string {
  switch (style) {
    case 'seconds':
      return String(seconds);
    case 'iso':
      return seconds === 0 ? '' : new Date(seconds * 1000).toISOString();
    case 'korean':
      return seconds === 0
        ? '0000-00-00 00:00:00'
        : new Date(seconds * 1000 + KOREAN_MS).toISOString().slice(0, 19).replace('T', ' ');
    default:
      return assertNever(style);
  }
}
