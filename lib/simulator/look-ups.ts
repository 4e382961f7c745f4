import { attemptsOf } from './ledger.ts';
import { toMajor } from './money.ts';
import { type LedgerPayment, leftOf } from './payment.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, succeeded, toWire } from './wire.ts';

type Payments = ReadonlyMap<string, LedgerPayment>;

const MAX_UIDS = 100;
const STATUSES = ['all', 'ready', 'paid', 'cancelled', 'failed'];

/** `GET /payments/{imp_uid}`: a payment of a test channel is hidden from those who do not ask for it. */
export function paymentByImpUid(payments: Payments, impUid: string, query: URLSearchParams): Answer {
  const payment = payments.get(impUid);
  const isHidden = payment?.sandbox === true && query.get('include_sandbox') !== 'true';
  return payment === undefined || isHidden ? notFound() : succeeded(toWire(payment));
}

/** `GET /payments?imp_uid[]=…&merchant_uid[]=…`: 207 when some do not exist, 404 when none does. */
export function paymentsByUids(payments: Payments, query: URLSearchParams): Answer {
  const uids = ['imp_uid[]', 'imp_uid', 'merchant_uid[]', 'merchant_uid'].flatMap((name) =>
    query.getAll(name),
  );
  if (uids.length > MAX_UIDS) {
    return failed(400, -1, TEXTS.too_many_uids.text);
  }
  const found = uids.map((uid) => payments.get(uid) ?? attemptsOf(payments.values(), uid)[0]);
  const present = found.filter((payment) => payment !== undefined);
  if (present.length === 0) {
    return notFound();
  }
  return succeeded([...new Set(present)].map(toWire), present.length < found.length ? 207 : 200);
}

/** `GET /payments/find/{merchant_uid}/{status?}`: the newest attempt, which can be a failed one, unless asked otherwise. */
export function paymentByMerchantUid(
  payments: Payments,
  { merchantUid, status = 'all' }: { readonly merchantUid: string; readonly status?: string | undefined },
  query: URLSearchParams,
): Answer {
  if (!STATUSES.includes(status)) {
    return failed(400, -1, TEXTS.bad_status.text);
  }
  const attempts = attemptsOf(payments.values(), merchantUid).filter(
    (payment) => status === 'all' || payment.status === status,
  );
  const [first] = sorted(attempts, query.get('sorting') ?? '-started');
  return first === undefined ? notFound() : succeeded(toWire(first));
}

/** `+started` arrives as ` started` from clients that do not escape the plus: only a minus means descending. */
function sorted(attempts: readonly LedgerPayment[], sorting: string): readonly LedgerPayment[] {
  const field = sorting.replace(/^[-+ ]/, '');
  const direction = sorting.startsWith('-') ? -1 : 1;
  const timeOf = (payment: LedgerPayment): number => {
    const updated = payment.cancels.at(-1)?.cancelledAtSeconds ?? payment.paidAtSeconds;
    return { started: payment.startedAtSeconds, paid: payment.paidAtSeconds, updated }[field] ?? 0;
  };
  return attempts.toSorted((a, b) => direction * (timeOf(a) - timeOf(b)));
}

/** `GET /payments/{imp_uid}/balance`: PAYCO alone has one. What the other PGs get is assumed. */
export function balance(payments: Payments, impUid: string): Answer {
  const payment = payments.get(impUid);
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
    histories: [],
  });
}

function notFound(): Answer {
  return failed(404, -1, TEXTS.no_such_payment.text);
}
