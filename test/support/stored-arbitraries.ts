import fc from 'fast-check';
import { PASSED_ON, PASSED_ON_NAMES, type PassedOn } from '../../functions/refund/intent.ts';
import type { Minor } from '../../functions/refund/money.ts';
import {
  ATTRIBUTIONS,
  DECIDED_BY,
  type AttemptNote,
  type Bucket,
  type CancelEntry,
  type CancelledRefund,
  type Closing,
  type Destination,
  type Doubt,
  type FinalRefund,
  type NotExecutedRefund,
  type PendingRefund,
  type Proposal,
  type ProviderPayment,
  type RefundIntent,
  type RejectedRefund,
} from '../../functions/refund/payment.ts';
import { REJECTION_CODES, type ProviderRefusal, type Rejection } from '../../functions/refund/rejection.ts';

type Arbitraries<T> = { readonly [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> };
type OptionalName<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** Every field of a stored thing by its name, so that a field which is forgotten here does not compile. */
interface Fields<T> {
  readonly required: Arbitraries<Omit<T, OptionalName<T>>>;
  readonly optional: Arbitraries<Pick<T, OptionalName<T>>>;
}

/** With every optional field set, or with any of them. */
function stored<T>({ required, optional }: Fields<T>): fc.Arbitrary<T> {
  const fields = { ...required, ...optional } as unknown as Arbitraries<T>;
  const always = Object.keys(required) as (keyof T)[];
  const whole = fc.record(fields) as fc.Arbitrary<T>;
  const some = fc.record(fields, { requiredKeys: always }) as unknown as fc.Arbitrary<T>;
  return fc.oneof(whole, some);
}

/** Two sets of fields in one. */
function both<A, B>(a: Fields<A>, b: Fields<B>): Fields<A & B> {
  const required = { ...a.required, ...b.required };
  const optional = { ...a.optional, ...b.optional };
  return { required, optional } as unknown as Fields<A & B>;
}

/** As many minor units as fifteen digits hold. */
export const amount = fc
  .oneof(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 999_999_999_999_999 }))
  .map((units) => units as Minor);

export const currency = fc.constantFrom('KRW', 'JPY', 'USD', 'KWD', 'CLF');

/** Between 2001 and 2096, in ms. */
export const time = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 });
/** i'mport tells whole seconds. */
const wholeSecond = fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1000);

/** Text of a person's: also none, and of any script. */
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constant('상품이 파손되어 도착했습니다'),
);
/** Text of the provider's, which is absent rather than empty. */
const told = words.filter((text) => text !== '');
const count = fc.nat({ max: 1_000 });
export const refundId = fc.stringMatching(/^rf_[0-9a-z]{24}$/);

const passedOn = fc.record(
  Object.fromEntries(
    PASSED_ON_NAMES.map((name) => [name, PASSED_ON[name].kind === 'money' ? amount : fc.boolean()]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<PassedOn<Minor>>;

const attempt = stored<AttemptNote>({
  required: { attempt: count, sentAtMs: time },
  optional: { answeredAtMs: time, answer: words },
});

const destination = stored<Destination>({ required: {}, optional: { bank: words, accountHash: words } });

const intent: Fields<RefundIntent> = {
  required: {
    refundId,
    amount,
    checksum: amount,
    passedOn,
    actor: fc.record({ kind: fc.constantFrom('customer', 'staff'), sub: words }),
    requestedAtMs: time,
  },
  optional: { fingerprint: words, reason: words, destination },
};

const said: Fields<Proposal> = {
  required: {
    verdict: fc.constantFrom('executed', 'not_executed'),
    evidence: words,
    proposedBy: words,
    proposedAtMs: time,
  },
  optional: { cancellationId: words },
};
const closing = stored<Closing>(
  both<Proposal, Pick<Closing, 'approvedBy'>>(said, { required: { approvedBy: words }, optional: {} }),
);
const doubt = stored<Doubt>({ required: { why: words }, optional: { cancelAmount: amount } });

const tries = {
  seq: fc.nat(),
  attempt: count,
  attempts: fc.array(attempt, { maxLength: 10 }),
};

export const pendingRefund: fc.Arbitrary<PendingRefund> = stored<PendingRefund>(
  both<RefundIntent, Omit<PendingRefund, keyof RefundIntent>>(intent, {
    required: {
      ...tries,
      claimId: words,
      claimedAtMs: time,
      accepted: fc.boolean(),
      checks: count,
      resolveAtMs: time,
    },
    optional: { refused: count, doubt, proposal: stored(said) },
  }),
);

type Common = Omit<NotExecutedRefund, 'status' | 'cause'>;
const finished = both<RefundIntent, Omit<Common, keyof RefundIntent>>(intent, {
  required: { ...tries, finishedAtMs: time, decidedBy: fc.constantFrom(...DECIDED_BY) },
  optional: { closing },
});

const cancelled = stored<CancelledRefund>(
  both<Common, Omit<CancelledRefund, keyof Common>>(finished, {
    required: {
      status: fc.constant('cancelled'),
      attribution: fc.constantFrom(...ATTRIBUTIONS),
      corrected: fc.boolean(),
    },
    optional: { cancellationId: told, receiptUrl: told, cancelledAtMs: time },
  }),
);

const refusal = stored<ProviderRefusal>({
  required: { code: fc.maxSafeInteger(), message: words },
  optional: {},
});
const rejection = stored<Rejection>({
  required: { code: fc.constantFrom(...REJECTION_CODES) },
  optional: { provider: refusal },
});
const rejected = stored<RejectedRefund>(
  both<Common, Omit<RejectedRefund, keyof Common>>(finished, {
    required: { status: fc.constant('rejected'), rejection },
    optional: {},
  }),
);
const notExecuted = stored<NotExecutedRefund>(
  both<Common, Omit<NotExecutedRefund, keyof Common>>(finished, {
    required: { status: fc.constant('not_executed'), cause: words },
    optional: {},
  }),
);

export const finalRefund: fc.Arbitrary<FinalRefund> = fc.oneof(cancelled, rejected, notExecuted);

export const cancelEntry = stored<CancelEntry>({
  required: { amount },
  optional: {
    cancelledAtMs: wholeSecond,
    reason: told,
    receiptUrl: told,
    cancellationId: told,
    pgTid: told,
  },
});

export const providerPayment = stored<ProviderPayment>({
  required: {
    merchantUid: told,
    impUid: fc.stringMatching(/^imp_[0-9]{12}$/),
    status: fc.constantFrom('paid', 'cancelled', 'ready', 'failed', 'some_new_status'),
    currency,
    amount,
    cancelAmount: amount,
    cancelHistory: fc.array(cancelEntry, { maxLength: 5 }),
  },
  optional: {
    payMethod: told,
    pgProvider: told,
    paidAtMs: wholeSecond,
    cancelledAtMs: wholeSecond,
    cancelReason: told,
    receiptUrl: told,
    customerId: told,
  },
});

export const bucket = stored<Bucket>({
  required: {
    tokens: fc.integer({ min: 0, max: 10_000 }).map((thousandths) => thousandths / 1000),
    atMs: time,
  },
  optional: {},
});
