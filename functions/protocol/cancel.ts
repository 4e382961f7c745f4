import { assertNever } from '../refund/assert-never.ts';
import { decideCancel, type CancelDecision } from '../refund/decide.ts';
import { fingerprintOf, refundIdForKey, type Identity } from '../refund/identity.ts';
import type { CancelRequest } from '../refund/intent.ts';
import { rightOn } from '../refund/order.ts';
import type { CancelledRefund, Payment, PendingRefund, RejectedRefund } from '../refund/payment.ts';
import type { Refusal } from '../refund/refusals.ts';
import { mayRefund } from '../refund/settings.ts';
import {
  ANSWER_RESERVE_MS,
  READ_BACK_TIMEOUT_MS,
  RETRY_AFTER_BUSY_SECONDS,
  STAFF_LOOKS_EVERY_MS,
  STAFF_WAIT_MS,
} from '../refund/times.ts';
import { askFirst, mayKnowBetter } from './ask-first.ts';
import { claimAndSend } from './claim.ts';
import { isDue, resolveRefund } from './doubt.ts';
import { choose, findPayment, type Owned } from './find.ts';
import type { Readiness, Surroundings } from './ports.ts';
import { tellDecision } from './tell-decision.ts';

export type CancelResult =
  | {
      readonly kind: 'final';
      readonly payment: Payment;
      readonly refund: CancelledRefund | RejectedRefund;
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

interface Asking {
  readonly request: CancelRequest;
  readonly readiness: Promise<Readiness>;
  readonly deadlineMs: number;
  readonly world: Surroundings;
}

/** What has been done already for this request, so that it is done once. */
interface Progress {
  round: number;
  hasResolved: boolean;
  hasAskedProvider: boolean;
  readonly waitsUntilMs: number;
}

type Step = CancelResult | ({ readonly kind: 'next' } & Owned);

/**
 * `POST /payments/cancel`: rows 0 to 3 of the protocol, then one attempt. Throws `StoreError` only while nothing has
 * been reserved; from the reservation on, every failure is an answer.
 */
export async function cancelPayment(
  request: CancelRequest,
  deadlineMs: number,
  world: Surroundings,
): Promise<CancelResult> {
  // Before anything is looked up: a customer learns nothing here.
  if (!mayRefund(request.actor, world.settings)) return refused({ code: 'FORBIDDEN' });
  // Secret and token are fetched while the item is read: on a cold start neither waits for the other.
  const asking: Asking = { request, readiness: world.gateway.prepare(), deadlineMs, world };
  const found = await findPayment(request, world);
  if (found.kind === 'refused') return found;
  const waitsUntilMs = Math.min(
    world.now() + STAFF_WAIT_MS,
    deadlineMs - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS,
  );
  const progress: Progress = { round: 0, hasResolved: false, hasAskedProvider: false, waitsUntilMs };
  let owned: Owned = found;
  while (progress.round < MAX_ROUNDS) {
    const step = await decideAndAct(owned, asking, progress);
    if (step.kind !== 'next') return step;
    owned = step;
  }
  return refused(busy());
}

function refused(refusal: Refusal): CancelResult {
  return { kind: 'refused', refusal };
}

function busy(): Refusal {
  return { code: 'REFUND_IN_PROGRESS', retryAfterSeconds: RETRY_AFTER_BUSY_SECONDS };
}

async function decideAndAct(owned: Owned, asking: Asking, progress: Progress): Promise<Step> {
  const { request, world } = asking;
  const { payment, actor } = owned;
  if (!mayRefund(actor, world.settings)) return refused({ code: 'FORBIDDEN' });
  const identity = identify(request, payment, world);
  const decision = asFarAsKnown(
    payment,
    decideCancel(payment, { request, identity, actor, nowMs: world.now() }),
  );
  tellDecision(decision, { payment, identity }, world);
  switch (decision.kind) {
    case 'replay':
      return { kind: 'final', payment, refund: decision.refund, replayed: true };
    case 'pending':
      return whilePending(owned, decision, asking, progress);
    case 'refuse': {
      const { refusal } = decision;
      if (progress.hasAskedProvider || !mayKnowBetter(payment, request, refusal)) return refused(refusal);
      progress.hasAskedProvider = true;
      const told = await askFirst(payment, refusal, world);
      return told === 'asked' ? again(owned, asking, undefined) : told;
    }
    case 'claim': {
      const { readiness, deadlineMs } = asking;
      const besideClaim = progress.round === 0;
      progress.round += 1;
      const claimed = await claimAndSend(
        { payment, claim: decision, readiness, deadlineMs, besideClaim },
        world,
      );
      if (claimed.kind === 'decide_again') return again(owned, asking, claimed.order);
      return claimed.kind === 'refused' ? claimed : { ...claimed, replayed: false };
    }
    default:
      return assertNever(decision);
  }
}

/** What was done is told whatever has become of the item since; of money nothing is said while it says too little. */
function asFarAsKnown({ completeness }: Payment, decision: CancelDecision): CancelDecision {
  const isAboutMoney = decision.kind === 'claim' || decision.kind === 'refuse';
  return isAboutMoney && completeness === 'incomplete'
    ? { kind: 'refuse', refusal: { code: 'PAYMENT_MISMATCH' } }
    : decision;
}

function identify(request: CancelRequest, payment: Payment, world: Surroundings): Identity {
  const { idempotencyKey, actor } = request;
  const claimId = world.newId();
  if (idempotencyKey === undefined) return { claimId, refundId: `rf_${world.newId()}` };
  const refundId = refundIdForKey(payment, actor.sub, idempotencyKey);
  return { claimId, refundId, fingerprint: fingerprintOf(idempotencyKey, request) };
}

/** The table once more, and the caller's right with it: both may have changed. */
async function again(
  { order, payment }: Owned,
  { request, world }: Asking,
  known: Owned['order'] | undefined,
): Promise<Step> {
  const now = known ?? (await world.store.order(order.merchantUid));
  const chosen = choose(now, { actor: request.actor, impUid: payment.impUid });
  return chosen.kind === 'found' ? { ...chosen, kind: 'next' } : chosen;
}

/** Rows 1 and 2: row 7 first when it is due. Staff wait in line for a moment: a customer's requests must not lock them out. */
async function whilePending(
  owned: Owned,
  { pending, ours }: Extract<CancelDecision, { kind: 'pending' }>,
  asking: Asking,
  progress: Progress,
): Promise<Step> {
  const { world, deadlineMs } = asking;
  const { order, payment, actor } = owned;
  if (!progress.hasResolved && isDue(pending, world.now())) {
    progress.hasResolved = true;
    const resolved = await resolveRefund(payment, deadlineMs, world);
    // Right and owner as read a moment ago; the next round, if any claim is lost, reads them again.
    const right = rightOn(order, resolved.payment, asking.request.actor);
    return right === undefined
      ? refused({ code: 'PAYMENT_NOT_FOUND' })
      : { kind: 'next', order, payment: resolved.payment, actor: right };
  }
  if (ours) return { kind: 'unknown', payment, refund: pending, replayed: true };
  if (actor.kind !== 'staff' || world.now() + STAFF_LOOKS_EVERY_MS > progress.waitsUntilMs) {
    return refused(busy());
  }
  await world.until(world.now() + STAFF_LOOKS_EVERY_MS);
  return again(owned, asking, undefined);
}
