import { assertNever } from './assert-never.ts';
import {
  distinctEntries,
  judgeLook,
  judgeTag,
  sumOf,
  taggedEntries,
  type Done,
  type Look,
} from './evidence.ts';
import { entryKey, idsIn } from './identity.ts';
import { greater, minus, type Minor } from './money.ts';
import type { CancelEntry, Payment, ProviderPayment } from './payment.ts';
import type { FieldFault, Refusal } from './refusals.ts';
import {
  executedAmount,
  type CancelledRefund,
  type Closing,
  type ElsewhereCancel,
  type LedgerItem,
  type NamedEntry,
  type Person,
  type Proposal,
  type RequestedRefund,
  type Verdict,
} from './refund.ts';
import { PROPOSAL_LASTS_MS, RETRY_AFTER_UNAVAILABLE_SECONDS, waitsOf } from './times.ts';

/** What a member of staff says about a refund, and who that is. */
export type Statement = Omit<Proposal, 'atMs'>;

/** A refund in flight, and the payment as just read back; absent when the provider's answer is unreadable. */
interface ClosingLook extends Omit<Look, 'provider'> {
  readonly provider: ProviderPayment | undefined;
  readonly beganAtMs: number;
}

export type Closable =
  /** Our tag is listed: people are not needed (row 4). */
  | { readonly kind: 'settle'; readonly done: Done }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  /** `isNew`: nobody has said this before, or the same person said something else. */
  | { readonly kind: 'propose'; readonly proposal: Proposal; readonly isNew: boolean }
  | { readonly kind: 'close'; readonly closing: Closing; readonly entries: readonly CancelEntry[] };

/** Row 10: whether people may end this refund, and the effect of one more statement. Never against a tag; never sends money. */
export function judgeClosing(look: ClosingLook, statement: Statement, nowMs: number): Closable {
  const { provider } = look;
  if (provider !== undefined) {
    const tagged = judgeTag({ ...look, provider });
    if (tagged?.kind === 'done') return { kind: 'settle', done: tagged };
    if (tagged !== undefined && statement.said.verdict === 'not_executed') return stillResolvable;
  }
  const early = whyTooEarly(look, nowMs);
  if (early !== undefined) return refuse(early);
  const entries = entriesOf(look, statement.said);
  if ('pointer' in entries) return refuse({ code: 'INVALID_REQUEST', errors: [entries] });
  return withStatement(look.refund, statement, { nowMs, sinceMs: look.refund.claimedAtMs, entries });
}

function refuse(refusal: Refusal): Closable {
  return { kind: 'refuse', refusal };
}

const stillResolvable = refuse({ code: 'STILL_RESOLVABLE' });

/** No rule has settled it in time: people are asked (row 7e). A PG with its own rule for late payment has until that date. */
export function isDrift(
  { requestedAtMs, doubt }: Pick<RequestedRefund, 'requestedAtMs' | 'doubt'>,
  nowMs: number,
  quietPeriodMs: number,
): boolean {
  const { driftAfterMs } = waitsOf(quietPeriodMs);
  return nowMs > Math.max(requestedAtMs + driftAfterMs, doubt?.expectedByMs ?? 0);
}

/** Too young, or a rule decides it at the next look; or the provider has been unreadable for less than 20 quiet periods. */
function whyTooEarly(look: ClosingLook, nowMs: number): Refusal | undefined {
  const { refund, provider, settings } = look;
  const { unreadableForMs } = waitsOf(settings.quietPeriodMs);
  if (!isDrift(refund, nowMs, settings.quietPeriodMs)) return { code: 'STILL_RESOLVABLE' };
  if (provider !== undefined) {
    return judgeLook({ ...look, provider }).kind === 'undecided' ? undefined : { code: 'STILL_RESOLVABLE' };
  }
  const { unreadableSinceMs = nowMs } = refund;
  return nowMs - unreadableSinceMs >= unreadableForMs
    ? undefined
    : { code: 'PROVIDER_UNAVAILABLE', retryAfterSeconds: RETRY_AFTER_UNAVAILABLE_SECONDS };
}

