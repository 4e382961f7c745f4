import { assertNever } from '../refund/assert-never.ts';
import type { Claim } from '../refund/decide.ts';
import { DOUBTS } from '../refund/doubts.ts';
import { judgeBeforeSend } from '../refund/evidence.ts';
import { entryKey } from '../refund/identity.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { belongsTo, isInOtherCurrency, rightOn, type Order, type OrderWord } from '../refund/order.ts';
import type { Actor, Payment, ProviderPayment } from '../refund/payment.ts';
import type { RequestedRefund } from '../refund/refund.ts';
import { refused, type Refusal, type Refused } from '../refund/refusals.ts';
import { mayRefund } from '../refund/settings.ts';
import {
  ANSWER_RESERVE_MS,
  LAST_MOMENT_MS,
  LOOK_AGAIN_AFTER_MS,
  MAX_CANCEL_TIMEOUT_MS,
  MIN_CANCEL_TIMEOUT_MS,
  READ_BACK_TIMEOUT_MS,
  SEND_WINDOW_MS,
} from '../refund/times.ts';
import { mismatch, providerUnavailable, refusalAfter, storeUnavailable } from './find.ts';
import type { CancelOutcome, LookUp, Readiness, Surroundings } from './ports.ts';
import { inDoubt, settleAnswer, settleDone, settleRefusal, type Sent, type Settlement } from './answer.ts';
import { book, subject } from './settle.ts';
import { keyOf, StoreError, transact, type Write } from './write.ts';

export interface Claiming {
  readonly order: Order;
  readonly payment: Payment;
  /** The caller by the token; the right on this payment is read again before the send. */
  readonly asker: Actor;
  readonly claim: Claim;
  readonly readiness: Promise<Readiness>;
  readonly deadlineMs: number;
}

export type Claimed =
  | Settlement
  | Refused
  /** Another worker was first, or the provider shows something new: decide again from the ledger. */
  | { readonly kind: 'decide_again'; readonly isConflict?: boolean };

/** The claim stands: the data for the following steps. */
interface Attempt extends Claiming {
  readonly refund: RequestedRefund;
}

/**
 * One refund in the order of its steps: claim, look, one cancel; answer.ts has what the answer proves. It is sent at most once,
 * ever. After the claim money may move: whatever fails, expected or not, the caller is told that the outcome is unknown.
 */
export async function claimAndSend(claiming: Claiming, world: Surroundings): Promise<Claimed> {
  const { payment, deadlineMs } = claiming;
  const refund = await toBeClaimed(claiming, world);
  const attempt: Attempt = { ...claiming, refund };
  const settled = new AbortController();
  // The gateway has its own time limit: before that the caller is told 202, and the work continues.
  const lastMoment = world
    .until(deadlineMs - LAST_MOMENT_MS, settled.signal)
    .then((): Claimed => ({ kind: 'unknown', payment, refund }));
  const work = guarded(attempt, world);
  // The second of the two results has no caller any more.
  lastMoment.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, lastMoment]);
  } finally {
    settled.abort(SETTLED);
  }
}

/** Made once: an error with a stack trace for every successful refund would be a waste. */
const SETTLED = new Error('the refund is settled');

/**
 * Send window and quiet period are counted from the claim, not from the decision. The record keeps only a keyed hash of the
 * account, so that refunds to one account can be found.
 */
async function toBeClaimed({ claim }: Claiming, world: Surroundings): Promise<RequestedRefund> {
  const claimedAtMs = world.now();
  const refund = { ...claim.refund, claimedAtMs, resolveAtMs: claimedAtMs + LOOK_AGAIN_AFTER_MS };
  const account = claim.account?.account;
  if (refund.destination === undefined || account === undefined) return refund;
  const accountHash = await world.gateway.hashAccount(account);
  return { ...refund, destination: { ...refund.destination, ...omitMissing({ accountHash }) } };
}

/** A defect after the claim ends nothing: the refund is in doubt, and row 7 ends it. */
async function guarded(attempt: Attempt, world: Surroundings): Promise<Claimed> {
  const { payment, refund } = attempt;
  try {
    return await claimRefund(attempt, world);
  } catch (error) {
    // The caller sees only a 202, as on a bad day, so the log must report the defect.
    if (!(error instanceof StoreError))
      world.report({ event: 'failed', during: 'refund', error, ...subject(refund) });
    const cause = error instanceof Error ? error.name : 'unknown';
    world.report({ event: 'in_doubt', cause, ...subject(refund) });
    return { kind: 'unknown', payment, refund };
  }
}

