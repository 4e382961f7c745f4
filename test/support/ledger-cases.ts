import { impKey } from '../../functions/ledger/keys.ts';
import { paymentToItem } from '../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import type { Item } from '../../functions/ledger/table.ts';
import type { Write, WriteKind } from '../../functions/protocol/write.ts';
import type { Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  KEY,
  MORNING_MS,
  notExecuted,
  notSent,
  proposed,
  rejected,
  REFUND_ID,
  requested,
  thePayment,
  theProvider,
  won,
} from './ledger-samples.ts';

const inFlight = thePayment({ inFlight: REFUND_ID });
const promoted = thePayment({ inFlight: REFUND_ID, hasPromotion: true, askedAmount: won(500) });
const after = theProvider([entryOf(1_000)], { cancelledAtMs: MORNING_MS + 1_000 });
const knows1000 = thePayment({ cancelAmount: won(1_000) });
const unpaid = thePayment({ isPaid: false, status: 'ready' });
const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };
const later = MORNING_MS + 20_000;
const read = { was: cancelled({ revision: 1 }), refund: cancelled({ revision: 2 }) };
const foreign = elsewhere({ revision: 1 });
const drift = { atMs: later, cancelAmount: won(0), cancelableAmount: won(10_000) };

type Form<K extends WriteKind> = Omit<Extract<Write, { kind: K }>, 'kind'>;

const ended = { payment: inFlight, refund: cancelled(), provider: after };
const attributed = elsewhere({ status: 'attributed', attributedTo: REFUND_ID, revision: 2 });
const corrected = cancelled({ corrected: true, revision: 1 });

/** Every write of the service, in every form that has its own conditions or changes. */
const FORMS: { readonly [K in WriteKind]: Readonly<Record<string, Form<K>>> } = {
  import: {
    plain: { provider: theProvider(), atMs: MORNING_MS },
    'with a promotion': {
      provider: theProvider([entryOf(500)], { hasPromotion: true, customerId: 'customer' }),
      atMs: MORNING_MS,
    },
  },
  refresh: { plain: { payment: unpaid, provider: theProvider() } },
  claim: {
    first: { payment: thePayment(), refund: requested(), lastWish },
    'after not_sent, with a rate limit': {
      payment: thePayment(),
      refund: requested({ gen: 2 }),
      lastWish,
      rateLimit: { tokens: 9.5, atMs: MORNING_MS },
    },
  },
  finish: {
    cancelled: { ...ended, keepsBalance: false, digest: 'digest' },
    'not executed': { ...ended, refund: notExecuted(), provider: theProvider(), keepsBalance: false },
    'keeping the balance': { ...ended, keepsBalance: true },
    'without a look': { payment: inFlight, refund: rejected(), keepsBalance: true },
    'on a promotion': { ...ended, payment: promoted, keepsBalance: false },
  },
  not_sent: { plain: { payment: inFlight, refund: notSent() } },
  restore: { plain: { payment: inFlight, refund: requested({ isRestored: true }) } },
  release: {
    'after not_sent': { payment: inFlight, refund: notSent() },
    'after its end': { payment: inFlight, refund: cancelled({ revision: 1 }) },
  },
  note: {
    everything: {
      refund: requested(),
      set: {
        answer: { atMs: later, text: 'code 1', refusal: { code: 1, message: '기취소' } },
        seen: ['C1'],
        doubt: { why: 'still alive', cancelAmount: won(10) },
        unreadableSinceMs: later,
        proposal: proposed({ said: { verdict: 'executed_unlisted', amount: won(900) } }),
      },
    },
    'a proposal in place of another': {
      refund: requested(),
      standing: proposed(),
      set: { proposal: proposed({ atMs: later }) },
    },
    'readable again': { refund: requested(), set: { doubt: { why: 'partly' }, unreadableSinceMs: null } },
  },
  drift: { plain: { refund: requested(), drift } },
  looked: { plain: { refund: requested(), lookedAtMs: later, resolveAtMs: later + 30_000 } },
  take_look: { plain: { refund: requested(), resolveAtMs: later } },
  book: {
    news: { payment: thePayment(), provider: after, isNews: true, digest: 'digest' },
    'no news': { payment: knows1000, provider: after, isNews: false },
  },
  elsewhere: {
    plain: { payment: thePayment(), item: elsewhere() },
    'on a promotion': { payment: promoted, item: elsewhere() },
  },
  attribute: {
    'on a promotion': { payment: promoted, item: attributed },
    plain: { payment: thePayment(), item: attributed },
    'taken back': { payment: promoted, item: elsewhere({ revision: 2 }) },
  },
  correct: {
    'of a cancelled one': { payment: thePayment(), ...read },
    'of one that was never sent': { payment: thePayment(), was: notSent(), refund: corrected },
    'on a promotion': { payment: promoted, was: notExecuted(), refund: corrected },
  },
  propose_undone: {
    'of a refund': { of: read.was, proposal: proposed() },
    'of a foreign cancel': { of: foreign, proposal: proposed() },
  },
  undo: {
    'of a refund': { payment: knows1000, provider: theProvider(), ...read },
    'of a foreign cancel': {
      payment: thePayment({ cancelAmount: won(300) }),
      provider: theProvider(),
      was: foreign,
      refund: elsewhere({ revision: 2 }),
    },
    'on a promotion': {
      payment: { ...promoted, cancelAmount: won(1_000) },
      provider: theProvider(),
      ...read,
    },
  },
  shrunk: { plain: { payment: knows1000, shrunk: { atMs: later, cancelAmount: won(400) } } },
  hear: { plain: { payment: thePayment(), atMs: later } },
};

