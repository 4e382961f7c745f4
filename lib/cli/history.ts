import { assertNever } from '../../functions/refund/assert-never.ts';
import { standingProposal } from '../../functions/refund/closing.ts';
import { taggedReason } from '../../functions/refund/identity.ts';
import { passedOnToWire } from '../../functions/refund/intent.ts';
import type { Minor } from '../../functions/refund/money.ts';
import { cancelableAmount, type Payment } from '../../functions/refund/payment.ts';
import {
  isAlreadyCancelledAtPg,
  isElsewhere,
  type AnswerNote,
  type Attribution,
  type CancelledRefund,
  type Closing,
  type DecidedBy,
  type ElsewhereCancel,
  type LedgerItem,
  type NotExecutedRefund,
  type Proposal,
  type Refund,
  type RejectedRefund,
  type RequestedRefund,
  type Verdict,
} from '../../functions/refund/refund.ts';
import { entryName } from './entries.ts';
import { money, named, quoted } from './words.ts';

/** An event in the history of a refund (epoch ms). */
interface HistoryLine {
  readonly atMs: number;
  readonly text: string;
}

type Lines = readonly HistoryLine[];

/** The histories of a payment's refunds and of its cancels made elsewhere, from the ledger, oldest first. */
export function historiesOf(
  items: readonly LedgerItem[],
  nowMs: number,
  { pgProvider }: Pick<Payment, 'pgProvider'>,
) {
  return items
    .map((item) => {
      const lines = isElsewhere(item) ? elsewhereLines(item, nowMs) : ownLines(item, nowMs, pgProvider);
      const title = `${item.refundId}: ${money(item.amount, item.currency)}, ${stateOf(item)}`;
      return { item, title, lines: lines.toSorted((a, b) => a.atMs - b.atMs) };
    })
    .toSorted(({ lines: [a] }, { lines: [b] }) => (a?.atMs ?? 0) - (b?.atMs ?? 0));
}

const STATES = {
  requested: 'IN DOUBT',
  cancelled: 'CANCELLED',
  rejected: 'REJECTED',
  not_executed: 'NOT EXECUTED',
  not_sent: 'NOT SENT',
  elsewhere: 'CANCELLED ELSEWHERE',
  attributed: 'a part of ',
} as const satisfies Readonly<Record<LedgerItem['status'], string>>;

function stateOf(item: LedgerItem): string {
  const whole = item.status === 'attributed' ? (item.attributedTo ?? 'a refund') : '';
  const isUndone = 'undone' in item && item.undone !== undefined;
  return `${STATES[item.status]}${whole}${isUndone ? ', and UNDONE at the PG' : ''}`;
}

function at(atMs: number | undefined, text: string): Lines {
  return atMs === undefined ? [] : [{ atMs, text }];
}

// --- Refunds ---

function ownLines(refund: Refund, nowMs: number, pgProvider: string | undefined): Lines {
  const { requestedAtMs, claimedAtMs, gen } = refund;
  const claim = gen === 1 ? 'claimed' : `claimed again (claim ${gen}, nothing was sent before)`;
  return [
    { atMs: requestedAtMs, text: askedWords(refund) },
    { atMs: claimedAtMs, text: `${claim}; ${sentWords(refund, pgProvider)}` },
    ...('answer' in refund && refund.answer !== undefined ? [answerLine(refund.answer)] : []),
    ...endingOf(refund, nowMs),
  ];
}

/** A customer is shown only as "a customer"; the order says who it is. */
function askedWords(refund: Refund): string {
  if (refund.isRestored === true)
    return 'a refund was requested; its item was lost when the table was restored, so its amount is not known';
  const { actor, amount, checksum, currency, reason, reference } = refund;
  const who = actor.kind === 'staff' ? `staff ${named(actor.sub)}` : 'a customer';
  const why = reason === undefined ? '' : `, because ${quoted(reason)}`;
  const number = reference === undefined ? '' : `, reference ${quoted(reference)}`;
  return `${who} asks for ${money(amount, currency)} of ${money(checksum, currency)} left${why}${number}`;
}

