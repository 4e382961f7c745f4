import { type HeldPayment, leftOf, type PaymentStatus, statusTime, toMajor } from './payment.ts';
import type { Payments } from './payments.ts';
import type { World } from './simulator.ts';
import { type Answer, failed, succeeded } from './texts.ts';
import { shownIn } from './untidiness.ts';

/** A read of payments. */
export interface LookUp {
  readonly method: string;
  /** The parts of the path; the first is `payments`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Whether a look-up answers with several payments, by the segment after `/payments`. */
export function isList(first: string | undefined): boolean {
  return first === undefined || first === 'status' || first === 'findAll';
}

/** `GET /payments…`. */
export function lookUp({ payments, faults, clock }: World, { method, segments, query }: LookUp): Answer {
  const [root, first, second, third] = segments;
  if (root !== 'payments' || segments.length > 4) return failed(404, -1, 'no_such_path');
  if (method !== 'GET') return failed(405, -1, 'method_not_allowed');
  const endpoint = isList(first) ? 'list' : 'payment';
  const show = ({ shown }: HeldPayment): unknown => shownIn(faults, endpoint, shown);
  const reading = { payments, query, show, nowSeconds: Math.floor(clock.nowMs() / 1000) };
  if (first === undefined) return byUids(reading);
  if (second === undefined) return byImpUid(reading, first);
  if (first === 'find') return newestOfOrder(reading, second, third);
  if (first === 'findAll') return allOfOrder(reading, second, third);
  if (third !== undefined) return failed(404, -1, 'no_such_path');
  if (first === 'status') return ofStatus(reading, second);
  // The simulator has no payment window, so no amount is ever registered.
  if (first === 'prepare') return failed(404, -1, 'not_prepared');
  return second === 'balance' ? balance(payments.get(first)) : failed(404, -1, 'no_such_path');
}

interface Reading {
  readonly payments: Payments;
  readonly query: URLSearchParams;
  /** Writes a payment for the answer. */
  readonly show: (payment: HeldPayment) => unknown;
  readonly nowSeconds: number;
}

function notFound(): Answer {
  return failed(404, -1, 'no_such_payment');
}

const MAX_UIDS = 100;

/** `GET /payments/{imp_uid}`: a payment of a test channel is hidden without `include_sandbox`. */
function byImpUid({ payments, query, show }: Reading, impUid: string): Answer {
  const payment = payments.get(impUid);
  const isHidden = payment?.shown['sandbox'] === true && query.get('include_sandbox') !== 'true';
  return payment === undefined || isHidden ? notFound() : succeeded(show(payment));
}

/** `GET /payments?imp_uid[]=…&merchant_uid[]=…`: 207 when some do not exist, 404 when none does. */
function byUids({ payments, query, show }: Reading): Answer {
  const [impUids, merchantUids] = [query.getAll('imp_uid[]'), query.getAll('merchant_uid[]')];
  if (impUids.length + merchantUids.length > MAX_UIDS) return failed(400, -1, 'too_many_uids');
  const found = [
    ...impUids.map((uid) => payments.get(uid)),
    ...merchantUids.map((uid) => payments.attempts(uid)[0]),
  ];
  const present = found.filter((payment) => payment !== undefined);
  if (present.length === 0) return notFound();
  return succeeded([...new Set(present)].map(show), present.length < found.length ? 207 : 200);
}

/** `GET /payments/{imp_uid}/balance`: only PAYCO has one. The answer for other PGs is assumed. */
function balance(payment: HeldPayment | undefined): Answer {
  if (payment === undefined) return notFound();
  const { pg_provider: pg, currency, cancel_history: history } = payment.shown;
  if (pg !== 'payco') return failed(404, -1, 'balance_unsupported');
  const none = { tax_free: 0, supply: 0, vat: 0, service: 0 };
  const amount = toMajor(leftOf(payment), currency);
  return succeeded({
    amount,
    cash_receipt: none,
    primary: { ...none, supply: amount },
    secondary: none,
    discount: none,
    histories: history.map((cancel) => ({ amount: cancel.amount, cancelled_at: cancel.cancelled_at })),
  });
}

const STATUSES = ['all', 'ready', 'paid', 'cancelled', 'failed'] as const;

function isStatus(text: string): text is PaymentStatus | 'all' {
  return STATUSES.some((status) => status === text);
}

/** `GET /payments/find/{merchant_uid}/{status?}`: the newest attempt by default, which can be a failed one. */
function newestOfOrder(reading: Reading, merchantUid: string, status = 'all'): Answer {
  if (!isStatus(status)) return failed(400, -1, 'bad_status');
  const [newest] = sorted(reading, reading.payments.attempts(merchantUid), status);
  return newest === undefined ? notFound() : succeeded(reading.show(newest));
}

/** `GET /payments/findAll/{merchant_uid}/{status?}`: all attempts of an order. */
function allOfOrder(reading: Reading, merchantUid: string, status = 'all'): Answer {
  if (!isStatus(status)) return failed(400, -1, 'bad_status');
  const attempts = sorted(reading, reading.payments.attempts(merchantUid), status);
  return attempts.length === 0 ? notFound() : page(reading, attempts);
}

/** The longest period that i'mport searches. */
const LONGEST_WINDOW_SECONDS = 90 * 24 * 60 * 60;

/**
 * `GET /payments/status/{status}`: `from` and `to`, both inclusive, apply to the time of each payment's status. A longer or
 * reversed period is refused (assumed; the documents only say "at most").
 */
function ofStatus(reading: Reading, status: string): Answer {
  if (!isStatus(status)) return failed(400, -1, 'bad_status');
  const { payments, query, nowSeconds } = reading;
  const to = wholeOf(query.get('to'), nowSeconds);
  const from = wholeOf(query.get('from'), to - LONGEST_WINDOW_SECONDS);
  // NaN, for what is no number, is in no order.
  if (!(from <= to && to - from <= LONGEST_WINDOW_SECONDS)) return failed(400, -1, 'bad_window');
  const isWithin = (time: number): boolean => time >= from && time <= to;
  const within = payments.all().filter((payment) => isWithin(statusTime(payment)));
  return page(reading, sorted(reading, within, status));
}

const SORT_TIMES = new Map([
  ['started', ({ shown }: HeldPayment) => shown.started_at],
  ['paid', ({ shown }: HeldPayment) => shown.paid_at],
  ['updated', (payment: HeldPayment) => Math.max(statusTime(payment), payment.undoneAtSeconds)],
]);

/**
 * The payments with this status, in the order that the query asks for. Only a minus means descending: `+started` arrives as
 * ` started` from clients that do not escape the plus. An unknown field is treated as the default, `-started` (assumed).
 */
function sorted(
  { query }: Reading,
  payments: readonly HeldPayment[],
  status: PaymentStatus | 'all',
): readonly HeldPayment[] {
  const sorting = query.get('sorting') ?? '';
  const timeOf = SORT_TIMES.get(sorting.replace(/^[-+ ]/, ''));
  const isDescending = timeOf === undefined || sorting.startsWith('-');
  const time = timeOf ?? (({ shown }) => shown.started_at);
  return payments
    .filter(({ shown }) => status === 'all' || shown.status === status)
    .toSorted((a, b) => (isDescending ? time(b) - time(a) : time(a) - time(b)));
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

/** `previous` and `next` are page numbers, 0 where there is none. A page after the last one is refused, except page 1. */
function page({ query, show }: Reading, payments: readonly HeldPayment[]): Answer {
  const number = wholeOf(query.get('page'), 1);
  const limit = wholeOf(query.get('limit'), DEFAULT_LIMIT);
  const pages = Math.max(Math.ceil(payments.length / limit), 1);
  if (!(limit >= 1 && limit <= MAX_LIMIT && number >= 1 && number <= pages))
    return failed(400, -1, 'bad_page');
  const list = payments.slice((number - 1) * limit, number * limit).map(show);
  const next = number < pages ? number + 1 : 0;
  return succeeded({ total: payments.length, previous: number - 1, next, list });
}

/** NaN when it is not a whole number. */
function wholeOf(text: string | null, fallback: number): number {
  if (text === null || text === '') return fallback;
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
}
