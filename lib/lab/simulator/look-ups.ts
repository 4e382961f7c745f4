import { toMajor } from './money.ts';
import { type LedgerPayment, leftOf, type PaymentStatus } from './payment.ts';
import { SORT_TIMES, type SortField } from './payment-index.ts';
import type { PaymentStore } from './payment-store.ts';
import { TEXTS } from './texts.ts';
import type { Show } from './view.ts';
import { type Answer, failed, succeeded } from './wire.ts';

/** One question about payments. */
export interface Question {
  readonly store: PaymentStore;
  readonly query: URLSearchParams;
  readonly show: Show;
  readonly nowSeconds: number;
}

const MAX_UIDS = 100;
const STATUSES = ['all', 'ready', 'paid', 'cancelled', 'failed'] as const;

/** `GET /payments/{imp_uid}`: a payment of a test channel is hidden from those who do not ask for it. */
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

/** `GET /payments/find/{merchant_uid}/{status?}`: the newest attempt, which can be a failed one, unless asked otherwise. */
export function paymentByMerchantUid(question: Question, merchantUid: string, status = 'all'): Answer {
  const asked = statusOf(status);
  if (asked === undefined) return failed(400, -1, TEXTS.bad_status.text);
  const [first] = attemptsAsked(question, merchantUid, asked);
  return first === undefined ? notFound() : succeeded(question.show(first));
}

export function statusOf(text: string): PaymentStatus | 'all' | undefined {
  return STATUSES.find((status) => status === text);
}

/** Attempts of an order with a status, sorted as the query has it. */
export function attemptsAsked(
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

export interface Sorting {
  readonly field: SortField;
  readonly isDescending: boolean;
}

/**
 * `+started` arrives as ` started` from clients that do not escape the plus: only a minus means descending. What nobody
 * knows is the default, `-started` (assumed).
 */
export function sortingOf(query: URLSearchParams): Sorting {
  const sorting = query.get('sorting') ?? '-started';
  const field = (['started', 'paid', 'updated'] as const).find(
    (name) => name === sorting.replace(/^[-+ ]/, ''),
  );
  return { field: field ?? 'started', isDescending: field === undefined || sorting.startsWith('-') };
}

/** `GET /payments/{imp_uid}/balance`: PAYCO alone has one. What the other PGs get is assumed. */
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

export function notFound(): Answer {
  return failed(404, -1, TEXTS.no_such_payment.text);
}
