import type { PassedOn } from '../../functions/refund/intent.ts';
import { fromDecimal, isMinor, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import type {
  AnswerNote,
  CancelledRefund,
  Closing,
  Destination,
  Doubt,
  ElsewhereCancel,
  LedgerItem,
  NotExecutedRefund,
  NotSentRefund,
  Proposal,
  RejectedRefund,
  RequestedRefund,
  Verdict,
} from '../../functions/refund/refund.ts';
import type { RefundSettings } from '../../functions/refund/settings.ts';

export function won(amount: number): Minor {
  const minor = fromDecimal(amount, 'KRW');
  if (!isMinor(minor)) throw new Error(`Bug: ${amount} is no amount in won`);
  return minor;
}

export const ORDER = 'order-1';
export const IMP_UID = 'imp_123456789012';
export const KEY = { merchantUid: ORDER, impUid: IMP_UID };
export const REFUND_ID = 'rf_0123456789abcdefghjkmnpq';

/** 15 January 2026, nine in the morning in Seoul. */
export const MORNING_MS = Date.UTC(2026, 0, 15);

export const QUIET_MS = 180_000;

export const SETTINGS: RefundSettings = {
  quietPeriodMs: QUIET_MS,
  pgsThatCancelLater: new Set(),
  rulesOff: new Set(),
  importUnknownPayments: true,
  customersMayRefund: true,
};

/** A payment of 10,000 won as the provider holds it; R is the sum of these entries unless given. */
export function theProvider(
  entries: readonly CancelEntry[] = [],
  fields: Partial<ProviderPayment> = {},
): ProviderPayment {
  return {
    ...KEY,
    status: entries.length === 0 ? 'paid' : 'cancelled',
    isPaid: true,
    currency: 'KRW',
    amount: won(10_000),
    cancelAmount: won(entries.reduce((sum, { amount }) => sum + amount, 0)),
    sumTold: true,
    cancelHistory: entries,
    hasPromotion: false,
    isSandbox: false,
    ...fields,
  };
}

/** HEAD as the ledger reads it after an import at MORNING_MS. */
export function thePayment(fields: Partial<Payment> = {}): Payment {
  const { sumTold: _, ...facts } = theProvider();
  return { ...facts, lookedAtMs: MORNING_MS, ...fields };
}

export function entryOf(amount: number, fields: Partial<CancelEntry> = {}): CancelEntry {
  return { amount: won(amount), cancelledAtMs: MORNING_MS + 1_000, cancellationId: `C${amount}`, ...fields };
}

/** A refund of 1,000 won. */
function claimed() {
  return {
    ...KEY,
    refundId: REFUND_ID,
    currency: 'KRW',
    gen: 1,
    amount: won(1_000),
    checksum: won(10_000),
    cancelledBefore: won(0),
    wish: 'wish',
    passedOn: {},
    actor: { kind: 'customer', sub: 'customer' },
    requestedAtMs: MORNING_MS,
    claimedAtMs: MORNING_MS,
  } as const;
}

export function requested(fields: Partial<RequestedRefund> = {}): RequestedRefund {
  return { ...claimed(), status: 'requested', resolveAtMs: MORNING_MS + 10_000, ...fields };
}

function ended() {
  return { ...claimed(), finishedAtMs: MORNING_MS + 2_000, decidedBy: 'look', revision: 0 } as const;
}

export function cancelled(fields: Partial<CancelledRefund> = {}): CancelledRefund {
  return {
    ...ended(),
    status: 'cancelled',
    attribution: 'tag',
    entries: [entryOf(1_000)],
    cancelledAtMs: MORNING_MS + 1_000,
    corrected: false,
    ...fields,
  };
}

export function refusedWith(message: string, fields: Partial<AnswerNote> = {}): AnswerNote {
  return { atMs: MORNING_MS + 1_000, text: `code -1: ${message}`, refusal: { code: -1, message }, ...fields };
}

export function rejected(fields: Partial<RejectedRefund> = {}): RejectedRefund {
  return { ...ended(), status: 'rejected', code: 'CANCEL_REJECTED', ...fields };
}

export function notExecuted(fields: Partial<NotExecutedRefund> = {}): NotExecutedRefund {
  return { ...ended(), status: 'not_executed', ...fields };
}

export function notSent(fields: Partial<NotSentRefund> = {}): NotSentRefund {
  return { ...claimed(), status: 'not_sent', finishedAtMs: MORNING_MS, cause: 'no connection', ...fields };
}

export function elsewhere(fields: Partial<ElsewhereCancel> = {}): ElsewhereCancel {
  return {
    ...KEY,
    refundId: 'el_0123456789abcdefghjkmnpq',
    status: 'elsewhere',
    currency: 'KRW',
    amount: won(300),
    entry: entryOf(300),
    cancelledAtMs: MORNING_MS + 1_000,
    seenAtMs: MORNING_MS + 5_000,
    revision: 0,
    ...fields,
  };
}

export function proposed(fields: Partial<Proposal> = {}): Proposal {
  return {
    said: { verdict: 'undone' },
    evidence: 'the PG says so',
    by: { sub: 'staff-1', person: 'Kim' },
    atMs: MORNING_MS + 60_000,
    ...fields,
  };
}

/** Kim has said so, and Lee the same a minute later. */
export function closedBy(said: Verdict): Closing {
  const by = { sub: 'staff-2', person: 'Lee' };
  return {
    proposal: proposed({ said }),
    approval: { evidence: 'I have asked, too', by, atMs: MORNING_MS + 120_000 },
  };
}

// --- With every field: a forgotten one does not compile ---

const entry: Required<CancelEntry> = {
  amount: won(300),
  // A fraction of a second is kept: an entry without an id is identified by its time.
  cancelledAtMs: MORNING_MS + 1_500,
  reason: '상품이 파손되어 도착했습니다 😢',
  receiptUrl: 'https://receipt.example',
  cancellationId: 'C300',
  pgTid: 'T300',
  fromConsole: true,
};
const answer: Required<AnswerNote> = {
  atMs: MORNING_MS + 1,
  text: '',
  refusal: { code: -1, message: '기취소' },
  meaning: 'already_cancelled',
  accepted: true,
};
const doubt: Required<Doubt> = {
  why: 'partly',
  cancelAmount: won(10),
  expectedByMs: MORNING_MS + 2,
};
const proposal = proposed({
  said: {
    verdict: 'executed',
    entries: [{ cancellationId: 'C1' }, { cancelledAtMs: MORNING_MS + 1_500, amount: won(5) }],
  },
});
const closing = closedBy({ verdict: 'executed_unlisted', amount: won(900) });
const paymentAfter = { cancelAmount: won(1_000), cancelableAmount: won(9_000) };
const destination: Required<Destination> = { bank: '88', accountHash: 'hash' };
const passedOn: Required<PassedOn<Minor>> = {
  taxFree: won(10),
  vatAmount: won(0),
  retainPromotion: true,
  escrowConfirmed: false,
};

const claimedWhole = {
  ...claimed(),
  fingerprint: 'fingerprint',
  reason: 'size',
  reference: 'R-1',
  passedOn,
  destination,
  isRestored: true,
} as const;
const endedWhole = {
  ...claimedWhole,
  finishedAtMs: MORNING_MS + 2_000,
  decidedBy: 'people',
  answer,
  closing,
  paymentAfter,
  revision: 3,
} as const;

/** Every item of the ledger that belongs to a refund or a foreign cancel, with every field that it can have. */
export const WHOLE_ITEMS: readonly LedgerItem[] = [
  {
    ...claimedWhole,
    status: 'requested',
    resolveAtMs: MORNING_MS + 10_000,
    lookedAtMs: MORNING_MS + 9_000,
    seen: ['C1', ''],
    answer,
    doubt,
    unreadableSinceMs: MORNING_MS + 3,
    drift: { atMs: MORNING_MS + 4, ...paymentAfter },
    proposal,
  } satisfies Required<RequestedRefund>,
  {
    ...endedWhole,
    status: 'cancelled',
    attribution: 'people',
    // A fraction whose thousandfold is no whole number.
    entries: [entry, entryOf(5, { cancelledAtMs: 1_001 })],
    executedAmount: won(305),
    cancelledAtMs: MORNING_MS + 1_500,
    corrected: true,
    undone: closing,
    proposal,
  } satisfies Required<CancelledRefund>,
  { ...endedWhole, status: 'rejected', code: 'CHECKSUM_MISMATCH' } satisfies Required<RejectedRefund>,
  { ...endedWhole, status: 'not_executed' } satisfies Required<NotExecutedRefund>,
  {
    ...claimedWhole,
    status: 'not_sent',
    finishedAtMs: MORNING_MS,
    cause: 'no connection',
  } satisfies Required<NotSentRefund>,
  ...(['elsewhere', 'attributed'] as const).map(
    (status) =>
      ({
        ...KEY,
        refundId: 'el_0123456789abcdefghjkmnpq',
        status,
        currency: 'KRW',
        amount: won(300),
        entry,
        cancelledAtMs: MORNING_MS + 1_500,
        seenAtMs: MORNING_MS + 5_000,
        attributedTo: REFUND_ID,
        paymentAfter,
        revision: 2,
        undone: closing,
        proposal,
      }) satisfies Required<ElsewhereCancel>,
  ),
];

export const WHOLE_PAYMENT: Required<Payment> = {
  ...thePayment({ hasPromotion: true, isSandbox: true, cancelHistory: [entryOf(5), entry] }),
  payMethod: 'card',
  pgProvider: 'html5_inicis',
  paidAtMs: MORNING_MS,
  cancelledAtMs: MORNING_MS + 1_500,
  cancelReason: '변심',
  receiptUrl: 'https://receipt.example',
  customerId: 'customer',
  inFlight: REFUND_ID,
  lastWish: { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS },
  rateLimit: { tokens: 9.25, atMs: MORNING_MS },
  askedAmount: won(305),
  heldDigest: 'digest',
  shrunk: { atMs: MORNING_MS, cancelAmount: won(5) },
};
