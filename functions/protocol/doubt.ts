import { assertNever } from '../refund/assert-never.ts';
import { cancelsLater } from '../refund/pg/asynchronous.ts';
import { bookBalance } from './booking.ts';
import type { FinalRefund, Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import { sendAndSettle } from './attempt.ts';
import { cancelledRecord, examine, rejectedRecord, withAttempt, type Evidence } from '../refund/evidence.ts';
import { FIRST_LOOK_AFTER_MS, pauseAfter, READ_BACK_TIMEOUT_MS } from '../refund/timing.ts';
import { attemptWrite, finish } from './write-outcomes.ts';

/** What one look at a payment came to. `payment` is the item afterwards, as far as it is known. */
export interface Resolved {
  readonly outcome:
    | 'nothing_open'
    | 'settled'
    | 'waiting'
    | 'drift'
    | 'provider_unavailable'
    | 'taken'
    | 'store_failed';
  readonly payment: Payment;
}

export function isDue(pending: PendingRefund, nowMs: number): boolean {
  return pending.resolveAtMs <= nowMs;
}

/**
 * Row 7 of the protocol, for every caller alike (schedule, read, next request): takes the look, reads the payment
 * back, and acts on what that proves. `payment` must have been read before: its attempt is the one a re-send claims.
 */
export async function resolveRefund(
  payment: Payment,
  deadlineMs: number,
  world: Surroundings,
): Promise<Resolved> {
  const { pending } = payment;
  if (pending === undefined) return { outcome: 'nothing_open', payment };
  const taken = await takeTheLook(payment, pending, world);
  if (taken.outcome !== 'waiting') return taken;
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind !== 'found') {
    const cause = look.kind === 'failed' ? look.cause : 'the provider does not know the payment';
    world.report({ event: 'read_back_failed', cause, ...subject(payment, pending) });
    return { ...taken, outcome: look.kind === 'missing' ? 'drift' : 'provider_unavailable' };
  }
  return act({ payment: taken.payment, pending, provider: look.payment, deadlineMs }, world);
}

function subject(payment: Payment, { refundId, attempt, amount }: PendingRefund) {
  return { merchantUid: payment.merchantUid, refundId, attempt, amount, currency: payment.currency };
}

/** Moves the next look into the future, so that of several resolvers one looks and the others go on. */
async function takeTheLook(payment: Payment, pending: PendingRefund, world: Surroundings): Promise<Resolved> {
  const nowMs = world.now();
  const quietAtMs = pending.claimedAtMs + world.quietPeriodMs;
  const pauseEndsMs = nowMs + pauseAfter(pending.checks);
  const resolveAtMs = quietAtMs > nowMs ? Math.min(quietAtMs + 1, pauseEndsMs) : pauseEndsMs;
  const { claimId, checks } = pending;
  const after = await attemptWrite({ kind: 'defer', payment, claimId, checks, resolveAtMs }, world);
  if (after === undefined) return { outcome: 'store_failed', payment };
  if (after.pending?.refundId !== pending.refundId) return { outcome: 'settled', payment: after };
  const mine = after.pending.claimId === claimId && after.pending.resolveAtMs === resolveAtMs;
  return { outcome: mine ? 'waiting' : 'taken', payment: after };
}

interface Case {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  readonly provider: ProviderPayment;
  readonly deadlineMs: number;
}

async function act(theCase: Case, world: Surroundings): Promise<Resolved> {
  const { payment, pending, provider } = theCase;
  const settling = { decidedBy: 'read_back', nowMs: world.now() } as const;
  const evidence = guarded(examine(payment, pending, provider), pending);
  switch (evidence.kind) {
    case 'done':
      return close(theCase, cancelledRecord(pending, evidence.attribution, settling), world);
    case 'used_up':
      return close(theCase, rejectedRecord(pending, { code: 'CHECKSUM_MISMATCH' }, settling), world);
    case 'untouched':
      return sendAgainWhenQuiet(theCase, world);
    case 'drift':
      world.report({
        event: 'drift',
        why: evidence.why,
        ageMs: world.now() - pending.requestedAtMs,
        ...subject(payment, pending),
      });
      return { outcome: 'drift', payment: await bookBalance(payment, provider, world) };
    default:
      return assertNever(evidence);
  }
}

/** Once the provider has accepted a cancel, its checksum has been checked: a balance moved by others proves nothing any more. */
function guarded(evidence: Evidence, pending: PendingRefund): Evidence {
  return evidence.kind === 'used_up' && pending.accepted
    ? { kind: 'drift', why: 'accepted by the provider, but the balance was moved by somebody else' }
    : evidence;
}

async function close(
  { payment, provider }: Case,
  refund: FinalRefund,
  world: Surroundings,
): Promise<Resolved> {
  const written = await finish(payment, { refund, provider }, world);
  return written === undefined
    ? { outcome: 'store_failed', payment }
    : { outcome: 'settled', payment: written.payment };
}

/** Row 7c: the same amount with the same checksum, claimed before it is sent, and only when the last attempt must be dead. */
async function sendAgainWhenQuiet(theCase: Case, world: Surroundings): Promise<Resolved> {
  const { payment, pending, deadlineMs } = theCase;
  const nowMs = world.now();
  const quiet = nowMs - pending.claimedAtMs > world.quietPeriodMs;
  if (!quiet || pending.accepted || cancelsLater(payment)) {
    world.report({ event: 'waiting', ageMs: nowMs - pending.requestedAtMs, ...subject(payment, pending) });
    return { outcome: 'waiting', payment };
  }
  // Without a token nothing could be sent, and an attempt would be used up for nothing.
  const readiness = await world.gateway.prepare();
  if (readiness.kind !== 'ready') return { outcome: 'provider_unavailable', payment };
  const next = nextAttempt(pending, world);
  const after = await attemptWrite(
    { kind: 'reattempt', payment, claimId: pending.claimId, pending: next },
    world,
  );
  if (after === undefined) return { outcome: 'store_failed', payment };
  if (after.pending?.claimId !== next.claimId) {
    return { outcome: after.refunds.has(pending.refundId) ? 'settled' : 'taken', payment: after };
  }
  world.report({ event: 'resent', ...subject(payment, next) });
  const sent = await sendAndSettle(
    { payment: after, pending: next, deadlineMs, releaseWhenNotSent: false },
    world,
  );
  if (sent.kind === 'released') return { outcome: 'settled', payment: after };
  return { outcome: sent.kind === 'final' ? 'settled' : 'waiting', payment: sent.payment };
}

function nextAttempt(pending: PendingRefund, world: Surroundings): PendingRefund {
  const nowMs = world.now();
  const attempt = pending.attempt + 1;
  return {
    ...pending,
    attempt,
    claimId: world.newId(),
    claimedAtMs: nowMs,
    resolveAtMs: nowMs + FIRST_LOOK_AFTER_MS,
    attempts: withAttempt(pending, attempt, nowMs),
  };
}
