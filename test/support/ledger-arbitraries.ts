import fc from 'fast-check';
import { PASSED_ON, PASSED_ON_NAMES, type PassedOn } from '../../functions/refund/intent.ts';
import type { Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import {
  ATTRIBUTIONS,
  DECIDED_BY,
  REJECTION_CODES,
  type AnswerNote,
  type CancelledRefund,
  type Closing,
  type Destination,
  type Doubt,
  type ElsewhereCancel,
  type LedgerItem,
  type NamedEntry,
  type NotExecutedRefund,
  type NotSentRefund,
  type Proposal,
  type ProviderRefusal,
  type RejectedRefund,
  type RequestedRefund,
  type Verdict,
} from '../../functions/refund/refund.ts';

type Given<T> = fc.Arbitrary<Exclude<T, undefined>>;
interface Maybe<T> {
  readonly maybe: fc.Arbitrary<T>;
}

/** Every field of a type by its name, so that a forgotten field does not compile. */
type Fields<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? Maybe<Exclude<T[K], undefined>> : Given<T[K]>;
};

function maybe<T>(arbitrary: fc.Arbitrary<T>): Maybe<T> {
  return { maybe: arbitrary };
}

/** With all optional fields set, or with some. */
function stored<T extends object>(fields: Fields<T>): fc.Arbitrary<T> {
  const all = Object.entries(fields) as [keyof T & string, fc.Arbitrary<unknown> | Maybe<unknown>][];
  const record = Object.fromEntries(all.map(([name, each]) => [name, 'maybe' in each ? each.maybe : each]));
  const requiredKeys = all.filter(([, each]) => !('maybe' in each)).map(([name]) => name);
  return fc.oneof(fc.record(record), fc.record(record, { requiredKeys })) as unknown as fc.Arbitrary<T>;
}

/** Amounts of up to fifteen digits. */
const amount = fc
  .oneof(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 999_999_999_999_999 }))
  .map((units) => units as Minor);

const currency = fc.constantFrom('KRW', 'JPY', 'USD', 'KWD', 'CLF');

/** Between 2001 and 2096, in ms. */
const time = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 });
/** A provider may tell any second, and within our calendar also fractions of one. */
const providersTime = fc.oneof(
  fc.integer({ min: 1, max: Date.UTC(9999, 11, 31) }),
  fc.integer({ min: 1, max: 8_640_000_000_000 }).map((seconds) => seconds * 1_000),
);

/** A person's text: also empty, and of any script. */
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constant('상품이 파손되어 도착했습니다'),
);
const count = fc.nat({ max: 1_000 });
export const refundId = fc.stringMatching(/^rf_[0-9a-z]{24}$/);
const impUid = fc.stringMatching(/^imps?_[0-9]{12}$/);
const merchantUid = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

