import { carriesTag } from './attribution.ts';
import type { Done } from './evidence.ts';
import type {
  AttemptNote,
  CancelEntry,
  CancelledRefund,
  Closing,
  NotExecutedRefund,
  Payment,
  PendingRefund,
  ProviderPayment,
  RejectedRefund,
} from './payment.ts';
import type { Rejection } from './rejection.ts';
import { omitMissing } from './omit-missing.ts';

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

export interface Settling {
  readonly decidedBy: 'answer' | 'read_back' | 'people';
  readonly nowMs: number;
  /** The table had said otherwise, or had lost the refund. */
  readonly corrected?: boolean;
  readonly closing?: Closing;
}

/** What a finished record takes over from the refund in flight, field by field: nothing else can slip in. */
function finished(pending: PendingRefund, { decidedBy, nowMs, closing }: Settling) {
  const { refundId, fingerprint, amount, checksum, passedOn, reason, destination, actor, requestedAtMs } =
    pending;
  const { seq, attempt, attempts } = pending;
  return {
    refundId,
    amount,
    checksum,
    passedOn,
    actor,
    requestedAtMs,
    seq,
    attempt,
    attempts,
    finishedAtMs: nowMs,
    decidedBy,
    ...omitMissing({ fingerprint, reason, destination, closing }),
  };
}

export function cancelledRecord(
  pending: PendingRefund,
  { by, entry }: Pick<Done, 'by' | 'entry'>,
  settling: Settling,
): CancelledRefund {
  return {
    ...finished(pending, settling),
    status: 'cancelled',
    attribution: by,
    ...receiptOf(entry),
    corrected: settling.corrected ?? false,
  };
}

export function rejectedRecord(
  pending: PendingRefund,
  rejection: Rejection,
  settling: Settling,
): RejectedRefund {
  return { ...finished(pending, settling), status: 'rejected', rejection };
}

export function notExecutedRecord(pending: PendingRefund, cause: string, nowMs: number): NotExecutedRefund {
  return { ...finished(pending, { decidedBy: 'answer', nowMs }), status: 'not_executed', cause };
}

/** Row 8: records of refunds told as not done whose tag stands in the history after all. */
export function corrections(
  payment: Payment,
  provider: ProviderPayment,
  nowMs: number,
): readonly CancelledRefund[] {
  return [...payment.refunds.values()].flatMap((refund) => {
    if (refund.status === 'cancelled') return [];
    const entry = provider.cancelHistory.find(({ reason }) => carriesTag(reason, refund.refundId));
    return entry === undefined ? [] : [corrected(refund, entry, nowMs)];
  });
}

function corrected(
  refund: RejectedRefund | NotExecutedRefund,
  entry: CancelEntry,
  nowMs: number,
): CancelledRefund {
  const told = refund.status === 'rejected' ? omit(refund, 'rejection') : omit(refund, 'cause');
  return {
    ...told,
    status: 'cancelled',
    attribution: 'tag',
    decidedBy: 'read_back',
    corrected: true,
    ...receiptOf(entry),
    finishedAtMs: nowMs,
  };
}

function omit<T extends object, K extends keyof T>(value: T, name: K): Omit<T, K> {
  const { [name]: _left, ...rest } = value;
  return rest;
}

function receiptOf(entry: CancelEntry) {
  const { cancellationId, receiptUrl, cancelledAtMs } = entry;
  return omitMissing({ cancellationId, receiptUrl, cancelledAtMs });
}
