import type { FaultableRequest, FaultQueue, Met } from './fault-queue.ts';
import { ANSWER_HABITS, type AnswerHabit, type Fault } from './faults.ts';
import { assertNever } from './json.ts';
import type { LedgerPayment } from './payment.ts';
import { toWire } from './wire.ts';

/** A payment as an answer shows it: i'mport's fields, and whatever its bad habits make of them. */
export type ShownPayment = Readonly<Record<string, unknown>>;

export type Show = (payment: LedgerPayment) => ShownPayment;

const SUMS = ['amount', 'cancel_amount', 'cancel_history.amount'];
const TIMES = ['started_at', 'paid_at', 'failed_at', 'cancelled_at', 'cancel_history.cancelled_at'];
/** What a client subtracts and compares; that the amount paid is clean makes the dust visible. */
const ADDED_UP = ['cancel_amount', 'cancel_history.amount'];
const KEPT_ORDER_NUMBER = 40;
const KOREAN_MS = 9 * 60 * 60 * 1000;

/** How payments are written in the answers of one endpoint. */
export function showing(faults: FaultQueue, endpoint: FaultableRequest['endpoint']): Show {
  return (payment) =>
    faults.habits(ANSWER_HABITS, { endpoint, impUid: payment.impUid }).reduce(spoil, toWire(payment));
}

/** The number of an order as it is sent in a webhook. */
export function shownOrderNumber(
  faults: FaultQueue,
  { imp_uid, merchant_uid }: { readonly imp_uid: string; readonly merchant_uid: string },
): string {
  const [cut] = faults.habits(['order_number_cut'], { endpoint: 'webhook', impUid: imp_uid });
  return cut === undefined ? merchant_uid : merchant_uid.slice(0, cut.max ?? KEPT_ORDER_NUMBER);
}

function spoil(shown: ShownPayment, habit: Met<AnswerHabit>): ShownPayment {
  const { fault } = habit;
  switch (fault) {
    case 'order_number_cut':
      return change(shown, ['merchant_uid'], (uid) => String(uid).slice(0, habit.max ?? KEPT_ORDER_NUMBER));
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
    case 'history_missing':
      return changeHistory(shown, (history) => (habit.entries === 'all' ? [] : history.slice(0, -1)));
    case 'history_newest_first':
      return changeHistory(shown, (history) => history.toReversed());
    case 'history_as_object':
      return changeHistory(shown, (history) => Object.fromEntries(history.entries()));
    default:
      return assertNever(fault);
  }
}

/** `undefined` leaves a field out. */
function change(
  shown: ShownPayment,
  fields: readonly string[],
  by: (value: unknown) => unknown,
): ShownPayment {
  return fields.reduce((soFar: ShownPayment, path) => {
    const [field = '', inner] = path.split('.');
    const value = soFar[field];
    if (inner === undefined) return { ...soFar, [field]: by(value) };
    if (!Array.isArray(value)) return soFar;
    const entries = value.map((entry: ShownPayment) => ({ ...entry, [inner]: by(entry[inner]) }));
    return { ...soFar, [field]: entries };
  }, shown);
}

function changeHistory(shown: ShownPayment, by: (history: readonly unknown[]) => unknown): ShownPayment {
  return change(shown, ['cancel_history'], (history) => (Array.isArray(history) ? by(history) : history));
}

/** The next number that a double can hold, as sums of floats come out. */
function withDust(value: unknown): unknown {
  return typeof value === 'number' ? value * (1 + Number.EPSILON) : value;
}

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