function sentWords(refund: Refund, pgProvider: string | undefined): string {
  if (refund.status === 'not_sent') return 'nothing was sent';
  const { amount, checksum, currency, reason, refundId, passedOn, destination } = refund;
  const fields = [
    `amount ${money(amount, currency)}`,
    `checksum ${money(checksum, currency)}`,
    `reason ${quoted(taggedReason(reason, refundId, pgProvider))}`,
    ...Object.entries(passedOnToWire(passedOn)).map(([name, value]) =>
      typeof value === 'number' ? `${name} ${money(value, currency)}` : `${name} ${String(value)}`,
    ),
    ...(destination === undefined ? [] : [`an account at bank ${named(destination.bank ?? 'unknown')}`]),
  ].join(', ');
  return isKnownToBeSent(refund)
    ? `sent once: ${fields}`
    : `sent within 10 s after that, or never (no answer was recorded): ${fields}`;
}

/** An answer, or our tag in i'mport's history, proves that the cancel was sent. */
function isKnownToBeSent(refund: Exclude<Refund, { status: 'not_sent' }>): boolean {
  if (refund.answer !== undefined) return true;
  if (refund.status === 'requested') return false;
  return refund.decidedBy === 'answer' || (refund.status === 'cancelled' && refund.attribution !== 'people');
}

const PROVES = {
  under_way: '; the PG says that a cancel is in progress, which proves nothing',
  already_cancelled: '; the PG says that the payment is already cancelled, which proves nothing',
  accepted: "; i'mport's history did not show the cancel yet",
  plain: '',
};

function answerLine({ atMs, text, meaning, accepted }: AnswerNote): HistoryLine {
  const said = meaning ?? (accepted === true ? 'accepted' : 'plain');
  return { atMs, text: `answer: ${text}${PROVES[said]}` };
}

const DECIDED_BY: Readonly<Record<DecidedBy, string>> = {
  answer: 'the answer itself',
  look: "a look at i'mport's history",
  people: 'two people',
};

function endingOf(refund: Refund, nowMs: number): Lines {
  if (refund.status === 'requested') return doubtLines(refund, nowMs);
  if (refund.status === 'not_sent')
    return at(refund.finishedAtMs, `NOT SENT: ${refund.cause}; the key is free again`);
  const { closing, currency, finishedAtMs, decidedBy } = refund;
  const by = `; decided by ${DECIDED_BY[decidedBy]}`;
  return [
    ...closingLines(closing, currency),
    ...(refund.status === 'cancelled'
      ? [{ atMs: finishedAtMs, text: cancelledWords(refund, by) }, ...undoneLines(refund, nowMs)]
      : [{ atMs: finishedAtMs, text: `${notDoneWords(refund)}${by}` }]),
  ];
}

function doubtLines(refund: RequestedRefund, nowMs: number): Lines {
  const { lookedAtMs, unreadableSinceMs, resolveAtMs, doubt } = refund;
  return [
    ...at(lookedAtMs, "looked: not in i'mport's history; a second look decides"),
    ...at(unreadableSinceMs, "i'mport's answers about the payment cannot be read since this time"),
    ...proposalLines(refund, nowMs),
    ...at(doubt?.expectedByMs, 'EXPECTED: the PG refunds by this time, by its own rule'),
    ...at(resolveAtMs, `IN DOUBT: ${doubt?.why ?? 'not looked at yet'}; next look at this time`),
  ];
}

const KNOWN_BY: Readonly<Record<Attribution, string>> = {
  tag: 'identified by its tag',
  answer: 'identified by the answer (this PG drops tags)',
  people: 'identified by their evidence',
};

function cancelledWords(refund: CancelledRefund, by: string): string {
  const { currency, executedAmount, entries, attribution, corrected, amount } = refund;
  const sum =
    executedAmount === undefined ? '' : ` ${money(executedAmount, currency)} of ${money(amount, currency)}`;
  const names = entries.map((entry) => entryName(entry, currency)).join(', ');
  const as = names === '' ? '' : ` as ${names}`;
  const before = corrected ? '; corrected: another outcome was reported before' : '';
  return `CANCELLED${sum}${as}${by}, ${KNOWN_BY[attribution]}${before}`;
}

