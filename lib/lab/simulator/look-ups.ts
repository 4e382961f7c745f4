import type { FaultQueue } from './faults.ts';
import { type LedgerPayment, leftOf, type PaymentStatus, statusTime, toMajor } from './payment.ts';
import { type PaymentStore, SORT_TIMES, type SortField } from './payment-store.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, type Show, succeeded } from './wire.ts';

/** One read of payments. */
export interface Question {
  readonly store: PaymentStore;
  readonly query: URLSearchParams;
  readonly show: Show;
  readonly faults: FaultQueue;
  readonly nowSeconds: number;
}

const MAX_UIDS = 100;
const STATUSES = ['all', 'ready', 'paid', 'cancelled', 'failed'] as const;

/** `GET /payments/{imp_uid}`: a payment of a test channel is hidden without `include_sandbox`. */
export function paymentByImpUid({ store, query, show }: Question, impUid: string): Answer {
  const payment = store.payments.get(impUid);
  const isHidden = payment?.sandbox === true && query.get('include_sandbox') !== 'true';
  return payment === undefined || isHidden ? notFound() : succeeded(show(payment));
}

/** `GET /payments?imp_uid[]=…&merchant_uid[]=…`: 207 when some do not exist, 404 when none does. */
export function paymentsByUids({ store, query, show }: Question): Answer {
  const named = (name: string): readonly string[] => [...query.getAll(`${name}[]`), ...query.getAll(name)];
  const [impUids, merchantUids] = [named('imp_uid'), named('merchant_uid')];
  if (impUids.length + merchantUids.length > MAX_UIDS) {
    return failed(400, -1, TEXTS.too_many_uids.text);
  }
  const found = [
    ...impUids.map((uid) => store.payments.get(uid)),
    ...merchantUids.map((uid) => store.index.attempts(uid)[0]),
  ];
  const present = found.filter((payment) => payment !== undefined);
  if (present.length === 0) {
    return notFound();
  }
  return succeeded([...new Set(present)].map(show), present.length < found.length ? 207 : 200);
}

/** `GET /payments/find/{merchant_uid}/{status?}`: the newest attempt by default, which can be a failed one. */
export function paymentByMerchantUid(question: Question, merchantUid: string, status = 'all'): Answer {
  const asked = statusOf(status);
  if (asked === undefined) return failed(400, -1, TEXTS.bad_status.text);
  const [first] = attemptsAsked(question, merchantUid, asked);
  return first === undefined ? notFound() : succeeded(question.show(first));
}

function statusOf(text: string): PaymentStatus | 'all' | undefined {
  return STATUSES.find((status) => status === text);
}

/** Attempts of an order with a status, sorted as the query says. */
function attemptsAsked(
  { store, query }: Question,
  merchantUid: string,
  status: PaymentStatus | 'all',
): readonly LedgerPayment[] {
  const attempts = store.index
    .attempts(merchantUid)
    .filter((payment) => status === 'all' || payment.status === status);
  const { field, isDescending } = sortingOf(query);
  const timeOf = SORT_TIMES[field];
  const direction = isDescending ? -1 : 1;
  return attempts.toSorted((a, b) => direction * (timeOf(a) - timeOf(b)));
}

interface Sorting {
  readonly field: SortField;
  readonly isDescending: boolean;
}

/**
 * Only a minus means descending: `+started` arrives as ` started` from clients that do not escape the plus. An unknown field
 * is treated as the default, `-started` (assumed).
 */
function sortingOf(query: URLSearchParams): Sorting {
  const sorting = query.get('sorting') ?? '-started';
  const field = (['started', 'paid', 'updated'] as const).find(
    (name) => name === sorting.replace(/^[-+ ]/, ''),
  );
  return { field: field ?? 'started', isDescending: field === undefined || sorting.startsWith('-') };
}

/** `GET /payments/{imp_uid}/balance`: only PAYCO has one. The answer for other PGs is assumed. */
export function balance({ store }: Question, impUid: string): Answer {
  const payment = store.payments.get(impUid);
  if (payment === undefined) {
    return notFound();
  }
  if (payment.pgProvider !== 'payco') {
    return failed(404, -1, TEXTS.balance_unsupported.text);
  }
  const none = { tax_free: 0, supply: 0, vat: 0, service: 0 };
  const left = toMajor(leftOf(payment), payment.currency);
  return succeeded({
    amount: left,
    cash_receipt: none,
    primary: { ...none, supply: left },
    secondary: none,
    discount: none,
    histories: payment.cancels.map(({ amount, cancelledAtSeconds }) => ({
      amount: toMajor(amount, payment.currency),
      cancelled_at: cancelledAtSeconds,
    })),
  });
}

