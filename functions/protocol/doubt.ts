import { assertNever } from '../refund/assert-never.ts';
import { DOUBTS } from '../refund/doubts.ts';
import type { Done, NotDone } from '../refund/evidence.ts';
import { examineReadBack } from '../refund/read-back.ts';
import type { FinalRefund, Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import { cancelledRecord, rejectedRecord } from '../refund/record.ts';
import { pauseAfter, READ_BACK_TIMEOUT_MS, waitsOf } from '../refund/times.ts';
import { attemptWrite, paymentAfter } from './attempt-write.ts';
import { tellAnomalies } from './attempt.ts';
import { bookFromProvider, correctFromProvider } from './booking.ts';
import { finish } from './finish.ts';
import type { Surroundings } from './ports.ts';
import { sendAgain } from './resend.ts';
import { doubtOf, subject } from './reservation.ts';
import { attemptOf, type Guard } from './write.ts';

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

/** No rule has settled it in time: people are asked (row 7e). */
export function isDrift(pending: PendingRefund, nowMs: number, quietPeriodMs: number): boolean {
  return nowMs - pending.requestedAtMs > waitsOf(quietPeriodMs).driftAfterMs;
}

/**
 * Row 7 of the protocol, for every caller alike (schedule, read, webhook, next request): takes the look, reads the payment
 * back, and acts on what that proves. `payment` must have been read before: its claim and attempt are what evidence is bound to.
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
  const beganAtMs = world.now();
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind === 'failed') {
    world.report({ event: 'read_back_failed', cause: look.cause, ...subject({ payment, pending }) });
    return { ...taken, outcome: 'provider_unavailable' };
  }
  const theCase = { payment: taken.payment, pending, beganAtMs, deadlineMs };
  if (look.kind === 'missing') return undecided(theCase, DOUBTS.missing, undefined, world);
  return act({ ...theCase, provider: look.payment }, world);
}

/** Moves the next look into the future, so that of several resolvers one looks and the others go on. */
async function takeTheLook(payment: Payment, pending: PendingRefund, world: Surroundings): Promise<Resolved> {
  const nowMs = world.now();
  const deadAtMs = pending.claimedAtMs + waitsOf(world.settings.quietPeriodMs).deadAfterMs;
  const pauseEndsMs = nowMs + pauseAfter(pending.checks);
  const resolveAtMs = deadAtMs > nowMs ? Math.min(deadAtMs + 1, pauseEndsMs) : pauseEndsMs;
  const { seq, attempt, checks } = pending;
  const write = { kind: 'defer', payment, guard: { seq, attempt }, checks, resolveAtMs } as const;
  const attempted = await attemptWrite(write, world);
  if (attempted.kind === 'unclear' || attempted.kind === 'refused')
    return { outcome: 'store_failed', payment };
  const after = attempted.payment ?? payment;
  if (attempted.kind === 'applied') return { outcome: 'waiting', payment: after };
  const still = after.pending;
  if (still?.seq !== seq) return { outcome: 'settled', payment: after };
  const mine = still.attempt === attempt && still.checks === checks + 1 && still.resolveAtMs === resolveAtMs;
  return { outcome: mine ? 'waiting' : 'taken', payment: after };
}

export interface Case {
  readonly payment: Payment;
  /** As it was before the read-back. */
  readonly pending: PendingRefund;
  readonly beganAtMs: number;
  readonly deadlineMs: number;
}

type Seen = Case & { readonly provider: ProviderPayment };

async function act(seen: Seen, world: Surroundings): Promise<Resolved> {
  const evidence = examineReadBack({ ...seen, settings: world.settings });
  switch (evidence.kind) {
    case 'done':
      return settleDone(seen, evidence, world);
    case 'not_done':
      return settleNotDone(seen, evidence, world);
    case 'send_again':
      return sendAgain(seen, world);
    case 'undecided':
      return undecided(seen, evidence.why, seen.provider, world);
    default:
      return assertNever(evidence);
  }
}

/** Rows 7a and 7p. */
async function settleDone(seen: Seen, evidence: Done, world: Surroundings): Promise<Resolved> {
  const { pending } = seen;
  tellAnomalies(seen, evidence, world);
  const refund = cancelledRecord(pending, evidence, { decidedBy: 'read_back', nowMs: world.now() });
  return evidence.by === 'tag'
    ? settle(seen, refund, { guard: { seq: pending.seq } }, world)
    : settle(seen, refund, { guard: attemptOf(pending), unlessRefused: true }, world);
}

/** Rows 7b and 7d. */
async function settleNotDone(seen: Seen, { rejection }: NotDone, world: Surroundings): Promise<Resolved> {
  const { pending } = seen;
  const refund = rejectedRecord(pending, rejection, { decidedBy: 'read_back', nowMs: world.now() });
  return settle(seen, refund, { guard: attemptOf(pending) }, world);
}

async function settle(
  { payment, provider }: Seen,
  refund: FinalRefund,
  bound: {
    readonly guard: Guard;
    readonly unlessRefused?: boolean;
  },
  world: Surroundings,
): Promise<Resolved> {
  const settled = await finish({ payment, refund, provider, ...bound }, world);
  if (settled === undefined) return { outcome: 'store_failed', payment };
  return { outcome: 'settled', payment: await correctFromProvider(settled.payment, provider, world) };
}

/** Row 7e: told each time, and why is kept where people look. Row 8 holds all the same. */
async function undecided(
  theCase: Case,
  why: string,
  provider: ProviderPayment | undefined,
  world: Surroundings,
): Promise<Resolved> {
  const { payment, pending } = theCase;
  const nowMs = world.now();
  const drift = isDrift(pending, nowMs, world.settings.quietPeriodMs);
  const ageMs = nowMs - pending.requestedAtMs;
  world.report(
    drift
      ? { event: 'drift', why, ageMs, ...subject(theCase) }
      : { event: 'waiting', ageMs, ...subject(theCase) },
  );
  const noted = await noteDoubt(payment, why, provider, world);
  const booked = provider === undefined ? noted : await bookFromProvider(noted, provider, world);
  return { outcome: drift ? 'drift' : 'waiting', payment: booked };
}

async function noteDoubt(
  payment: Payment,
  why: string,
  provider: ProviderPayment | undefined,
  world: Surroundings,
): Promise<Payment> {
  const { pending } = payment;
  const doubt = doubtOf(why, provider);
  if (pending === undefined) return payment;
  if (pending.doubt?.why === doubt.why && pending.doubt.cancelAmount === doubt.cancelAmount) return payment;
  const attempted = await attemptWrite({ kind: 'note', payment, pending: { ...pending, doubt } }, world);
  return paymentAfter(attempted, payment);
}
