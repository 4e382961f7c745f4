import { assertNever } from '../../functions/refund/assert-never.ts';

/** How a PG, or i'mport for it, writes a payment: IAMPORT's list of untidiness, with other values than the simulator's. */
export const HABITS = [
  'tidy',
  'drops the reason',
  'cuts the tag',
  'escapes the tag',
  'newest first, without times',
  'a text of an object, and nothing is false',
  'sums and times as text',
  'books later',
] as const;
export type Habit = (typeof HABITS)[number];

export interface UntidyPayment {
  readonly impUid: string;
  readonly merchantUid: string;
  readonly amount: number;
  readonly habit: Habit;
  cancelAmount: number;
  readonly entries: {
    readonly id: string;
    readonly amount: number;
    readonly reason: string;
    readonly at: number;
  }[];
}

export function success(response: object): object {
  return { code: 0, message: null, response };
}

export function fail(code: number, message: string): object {
  return { code, message, response: null };
}

/** What the PG keeps of a reason. */
export function keptReason({ habit }: UntidyPayment, reason: string): string {
  switch (habit) {
    case 'drops the reason':
    case 'newest first, without times':
      return '';
    case 'cuts the tag':
      return reason.slice(0, 11);
    case 'escapes the tag':
      return reason.replaceAll('[', '&#91;').replaceAll(']', '&#93;');
    case 'tidy':
    case 'a text of an object, and nothing is false':
    case 'sums and times as text':
    case 'books later':
      return reason;
    default:
      return assertNever(habit);
  }
}

/** The payment in the answer. */
export function historyOf(payment: UntidyPayment): object {
  const { habit, entries, amount, cancelAmount } = payment;
  const isText = habit === 'sums and times as text';
  const sum = (value: number) => (isText ? `${value}.00` : value);
  const history = entries.map((entry) => ({
    cancellation_id: entry.id,
    amount: sum(entry.amount),
    reason: entry.reason === '' ? null : entry.reason,
    cancelled_at: cancelledAt(habit, entry.at),
    receipt_url: false,
    pg_tid: 4_711,
  }));
  return {
    imp_uid: payment.impUid,
    merchant_uid: payment.merchantUid,
    status: cancelAmount > 0 ? 'cancelled' : 'paid',
    pay_method: 'card',
    pg_provider: habit === 'books later' ? 'paypal_v2' : 'untidy',
    currency: habit === 'tidy' ? 'krw' : null,
    amount: sum(amount),
    cancel_amount: sum(cancelAmount),
    paid_at: 0,
    receipt_url: '',
    cancel_history: listed(habit, history),
  };
}

function cancelledAt(habit: Habit, at: number): unknown {
  // A time without a zone is unreliable.
  if (habit === 'newest first, without times')
    return new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return habit === 'sums and times as text' ? String(at) : at;
}

function listed(habit: Habit, history: readonly object[]): unknown {
  if (habit === 'newest first, without times') return history.toReversed();
  return habit === 'a text of an object, and nothing is false'
    ? JSON.stringify(Object.fromEntries(history.entries()))
    : history;
}
