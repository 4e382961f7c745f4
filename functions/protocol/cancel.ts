import { assertNever } from '../refund/assert-never.ts';
import { decideCancel, type CancelDecision, type CancelRequest, type Identity } from '../refund/decide.ts';
import { fingerprintOf, refundIdForKey } from '../refund/identity.ts';
import { findOwnItem, providerUnavailable } from './find.ts';
import type { FinalRefund, Payment, PendingRefund } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import type { Refusal } from '../refund/refusals.ts';
import { isDue, resolveRefund } from './doubt.ts';
import { sendAndSettle } from './attempt.ts';
import { StoreError } from './store-error.ts';
import { FIRST_LOOK_AFTER_MS, LAST_MOMENT_MS, RETRY_AFTER_BUSY_SECONDS } from '../refund/timing.ts';
import { attemptWrite } from './write-outcomes.ts';

export type CancelResult =
  | {
      readonly kind: 'final';
      readonly payment: Payment;
      readonly refund: FinalRefund;
      readonly replayed: boolean;
    }
  | {
      readonly kind: 'unknown';
      readonly payment: Payment;
      readonly refund: PendingRefund;
      readonly replayed: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** A request that keeps losing races is not wrong, it is early: after this many rounds it is asked to come back. */
const MAX_ROUNDS = 5;

/**
 * `POST /payments/cancel`: rows 0 to 3 of the protocol, then one attempt. Throws `StoreError` only while nothing has
 * been reserved; from the reservation on, every failure is an answer.
 */
export async function cancelPayment(
  request: CancelRequest,
  deadlineMs: number,
  world: Surroundings,
): Promise<CancelResult> {
  // Secret and token are fetched while the item is read: on a cold start neither waits for the other.
  const readiness = world.gateway.prepare();
  const found = await findOwnItem(request, world);
  if ('refusal' in found) return { kind: 'refused', refusal: found.refusal };
  let { payment } = found;
  let looked = false;
  const identity = identify(request, payment, world);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const decision = decideCancel(payment, request, identity, world.now());
    report(decision, payment, identity, world);
    if (decision.kind === 'claim') {
      const ready = await readiness;
      if (ready.kind === 'unavailable') {
        const { merchantUid } = payment;
        world.report({ event: 'unavailable', cause: ready.cause, merchantUid, refundId: identity.refundId });
        return unavailable();
      }
      const attempt = await claimAndSend({ payment, pending: decision.pending, deadlineMs }, world);
      if (attempt.kind !== 'lost_race') return attempt;
      ({ payment } = attempt);
    } else if (decision.kind === 'pending' && !looked && isDue(decision.pending, world.now())) {
      looked = true;
      ({ payment } = await resolveRefund(payment, deadlineMs, world));
    } else {
      return answer(decision, payment);
    }
  }
  return { kind: 'refused', refusal: busy() };
}

function busy(): Refusal {
  return { code: 'REFUND_IN_PROGRESS', retryAfterSeconds: RETRY_AFTER_BUSY_SECONDS };
}

function unavailable() {
  return { kind: 'refused', refusal: providerUnavailable } as const;
}

function identify(request: CancelRequest, payment: Payment, world: Surroundings): Identity {
  const { idempotencyKey } = request;
  const claimId = world.newId();
  if (idempotencyKey === undefined) return { claimId, refundId: `rf_${world.newId()}` };
  const refundId = refundIdForKey(payment.merchantUid, idempotencyKey);
  return { claimId, refundId, fingerprint: fingerprintOf(idempotencyKey, request) };
}

function report(
  decision: CancelDecision,
  payment: Payment,
  { refundId }: Identity,
  world: Surroundings,
): void {
  const { merchantUid, currency } = payment;
  const code = decision.kind === 'refuse' ? { code: decision.refusal.code } : {};
  const amount = decision.kind === 'claim' ? { amount: decision.pending.amount, currency } : {};
  world.report({ event: 'decided', decision: decision.kind, merchantUid, refundId, ...code, ...amount });
}

interface Claiming {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  readonly deadlineMs: number;
}

type Claimed = CancelResult | { readonly kind: 'lost_race'; readonly payment: Payment };

/** From here on money may move: whatever goes wrong, expected or not, the caller is told that it is not known. */
async function claimAndSend(claiming: Claiming, world: Surroundings): Promise<Claimed> {
  const nowMs = world.now();
  const resolveAtMs = nowMs + FIRST_LOOK_AFTER_MS;
  const attempts = [{ attempt: 1, sentAtMs: nowMs }];
  const pending: PendingRefund = { ...claiming.pending, claimedAtMs: nowMs, resolveAtMs, attempts };
  try {
    return await inTime({ ...claiming, pending }, world);
  } catch (error) {
    if (error instanceof StoreError && !error.mayHaveBeenApplied) throw error;
    const { merchantUid } = claiming.payment;
    const cause = error instanceof Error ? error.name : 'unknown';
    world.report({ event: 'in_doubt', cause, accepted: false, merchantUid, refundId: pending.refundId });
    return { kind: 'unknown', payment: claiming.payment, refund: pending, replayed: false };
  }
}

/** The gateway gives up at its own time: before that the caller hears that it is not known yet, and the work goes on. */
async function inTime(claiming: Claiming, world: Surroundings): Promise<Claimed> {
  if (world.until === undefined) return claimed(claiming, world);
  const { payment, pending, deadlineMs } = claiming;
  const settled = new AbortController();
  const lastMoment = world
    .until(deadlineMs - LAST_MOMENT_MS, settled.signal)
    .then((): Claimed => ({ kind: 'unknown', payment, refund: pending, replayed: false }));
  const work = claimed(claiming, world);
  // Whichever comes second has nobody left to tell.
  lastMoment.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, lastMoment]);
  } finally {
    settled.abort();
  }
}

async function claimed({ payment, pending, deadlineMs }: Claiming, world: Surroundings): Promise<Claimed> {
  const after = await attemptWrite({ kind: 'claim', payment, pending }, world);
  // The reservation may stand although nobody could say so; then the resolver sends it. So this is in doubt, not failed.
  if (after === undefined) return { kind: 'unknown', payment, refund: pending, replayed: false };
  if (after.pending?.claimId !== pending.claimId) return { kind: 'lost_race', payment: after };
  const sent = await sendAndSettle({ payment: after, pending, deadlineMs, releaseWhenNotSent: true }, world);
  switch (sent.kind) {
    case 'final':
      return { kind: 'final', payment: sent.payment, refund: sent.refund, replayed: false };
    case 'in_doubt':
      return { kind: 'unknown', payment: sent.payment, refund: sent.pending, replayed: false };
    case 'released':
      return unavailable();
    default:
      return assertNever(sent);
  }
}

function answer(decision: Exclude<CancelDecision, { kind: 'claim' }>, payment: Payment): CancelResult {
  switch (decision.kind) {
    case 'replay':
      return { kind: 'final', payment, refund: decision.refund, replayed: true };
    case 'pending':
      return decision.ours
        ? { kind: 'unknown', payment, refund: decision.pending, replayed: true }
        : { kind: 'refused', refusal: busy() };
    case 'refuse':
      return { kind: 'refused', refusal: decision.refusal };
    default:
      return assertNever(decision);
  }
}