// --- Row 3: the claim, and the look beside it ---

async function claimRefund(attempt: Attempt, world: Surroundings): Promise<Claimed> {
  const { payment, claim, refund, deadlineMs } = attempt;
  const { lastWish, rateLimit } = claim;
  const looking = look(attempt, world);
  const write: Write = { kind: 'claim', payment, refund, lastWish, ...omitMissing({ rateLimit }) };
  const untilMs = Math.min(refund.claimedAtMs + SEND_WINDOW_MS, deadlineMs - ANSWER_RESERVE_MS);
  const claimed = await transact(write, untilMs, world);
  switch (claimed.kind) {
    case 'unavailable':
      return refused(storeUnavailable);
    case 'conflict':
      return { kind: 'decide_again', isConflict: true };
    case 'refused':
      return { kind: 'decide_again' };
    // Row 3a: the claim may stand, or arrive later. A caller who reads it and gets 404 may ask again with the same key.
    case 'unclear':
      world.report({ event: 'in_doubt', cause: 'the claim was not answered', ...subject(refund) });
      return { kind: 'unknown', payment, refund };
    case 'applied':
      return beforeSend(
        { ...attempt, payment: { ...payment, inFlight: refund.refundId, lastWish } },
        looking,
        world,
      );
    default:
      return assertNever(claimed);
  }
}

type Seen =
  | { readonly kind: 'no_token'; readonly cause: string; readonly secret: boolean }
  | (LookUp & { readonly beganAtMs: number });

async function look({ payment, readiness }: Claiming, world: Surroundings): Promise<Seen> {
  const ready = await readiness;
  if (ready.kind === 'unavailable') {
    return { kind: 'no_token', cause: ready.cause, secret: ready.secret ?? false };
  }
  const beganAtMs = world.now();
  return { ...(await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS)), beganAtMs };
}

// --- Row 3b: the look before the send, and the owner again ---

async function beforeSend(attempt: Attempt, looking: Promise<Seen>, world: Surroundings): Promise<Claimed> {
  const [seen, owner] = await Promise.all([looking, ownerNow(attempt, world)]);
  if (owner !== 'same') return notSent(attempt, `the owner: ${owner.code}`, owner, world);
  if (seen.kind !== 'found') return notLooked(attempt, seen, world);
  const { payment, refund } = attempt;
  const { payment: provider, beganAtMs } = seen;
  const judged = judgeBeforeSend({ payment, refund, provider });
  switch (judged.kind) {
    case 'send':
      return send(attempt, provider, world);
    case 'done':
      return settleDone(attempt, { done: judged, provider, decidedBy: 'look' }, world);
    case 'moved':
    case 'not_paid':
    case 'undecided': {
      const cause = judged.kind === 'undecided' ? judged.why : `nothing was sent: ${judged.kind}`;
      const refusal = judged.kind === 'not_paid' ? ({ code: 'PAYMENT_NOT_PAID' } as const) : undefined;
      const released = await notSent(attempt, cause, refusal ?? { code: 'PAYMENT_MISMATCH' }, world);
      if (released.kind !== 'refused') return released;
      const untilMs = attempt.deadlineMs - LAST_MOMENT_MS;
      const { inFlight: _released, ...head } = payment;
      await book({ payment: head, provider, beganAtMs, untilMs }, world);
      if (judged.kind === 'moved') return { kind: 'decide_again' };
      return judged.kind === 'undecided' ? mismatch(payment, judged.why, world) : released;
    }
    default:
      return assertNever(judged);
  }
}

