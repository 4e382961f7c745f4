import { assertNever } from '../../functions/refund/assert-never.ts';
import { standingProposal } from '../../functions/refund/closing.ts';
import { taggedReason } from '../../functions/refund/identity.ts';
import { passedOnToWire } from '../../functions/refund/intent.ts';
import type { Minor } from '../../functions/refund/money.ts';
import { cancelableAmount, type Actor, type Payment } from '../../functions/refund/payment.ts';
import {
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

/** One thing that happened, at a time (epoch ms). */
export interface Moment {
  readonly atMs: number;
  readonly text: string;
}

/** What happened to one refund, or to a cancel that others have made: the oldest first. */
export interface Story {
  readonly item: LedgerItem;
  /** What it is and how it stands. */
  readonly title: string;
  readonly moments: readonly Moment[];
}

/** The refunds of a payment and the cancels that others have made, as the ledger tells them; the oldest first. */
export function storiesOf(
  items: readonly LedgerItem[],
  nowMs: number,
  { pgProvider }: Pick<Payment, 'pgProvider'>,
): readonly Story[] {
  return items
    .map((item): Story => {
      const { title, moments } = isElsewhere(item)
        ? elsewhereStory(item, nowMs)
        : ownStory(item, nowMs, pgProvider);
      return { item, title, moments: moments.toSorted((a, b) => a.atMs - b.atMs) };
    })
    .toSorted((a, b) => beginOf(a) - beginOf(b));
}

function beginOf({ moments }: Story): number {
  return moments[0]?.atMs ?? 0;
}

type Told = Pick<Story, 'title' | 'moments'>;

// --- A refund of ours ---

function ownStory(refund: Refund, nowMs: number, pgProvider: string | undefined): Told {
  const { refundId, amount, currency, requestedAtMs, claimedAtMs } = refund;
  const claim = refund.gen === 1 ? 'claimed' : `claimed again (claim ${refund.gen}, nothing was sent before)`;
  const moments = [
    { atMs: requestedAtMs, text: askedWords(refund) },
    { atMs: claimedAtMs, text: `${claim}; ${sentWords(refund, pgProvider)}` },
    ...('answer' in refund && refund.answer !== undefined ? [answerMoment(refund.answer)] : []),
    ...endingOf(refund, nowMs),
  ];
  return { title: `${refundId}: ${money(amount, currency)}, ${stateOf(refund)}`, moments };
}

/** A customer is told by the kind alone: who it is, the order tells. */
function askedWords(refund: Refund): string {
  if (refund.isRestored === true)
    return 'somebody asks for a refund; its item was lost when the table was restored, so that its amount is not known';
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
    : `sent within 10 s of that, or never (no answer is noted): ${fields}`;
}

/** An answer is to a request, and the tag in i'mport's books came with one. */
function isKnownToBeSent(refund: Exclude<Refund, { status: 'not_sent' }>): boolean {
  if (refund.answer !== undefined) return true;
  if (refund.status === 'requested') return false;
  return refund.decidedBy === 'answer' || (refund.status === 'cancelled' && refund.attribution !== 'people');
}

const PROVES = {
  under_way: '; that says a cancel is under way, so it proves nothing',
  already_cancelled: '; that says it is cancelled already, so it proves nothing',
  accepted: '; its books did not show it yet',
  plain: '',
};

function answerMoment({ atMs, text, meaning, accepted }: AnswerNote): Moment {
  const said = meaning ?? (accepted === true ? 'accepted' : 'plain');
  return { atMs, text: `came back: ${text}${PROVES[said]}` };
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

function endingOf(refund: Refund, nowMs: number): readonly Moment[] {
  switch (refund.status) {
    case 'requested':
      return doubtMoments(refund, nowMs);
    case 'not_sent':
      return [{ atMs: refund.finishedAtMs, text: `NOT SENT: ${refund.cause}; the key is free again` }];
    case 'cancelled':
      return [
        ...closingMoments(refund.closing, refund.currency),
        { atMs: refund.finishedAtMs, text: cancelledWords(refund) },
        ...undoneMoments(refund, nowMs),
      ];
    case 'rejected':
    case 'not_executed':
      return [
        ...closingMoments(refund.closing, refund.currency),
        {
          atMs: refund.finishedAtMs,
          text: `${notDoneWords(refund)}; decided by ${DECIDED_BY[refund.decidedBy]}`,
        },
      ];
    default:
      return assertNever(refund);
  }
}

const at = (atMs: number | undefined, text: string): readonly Moment[] =>
  atMs === undefined ? [] : [{ atMs, text }];

function doubtMoments(refund: RequestedRefund, nowMs: number): readonly Moment[] {
  const { lookedAtMs, unreadableSinceMs, resolveAtMs, doubt, proposal, currency } = refund;
  const standing = standingProposal(refund, nowMs);
  return [
    ...at(lookedAtMs, "looked: nothing of it in i'mport's books; a second look decides"),
    ...at(unreadableSinceMs, "since then i'mport has not answered readably about the payment"),
    ...(proposal === undefined ? [] : [proposalMoment(proposal, standing !== undefined, currency)]),
    ...at(doubt?.expectedByMs, 'EXPECTED: by its own rule the PG pays until then'),
    ...at(resolveAtMs, `IN DOUBT: ${doubt?.why ?? 'nobody has looked yet'}; next look at this time`),
  ];
}

function cancelledWords(refund: CancelledRefund): string {
  const { currency, executedAmount, entries, attribution, corrected, amount } = refund;
  const sum =
    executedAmount === undefined ? '' : ` ${money(executedAmount, currency)} of ${money(amount, currency)}`;
  const as =
    entries.length === 0 ? '' : ` as ${entries.map((entry) => entryName(entry, currency)).join(', ')}`;
  const before = corrected ? '; it had been told otherwise before' : '';
  return `CANCELLED${sum}${as}; decided by ${DECIDED_BY[refund.decidedBy]}, ${KNOWN_BY[attribution]}${before}`;
}

const KNOWN_BY: Readonly<Record<CancelledRefund['attribution'], string>> = {
  tag: 'known by its tag',
  answer: 'known by the answer (this PG drops tags)',
  people: 'known by what they say',
};

const DECIDED_BY: Readonly<Record<FinalRefund['decidedBy'], string>> = {
  answer: 'the answer itself',
  look: "a look at i'mport's books",
  people: 'two people',
};

function notDoneWords(refund: RejectedRefund | NotExecutedRefund): string {
  const { refusal } = refund;
  const said = refusal === undefined ? '' : ` (code ${refusal.code}: ${refusal.message})`;
  if (refund.status === 'rejected') {
    const others = refund.code === 'CHECKSUM_MISMATCH' ? ': the balance was used by others meanwhile' : '';
    return `REJECTED ${refund.code}${others}${said}`;
  }
  return refund.isAlreadyCancelledAtPg
    ? `NOT EXECUTED: the PG says that it is cancelled already, and i'mport's books show nothing of it${said}`
    : `NOT EXECUTED${said}`;
}

// --- What people say ---

function proposalMoment(
  { said, evidence, by, atMs }: Proposal,
  isStanding: boolean,
  currency: string,
): Moment {
  const next = isStanding
    ? 'a second member of staff has to say the same'
    : 'nobody has agreed, and it has lapsed';
  const text = `PROPOSED by ${named(by.person)}: ${verdictWords(said, currency)}, ${quoted(evidence)}; ${next}`;
  return { atMs, text };
}

function closingMoments(closing: Closing | undefined, currency: string): readonly Moment[] {
  if (closing === undefined) return [];
  const { proposal, approval } = closing;
  return [
    {
      atMs: proposal.atMs,
      text: `${named(proposal.by.person)} says: ${verdictWords(proposal.said, currency)}, ${quoted(proposal.evidence)}`,
    },
    { atMs: approval.atMs, text: `${named(approval.by.person)} says the same, ${quoted(approval.evidence)}` },
  ];
}

function verdictWords(said: Verdict, currency: string): string {
  switch (said.verdict) {
    case 'executed':
      return `executed as ${said.entries.map((entry) => entryName(entry, currency)).join(', ')}`;
    case 'executed_unlisted':
      return `${money(said.amount, currency)} executed at the PG, and listed nowhere`;
    case 'not_executed':
      return 'not executed';
    case 'undone':
      return 'undone at the PG';
    default:
      return assertNever(said);
  }
}

function undoneMoments(item: CancelledRefund | ElsewhereCancel, nowMs: number): readonly Moment[] {
  const { undone, proposal, currency } = item;
  if (undone === undefined) {
    if (proposal === undefined) return [];
    const isStanding = standingProposal({ proposal, claimedAtMs: 0 }, nowMs) !== undefined;
    return [proposalMoment(proposal, isStanding, currency)];
  }
  return [
    ...closingMoments(undone, currency),
    { atMs: undone.approval.atMs, text: 'UNDONE at the PG; decided by two people' },
  ];
}

// --- What others have done ---

function elsewhereStory(item: ElsewhereCancel, nowMs: number): Told {
  const { refundId, amount, currency, entry, cancelledAtMs, seenAtMs, attributedTo } = item;
  const what =
    item.status === 'attributed' ? `a part of ${attributedTo ?? 'a refund'}` : 'CANCELLED ELSEWHERE';
  const undone = item.undone === undefined ? '' : ', and UNDONE at the PG';
  const reason = entry.reason === undefined ? '' : `, ${quoted(entry.reason)}`;
  const where = entry.fromConsole === true ? "in i'mport's console" : 'by others';
  const done = `cancelled ${where} as ${entryName(entry, currency)}${reason}`;
  return {
    title: `${refundId}: ${money(amount, currency)}, ${what}${undone}`,
    moments: [
      ...(cancelledAtMs === undefined ? [] : [{ atMs: cancelledAtMs, text: done }]),
      { atMs: seenAtMs, text: cancelledAtMs === undefined ? `seen: ${done}` : 'seen by us' },
      ...undoneMoments(item, nowMs),
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

/** i'mport's sum is what the last look has noted: the commands read the tables alone. */
export function balancesWords({ cancelAmount, currency }: Payment, seen: Minor | undefined): string {
  const theirs = seen === undefined ? 'not seen yet' : money(seen, currency);
  return `cancelled here ${money(cancelAmount, currency)}, at i'mport ${theirs}`;
}
