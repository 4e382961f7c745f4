import { attribute, tagOf, type Attribution } from './attribution.ts';
import { minus, sum } from './money.ts';
import { present } from './present.ts';
import type {
  AttemptNote,
  CancelEntry,
  CancelledRefund,
  Payment,
  PendingRefund,
  ProviderPayment,
  RejectedRefund,
  Rejection,
} from './payment.ts';

type Ours = Extract<Attribution, { kind: 'ours' }>;

/** What a payment read from the provider proves about the refund in flight. */
export type Evidence =
  /** Our entry stands in the history: it was done, whatever else happened. */
  | { readonly kind: 'done'; readonly attribution: Ours }
  /** R has moved past the balance our checksum names, and not by us: the request is dead for ever. */
  | { readonly kind: 'used_up' }
  /** R is what it was before our request: not done so far. */
  | { readonly kind: 'untouched' }
  /** The two sides disagree in a way that no rule explains: kept, counted and alarmed, never guessed. */
  | { readonly kind: 'drift'; readonly why: string };

export function examine(payment: Payment, pending: PendingRefund, provider: ProviderPayment): Evidence {
  const different = differentPayment(payment, provider);
  if (different !== undefined) return { kind: 'drift', why: different };
  const attribution = attribute(provider.cancelHistory, pending, provider.amount);
  if (attribution.kind === 'ours' && attribution.by === 'tag') return { kind: 'done', attribution };
  const cancelled = provider.cancelAmount;
  if (sum(provider.cancelHistory.map((entry) => entry.amount)) !== cancelled) {
    // An amount without its entry: the entry that is still to come may be ours.
    return { kind: 'drift', why: 'cancel_history does not add up to cancel_amount' };
  }
  if (attribution.kind === 'ours') return { kind: 'done', attribution };
  const before = minus(payment.amount, pending.checksum);
  if (cancelled < before) return { kind: 'drift', why: 'the provider has cancelled less than before' };
  return cancelled === before ? { kind: 'untouched' } : { kind: 'used_up' };
}

/** Why a payment read from the provider is not the one in the table; undefined when it is. */
export function differentPayment(payment: Payment, provider: ProviderPayment): string | undefined {
  if (provider.impUid !== payment.impUid) return 'imp_uid differs';
  if (provider.merchantUid !== payment.merchantUid) return 'merchant_uid differs';
  if (provider.currency !== payment.currency) return 'currency differs';
  return provider.amount === payment.amount ? undefined : 'amount differs';
}

/** The provider holds less than the table knows as cancelled: a cancel was undone at the PG. */
export function hasShrunk(payment: Payment, provider: ProviderPayment): boolean {
  return provider.cancelAmount < payment.cancelAmount;
}

/** Ten notes tell the story of a refund that is tried again and again: its first attempt and the latest. */
const MAX_ATTEMPT_NOTES = 10;

export function withAnswer(pending: PendingRefund, answer: string, nowMs: number): readonly AttemptNote[] {
  return pending.attempts.map((note) =>
    note.attempt === pending.attempt ? { ...note, answeredAtMs: nowMs, answer } : note,
  );
}

export function withAttempt(pending: PendingRefund, attempt: number, nowMs: number): readonly AttemptNote[] {
  const notes = [...pending.attempts, { attempt, sentAtMs: nowMs }];
  return notes.length <= MAX_ATTEMPT_NOTES
    ? notes
    : [...notes.slice(0, 1), ...notes.slice(1 - MAX_ATTEMPT_NOTES)];
}

interface Settling {
  readonly decidedBy: 'answer' | 'read_back';
  readonly nowMs: number;
}

/** The finished record of a refund that was done. The account is not carried over: it is erased with the pending. */
export function cancelledRecord(pending: PendingRefund, ours: Ours, settling: Settling): CancelledRefund {
  return {
    ...intentOf(pending),
    status: 'cancelled',
    attribution: ours.by,
    ...receiptOf(ours.entry),
    attempt: pending.attempt,
    attempts: pending.attempts,
    finishedAtMs: settling.nowMs,
    decidedBy: settling.decidedBy,
    corrected: false,
  };
}

export function rejectedRecord(
  pending: PendingRefund,
  rejection: Rejection,
  settling: Settling,
): RejectedRefund {
  return {
    ...intentOf(pending),
    status: 'rejected',
    rejection,
    attempt: pending.attempt,
    attempts: pending.attempts,
    finishedAtMs: settling.nowMs,
    decidedBy: settling.decidedBy,
  };
}

/** Records of rejected refunds whose tag stands in the history after all: only if the quiet period was broken. */
export function corrections(
  payment: Payment,
  provider: ProviderPayment,
  nowMs: number,
): readonly CancelledRefund[] {
  return [...payment.refunds.values()].flatMap((refund) => {
    if (refund.status !== 'rejected') return [];
    const entry = provider.cancelHistory.find(
      ({ reason }) => reason?.includes(tagOf(refund.refundId)) === true,
    );
    if (entry === undefined) return [];
    const { rejection: _rejection, ...record } = refund;
    const corrected = {
      status: 'cancelled',
      attribution: 'tag',
      decidedBy: 'read_back',
      corrected: true,
    } as const;
    return [{ ...record, ...corrected, ...receiptOf(entry), finishedAtMs: nowMs }];
  });
}

function intentOf(pending: PendingRefund) {
  const { refundId, fingerprint, amount, checksum, taxFree, vatAmount, reason, actor, requestedAtMs } =
    pending;
  return {
    refundId,
    amount,
    checksum,
    actor,
    requestedAtMs,
    ...present({ fingerprint, taxFree, vatAmount, reason }),
  };
}

function receiptOf(entry: CancelEntry) {
  const { cancellationId, receiptUrl, cancelledAtMs } = entry;
  return present({ cancellationId, receiptUrl, cancelledAtMs });
}