export interface NamedWrite {
  readonly name: string;
  readonly write: Write;
}

export const ALL_WRITES: readonly NamedWrite[] = Object.entries(FORMS).flatMap(([kind, forms]) =>
  Object.entries(forms).map(([form, write]) => ({
    name: `${kind} (${form})`,
    write: { kind, ...write } as Write,
  })),
);

/** The items of a table whose only payment is the sample. */
export interface State {
  readonly name: string;
  readonly items: readonly Item[];
}

type Own = Pick<Payment, 'inFlight' | 'askedAmount'>;

function head({
  provider = theProvider(),
  ...own
}: Own & { readonly provider?: ProviderPayment } = {}): Item {
  return paymentToItem({ ...provider, lookedAtMs: MORNING_MS, ...own });
}

const HEADS: Readonly<Record<string, Item | undefined>> = {
  'no payment': undefined,
  'at rest': head(),
  'in flight': head({ inFlight: REFUND_ID }),
  'knows 300': head({ provider: theProvider([entryOf(300)]) }),
  'knows 300, in flight': head({ provider: theProvider([entryOf(300)]), inFlight: REFUND_ID }),
  'knows 1,000': head({ provider: theProvider([entryOf(1_000)]) }),
  'knows 1,000, in flight': head({ provider: theProvider([entryOf(1_000)]), inFlight: REFUND_ID }),
  'of another amount': head({ provider: theProvider([], { amount: won(20_000) }) }),
  'of another currency': head({ provider: theProvider([], { currency: 'JPY' }) }),
  'not paid': head({ provider: theProvider([], { isPaid: false, status: 'ready' }) }),
  failed: head({ provider: theProvider([], { isPaid: false, status: 'failed' }) }),
  'ready and paid': head({ provider: theProvider([], { status: 'ready' }) }),
  'looked at since': { ...head(), looked_at_ms: later },
};

const REFUNDS: Readonly<Record<string, Item | undefined>> = {
  'no refund': undefined,
  requested: refundToItem(requested()),
  'requested again': refundToItem(requested({ gen: 2 })),
  'requested, looked at': refundToItem(requested({ lookedAtMs: MORNING_MS })),
  'requested, in drift': refundToItem(requested({ drift })),
  'requested, with a proposal': refundToItem(requested({ proposal: proposed() })),
  'requested again, with a proposal': refundToItem(requested({ gen: 2, proposal: proposed() })),
  // No write creates this: a left-over proposal.
  'cancelled, with a proposal of before': { ...refundToItem(cancelled()), proposed_at_ms: proposed().atMs },
  'requested, due later': refundToItem(requested({ resolveAtMs: later + 1 })),
  'not sent': refundToItem(notSent()),
  'not sent twice': refundToItem(notSent({ gen: 2 })),
  cancelled: refundToItem(cancelled()),
  'cancelled, changed once': refundToItem(cancelled({ revision: 1 })),
  'cancelled, claimed twice and changed once': refundToItem(cancelled({ gen: 2, revision: 1 })),
  'not executed': refundToItem(notExecuted()),
  'not executed, claimed twice': refundToItem(notExecuted({ gen: 2 })),
  'not executed, changed once': refundToItem(notExecuted({ revision: 1 })),
  'not sent, changed once': { ...refundToItem(notSent()), revision: 1 },
  // No write creates this: left-over attributes that an ended refund must not have.
  'cancelled, with what only an open one has': {
    ...refundToItem(cancelled()),
    resolve_at_ms: requested().resolveAtMs,
  },
};

const FOREIGN: Readonly<Record<string, Item | undefined>> = {
  'no foreign cancel': undefined,
  foreign: refundToItem(elsewhere()),
  'foreign, changed once': refundToItem(elsewhere({ revision: 1 })),
  attributed: refundToItem(elsewhere({ status: 'attributed', revision: 1 })),
};

const NAMED: Readonly<Record<string, Item | undefined>> = {
  known: { ...impKey(IMP_UID), merchant_uid: KEY.merchantUid },
  'known under another number': { ...impKey(IMP_UID), merchant_uid: 'another order' },
  unknown: undefined,
};

/** Every state of the payment combined with every one of its refund, of a foreign cancel and of its name. */
export const STATES: readonly State[] = Object.entries(HEADS).flatMap(([a, payment]) =>
  Object.entries(REFUNDS).flatMap(([b, refund]) =>
    Object.entries(FOREIGN).flatMap(([c, cancel]) =>
      Object.entries(NAMED).map(([d, name]) => ({
        name: `${a}; ${b}; ${c}; ${d}`,
        items: [payment, refund, cancel, name].filter((item) => item !== undefined),
      })),
    ),
  ),
);