function notDoneWords(refund: RejectedRefund | NotExecutedRefund): string {
  const refusal = refund.answer?.refusal;
  const said = refusal === undefined ? '' : ` (code ${refusal.code}: ${refusal.message})`;
  if (refund.status === 'rejected') {
    const others = refund.code === 'CHECKSUM_MISMATCH' ? ': the balance changed before the cancel' : '';
    return `REJECTED ${refund.code}${others}${said}`;
  }
  return isAlreadyCancelledAtPg(refund)
    ? `NOT EXECUTED: the PG says that it is already cancelled, but i'mport's history does not show it${said}`
    : `NOT EXECUTED${said}`;
}

// --- Verdicts of staff ---

interface Proposed {
  readonly currency: string;
  readonly proposal?: Proposal | undefined;
  /** Of a refund in doubt: a proposal before it belongs to an earlier claim. */
  readonly claimedAtMs?: number;
}

function proposalLines({ proposal, currency, claimedAtMs = 0 }: Proposed, nowMs: number): Lines {
  if (proposal === undefined) return [];
  const { said, evidence, by, atMs } = proposal;
  const next =
    standingProposal({ proposal, claimedAtMs }, nowMs) === undefined
      ? 'nobody agreed, and the proposal has expired'
      : 'a second member of staff must give the same verdict';
  const text = `PROPOSED by ${named(by.person)}: ${verdictWords(said, currency)}, ${quoted(evidence)}; ${next}`;
  return [{ atMs, text }];
}

function closingLines(closing: Closing | undefined, currency: string): Lines {
  if (closing === undefined) return [];
  const { proposal, approval } = closing;
  const said = `${verdictWords(proposal.said, currency)}, ${quoted(proposal.evidence)}`;
  return [
    { atMs: proposal.atMs, text: `${named(proposal.by.person)} says: ${said}` },
    { atMs: approval.atMs, text: `${named(approval.by.person)} says the same, ${quoted(approval.evidence)}` },
  ];
}

function verdictWords(said: Verdict, currency: string): string {
  switch (said.verdict) {
    case 'executed':
      return `executed as ${said.entries.map((entry) => entryName(entry, currency)).join(', ')}`;
    case 'executed_unlisted':
      return `${money(said.amount, currency)} executed at the PG, but not listed by i'mport`;
    case 'not_executed':
      return 'not executed';
    case 'undone':
      return 'undone at the PG';
    default:
      return assertNever(said);
  }
}

function undoneLines(item: CancelledRefund | ElsewhereCancel, nowMs: number): Lines {
  const { undone, proposal, currency } = item;
  if (undone === undefined) return proposalLines({ proposal, currency }, nowMs);
  return [
    ...closingLines(undone, currency),
    ...at(undone.approval.atMs, 'UNDONE at the PG; decided by two people'),
  ];
}

// --- Cancels made elsewhere ---

function elsewhereLines(item: ElsewhereCancel, nowMs: number): Lines {
  const { currency, entry, cancelledAtMs, seenAtMs } = item;
  const reason = entry.reason === undefined ? '' : `, ${quoted(entry.reason)}`;
  const where = entry.fromConsole === true ? "in i'mport's console" : 'by others';
  const done = `cancelled ${where} as ${entryName(entry, currency)}${reason}`;
  return [
    ...at(cancelledAtMs, done),
    { atMs: seenAtMs, text: cancelledAtMs === undefined ? `seen: ${done}` : 'first seen by the service' },
    ...undoneLines(item, nowMs),
  ];
}

// --- The payment ---

export function paymentWords(payment: Payment): string {
  const { currency, amount, cancelAmount } = payment;
  const left = cancelableAmount(payment);
  const how = [payment.payMethod, payment.pgProvider]
    .filter((word) => word !== undefined)
    .map(named)
    .join(' by ');
  const sums = `paid ${money(amount, currency)}, cancelled ${money(cancelAmount, currency)}, left ${money(left, currency)}`;
  return `${named(payment.merchantUid)}, payment ${named(payment.impUid)}${how === '' ? '' : ` (${how})`}: ${sums}`;
}

/** i'mport's sum is from the last look, because the commands read only the tables. */
export function balancesWords({ cancelAmount, currency }: Payment, seen: Minor | undefined): string {
  const theirs = seen === undefined ? 'not seen yet' : money(seen, currency);
  return `cancelled here ${money(cancelAmount, currency)}, at i'mport ${theirs}`;
}
