import type { Claim } from '../refund/decide.ts';
import { DOUBTS } from '../refund/doubts.ts';
import { cancelledRefund, notExecutedRefund, rejectedRefund } from '../refund/ending.ts';
import { digestAfter, judgeAnswer, judgeRefusal, NOTHING_HELD, type Done } from '../refund/evidence.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Payment, ProviderPayment } from '../refund/payment.ts';
import { meaningOf } from '../refund/pg/refusals.ts';
import { providerText } from '../refund/redact.ts';
import { isFinal, type AnswerNote, type FinalRefund, type RequestedRefund } from '../refund/refund.ts';
import { LAST_MOMENT_MS, READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import type { CancelOutcome, Surroundings } from './ports.ts';
import { finish, subject, type Finishing } from './settle.ts';
import { transact, type Write } from './write.ts';

/** The one cancel of a refund (rows 4 to 6), or none: then a look has shown that the refund is done already. */
export interface Sent {
  /** HEAD with the claim. */
  readonly payment: Payment;
  /** With the keys of the entries that the look before the send saw. */
  readonly refund: RequestedRefund;
  readonly claim: Pick<Claim, 'account'>;
  readonly deadlineMs: number;
  /** The payment as the look before the send showed it; absent when nothing was sent. */
  readonly before?: ProviderPayment;
}

/** What the caller is told about a claimed refund. */
export type Settlement =
  | { readonly kind: 'final'; readonly payment: Payment; readonly refund: FinalRefund }
  | { readonly kind: 'unknown'; readonly payment: Payment; readonly refund: RequestedRefund };

/** Row 4. Code 0 is only a claim; our entry in the history is the proof (asynchronous PGs answer 0 long before they book). */
export async function settleAnswer(
  sent: Sent,
  provider: ProviderPayment,
  world: Surroundings,
): Promise<Settlement> {
  const { payment, refund } = sent;
  const judged = judgeAnswer({ payment, refund, provider, settings: world.settings, held: NOTHING_HELD });
  if (judged.kind === 'done') return settleDone(sent, { done: judged, provider, decidedBy: 'answer' }, world);
  const text = `the provider accepted it, and does not show it: ${judged.why}`;
  return inDoubt(sent, { text, accepted: true }, world);
}

/** Row 5: a refusal is believed only when it ends the request and the payment, read back, agrees with it. */
export async function settleRefusal(
  sent: Sent,
  { provider: told, by }: Extract<CancelOutcome, { kind: 'refused' }>,
  world: Surroundings,
): Promise<Settlement> {
  const { payment, refund, claim } = sent;
  const refusal = { code: told.code, message: providerText(told.message, claim.account) };
  const meaning = by === 'http' ? undefined : meaningOf(refusal, payment.pgProvider);
  const note = { text: `code ${refusal.code}: ${refusal.message}`, refusal, ...omitMissing({ meaning }) };
  const beganAtMs = world.now();
  const seen = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (seen.kind !== 'found') {
    const cause = seen.kind === 'failed' ? seen.cause : DOUBTS.missing;
    world.report({ event: 'look_failed', cause, ...subject(refund) });
    return inDoubt(sent, note, world);
  }
  const provider = seen.payment;
  const judged = judgeRefusal({ payment, refund, provider, settings: world.settings, held: NOTHING_HELD });
  if (judged.kind === 'done')
    return settleDone(sent, { done: judged, provider, decidedBy: 'look', note }, world);
  // Row 5d: under way or done already, so it proves nothing; later looks decide.
  if (judged.kind === 'undecided' || meaning !== undefined) return inDoubt(sent, note, world);
  const ending = { decidedBy: 'answer', nowMs: world.now() } as const;
  const noted: RequestedRefund = { ...refund, answer: { ...note, atMs: ending.nowMs } };
  const ended = judged.usedByOthers
    ? rejectedRefund(noted, 'CHECKSUM_MISMATCH', ending)
    : by === 'http'
      ? notExecutedRefund(noted, ending)
      : rejectedRefund(noted, 'CANCEL_REJECTED', ending);
  return end(sent, { refund: ended, provider, beganAtMs }, world);
}

interface Proven {
  readonly done: Done;
  readonly provider: ProviderPayment;
  readonly decidedBy: 'answer' | 'look';
  readonly note?: Omit<AnswerNote, 'atMs'>;
}

export async function settleDone(sent: Sent, proven: Proven, world: Surroundings): Promise<Settlement> {
  const { payment, refund } = sent;
  const { done, provider, decidedBy, note } = proven;
  const nowMs = world.now();
  for (const why of done.anomalies) world.report({ event: 'anomaly', why, ...subject(refund) });
  const noted = note === undefined ? refund : { ...refund, answer: { ...note, atMs: nowMs } };
  const digest = digestAfter(payment, sent.before, provider, done.entries);
  const ended = cancelledRefund(noted, done, { decidedBy, nowMs });
  return end(sent, { refund: ended, provider, digest, beganAtMs: nowMs }, world);
}

async function end(
  { payment, refund, deadlineMs }: Sent,
  ending: Omit<Finishing, 'payment' | 'deadlineMs'>,
  world: Surroundings,
): Promise<Settlement> {
  const settled = await finish({ ...ending, payment, deadlineMs }, world);
  // Undefined: another worker has decided otherwise, or the table is unreachable, so row 7 decides.
  return settled === undefined ? { kind: 'unknown', payment, refund } : { kind: 'final', ...settled };
}

/** Rows 5d and 6. A hint for people and for the next look: when this write fails, the claim still stands. */
export async function inDoubt(
  sent: Sent,
  note: Omit<AnswerNote, 'atMs'>,
  world: Surroundings,
): Promise<Settlement> {
  const { payment, refund, deadlineMs } = sent;
  const nowMs = world.now();
  const answer = { ...note, atMs: nowMs };
  world.report({ event: 'in_doubt', cause: note.text.split(':')[0] ?? '', ...subject(refund) });
  const set = { answer, ...omitMissing({ seen: storable(refund.seen) }) };
  const write: Write = { kind: 'note', refund, set };
  const transacted = await transact(write, deadlineMs - LAST_MOMENT_MS, world);
  if (transacted.kind === 'refused') {
    const now = await world.ledger.refund(refund);
    const head = await world.ledger.payment(payment);
    if (now !== undefined && isFinal(now)) return { kind: 'final', payment: head ?? payment, refund: now };
  }
  return { kind: 'unknown', payment, refund: { ...refund, answer } };
}

/**
 * An item (400 KB) has room for this many characters of keys. A longer list is not stored: later looks exclude only the entries
 * that other items hold (row 7).
 */
const MOST_SEEN_CHARACTERS = 100_000;

function storable(seen: RequestedRefund['seen']): RequestedRefund['seen'] {
  return seen === undefined || seen.join('').length > MOST_SEEN_CHARACTERS ? undefined : seen;
}
