import { assertNever } from '../../functions/refund/assert-never.ts';
import { standingProposal } from '../../functions/refund/closing.ts';
import { taggedReason } from '../../functions/refund/identity.ts';
import { passedOnToWire } from '../../functions/refund/intent.ts';
import type { Minor } from '../../functions/refund/money.ts';
import { cancelableAmount, type Actor, type Payment } from '../../functions/refund/payment.ts';
import {
  isAlreadyCancelledAtPg,
  isElsewhere,
  type AnswerNote,
  type CancelledRefund,
  type Closing,
  type ElsewhereCancel,
  type FinalRefund,
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
export interface HistoryLine {
  readonly atMs: number;
  readonly text: string;
}

/** The history of a refund, or of a cancel made elsewhere, oldest first. */
export interface RefundHistory {
  readonly item: LedgerItem;
  /** The item and its state. */
  readonly title: string;
  readonly lines: readonly HistoryLine[];
}

/** The histories of a payment's refunds and of its cancels made elsewhere, from the ledger, oldest first. */
export function historiesOf(
  items: readonly LedgerItem[],
  nowMs: number,
  { pgProvider }: Pick<Payment, 'pgProvider'>,
): readonly RefundHistory[] {
  return items
    .map((item): RefundHistory => {
      const history = isElsewhere(item) ? elsewhereHistory(item, nowMs) : ownHistory(item, nowMs, pgProvider);
      return { ...history, item, lines: history.lines.toSorted((a, b) => a.atMs - b.atMs) };
    })
    .toSorted(({ lines: [a] }, { lines: [b] }) => (a?.atMs ?? 0) - (b?.atMs ?? 0));
}

type HistoryOfItem = Omit<RefundHistory, 'item'>;

// --- Refunds ---

function ownHistory(refund: Refund, nowMs: number, pgProvider: string | undefined): HistoryOfItem {
  const { refundId, amount, currency, requestedAtMs, claimedAtMs } = refund;
  const claim = refund.gen === 1 ? 'claimed' : `claimed again (claim ${refund.gen}, nothing was sent before)`;
  const lines = [
    { atMs: requestedAtMs, text: askedWords(refund) },
    { atMs: claimedAtMs, text: `${claim}; ${sentWords(refund, pgProvider)}` },
    ...('answer' in refund && refund.answer !== undefined ? [answerLine(refund.answer)] : []),
    ...endingOf(refund, nowMs),
  ];
  return { title: `${refundId}: ${money(amount, currency)}, ${stateOf(refund)}`, lines };
}

/** A customer is shown only as "a customer"; the order says who it is. */
function askedWords(refund: Refund): string {
  if (refund.isRestored === true)
    return 'a refund was requested; its item was lost when the table was restored, so its amount is not known';
  const { actor, amount, checksum, currency, reason, reference } = refund;
  const why = reason === undefined ? '' : `, because ${quoted(reason)}`;
  const number = reference === undefined ? '' : `, reference ${quoted(reference)}`;
  return `${byWords(actor)} asks for ${money(amount, currency)} of ${money(checksum, currency)} left${why}${number}`;
}

function byWords({ kind, sub }: Actor): string {
  return kind === 'staff' ? `staff ${named(sub)}` : 'a customer';
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

const STATES = {
  requested: 'IN DOUBT',
  cancelled: 'CANCELLED',
  rejected: 'REJECTED',
  not_executed: 'NOT EXECUTED',
  not_sent: 'NOT SENT',
} as const satisfies Readonly<Record<Refund['status'], string>>;

function stateOf(refund: Refund): string {
  const isUndone = refund.status === 'cancelled' && refund.undone !== undefined;
  return `${STATES[refund.status]}${isUndone ? ', and UNDONE at the PG' : ''}`;
}

function endingOf(refund: Refund, nowMs: number): readonly HistoryLine[] {
  switch (refund.status) {
    case 'requested':
      return doubtLines(refund, nowMs);
    case 'not_sent':
      return [{ atMs: refund.finishedAtMs, text: `NOT SENT: ${refund.cause}; the key is free again` }];
    case 'cancelled':
      return [
        ...closingLines(refund.closing, refund.currency),
        { atMs: refund.finishedAtMs, text: cancelledWords(refund) },
        ...undoneLines(refund, nowMs),
      ];
    case 'rejected':
    case 'not_executed': {
      const text = `${notDoneWords(refund)}; decided by ${DECIDED_BY[refund.decidedBy]}`;
      return [...closingLines(refund.closing, refund.currency), { atMs: refund.finishedAtMs, text }];
    }
    default:
      return assertNever(refund);
  }
}

const at = (atMs: number | undefined, text: string): readonly HistoryLine[] =>
  atMs === undefined ? [] : [{ atMs, text }];

function doubtLines(refund: RequestedRefund, nowMs: number): readonly HistoryLine[] {
  const { lookedAtMs, unreadableSinceMs, resolveAtMs, doubt, proposal, currency } = refund;
  const standing = standingProposal(refund, nowMs);
  return [
    ...at(lookedAtMs, "looked: not in i'mport's history; a second look decides"),
    ...at(unreadableSinceMs, "i'mport's answers about the payment cannot be read since this time"),
    ...(proposal === undefined ? [] : [proposalLine(proposal, standing !== undefined, currency)]),
    ...at(doubt?.expectedByMs, 'EXPECTED: the PG refunds by this time, by its own rule'),
    ...at(resolveAtMs, `IN DOUBT: ${doubt?.why ?? 'not looked at yet'}; next look at this time`),
  ];
}

function cancelledWords(refund: CancelledRefund): string {
  const { currency, executedAmount, entries, attribution, corrected, amount } = refund;
  const sum =
    executedAmount === undefined ? '' : ` ${money(executedAmount, currency)} of ${money(amount, currency)}`;
  const as =
    entries.length === 0 ? '' : ` as ${entries.map((entry) => entryName(entry, currency)).join(', ')}`;
  const before = corrected ? '; corrected: another outcome was reported before' : '';
  return `CANCELLED${sum}${as}; decided by ${DECIDED_BY[refund.decidedBy]}, ${KNOWN_BY[attribution]}${before}`;
}

const KNOWN_BY: Readonly<Record<CancelledRefund['attribution'], string>> = {
  tag: 'identified by its tag',
  answer: 'identified by the answer (this PG drops tags)',
  people: 'identified by their evidence',
};

const DECIDED_BY: Readonly<Record<FinalRefund['decidedBy'], string>> = {
  answer: 'the answer itself',
  look: "a look at i'mport's history",
  people: 'two people',
};

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

function proposalLine(
  { said, evidence, by, atMs }: Proposal,
  isStanding: boolean,
  currency: string,
): HistoryLine {
  const next = isStanding
    ? 'a second member of staff must give the same verdict'
    : 'nobody agreed, and the proposal has expired';
  const text = `PROPOSED by ${named(by.person)}: ${verdictWords(said, currency)}, ${quoted(evidence)}; ${next}`;
  return { atMs, text };
}

function closingLines(closing: Closing | undefined, currency: string): readonly HistoryLine[] {
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

function undoneLines(item: CancelledRefund | ElsewhereCancel, nowMs: number): readonly HistoryLine[] {
  const { undone, proposal, currency } = item;
  if (undone === undefined) {
    if (proposal === undefined) return [];
    const isStanding = standingProposal({ proposal, claimedAtMs: 0 }, nowMs) !== undefined;
    return [proposalLine(proposal, isStanding, currency)];
  }
  return [
    ...closingLines(undone, currency),
    { atMs: undone.approval.atMs, text: 'UNDONE at the PG; decided by two people' },
  ];
}

// --- Cancels made elsewhere ---

function elsewhereHistory(item: ElsewhereCancel, nowMs: number): HistoryOfItem {
  const { refundId, amount, currency, entry, cancelledAtMs, seenAtMs, attributedTo } = item;
  const what =
    item.status === 'attributed' ? `a part of ${attributedTo ?? 'a refund'}` : 'CANCELLED ELSEWHERE';
  const undone = item.undone === undefined ? '' : ', and UNDONE at the PG';
  const reason = entry.reason === undefined ? '' : `, ${quoted(entry.reason)}`;
  const where = entry.fromConsole === true ? "in i'mport's console" : 'by others';
  const done = `cancelled ${where} as ${entryName(entry, currency)}${reason}`;
  return {
    title: `${refundId}: ${money(amount, currency)}, ${what}${undone}`,
    lines: [
      ...(cancelledAtMs === undefined ? [] : [{ atMs: cancelledAtMs, text: done }]),
      { atMs: seenAtMs, text: cancelledAtMs === undefined ? `seen: ${done}` : 'first seen by the service' },
      ...undoneLines(item, nowMs),
    ],
  };
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
