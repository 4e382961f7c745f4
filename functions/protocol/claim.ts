import { assertNever } from '../refund/assert-never.ts';
import type { PendingRefund } from '../refund/payment.ts';
import { notExecutedRecord } from '../refund/record.ts';
import { FIRST_LOOK_AFTER_MS, LAST_MOMENT_MS } from '../refund/times.ts';
import { attemptWrite, knownAfter } from './attempt-write.ts';
import { leap, look, type Claimed, type Claiming, type Seen } from './leap.ts';
import type { Surroundings } from './ports.ts';
import { subject } from './reservation.ts';
import { StoreError } from './store-error.ts';

/**
 * Row 3, row 3b and one attempt. From here on money may move: whatever goes wrong, expected or not, the caller is told
 * that it is not known. Throws `StoreError` only when the table itself refused the claim.
 */
export async function claimAndSend(claiming: Claiming, world: Surroundings): Promise<Claimed> {
  const { payment } = claiming;
  const pending = await withDestination(fresh(claiming.claim.pending, world.now()), claiming, world);
  const now: Claiming = { ...claiming, claim: { ...claiming.claim, pending } };
  try {
    return await inTime(now, world);
  } catch (error) {
    if (error instanceof StoreError && !error.mayHaveBeenApplied) throw error;
    const cause = error instanceof Error ? error.name : 'unknown';
    // The caller hears nothing of a defect, so that without a word of ours nobody would: 202 is what a bad day is told as, too.
    if (!(error instanceof StoreError))
      world.report({ event: 'failed', during: 'refund', error, ...subject({ payment, pending }) });
    world.report({ event: 'in_doubt', cause, accepted: false, ...subject({ payment, pending }) });
    return { kind: 'unknown', payment, refund: pending };
  }
}

/** The send window and the quiet period are counted from the claim, not from the decision. */
function fresh(pending: PendingRefund, nowMs: number): PendingRefund {
  const attempts = [{ attempt: 1, sentAtMs: nowMs }];
  return { ...pending, claimedAtMs: nowMs, resolveAtMs: nowMs + FIRST_LOOK_AFTER_MS, attempts };
}

/** Of the account the record keeps a keyed hash, so that staff's refunds to one account can be found. */
async function withDestination(
  pending: PendingRefund,
  { claim }: Claiming,
  world: Surroundings,
): Promise<PendingRefund> {
  const account = claim.account?.account;
  if (pending.destination === undefined || account === undefined) return pending;
  const accountHash = await world.gateway.hashAccount(account);
  return accountHash === undefined
    ? pending
    : { ...pending, destination: { ...pending.destination, accountHash } };
}

/** Made once: an error with a stack for every refund that went well would be a waste. */
const SETTLED = new Error('the refund is settled');

/** The gateway gives up at its own time: before that the caller hears that it is not known yet, and the work goes on. */
async function inTime(claiming: Claiming, world: Surroundings): Promise<Claimed> {
  const { payment, claim, deadlineMs } = claiming;
  const settled = new AbortController();
  const lastMoment = world
    .until(deadlineMs - LAST_MOMENT_MS, settled.signal)
    .then((): Claimed => ({ kind: 'unknown', payment, refund: claim.pending }));
  const work = claimed(claiming, world);
  // Whichever comes second has nobody left to tell.
  lastMoment.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, lastMoment]);
  } finally {
    settled.abort(SETTLED);
  }
}

async function claimed(claiming: Claiming, world: Surroundings): Promise<Claimed> {
  const { payment, claim, besideClaim } = claiming;
  const { pending, bucket, evict } = claim;
  const early = besideClaim ? look(claiming, world) : undefined;
  const write = {
    kind: 'claim',
    payment,
    pending,
    evict,
    ...(bucket === undefined ? {} : { bucket }),
  } as const;
  const attempted = await attemptWrite(write, world);
  switch (attempted.kind) {
    case 'refused':
      throw attempted.error;
    case 'unclear':
      return fence(claiming, early, world);
    case 'applied':
      return leap({ ...claiming, payment: attempted.payment }, early, world);
    case 'not_applied': {
      // An earlier try of the same write may be what the condition failed on; only the mark tells.
      const mine = attempted.payment?.pending?.claimId === pending.claimId;
      return mine && attempted.payment !== undefined
        ? leap({ ...claiming, payment: attempted.payment }, early, world)
        : { kind: 'decide_again', order: attempted.order };
    }
    default:
      return assertNever(attempted);
  }
}

/**
 * Nobody can say whether the claim stands, or is still on its way. `refund_seq` is moved past it, so that a copy that
 * arrives later changes nothing and the refund has an end in the table. What the caller hears is 202 all the same (row 3).
 */
async function fence(
  claiming: Claiming,
  early: Promise<Seen> | undefined,
  world: Surroundings,
): Promise<Claimed> {
  const { payment, claim } = claiming;
  const { pending } = claim;
  const refund = notExecutedRecord(pending, 'the reservation could not be confirmed', world.now());
  const attempted = await attemptWrite({ kind: 'fence', payment, refund }, world);
  const after = knownAfter(attempted);
  if (after?.pending?.claimId === pending.claimId) return leap({ ...claiming, payment: after }, early, world);
  return { kind: 'unknown', payment: after ?? payment, refund: pending };
}
