import { type LedgerPayment, leftOf, type PaymentStatus, statusTime, toMajor, updatedAt } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, type Show, succeeded } from './wire.ts';

/** One read of payments. */
export interface LookUp {
  readonly store: PaymentStore;
  readonly query: URLSearchParams;
  readonly show: Show;
  readonly nowSeconds: number;
}

const MAX_UIDS = 100;
const STATUSES = ['all', 'ready', 'paid', 'cancelled', 'failed'] as const;

/** `GET /payments/{imp_uid}`: a payment of a test channel is hidden without `include_sandbox`. */
export function paymentByImpUid({ store, query, show }: LookUp, impUid: string): Answer {
  const payment = store.payments.get(impUid);
  const isHidden = payment?.details['sandbox'] === true && query.get('include_sandbox') !== 'true';
  return payment === undefined || isHidden ? notFound() : succeeded(show(payment));
}

/** `GET /payments?imp_uid[]=…&merchant_uid[]=…`: 207 when some do not exist, 404 when none does. */
export function paymentsByUids({ store, query, show }: LookUp): Answer {
  const named = (name: string): readonly string[] => [...query.getAll(`${name}[]`), ...query.getAll(name)];
  const [impUids, merchantUids] = [named('imp_uid'), named('merchant_uid')];
  if (impUids.length + merchantUids.length > MAX_UIDS) {
    return failed(400, -1, TEXTS.too_many_uids.text);
  }
  const found = [
    ...impUids.map((uid) => store.payments.get(uid)),
    ...merchantUids.map((uid) => store.attempts(uid)[0]),
  ];
  const present = found.filter((payment) => payment !== undefined);
  if (present.length === 0) {
    return notFound();
  }
  return succeeded([...new Set(present)].map(show), present.length < found.length ? 207 : 200);
}

/** `GET /payments/find/{merchant_uid}/{status?}`: the newest attempt by default, which can be a failed one. */
export function paymentByMerchantUid(lookUp: LookUp, merchantUid: string, status = 'all'): Answer {
  if (!isStatus(status)) return failed(400, -1, TEXTS.bad_status.text);
  const [first] = sorted(lookUp, lookUp.store.attempts(merchantUid), status);
  return first === undefined ? notFound() : succeeded(lookUp.show(first));
}

/** `GET /payments/{imp_uid}/balance`: only PAYCO has one. The answer for other PGs is assumed. */
export function balance({ store }: LookUp, impUid: string): Answer {
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

/**
 * `GET /payments/status/{status}`: `from` and `to`, both inclusive, apply to the time of each payment's status. A longer or
 * reversed period is refused (assumed; the documents only say "at most").
 */
export function paymentsByStatus(lookUp: LookUp, status: string): Answer {
  if (!isStatus(status)) return failed(400, -1, TEXTS.bad_status.text);
  const { store, query, nowSeconds } = lookUp;
  const to = wholeOf(query.get('to'), nowSeconds);
  const from = wholeOf(query.get('from'), to - LONGEST_WINDOW_SECONDS);
  // NaN, for what is no number, is in no order.
  if (!(from <= to && to - from <= LONGEST_WINDOW_SECONDS)) return failed(400, -1, TEXTS.bad_window.text);
  const isWithin = (time: number): boolean => time >= from && time <= to;
  const within = [...store.payments.values()].filter((payment) => isWithin(statusTime(payment)));
  return page(lookUp, sorted(lookUp, within, status));
}

/** `GET /payments/findAll/{merchant_uid}/{status?}`: all attempts of an order. */
export function attemptsByMerchantUid(lookUp: LookUp, merchantUid: string, status = 'all'): Answer {
  if (!isStatus(status)) return failed(400, -1, TEXTS.bad_status.text);
  const attempts = sorted(lookUp, lookUp.store.attempts(merchantUid), status);
  return attempts.length === 0 ? notFound() : page(lookUp, attempts);
}

function isStatus(text: string): text is PaymentStatus | 'all' {
  return STATUSES.some((status) => status === text);
}

const SORT_TIMES = new Map([
  ['started', (payment: LedgerPayment) => payment.startedAtSeconds],
  ['paid', (payment: LedgerPayment) => payment.paidAtSeconds],
  ['updated', updatedAt],
]);

/**
 * The payments with this status, in the order that the query asks for. Only a minus means descending: `+started` arrives as
 * ` started` from clients that do not escape the plus. An unknown field is treated as the default, `-started` (assumed).
 */
function sorted(
  { query }: LookUp,
  payments: readonly LedgerPayment[],
  status: PaymentStatus | 'all',
): readonly LedgerPayment[] {
  const sorting = query.get('sorting') ?? '';
  const timeOf = SORT_TIMES.get(sorting.replace(/^[-+ ]/, ''));
  const isDescending = timeOf === undefined || sorting.startsWith('-');
  const time = timeOf ?? ((payment) => payment.startedAtSeconds);
  return payments
    .filter((payment) => status === 'all' || payment.status === status)
    .toSorted((a, b) => (isDescending ? time(b) - time(a) : time(a) - time(b)));
}

/** `previous` and `next` are page numbers, 0 where there is none. A page after the last one is refused, except page 1. */
function page({ query, show }: LookUp, payments: readonly LedgerPayment[]): Answer {
  const number = wholeOf(query.get('page'), 1);
  const limit = wholeOf(query.get('limit'), DEFAULT_LIMIT);
  const pages = Math.max(Math.ceil(payments.length / limit), 1);
  if (!(limit >= 1 && limit <= MAX_LIMIT && number >= 1 && number <= pages))
    return failed(400, -1, TEXTS.bad_page.text);
  const list = payments.slice((number - 1) * limit, number * limit).map(show);
  const next = number < pages ? number + 1 : 0;
  return succeeded({ total: payments.length, previous: number - 1, next, list });
}

/** NaN when it is not a whole number. */
function wholeOf(text: string | null, fallback: number): number {
  if (text === null || text === '') return fallback;
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
}