function notFound(): Answer {
  return failed(404, -1, TEXTS.no_such_payment.text);
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
/** The longest period that i'mport searches. */
const LONGEST_WINDOW_SECONDS = 90 * 24 * 60 * 60;

interface Page {
  /** From 1. */
  readonly number: number;
  readonly limit: number;
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * `GET /payments/status/{status}`: `from` and `to`, both inclusive, apply to the time of each payment's status. A longer or
 * reversed period is refused (assumed; the documents only say "at most").
 */
export function paymentsByStatus(question: Question, statusText: string): Answer {
  const status = statusOf(statusText);
  if (status === undefined) return failed(400, -1, TEXTS.bad_status.text);
  const page = pageOf(question);
  const window = windowOf(question);
  if (page === undefined) return failed(400, -1, TEXTS.bad_page.text);
  if (window === undefined) return failed(400, -1, TEXTS.bad_window.text);
  const { field, isDescending } = sortingOf(question.query);
  const list = question.store.index.sorted(status, field);
  return answered(question, page, pick({ list, isDescending, window }, page));
}

/** `GET /payments/findAll/{merchant_uid}/{status?}`: all attempts of an order. */
export function attemptsByMerchantUid(question: Question, merchantUid: string, statusText = 'all'): Answer {
  const status = statusOf(statusText);
  if (status === undefined) return failed(400, -1, TEXTS.bad_status.text);
  const page = pageOf(question);
  if (page === undefined) return failed(400, -1, TEXTS.bad_page.text);
  const attempts = attemptsAsked(question, merchantUid, status);
  if (attempts.length === 0) return notFound();
  const start = (page.number - 1) * page.limit;
  return answered(question, page, {
    total: attempts.length,
    shown: attempts.slice(start, start + page.limit),
  });
}

interface Picked {
  readonly total: number;
  readonly shown: readonly LedgerPayment[];
}

/** `previous` and `next` are page numbers, 0 where there is none. A page after the last one is refused, except page 1. */
function answered({ show, faults }: Question, { number, limit }: Page, { total, shown }: Picked): Answer {
  const pages = Math.max(Math.ceil(total / limit), 1);
  if (number > pages) return failed(400, -1, TEXTS.bad_page.text);
  const next = number < pages ? number + 1 : 0;
  const where = { endpoint: 'list', impUid: undefined, pgProvider: undefined } as const;
  const isEmpty = faults.habits(['list_empty'], where).length > 0;
  return succeeded({ total, previous: number - 1, next, list: isEmpty ? [] : shown.map(show) });
}

/** Counts and collects in one pass over a sorted list. */
function pick(
  {
    list,
    isDescending,
    window,
  }: { readonly list: readonly LedgerPayment[]; readonly isDescending: boolean; readonly window: Window },
  { number, limit }: Page,
): Picked {
  const start = (number - 1) * limit;
  const shown: LedgerPayment[] = [];
  let total = 0;
  for (let index = 0; index < list.length; index += 1) {
    const payment = list[isDescending ? list.length - 1 - index : index];
    const time = payment === undefined ? -1 : statusTime(payment);
    if (payment !== undefined && time >= window.from && time <= window.to) {
      if (total >= start && shown.length < limit) shown.push(payment);
      total += 1;
    }
  }
  return { total, shown };
}

function pageOf({ query }: Question): Page | undefined {
  const number = wholeOf(query.get('page'), 1);
  const limit = wholeOf(query.get('limit'), DEFAULT_LIMIT);
  const isPage = number !== undefined && number >= 1;
  return isPage && limit !== undefined && limit >= 1 && limit <= MAX_LIMIT ? { number, limit } : undefined;
}

function windowOf({ query, nowSeconds }: Question): Window | undefined {
  const to = wholeOf(query.get('to'), nowSeconds);
  const from = wholeOf(query.get('from'), (to ?? 0) - LONGEST_WINDOW_SECONDS);
  if (from === undefined || to === undefined) return undefined;
  return from <= to && to - from <= LONGEST_WINDOW_SECONDS ? { from, to } : undefined;
}

/** `undefined` when it is not a whole number. */
function wholeOf(text: string | null, fallback: number): number | undefined {
  if (text === null || text === '') return fallback;
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