/** The entries that a verdict names, or the faults. */
function entriesOf(look: ClosingLook, said: Verdict): readonly CancelEntry[] | FieldFault {
  const { refund, provider } = look;
  const tagged = provider === undefined ? [] : taggedEntries(provider, refund);
  switch (said.verdict) {
    case 'not_executed':
      return [];
    case 'undone':
      return fault('/verdict', NOT_CANCELLED);
    case 'executed_unlisted':
      if (tagged.length > 0) return fault('/listed', OURS_LEFT_OUT);
      return said.amount > 0 && said.amount <= refund.amount ? [] : fault('/amount', MORE_THAN_ASKED);
    case 'executed': {
      if (provider === undefined) return fault('/entries', CANNOT_BE_READ);
      const found: CancelEntry[] = [];
      for (const named of said.entries) {
        const entry = entryNamed(provider, named, found);
        if (entry === undefined) return fault('/entries', NOT_IN_THE_HISTORY);
        const wrong = whyNotOurs(entry, look);
        if (wrong !== undefined) return fault('/entries', wrong);
        found.push(entry);
      }
      if (tagged.some((entry) => !found.includes(entry))) return fault('/entries', OURS_LEFT_OUT);
      const isTooMuch = !look.payment.hasPromotion && sumOf(found) > refund.amount;
      return isTooMuch ? fault('/entries', MORE_THAN_ASKED) : found;
    }
    default:
      return assertNever(said);
  }
}

function entryNamed(
  provider: ProviderPayment,
  named: NamedEntry,
  taken: readonly CancelEntry[],
): CancelEntry | undefined {
  return distinctEntries(provider)
    .filter((entry) => !taken.includes(entry))
    .find((entry) =>
      'cancellationId' in named
        ? entry.cancellationId === named.cancellationId
        : entry.amount === named.amount && sameSecond(entry.cancelledAtMs, named.cancelledAtMs),
    );
}

function sameSecond(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.floor(a / 1000) === Math.floor(b / 1000);
}

/** Facts that no person can overrule. */
function whyNotOurs(
  entry: CancelEntry,
  { refund, held, settings }: ClosingLook,
): FieldFault['message'] | undefined {
  if (idsIn(entry.reason).some((id) => id !== refund.refundId.toLowerCase())) return ANOTHER_REFUNDS;
  if (entry.fromConsole === true) return FROM_CONSOLE;
  if (held.has(entryKey(entry))) return ANOTHER_REFUNDS;
  if (refund.seen?.includes(entryKey(entry)) === true) return OLDER;
  const { clockSkewMs } = waitsOf(settings.quietPeriodMs);
  // The provider tells whole seconds: an entry of the same second may have an earlier time.
  const isOlder =
    entry.cancelledAtMs !== undefined && entry.cancelledAtMs + 1_000 <= refund.claimedAtMs - clockSkewMs;
  return isOlder ? OLDER : undefined;
}

interface Context {
  readonly nowMs: number;
  readonly sinceMs: number;
  readonly entries?: readonly CancelEntry[];
}

/** Two people who say the same end it; one person's statement waits 24 hours for a second person. */
function withStatement(
  item: { readonly proposal?: Proposal },
  statement: Statement,
  { nowMs, sinceMs, entries = [] }: Context,
): Closable {
  const proposal = standingProposal({ ...item, claimedAtMs: sinceMs }, nowMs);
  const mine = { ...statement, atMs: nowMs };
  const { said, evidence, by } = statement;
  if (proposal === undefined) return { kind: 'propose', proposal: mine, isNew: true };
  const agrees = canonical(proposal.said) === canonical(said);
  if (isSamePerson(proposal.by, by)) {
    const isNew = !agrees || proposal.evidence !== evidence;
    return { kind: 'propose', proposal: isNew ? mine : proposal, isNew };
  }
  if (!agrees) {
    const { by: first, said: other } = proposal;
    return refuse({ code: 'PROPOSAL_DIFFERS', proposedBy: first.person, verdict: other.verdict });
  }
  return { kind: 'close', closing: { proposal, approval: { evidence, by, atMs: nowMs } }, entries };
}

/** One person's statement that waits for a second person. An older one belongs to another claim. */
export function standingProposal(
  { proposal, claimedAtMs }: Pick<RequestedRefund, 'proposal' | 'claimedAtMs'>,
  nowMs: number,
): Proposal | undefined {
  if (proposal === undefined || proposal.atMs < claimedAtMs) return undefined;
  return nowMs - proposal.atMs < PROPOSAL_LASTS_MS ? proposal : undefined;
}

/** Two spellings of a name are one person, and so are two names of one account. */
export function isSamePerson(a: Person, b: Person): boolean {
  return plain(a.person) === plain(b.person) || plain(a.sub) === plain(b.sub);
}

function plain(name: string): string {
  const visible = name.normalize('NFKC').replaceAll(/[\p{Cf}\p{Cc}\p{Mn}]/gu, '');
  return visible.toLocaleUpperCase('en').toLocaleLowerCase('en').trim();
}

