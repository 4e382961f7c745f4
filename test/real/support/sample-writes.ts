import type { Write } from '../../../functions/protocol/write.ts';
import type { Payment, PendingRefund, ProviderPayment } from '../../../functions/refund/payment.ts';
import { cancelledRecord, notExecutedRecord, rejectedRecord } from '../../../functions/refund/record.ts';
import { MORNING_MS, REFUND_ID, samplePending, sampleProvider, won } from '../../support/samples.ts';

export const KINDS = [
  'claim',
  'finish',
  'prove',
  'release',
  'fence',
  'reattempt',
  'note',
  'defer',
  'book',
  'correct',
  'insert',
  'adopt',
  'hear',
] as const satisfies readonly Write['kind'][];

type Sample = (payment: Payment, provider: ProviderPayment) => Write;

const guard = { seq: 1, attempt: 1, claimId: 'claim-1' };
const nowMs = MORNING_MS + 2_000;
const again: PendingRefund = samplePending({ attempt: 2, claimId: 'claim-2' });

function done(provider: ProviderPayment) {
  const entry = provider.cancelHistory[0] ?? { amount: won(1_000) };
  return cancelledRecord(samplePending(), { by: 'tag', entry }, { decidedBy: 'answer', nowMs });
}

/** A write of every kind, of what a worker has read; each is tried on every state, whether it fits or not. */
export const SAMPLES: Readonly<Record<Write['kind'], Sample>> = {
  claim: (payment) => ({
    kind: 'claim',
    payment,
    pending: samplePending({ seq: payment.seq + 1 }),
    bucket: { tokens: 9, atMs: nowMs },
    evict: [],
  }),
  finish: (payment, provider) => ({
    kind: 'finish',
    payment,
    guard: { seq: 1 },
    refund: done(provider),
    provider,
    keepBalance: false,
  }),
  prove: (payment, provider) => ({
    kind: 'prove',
    payment,
    refund: done(provider),
    provider,
    keepBalance: false,
  }),
  release: (payment) => ({
    kind: 'release',
    payment,
    guard,
    refund: notExecutedRecord(samplePending(), 'no connection', nowMs),
  }),
  fence: (payment) => ({
    kind: 'fence',
    payment,
    refund: notExecutedRecord(samplePending(), 'unconfirmed', nowMs),
  }),
  reattempt: (payment) => ({ kind: 'reattempt', payment, guard, pending: again }),
  note: (payment) => ({
    kind: 'note',
    payment,
    pending: samplePending({ accepted: true, doubt: { why: 'the answer was lost' } }),
  }),
  defer: (payment) => ({ kind: 'defer', payment, guard, checks: 0, resolveAtMs: nowMs + 5_000 }),
  book: (payment, provider) => ({ kind: 'book', payment, provider }),
  correct: (payment, provider) => ({ kind: 'correct', payment, refund: done(provider) }),
  insert: (_payment, provider) => ({ kind: 'insert', provider }),
  adopt: (payment, provider) => ({ kind: 'adopt', payment, provider }),
  hear: (payment) => ({ kind: 'hear', payment, atMs: nowMs }),
};

/** The writes that make a state, beginning with a payment that a shop wrote. */
export const STATES: Readonly<Record<string, readonly Sample[]>> = {
  'at rest': [],
  heard: [SAMPLES.hear],
  booked: [SAMPLES.book],
  fenced: [SAMPLES.fence],
  'in flight': [SAMPLES.claim],
  'in doubt': [SAMPLES.claim, SAMPLES.note],
  'sent again': [SAMPLES.claim, SAMPLES.reattempt],
  cancelled: [SAMPLES.claim, SAMPLES.finish],
  'not executed': [SAMPLES.claim, SAMPLES.release],
  rejected: [
    SAMPLES.claim,
    (payment) => ({
      kind: 'finish',
      payment,
      guard,
      refund: rejectedRecord(samplePending(), { code: 'CANCEL_REJECTED' }, { decidedBy: 'answer', nowMs }),
      keepBalance: true,
    }),
  ],
  'cancelled and claimed again': [
    SAMPLES.claim,
    SAMPLES.finish,
    (payment) => ({
      kind: 'claim',
      payment,
      pending: samplePending({ seq: payment.seq + 1, refundId: 'rf_next', checksum: won(9_000) }),
      evict: [],
    }),
  ],
};

/** The provider holds one cancel with our tag. */
export function providerOf(merchantUid: string): ProviderPayment {
  const entry = { amount: 1_000, reason: `[${REFUND_ID}]` };
  return sampleProvider([entry], { merchantUid, impUid: `imp_${merchantUid}` });
}
