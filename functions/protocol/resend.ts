import type { PendingRefund } from '../refund/payment.ts';
import { withAttempt } from '../refund/record.ts';
import {
  ANSWER_RESERVE_MS,
  FIRST_LOOK_AFTER_MS,
  MIN_RESEND_TIMEOUT_MS,
  READ_BACK_TIMEOUT_MS,
} from '../refund/times.ts';
import { attemptWrite } from './attempt-write.ts';
import { sendAndSettle } from './attempt.ts';
import type { Case, Resolved } from './doubt.ts';
import type { Surroundings } from './ports.ts';
import { subject } from './reservation.ts';
import { attemptOf } from './write.ts';

/** Row 7c: the same amount with the same checksum, claimed before it is sent. */
export async function sendAgain(
  { payment, pending, deadlineMs }: Case,
  world: Surroundings,
): Promise<Resolved> {
  // An attempt that had to hang up early would only be the next doubt.
  const leftMs = deadlineMs - world.now() - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS;
  if (leftMs < MIN_RESEND_TIMEOUT_MS) return { outcome: 'waiting', payment };
  // Without a token nothing could be sent, and an attempt would be used up for nothing.
  const readiness = await world.gateway.prepare();
  if (readiness.kind !== 'ready') return { outcome: 'provider_unavailable', payment };
  const next = nextAttempt(pending, world);
  const write = {
    kind: 'reattempt',
    payment,
    guard: attemptOf(pending),
    pending: next,
  } as const;
  const attempted = await attemptWrite(write, world);
  if (attempted.kind === 'unclear' || attempted.kind === 'refused')
    return { outcome: 'store_failed', payment };
  const after = attempted.payment ?? payment;
  // Its own success is known only by the mark, also when an earlier try of the same write was the one that counted.
  if (after.pending?.claimId !== next.claimId) {
    return { outcome: after.refunds.has(pending.refundId) ? 'settled' : 'taken', payment: after };
  }
  world.report({ event: 'resent', ...subject({ payment, pending: next }) });
  const sent = await sendAndSettle({ payment: after, pending: next, deadlineMs, isLive: false }, world);
  return { outcome: sent.kind === 'in_doubt' ? 'waiting' : 'settled', payment: sent.payment };
}

function nextAttempt(pending: PendingRefund, world: Surroundings): PendingRefund {
  const nowMs = world.now();
  const attempt = pending.attempt + 1;
  return {
    ...pending,
    attempt,
    claimId: world.newId(),
    claimedAtMs: nowMs,
    checks: 0,
    resolveAtMs: nowMs + FIRST_LOOK_AFTER_MS,
    attempts: withAttempt(pending, attempt, nowMs),
  };
}
