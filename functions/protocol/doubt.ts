import { isDeepStrictEqual } from 'node:util';
import { assertNever } from '../refund/assert-never.ts';
import { isDrift } from '../refund/closing.ts';
import { amountsOf, cancelledRefund, notExecutedRefund, rejectedRefund } from '../refund/ending.ts';
import { DOUBTS, type DoubtText } from '../refund/doubts.ts';
import { heldBy, judgeLook, NOTHING_HELD, type Judged } from '../refund/evidence.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Payment, ProviderPayment } from '../refund/payment.ts';
import { paidBackBy } from '../refund/pg/families.ts';
import { isFinal, type FinalRefund, type RequestedRefund } from '../refund/refund.ts';
import {
  ANSWER_RESERVE_MS,
  LAST_MOMENT_MS,
  LOOK_AGAIN_AFTER_MS,
  READ_BACK_TIMEOUT_MS,
  waitsOf,
} from '../refund/times.ts';
import type { LookUp, Surroundings } from './ports.ts';
import { book, finish, subject, reportBroken } from './settle.ts';
import { transact, type Transacted, type Write } from './write.ts';

/** A refund in flight: HEAD, then REFUND as read. */
export interface InFlight {
  readonly payment: Payment;
  readonly refund: RequestedRefund;
  /** Epoch ms at which the work must have ended. */
  readonly deadlineMs: number;
}

/** The result of one look. `payment` and `refund` are the items afterwards, as far as known. */
export interface Resolved {
  readonly outcome: 'settled' | 'waiting' | 'drift' | 'provider_unavailable' | 'taken' | 'store_failed';
  readonly payment: Payment;
  readonly refund: RequestedRefund | FinalRefund;
}

export function isDue(refund: RequestedRefund, nowMs: number): boolean {
  return refund.resolveAtMs <= nowMs;
}

/** 10 s after a look; sooner at the first moment after G, and when the second look may decide (row 7). */
export function nextLookAt(
  { claimedAtMs, lookedAtMs }: Pick<RequestedRefund, 'claimedAtMs' | 'lookedAtMs'>,
  nowMs: number,
  quietPeriodMs: number,
): number {
  const { deadAfterMs, betweenLooksMs } = waitsOf(quietPeriodMs);
  const moments = [
    claimedAtMs + deadAfterMs + 1,
    ...(lookedAtMs === undefined ? [] : [lookedAtMs + betweenLooksMs]),
  ];
  return Math.min(nowMs + LOOK_AGAIN_AFTER_MS, ...moments.filter((atMs) => atMs > nowMs));
}

/**
 * Row 7 of the protocol, for every caller (schedule, read, webhook, next request): takes the look, reads the payment back, and
 * acts on what that proves.
 */
export async function resolveRefund(inFlight: InFlight, world: Surroundings): Promise<Resolved> {
  const { refund, payment, deadlineMs } = inFlight;
  const { quietPeriodMs } = world.settings;
  const resolveAtMs = nextLookAt(refund, world.now(), quietPeriodMs);
  // The next look is moved into the future first, so that only one of several workers looks.
  const taken = await transact({ kind: 'take_look', refund, resolveAtMs }, untilOf(deadlineMs), world);
  if (taken.kind !== 'applied') return notTaken(inFlight, taken, world);
  const beganAtMs = world.now();
  const seen = await lookInTime(payment.impUid, deadlineMs, world);
  return actOnLook({ ...inFlight, refund: { ...refund, resolveAtMs } }, seen, beganAtMs, world);
}

/** Reads the payment at the provider. Without time left before the caller must be answered, it fails and sends nothing. */
export async function lookInTime(
  impUid: string,
  deadlineMs: number,
  { gateway, now }: Surroundings,
): Promise<LookUp> {
  const timeoutMs = Math.min(READ_BACK_TIMEOUT_MS, deadlineMs - now() - ANSWER_RESERVE_MS);
  return timeoutMs > 0
    ? gateway.payment(impUid, timeoutMs)
    : { kind: 'failed', cause: 'no time left to look' };
}

function untilOf(deadlineMs: number): number {
  return deadlineMs - LAST_MOMENT_MS;
}

async function notTaken(
  { payment, refund }: InFlight,
  taken: Transacted,
  world: Surroundings,
): Promise<Resolved> {
  if (taken.kind !== 'refused') return { outcome: 'store_failed', payment, refund };
  const now = await world.ledger.refund(refund);
  if (now !== undefined && isFinal(now)) {
    const head = (await world.ledger.payment(payment)) ?? payment;
    return { outcome: 'settled', payment: head, refund: now };
  }
  return { outcome: 'taken', payment, refund: now?.status === 'requested' ? now : refund };
}

