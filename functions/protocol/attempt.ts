import { assertNever } from '../refund/assert-never.ts';
import { DOUBTS } from '../refund/doubts.ts';
import { examineAnswer, examineRefusal, type Done } from '../refund/evidence.ts';
import type { ProviderPayment } from '../refund/payment.ts';
import type { ProviderRefusal } from '../refund/rejection.ts';
import { cancelledRecord, rejectedRecord, withAnswer } from '../refund/record.ts';
import { providerText } from '../refund/redact.ts';
import {
  ANSWER_RESERVE_MS,
  MAX_CANCEL_TIMEOUT_MS,
  MIN_CANCEL_TIMEOUT_MS,
  READ_BACK_TIMEOUT_MS,
  waitsOf,
} from '../refund/times.ts';
import { correctFromProvider } from './booking.ts';
import { finish } from './finish.ts';
import type { CancelOutcome, Surroundings } from './ports.ts';
import { doubtOf, release, stayInDoubt, subject, type Attempt, type Sent } from './reservation.ts';
import { attemptOf } from './write.ts';

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
      return attempt.isLive
        ? release(attempt, outcome.cause, world)
        : stayInDoubt(attempt, { answer: `not sent: ${outcome.cause}` }, world);
    case 'unknown':
      return stayInDoubt(attempt, { answer: `unknown: ${outcome.cause}` }, world);
    default:
      return assertNever(outcome);
  }
}

function causeOf(outcome: CancelOutcome): { cause?: string } {
  if (outcome.kind === 'refused') return { cause: `code ${outcome.provider.code}` };
  return 'cause' in outcome ? { cause: outcome.cause } : {};
}

async function sendInTime(attempt: Attempt, world: Surroundings): Promise<CancelOutcome> {
  const { payment, pending, account, deadlineMs } = attempt;
  const left = deadlineMs - world.now() - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS;
  if (left < MIN_CANCEL_TIMEOUT_MS) return { kind: 'not_sent', cause: 'no time left to wait for the answer' };
  const sendBeforeMs = pending.claimedAtMs + waitsOf(world.settings.quietPeriodMs).sendWindowMs;
  const timeoutMs = Math.min(left, MAX_CANCEL_TIMEOUT_MS);
  return world.gateway.cancel({ payment, pending, account, timeoutMs, sendBeforeMs });
}

/** Row 4. Code 0 is only a claim; our entry in the history is the proof (asynchronous PGs answer 0 long before). */
async function settleAnswer(attempt: Attempt, provider: ProviderPayment, world: Surroundings): Promise<Sent> {
  const evidence = examineAnswer({ ...attempt, provider });
  switch (evidence.kind) {
    case 'done':
      return done(attempt, { evidence, provider, answer: 'code 0', decidedBy: 'answer' }, world);
    case 'accepted':
      // Never sent again: its checksum has been checked already, so a second one could be booked too.
      return stayInDoubt(
        attempt,
        { answer: 'code 0, but not booked', accepted: true, doubt: { why: DOUBTS.accepted } },
        world,
      );
    case 'undecided':
      return stayInDoubt(
        attempt,
        { answer: 'code 0 for another payment', accepted: true, doubt: { why: evidence.why } },
        world,
      );
    default:
      return assertNever(evidence);
  }
}

interface Proven {
  readonly evidence: Done;
  readonly provider: ProviderPayment;
  readonly answer: string;
  readonly decidedBy: 'answer' | 'read_back';
}

async function done(
  attempt: Attempt,
  { evidence, provider, answer, decidedBy }: Proven,
  world: Surroundings,
): Promise<Sent> {
  const nowMs = world.now();
  const { payment, pending } = attempt;
  tellAnomalies(attempt, evidence, world);
  const noted = { ...pending, attempts: withAnswer(pending, answer, nowMs) };
  const refund = cancelledRecord(noted, evidence, { decidedBy, nowMs });
  const settled = await finish({ payment, guard: { seq: pending.seq }, refund, provider }, world);
  if (settled === undefined) return { kind: 'in_doubt', payment, pending };
  return { kind: 'final', ...settled, payment: await correctFromProvider(settled.payment, provider, world) };
}

export function tellAnomalies(
  about: Pick<Attempt, 'payment' | 'pending'>,
  { anomalies }: Done,
  world: Surroundings,
): void {
  for (const why of anomalies) world.report({ event: 'anomaly', why, ...subject(about) });
}

/** Row 5: a refusal is believed only when the payment, read back, agrees with it. */
async function confirmRefusal(attempt: Attempt, told: ProviderRefusal, world: Surroundings): Promise<Sent> {
  const { payment, pending } = attempt;
  const refusal = { code: told.code, message: providerText(told.message, attempt.account) };
  const answer = `code ${refusal.code}: ${refusal.message}`;
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind !== 'found') {
    const cause = look.kind === 'failed' ? look.cause : DOUBTS.missing;
    world.report({ event: 'read_back_failed', cause, ...subject(attempt) });
    // Row 5d: kept, so that position alone is never taken for a refund that was refused.
    return stayInDoubt(attempt, { answer, refused: pending.attempt }, world);
  }
  const provider = look.payment;
  const evidence = examineRefusal({ payment, pending, provider }, refusal);
  switch (evidence.kind) {
    case 'done':
      return done(attempt, { evidence, provider, answer, decidedBy: 'read_back' }, world);
    case 'not_done': {
      const nowMs = world.now();
      const noted = { ...pending, attempts: withAnswer(pending, answer, nowMs) };
      const refund = rejectedRecord(noted, evidence.rejection, { decidedBy: 'read_back', nowMs });
      const guard = attemptOf(pending);
      const settled = await finish({ payment, guard, refund, provider }, world);
      // Another attempt has been claimed since: its outcome decides, not this refusal.
      if (settled === undefined) return { kind: 'in_doubt', payment, pending };
      const after = await correctFromProvider(settled.payment, provider, world);
      return { kind: 'final', refund: settled.refund, payment: after };
    }
    case 'undecided':
      return stayInDoubt(
        attempt,
        { answer, refused: pending.attempt, doubt: doubtOf(evidence.why, provider) },
        world,
      );
    default:
      return assertNever(evidence);
  }
}