function canonical(said: Verdict): string {
  const entries = 'entries' in said ? said.entries.map(nameOf).toSorted() : [];
  return JSON.stringify([said.verdict, entries, 'amount' in said ? said.amount : null]);
}

function nameOf(named: NamedEntry): string {
  return 'cancellationId' in named
    ? named.cancellationId
    : `${Math.floor(named.cancelledAtMs / 1000)}/${named.amount}`;
}

/** The executed amount by two people: the sum of the entries, or the amount that the PG names. */
export function closedAmount({ proposal }: Closing, entries: readonly CancelEntry[]): Minor {
  return proposal.said.verdict === 'executed_unlisted' ? proposal.said.amount : sumOf(entries);
}

/** A cancel that people say was undone, and the payment as just read. */
interface UndoneLook {
  readonly payment: Payment;
  readonly item: CancelledRefund | ElsewhereCancel;
  readonly provider: ProviderPayment;
  readonly beganAtMs: number;
  readonly quietPeriodMs: number;
}

/** Row 11: a cancel that the PG undid. */
export function judgeUndone(
  { payment, item, provider, beganAtMs, quietPeriodMs }: UndoneLook,
  statement: Statement,
  nowMs: number,
): Closable {
  const { shrunk } = payment;
  const isBelow = provider.sumTold && provider.cancelAmount < payment.cancelAmount;
  if (!isBelow || shrunk === undefined || payment.inFlight !== undefined) return stillResolvable;
  if (beganAtMs < shrunk.atMs + waitsOf(quietPeriodMs).betweenLooksMs) return stillResolvable;
  return withStatement(item, statement, { nowMs, sinceMs: shrunk.atMs });
}

/**
 * L after one cancel was undone (row 11): reduced by that cancel's amount, but not below R. While L is above R, another one was
 * undone, too, and people can still say so.
 */
export function balanceAfterUndo(
  payment: Payment,
  { cancelAmount: seen }: ProviderPayment,
  item: CancelledRefund | ElsewhereCancel,
): Minor {
  const undone = item.status === 'cancelled' ? executedAmount(item) : item.amount;
  return greater(seen, minus(payment.cancelAmount, undone));
}

/** Whether a refund ended as the verdict says, whoever decided it. */
export function agreesWith(item: LedgerItem, said: Verdict): boolean {
  switch (said.verdict) {
    case 'executed':
    case 'executed_unlisted':
      return item.status === 'cancelled' && item.undone === undefined;
    case 'not_executed':
      return item.status === 'not_executed' || item.status === 'rejected';
    case 'undone':
      return 'undone' in item && item.undone !== undefined;
    default:
      return assertNever(said);
  }
}

function fault(pointer: string, message: FieldFault['message']): FieldFault {
  return { pointer, message };
}

const NOT_CANCELLED = {
  en: 'undone is for a refund that is cancelled; this one has no end yet',
  ko: 'undone은 이미 취소된 환불에만 쓸 수 있습니다. 이 환불은 아직 결과가 정해지지 않았습니다.',
};
const CANNOT_BE_READ = {
  en: "cannot be checked while i'mport does not answer; name what the PG has cancelled with listed: false and amount",
  ko: '포트원이 응답하지 않아 확인할 수 없습니다. listed: false와 amount로 PG가 취소한 금액을 적어 주세요.',
};
const NOT_IN_THE_HISTORY = {
  en: "must be in the cancel_history that i'mport holds of this payment, each entry once",
  ko: '포트원이 보유한 이 결제의 취소 내역에 있어야 하며, 한 항목은 한 번만 적을 수 있습니다.',
};
const ANOTHER_REFUNDS = {
  en: 'must not name an entry that belongs to another refund, or bears its tag',
  ko: '다른 환불에 연결되었거나 다른 환불의 표시가 있는 취소 내역은 적을 수 없습니다.',
};
const FROM_CONSOLE = {
  en: "must not name a cancel that was made at i'mport's console",
  ko: '포트원 콘솔에서 한 취소는 적을 수 없습니다.',
};
const OLDER = {
  en: 'must not name an entry that is older than this refund',
  ko: '이 환불보다 먼저 생긴 취소 내역은 적을 수 없습니다.',
};
const OURS_LEFT_OUT = {
  en: 'must name every entry that bears the tag of this refund',
  ko: '이 환불의 표시가 있는 취소 내역을 모두 적어야 합니다.',
};
const MORE_THAN_ASKED = {
  en: 'must be more than 0 and not more than the refund that was asked for',
  ko: '0보다 크고 요청한 환불 금액을 넘지 않아야 합니다.',
};
