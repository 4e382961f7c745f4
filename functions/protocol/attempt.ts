import { assertNever } from '../refund/assert-never.ts';
import type { FinalRefund, Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import type { CancelOutcome, Surroundings } from './ports.ts';
import { redactAccount } from '../refund/redact.ts';
import { cancelledRecord, examine, rejectedRecord, withAnswer } from '../refund/evidence.ts';
import {
  ANSWER_RESERVE_MS,
  MAX_CANCEL_TIMEOUT_MS,
  MIN_CANCEL_TIMEOUT_MS,
  READ_BACK_TIMEOUT_MS,
  SEND_WINDOW_MS,
} from '../refund/timing.ts';
import { attemptWrite, finish, reportFinal } from './write-outcomes.ts';

/** How one attempt ended. `released`: nothing was sent, the reservation is undone. */
export type Sent =
  | { readonly kind: 'final'; readonly payment: Payment; readonly refund: FinalRefund }
  | { readonly kind: 'in_doubt'; readonly payment: Payment; readonly pending: PendingRefund }
  | { readonly kind: 'released' };

export interface Attempt {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  readonly deadlineMs: number;
  /** A live caller is told "503, nothing was sent"; nobody listens to the resolver, so it keeps the reservation and tries again. */
  readonly releaseWhenNotSent: boolean;
}

/** Rows 4 to 6 and 9 of the protocol: the one call that cannot be undone, alone between two conditional writes. */
export async function sendAndSettle(attempt: Attempt, world: Surroundings): Promise<Sent> {
  const outcome = await sendInTime(attempt, world);
  world.report({ event: 'outcome', outcome: outcome.kind, ...causeOf(outcome), ...subject(attempt) });
  switch (outcome.kind) {
    case 'answered':
      return settleAnswer(attempt, outcome.payment, world);
    case 'refused':
      return confirmRefusal(attempt, outcome.provider, world);
    case 'not_sent':
      return attempt.releaseWhenNotSent
        ? release(attempt, outcome.cause, world)
        : stayInDoubt(attempt, { answer: `not sent: ${outcome.cause}`, accepted: false }, world);
    case 'unknown':
      return stayInDoubt(attempt, { answer: `unknown: ${outcome.cause}`, accepted: false }, world);
    default:
      return assertNever(outcome);
  }
}

function subject({ payment, pending }: Pick<Attempt, 'payment' | 'pending'>) {
  const { refundId, attempt, amount } = pending;
  return { merchantUid: payment.merchantUid, refundId, attempt, amount, currency: payment.currency };
}

function causeOf(outcome: CancelOutcome): { cause?: string } {
  if (outcome.kind === 'refused') return { cause: `code ${outcome.provider.code}` };
  return 'cause' in outcome ? { cause: outcome.cause } : {};
}

async function sendInTime(attempt: Attempt, world: Surroundings): Promise<CancelOutcome> {
  const left = attempt.deadlineMs - world.now() - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS;
  if (left < MIN_CANCEL_TIMEOUT_MS) return { kind: 'not_sent', cause: 'no time left to wait for the answer' };
  const sendBeforeMs = attempt.pending.claimedAtMs + SEND_WINDOW_MS;
  const timeoutMs = Math.min(left, MAX_CANCEL_TIMEOUT_MS);
  return world.gateway.cancel({
    payment: attempt.payment,
    pending: attempt.pending,
    timeoutMs,
    sendBeforeMs,
  });
}

/** Code 0 is only a claim; our entry in the history is the proof (asynchronous PGs answer 0 long before). */
async function settleAnswer(attempt: Attempt, provider: ProviderPayment, world: Surroundings): Promise<Sent> {
  const evidence = examine(attempt.payment, attempt.pending, provider);
  if (evidence.kind !== 'done') {
    // An answer about another payment, or one that contradicts itself, is not even an acceptance.
    const accepted = evidence.kind !== 'drift';
    return stayInDoubt(attempt, { answer: `code 0, but not booked (${evidence.kind})`, accepted }, world);
  }
  const settling = { decidedBy: 'answer', nowMs: world.now() } as const;
  const noted = noteAnswer(attempt, 'code 0', world);
  const refund = cancelledRecord(noted, evidence.attribution, settling);
  return settled(attempt, { refund, provider }, world);
}

/** Row 5: a refusal is believed only when the payment, read back, agrees with it. */
async function confirmRefusal(
  attempt: Attempt,
  told: { readonly code: number; readonly message: string },
  world: Surroundings,
): Promise<Sent> {
  const message = redactAccount(told.message, attempt.pending.account);
  const answer = `code ${told.code}: ${message}`;
  const look = await world.gateway.payment(attempt.payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind !== 'found') {
    const cause = look.kind === 'failed' ? look.cause : 'the provider does not know the payment';
    world.report({ event: 'read_back_failed', cause, ...subject(attempt) });
    return stayInDoubt(attempt, { answer, accepted: false }, world);
  }
  const noted = noteAnswer(attempt, answer, world);
  const settling = { decidedBy: 'read_back', nowMs: world.now() } as const;
  const evidence = examine(attempt.payment, attempt.pending, look.payment);
  switch (evidence.kind) {
    case 'done':
      return settled(
        attempt,
        { refund: cancelledRecord(noted, evidence.attribution, settling), provider: look.payment },
        world,
      );
    case 'used_up': {
      const rejection = { code: 'CHECKSUM_MISMATCH', provider: { code: told.code, message } } as const;
      return settled(
        attempt,
        { refund: rejectedRecord(noted, rejection, settling), provider: look.payment },
        world,
      );
    }
    case 'untouched': {
      const rejection = { code: 'CANCEL_REJECTED', provider: { code: told.code, message } } as const;
      return rejectAttempt(attempt, rejectedRecord(noted, rejection, settling), world);
    }
    case 'drift':
      world.report({ event: 'drift', why: evidence.why, ...subject(attempt) });
      return stayInDoubt(attempt, { answer, accepted: false }, world);
    default:
      return assertNever(evidence);
  }
}

function noteAnswer({ pending }: Attempt, answer: string, world: Surroundings): PendingRefund {
  return { ...pending, attempts: withAnswer(pending, answer, world.now()) };
}

async function settled(
  attempt: Attempt,
  result: { refund: FinalRefund; provider: ProviderPayment },
  world: Surroundings,
): Promise<Sent> {
  const written = await finish(attempt.payment, result, world);
  return written === undefined ? { kind: 'in_doubt', ...attempt } : { kind: 'final', ...written };
}

async function rejectAttempt(attempt: Attempt, refund: FinalRefund, world: Surroundings): Promise<Sent> {
  const { payment, pending } = attempt;
  const write = { kind: 'reject_attempt', payment, refund, claimId: pending.claimId } as const;
  const after = await attemptWrite(write, world);
  // Another attempt has been claimed since: its outcome decides, not this refusal.
  const known = after?.refunds.get(pending.refundId);
  if (after === undefined || known === undefined) return { kind: 'in_doubt', payment, pending };
  if (known.finishedAtMs === refund.finishedAtMs) reportFinal(after, known, world);
  return { kind: 'final', payment: after, refund: known };
}

async function release(attempt: Attempt, cause: string, world: Surroundings): Promise<Sent> {
  const { payment, pending } = attempt;
  const after = await attemptWrite({ kind: 'release', payment, claimId: pending.claimId }, world);
  const known = after?.refunds.get(pending.refundId);
  if (after !== undefined && known !== undefined) return { kind: 'final', payment: after, refund: known };
  // Only a table without this very reservation proves that nothing will ever be sent for it.
  if (after === undefined || after.pending?.refundId === pending.refundId)
    return { kind: 'in_doubt', payment, pending };
  world.report({ event: 'released', cause, ...subject(attempt) });
  return { kind: 'released' };
}

async function stayInDoubt(
  attempt: Attempt,
  told: { readonly answer: string; readonly accepted: boolean },
  world: Surroundings,
): Promise<Sent> {
  const { payment, pending } = attempt;
  const nowMs = world.now();
  const attempts = withAnswer(pending, told.answer, nowMs);
  const accepted = pending.accepted || told.accepted;
  const noted: PendingRefund = { ...pending, accepted, attempts, resolveAtMs: nowMs };
  world.report({ event: 'in_doubt', cause: told.answer.split(':')[0] ?? '', accepted, ...subject(attempt) });
  // For the audit and the pace only: when it fails, the reservation still stands and is looked at a little later.
  const after = await attemptWrite({ kind: 'note', payment, pending: noted }, world);
  const known = after?.refunds.get(pending.refundId);
  if (after !== undefined && known !== undefined) return { kind: 'final', payment: after, refund: known };
  return { kind: 'in_doubt', payment: after ?? payment, pending: noted };
}