const passedOn = fc.record(
  Object.fromEntries(
    PASSED_ON_NAMES.map((name) => [name, PASSED_ON[name].kind === 'money' ? amount : fc.boolean()]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<PassedOn<Minor>>;

const destination = stored<Destination>({ bank: maybe(words), accountHash: maybe(words) });
const refusal = stored<ProviderRefusal>({ code: fc.maxSafeInteger(), message: words });
const answer = stored<AnswerNote>({
  atMs: time,
  text: words,
  refusal: maybe(refusal),
  meaning: maybe(fc.constantFrom('under_way', 'already_cancelled')),
  accepted: maybe(fc.boolean()),
});
const doubt = stored<Doubt>({ why: words, cancelAmount: maybe(amount), expectedByMs: maybe(time) });

const namedEntry: fc.Arbitrary<NamedEntry> = fc.oneof(
  fc.record({ cancellationId: words }),
  fc.record({ cancelledAtMs: providersTime, amount }),
);
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({ verdict: fc.constant('executed'), entries: fc.array(namedEntry, { maxLength: 3 }) }),
  fc.record({ verdict: fc.constant('executed_unlisted'), amount }),
  fc.record({ verdict: fc.constantFrom('not_executed', 'undone') }),
);
const statement = { evidence: words, by: fc.record({ sub: words, person: words }), atMs: time };
const proposal: fc.Arbitrary<Proposal> = fc.record({ ...statement, said: verdict });
const closing: fc.Arbitrary<Closing> = fc.record({ proposal, approval: fc.record(statement) });
const paymentAfter = fc.record({ cancelAmount: amount, cancelableAmount: amount });

const key = { merchantUid, impUid, refundId, currency, amount };

const claimed = {
  ...key,
  gen: count,
  checksum: amount,
  cancelledBefore: amount,
  wish: words,
  passedOn,
  actor: fc.record({ kind: fc.constantFrom('customer', 'staff'), sub: words }),
  requestedAtMs: time,
  claimedAtMs: time,
  fingerprint: maybe(words),
  reason: maybe(words),
  reference: maybe(words.filter((text) => text !== '')),
  destination: maybe(destination),
  isRestored: maybe(fc.boolean()),
} as const;

export const requestedRefund = stored<RequestedRefund>({
  ...claimed,
  status: fc.constant('requested'),
  resolveAtMs: time,
  lookedAtMs: maybe(time),
  seen: maybe(fc.array(words, { maxLength: 4 })),
  answer: maybe(answer),
  doubt: maybe(doubt),
  unreadableSinceMs: maybe(time),
  drift: maybe(fc.record({ atMs: time, cancelAmount: amount, cancelableAmount: amount })),
  proposal: maybe(proposal),
});

const ended = {
  ...claimed,
  finishedAtMs: time,
  decidedBy: fc.constantFrom(...DECIDED_BY),
  revision: count,
  answer: maybe(answer),
  closing: maybe(closing),
  paymentAfter: maybe(paymentAfter),
} as const;

const cancelEntry = stored<CancelEntry>({
  amount,
  cancelledAtMs: maybe(providersTime),
  reason: maybe(words),
  receiptUrl: maybe(words),
  cancellationId: maybe(words),
  pgTid: maybe(words),
  fromConsole: maybe(fc.boolean()),
});

const cancelledRefund = stored<CancelledRefund>({
  ...ended,
  status: fc.constant('cancelled'),
  attribution: fc.constantFrom(...ATTRIBUTIONS),
  entries: fc.array(cancelEntry, { maxLength: 3 }),
  corrected: fc.boolean(),
  executedAmount: maybe(amount),
  cancelledAtMs: maybe(providersTime),
  undone: maybe(closing),
  proposal: maybe(proposal),
});

const rejected = stored<RejectedRefund>({
  ...ended,
  status: fc.constant('rejected'),
  code: fc.constantFrom(...REJECTION_CODES),
});

const notExecuted = stored<NotExecutedRefund>({
  ...ended,
  status: fc.constant('not_executed'),
});

const notSent = stored<NotSentRefund>({
  ...claimed,
  status: fc.constant('not_sent'),
  finishedAtMs: time,
  cause: words,
});

const elsewhere = stored<ElsewhereCancel>({
  ...key,
  status: fc.constantFrom('elsewhere', 'attributed'),
  entry: cancelEntry,
  seenAtMs: time,
  revision: count,
  cancelledAtMs: maybe(providersTime),
  attributedTo: maybe(refundId),
  paymentAfter: maybe(paymentAfter),
  undone: maybe(closing),
  proposal: maybe(proposal),
});

export const ledgerItem: fc.Arbitrary<LedgerItem> = fc.oneof(
  requestedRefund,
  cancelledRefund,
  rejected,
  notExecuted,
  notSent,
  elsewhere,
);

export const providerPayment = stored<ProviderPayment>({
  merchantUid,
  impUid,
  status: fc.constantFrom('paid', 'cancelled', 'ready', 'failed', 'some_new_status'),
  isPaid: fc.boolean(),
  currency,
  amount,
  cancelAmount: amount,
  sumTold: fc.boolean(),
  cancelHistory: fc.array(cancelEntry, { maxLength: 5 }),
  hasPromotion: fc.boolean(),
  isSandbox: fc.boolean(),
  payMethod: maybe(words),
  pgProvider: maybe(words),
  paidAtMs: maybe(providersTime),
  cancelledAtMs: maybe(providersTime),
  cancelReason: maybe(words),
  receiptUrl: maybe(words),
  customerId: maybe(words),
});

type Own = Pick<
  Payment,
  'inFlight' | 'lastWish' | 'rateLimit' | 'askedAmount' | 'lookedAtMs' | 'heldDigest' | 'shrunk'
>;
const tokens = fc.integer({ min: 0, max: 10_000 }).map((thousandths) => thousandths / 1000);
/** The attributes of HEAD that are ours. */
export const own = stored<Own>({
  inFlight: maybe(refundId),
  lastWish: maybe(fc.record({ refundId, wish: words, atMs: time })),
  rateLimit: maybe(fc.record({ tokens, atMs: time })),
  askedAmount: maybe(amount),
  lookedAtMs: time,
  heldDigest: maybe(words),
  shrunk: maybe(fc.record({ atMs: time, cancelAmount: amount })),
});