/** Promise 5: the owner is read between the claim and the send, by a consistent read. */
async function ownerNow({ order, payment, asker }: Claiming, world: Surroundings): Promise<'same' | Refusal> {
  let word: OrderWord | undefined;
  try {
    word = await world.orders.order(order.merchantUid);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    world.report({ event: 'store_failed', during: 'owner', cause: error.message, ...keyOf(payment) });
    return storeUnavailable;
  }
  const now = { merchantUid: order.merchantUid, ...omitMissing({ word }) };
  const right = belongsTo(now, payment) ? rightOn(now, payment, asker) : undefined;
  if (right === undefined) return { code: 'PAYMENT_NOT_FOUND' };
  if (isInOtherCurrency(now, payment)) return mismatch(payment, DOUBTS.orderCurrency, world).refusal;
  return mayRefund(right, world.settings) ? 'same' : { code: 'FORBIDDEN' };
}

/** The provider did not answer, or does not know the payment: nothing is sent. */
async function notLooked(
  attempt: Attempt,
  seen: Exclude<Seen, { kind: 'found' }>,
  world: Surroundings,
): Promise<Claimed> {
  if (seen.kind === 'missing') {
    const released = await notSent(attempt, DOUBTS.missing, { code: 'PAYMENT_MISMATCH' }, world);
    return released.kind === 'refused' ? mismatch(attempt.payment, DOUBTS.missing, world) : released;
  }
  const { cause, secret = false } = seen;
  world.report({ event: 'unavailable', cause, secret, ...subject(attempt.refund) });
  const refusal = seen.kind === 'failed' ? refusalAfter(seen) : providerUnavailable;
  return notSent(attempt, cause, refusal, world);
}

/** Row 9: told only when the table confirms it; otherwise the caller is told what the table says, or 202. */
async function notSent(
  attempt: Attempt,
  cause: string,
  refusal: Refusal,
  world: Surroundings,
): Promise<Claimed> {
  const { payment, refund, deadlineMs } = attempt;
  const { resolveAtMs: _due, seen: _seen, ...claimed } = refund;
  const released = { ...claimed, status: 'not_sent', finishedAtMs: world.now(), cause } as const;
  const untilMs = deadlineMs - LAST_MOMENT_MS;
  const transacted = await transact({ kind: 'not_sent', payment, refund: released }, untilMs, world);
  if (transacted.kind === 'applied') {
    world.report({ event: 'not_sent', cause, ...subject(refund) });
    return refused(refusal);
  }
  return { kind: 'unknown', payment, refund };
}

// --- Rows 4 to 6: the one call that cannot be undone, alone between two writes ---

async function send(attempt: Attempt, before: ProviderPayment, world: Surroundings): Promise<Claimed> {
  const outcome = await sendInTime(attempt, world);
  const { refund } = attempt;
  const cause = 'cause' in outcome ? { cause: outcome.cause } : {};
  world.report({ event: 'outcome', outcome: outcome.kind, ...cause, ...subject(refund) });
  const seen = [...new Set(before.cancelHistory.map(entryKey))];
  const sent: Sent = { ...attempt, before, refund: { ...refund, seen } };
  switch (outcome.kind) {
    case 'answered':
      return settleAnswer(sent, outcome.payment, world);
    case 'refused':
      return settleRefusal(sent, outcome, world);
    case 'not_sent':
      return notSent(attempt, outcome.cause, providerUnavailable, world);
    case 'unknown':
      return inDoubt(sent, { text: `unknown: ${outcome.cause}` }, world);
    default:
      return assertNever(outcome);
  }
}

async function sendInTime(attempt: Attempt, world: Surroundings): Promise<CancelOutcome> {
  const { payment, refund, claim, deadlineMs } = attempt;
  const left = deadlineMs - world.now() - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS;
  if (left < MIN_CANCEL_TIMEOUT_MS) return { kind: 'not_sent', cause: 'no time left to wait for the answer' };
  const sendBeforeMs = refund.claimedAtMs + SEND_WINDOW_MS;
  if (world.now() > sendBeforeMs) return { kind: 'not_sent', cause: 'the claim was confirmed too late' };
  const { amount, checksum, passedOn, reason, refundId, actor } = refund;
  return world.gateway.cancel({
    impUid: payment.impUid,
    currency: payment.currency,
    amount,
    checksum,
    passedOn,
    refundId,
    requester: actor.kind === 'staff' ? 'admin' : 'customer',
    ...omitMissing({ reason, account: claim.account, pgProvider: payment.pgProvider }),
    timeoutMs: Math.min(left, MAX_CANCEL_TIMEOUT_MS),
    sendBeforeMs,
  });
}
