import { fromDecimal, isMinor, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import type {
  AnswerNote,
  CancelledRefund,
  ElsewhereCancel,
  NotExecutedRefund,
  NotSentRefund,
  Proposal,
  RejectedRefund,
  RequestedRefund,
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
