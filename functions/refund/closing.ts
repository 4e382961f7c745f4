import { carriesAnotherTag } from './attribution.ts';
import { findTagged, type Done } from './evidence.ts';
import type {
  CancelEntry,
  FinalRefund,
  Payment,
  PendingRefund,
  Proposal,
  ProviderPayment,
} from './payment.ts';
import { omitMissing } from './omit-missing.ts';
import { examineReadBack, type ReadBack } from './read-back.ts';
import { cancelledRecord, rejectedRecord } from './record.ts';
import type { FieldFault } from './refusals.ts';
import { differentPayment } from './same-payment.ts';
import { waitsOf } from './times.ts';

/** What a member of staff says of a refund in drift, and who says it. */
export interface Verdict {
  readonly verdict: Proposal['verdict'];
  readonly cancellationId?: string;
  readonly evidence: string;
  readonly sub: string;
}

/** A refund in flight, and the payment as it was read back; without it where the provider does not know it or nobody can read it. */
export interface ClosingLook extends Omit<ReadBack, 'provider'> {
  readonly provider: ProviderPayment | undefined;
}

export type Closable =
  /** Our tag stands there: no people are needed (row 4). */
  | { readonly kind: 'settle'; readonly done: Done; readonly provider: ProviderPayment }
  | { readonly kind: 'still_resolvable' }
  | { readonly kind: 'invalid'; readonly fault: FieldFault }
  /** `isNew`: nobody has said this before, or somebody said otherwise. */
  | { readonly kind: 'propose'; readonly proposal: Proposal; readonly isNew: boolean }
  | { readonly kind: 'close'; readonly refund: FinalRefund };

/** Row 10: whether people may end this refund, and what one more voice makes of it. Never against a tag; never money. */
export function judgeClosing(look: ClosingLook, said: Verdict, nowMs: number): Closable {
  const { pending, provider } = look;
  const done = provider && findTagged({ ...look, provider });
  if (provider !== undefined && done !== undefined) {
    if (differentPayment(look.payment, provider) === undefined) return { kind: 'settle', done, provider };
    // The item has been changed since the claim: that it was done is certain, what to book is for people.
    if (said.verdict === 'not_executed') return { kind: 'still_resolvable' };
  }
  if (isResolvable(look, nowMs)) return { kind: 'still_resolvable' };
  if (said.verdict === 'not_executed') return voice(pending, said, nowMs);
  const entry = entryNamed(look, said.cancellationId);
  return 'kind' in entry ? entry : voice(pending, said, nowMs, entry);
}

/**
 * The provider answers about this payment, in a form that nobody can rely on: no program will ever decide, so people may. Not
 * while our tag stands in it: that it was done is certain then, and will be booked once the answer can be read.
 */
export function isForPeople(
  { impUid }: Pick<Payment, 'impUid'>,
  { refundId }: Pick<PendingRefund, 'refundId'>,
  unreadable: { readonly impUid?: string; readonly refundIds: readonly string[] } | undefined,
): boolean {
  return unreadable?.impUid === impUid && !unreadable.refundIds.includes(refundId);
}

/** Young, alive, or decided by a rule as soon as the resolver looks. */
function isResolvable(look: ClosingLook, nowMs: number): boolean {
  const { pending, provider, beganAtMs, settings } = look;
  const { driftAfterMs, deadAfterMs } = waitsOf(settings.quietPeriodMs);
  if (nowMs - pending.requestedAtMs <= driftAfterMs) return true;
  if (beganAtMs <= pending.claimedAtMs + deadAfterMs) return true;
  return provider !== undefined && examineReadBack({ ...look, provider }).kind !== 'undecided';
}

/** The entry that people say is ours, as far as the history does not say otherwise. */
function entryNamed(
  { payment, pending, provider }: ClosingLook,
  cancellationId: string | undefined,
): CancelEntry | Extract<Closable, { kind: 'invalid' }> {
  const ofThisPayment = provider?.impUid === payment.impUid ? provider.cancelHistory : [];
  const entry = ofThisPayment.find((each) => each.cancellationId === cancellationId);
  if (cancellationId === undefined || entry === undefined) return invalidEntry(NOT_IN_THE_HISTORY);
  if (carriesAnotherTag(entry.reason, pending.refundId)) return invalidEntry(ANOTHER_REFUNDS_TAG);
  const isTaken = [...payment.refunds.values()].some(
    (refund) => refund.status === 'cancelled' && refund.cancellationId === cancellationId,
  );
  return isTaken ? invalidEntry(ANOTHER_REFUNDS_ENTRY) : entry;
}

/** Two different people who say the same of the same attempt close it. */
function voice(pending: PendingRefund, said: Verdict, nowMs: number, entry?: CancelEntry): Closable {
  const { sub, verdict, cancellationId, evidence } = said;
  const standing = agreed(pending, said);
  if (standing !== undefined && standing.proposedBy !== sub) {
    const closing = { ...standing, approvedBy: sub };
    const settling = { decidedBy: 'people', nowMs, closing } as const;
    const refund =
      entry === undefined
        ? rejectedRecord(pending, { code: 'NOT_EXECUTED' }, settling)
        : cancelledRecord(pending, { by: 'people', entry }, settling);
    return { kind: 'close', refund };
  }
  if (standing?.evidence === evidence) return { kind: 'propose', proposal: standing, isNew: false };
  const proposal = {
    verdict,
    evidence,
    proposedBy: sub,
    proposedAtMs: nowMs,
    ...omitMissing({ cancellationId }),
  };
  return { kind: 'propose', proposal, isNew: true };
}

/** The proposal that says the same. One made before the attempt that is now in doubt was made about something else. */
function agreed({ proposal, claimedAtMs }: PendingRefund, said: Verdict): Proposal | undefined {
  if (proposal === undefined || proposal.proposedAtMs < claimedAtMs) return undefined;
  const isSame = proposal.verdict === said.verdict && proposal.cancellationId === said.cancellationId;
  return isSame ? proposal : undefined;
}

/** A final refund is what the verdict wants it to be, whoever decided it. */
export function agreesWith(
  refund: FinalRefund,
  { verdict, cancellationId }: Pick<Verdict, 'verdict' | 'cancellationId'>,
): boolean {
  if (refund.status !== 'cancelled') return verdict === 'not_executed';
  if (verdict !== 'executed') return false;
  const known = refund.cancellationId;
  return known === undefined || cancellationId === undefined || known === cancellationId;
}

/** The payment's own facts stand where the provider's are another's, or none: such a read books nothing. */
export function factsFor(payment: Payment, provider: ProviderPayment | undefined): ProviderPayment {
  return provider !== undefined && differentPayment(payment, provider) === undefined ? provider : payment;
}

function invalidEntry(message: FieldFault['message']): Extract<Closable, { kind: 'invalid' }> {
  return { kind: 'invalid', fault: { pointer: '/cancellation_id', message } };
}

const NOT_IN_THE_HISTORY = {
  en: "is not in the cancel_history that i'mport holds of this payment",
  ko: '아임포트가 보유한 이 결제의 취소 내역에 없습니다.',
};
const ANOTHER_REFUNDS_TAG = {
  en: 'belongs to an entry that bears the tag of another refund',
  ko: '다른 환불의 표시가 있는 취소 내역입니다.',
};
const ANOTHER_REFUNDS_ENTRY = {
  en: 'belongs to another refund of this payment already',
  ko: '이미 이 결제의 다른 환불에 연결된 취소 내역입니다.',
};
