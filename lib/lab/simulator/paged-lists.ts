import { attemptsAsked, notFound, type Question, sortingOf, statusOf } from './look-ups.ts';
import { type LedgerPayment, statusTime } from './payment.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, succeeded } from './wire.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
/** i'mport searches at most so long a time at once. */
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
 * `GET /payments/status/{status}`: `from` and `to` are about the time that belongs to the status of each payment, both
 * ends included. A window that is longer than i'mport searches, or upside down, is refused (assumed; the documents only say "at most").
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

/** `previous` and `next` are page numbers, 0 where there is none. A page past the end is refused, but for the first. */
function answered({ show }: Question, { number, limit }: Page, { total, shown }: Picked): Answer {
  const pages = Math.max(Math.ceil(total / limit), 1);
  if (number > pages) return failed(400, -1, TEXTS.bad_page.text);
  const next = number < pages ? number + 1 : 0;
  return succeeded({ total, previous: number - 1, next, list: shown.map(show) });
}

/** One walk along a list that is sorted already. */
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
