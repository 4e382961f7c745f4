import fc from 'fast-check';
import { PASSED_ON, PASSED_ON_NAMES, type PassedOn } from '../../functions/refund/intent.ts';
import type { Minor } from '../../functions/refund/money.ts';
import type {
  RateLimit,
  CancelEntry,
  LastWish,
  Payment,
  ProviderPayment,
} from '../../functions/refund/payment.ts';
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

type Arbitraries<T> = { readonly [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> };
type OptionalName<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** Every field of a type by its name, so that a forgotten field does not compile. */
interface Fields<T> {
  readonly required: Arbitraries<Omit<T, OptionalName<T>>>;
  readonly optional: Arbitraries<Pick<T, OptionalName<T>>>;
}

/** With all optional fields set, or with some. */
function stored<T>({ required, optional }: Fields<T>): fc.Arbitrary<T> {
  const fields = { ...required, ...optional } as unknown as Arbitraries<T>;
  const always = Object.keys(required) as (keyof T)[];
  const whole = fc.record(fields) as fc.Arbitrary<T>;
  const some = fc.record(fields, { requiredKeys: always }) as unknown as fc.Arbitrary<T>;
  return fc.oneof(whole, some);
}

/** Amounts of up to fifteen digits. */
export const amount = fc
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

const destination = stored<Destination>({ required: {}, optional: { bank: words, accountHash: words } });
const refusal = stored<ProviderRefusal>({
  required: { code: fc.maxSafeInteger(), message: words },
  optional: {},
});
const answer = stored<AnswerNote>({
  required: { atMs: time, text: words },
  optional: {
    refusal,
    meaning: fc.constantFrom('under_way', 'already_cancelled'),
    accepted: fc.boolean(),
  },
});
const doubt = stored<Doubt>({
  required: { why: words },
  optional: { cancelAmount: amount, expectedByMs: time },
});

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
export const proposal: fc.Arbitrary<Proposal> = fc.record({ ...statement, said: verdict });
const closing: fc.Arbitrary<Closing> = fc.record({ proposal, approval: fc.record(statement) });

const claimed = {
  required: {
    merchantUid,
    impUid,
    refundId,
    currency,
    gen: count,
    amount,
    checksum: amount,
    cancelledBefore: amount,
    wish: words,
    passedOn,
    actor: fc.record({ kind: fc.constantFrom('customer', 'staff'), sub: words }),
    requestedAtMs: time,
    claimedAtMs: time,
  },
  optional: {
    fingerprint: words,
    reason: words,
    reference: words.filter((text) => text !== ''),
    destination,
    isRestored: fc.boolean(),
  },
} as const;

const paymentAfter = fc.record({ cancelAmount: amount, cancelableAmount: amount });

export const requestedRefund = stored<RequestedRefund>({
  required: { ...claimed.required, status: fc.constant('requested'), resolveAtMs: time },
  optional: {
    ...claimed.optional,
    lookedAtMs: time,
    seen: fc.array(words, { maxLength: 4 }),
    answer,
    doubt,
    unreadableSinceMs: time,
    drift: fc.record({ atMs: time, cancelAmount: amount, cancelableAmount: amount }),
    proposal,
  },
});

const ended = {
  required: {
    ...claimed.required,
    finishedAtMs: time,
    decidedBy: fc.constantFrom(...DECIDED_BY),
    revision: count,
  },
  optional: { ...claimed.optional, answer, closing, paymentAfter },
} as const;

export const cancelEntry = stored<CancelEntry>({
  required: { amount },
  optional: {
    cancelledAtMs: providersTime,
    reason: words,
    receiptUrl: words,
    cancellationId: words,
    pgTid: words,
    fromConsole: fc.boolean(),
  },
});

export const cancelledRefund = stored<CancelledRefund>({
  required: {
    ...ended.required,
    status: fc.constant('cancelled'),
    attribution: fc.constantFrom(...ATTRIBUTIONS),
    entries: fc.array(cancelEntry, { maxLength: 3 }),
    corrected: fc.boolean(),
  },
  optional: {
    ...ended.optional,
    executedAmount: amount,
    cancelledAtMs: providersTime,
    undone: closing,
    proposal,
  },
});

const rejected = stored<RejectedRefund>({
  required: {
    ...ended.required,
    status: fc.constant('rejected'),
    code: fc.constantFrom(...REJECTION_CODES),
  },
  optional: { ...ended.optional, refusal },
});

const notExecuted = stored<NotExecutedRefund>({
  required: { ...ended.required, status: fc.constant('not_executed'), isAlreadyCancelledAtPg: fc.boolean() },
  optional: { ...ended.optional, refusal },
});

const notSent = stored<NotSentRefund>({
  required: { ...claimed.required, status: fc.constant('not_sent'), finishedAtMs: time, cause: words },
  optional: claimed.optional,
});

const elsewhere = stored<ElsewhereCancel>({
  required: {
    merchantUid,
    impUid,
    refundId,
    status: fc.constantFrom('elsewhere', 'attributed'),
    currency,
    amount,
    entry: cancelEntry,
    seenAtMs: time,
    revision: count,
  },
  optional: {
    cancelledAtMs: providersTime,
    attributedTo: refundId,
    paymentAfter,
    undone: closing,
    proposal,
  },
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
  required: {
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
  },
  optional: {
    payMethod: words,
    pgProvider: words,
    paidAtMs: providersTime,
    cancelledAtMs: providersTime,
    cancelReason: words,
    receiptUrl: words,
    customerId: words,
  },
});

export const rateLimit: fc.Arbitrary<RateLimit> = fc.record({
  tokens: fc.integer({ min: 0, max: 10_000 }).map((thousandths) => thousandths / 1000),
  atMs: time,
});

export const lastWish: fc.Arbitrary<LastWish> = fc.record({ refundId, wish: words, atMs: time });

export type Own = Pick<
  Payment,
  'inFlight' | 'lastWish' | 'rateLimit' | 'askedAmount' | 'lookedAtMs' | 'heldDigest' | 'shrunk'
>;
/** The attributes of HEAD that are ours. */
export const own: fc.Arbitrary<Own> = stored<Own>({
  required: {},
  optional: {
    inFlight: refundId,
    lastWish,
    rateLimit,
    askedAmount: amount,
    lookedAtMs: time,
    heldDigest: words,
    shrunk: fc.record({ atMs: time, cancelAmount: amount }),
  },
});