/** What a look that began at `beganAtMs` says about the refund. HEAD and REFUND were read before it. */
export async function actOnLook(
  inFlight: InFlight,
  seen: LookUp,
  beganAtMs: number,
  world: Surroundings,
): Promise<Resolved> {
  const { refund } = inFlight;
  if (seen.kind !== 'found') {
    const { cause, secret } = seen.kind === 'failed' ? seen : { cause: DOUBTS.missing };
    // Without the secret the provider was not asked: it counts as the secret's failure, not as the provider's.
    const event =
      secret === true ? ({ event: 'unavailable', secret } as const) : ({ event: 'look_failed' } as const);
    world.report({ ...event, cause, ...subject(refund) });
    const why = seen.kind === 'failed' ? DOUBTS.unreadable : DOUBTS.missing;
    const noted = await stayUndecided(inFlight, { why, beganAtMs }, world);
    return seen.kind === 'failed' && noted.outcome === 'waiting'
      ? { ...noted, outcome: 'provider_unavailable' }
      : noted;
  }
  const looked: Looked = { ...inFlight, provider: seen.payment, beganAtMs };
  const judged = await judge(looked, world);
  switch (judged.kind) {
    case 'done': {
      for (const why of judged.anomalies) world.report({ event: 'anomaly', why, ...subject(refund) });
      return settle(
        looked,
        cancelledRefund(refund, judged, { decidedBy: 'look', nowMs: world.now() }),
        world,
      );
    }
    case 'not_done': {
      const ending = { decidedBy: 'look', nowMs: world.now() } as const;
      const ended = judged.usedByOthers
        ? rejectedRefund(refund, 'CHECKSUM_MISMATCH', ending)
        : notExecutedRefund(refund, ending);
      return settle(looked, ended, world);
    }
    case 'first_look':
      return firstLook(looked, world);
    case 'undecided':
      return booked(looked, await stayUndecided(looked, { ...looked, why: judged.why }, world), world);
    default:
      return assertNever(judged);
  }
}

interface Looked extends InFlight {
  readonly provider: ProviderPayment;
  readonly beganAtMs: number;
}

/**
 * Entries held by other refunds are read only when they matter: they can only exclude entries, so an item that cannot be read
 * excludes none.
 */
async function judge(looked: Looked, world: Surroundings): Promise<Judged> {
  const { settings } = world;
  const judged = judgeLook({ ...looked, settings, held: NOTHING_HELD });
  if (judged.kind !== 'undecided' || judged.why !== DOUBTS.couldBeOurs) return judged;
  const { payment } = looked;
  const items = await world.ledger.allRefunds(payment, reportBroken('look', payment, world));
  return judgeLook({ ...looked, settings, held: heldBy(items, looked.refund.refundId) });
}

async function settle(looked: Looked, ended: FinalRefund, world: Surroundings): Promise<Resolved> {
  const { payment, refund } = looked;
  const settled = await finish({ ...looked, refund: ended }, world);
  return settled === undefined
    ? { outcome: 'store_failed', payment, refund }
    : { outcome: 'settled', ...settled };
}

/** Row 7: nothing of ours was found once. A later look never moves this moment. */
async function firstLook(looked: Looked, world: Surroundings): Promise<Resolved> {
  const { payment, refund, beganAtMs, deadlineMs } = looked;
  const { quietPeriodMs } = world.settings;
  const lookedAtMs = beganAtMs;
  const resolveAtMs = nextLookAt({ ...refund, lookedAtMs }, world.now(), quietPeriodMs);
  const write: Write = { kind: 'looked', refund, lookedAtMs, resolveAtMs };
  const transacted = await transact(write, untilOf(deadlineMs), world);
  const after = transacted.kind === 'applied' ? { ...refund, lookedAtMs, resolveAtMs } : refund;
  reportUndecided(after, DOUBTS.firstLook, world);
  return booked(looked, { outcome: 'waiting', payment, refund: after }, world);
}

/** Row 8 applies to every look. */
async function booked(looked: Looked, resolved: Resolved, world: Surroundings): Promise<Resolved> {
  const { provider, beganAtMs, deadlineMs } = looked;
  const booking = { payment: resolved.payment, provider, beganAtMs, untilMs: untilOf(deadlineMs) };
  return { ...resolved, payment: await book(booking, world) };
}

interface Undecided {
  readonly why: DoubtText;
  readonly beganAtMs: number;
  /** Absent: the provider's answer about the payment was unreadable. */
  readonly provider?: ProviderPayment;
}

/** Row 7e: each time a log line; the item keeps why, since when the payment is unreadable, and that it is drift. */
async function stayUndecided(
  { payment, refund, deadlineMs }: InFlight,
  { why, beganAtMs, provider }: Undecided,
  world: Surroundings,
): Promise<Resolved> {
  const expectedByMs = why === DOUBTS.asynchronous ? paidBackBy(payment, refund.requestedAtMs) : undefined;
  const doubt = { why, ...omitMissing({ cancelAmount: provider?.cancelAmount, expectedByMs }) };
  const outcome = reportUndecided({ ...refund, doubt }, why, world);
  if (outcome === 'drift' && refund.drift === undefined) {
    const drift = { atMs: world.now(), ...amountsOf(payment) };
    await transact({ kind: 'drift', refund, drift }, untilOf(deadlineMs), world);
  }
  const unreadableSinceMs = provider === undefined ? (refund.unreadableSinceMs ?? beganAtMs) : undefined;
  const isSame = isDeepStrictEqual(refund.doubt, doubt) && refund.unreadableSinceMs === unreadableSinceMs;
  const { unreadableSinceMs: _since, ...before } = refund;
  const after = { ...before, doubt, ...omitMissing({ unreadableSinceMs }) };
  const resolved = { outcome, payment, refund: after };
  if (isSame) return resolved;
  const set = { doubt, unreadableSinceMs: unreadableSinceMs ?? null };
  await transact({ kind: 'note', refund, set }, untilOf(deadlineMs), world);
  return resolved;
}

function reportUndecided(refund: RequestedRefund, why: string, world: Surroundings): 'drift' | 'waiting' {
  const nowMs = world.now();
  const ageMs = nowMs - refund.requestedAtMs;
  const event = isDrift(refund, nowMs, world.settings.quietPeriodMs) ? 'drift' : 'waiting';
  world.report({ event, why, ageMs, ...subject(refund) });
  return event;
}
