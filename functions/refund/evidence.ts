import { DOUBTS, type DoubtText } from './doubts.ts';
import { entryKey, historyDigest, idsIn } from './identity.ts';
import { greater, plus, sum, type Minor } from './money.ts';
import type { CancelEntry, Payment, PaymentFacts, ProviderPayment } from './payment.ts';
import { cancelsLater } from './pg/families.ts';
import type { Attribution, LedgerItem, RequestedRefund } from './refund.ts';
import type { RefundSettings } from './settings.ts';
import { waitsOf } from './times.ts';

/** Our entries are in the history: the refund was executed, whatever else happened. `anomalies`: odd facts, for the log. */
export interface Done {
  readonly kind: 'done';
  readonly by: Attribution;
  readonly entries: readonly CancelEntry[];
  readonly anomalies: readonly string[];
}

/** Proven not executed, and its request can no longer be alive. `usedByOthers`: other cancels changed the balance. */
interface NotDone {
  readonly kind: 'not_done';
  readonly usedByOthers: boolean;
}

/** No rule decides: kept, counted, logged and, after a while, left to people (row 7e). Never guessed. */
interface Undecided {
  readonly kind: 'undecided';
  readonly why: DoubtText;
}

function undecided(why: DoubtText): Undecided {
  return { kind: 'undecided', why };
}

/** A look at the provider about one refund in flight: everything that a decision about it may use. */
export interface Look {
  /** HEAD, read before the provider was asked. */
  readonly payment: Payment;
  readonly refund: RequestedRefund;
  readonly provider: ProviderPayment;
  readonly settings: Pick<RefundSettings, 'quietPeriodMs' | 'pgsThatCancelLater'>;
  /** Keys of entries that other refunds of the payment hold. */
  readonly held: ReadonlySet<string>;
}

/** Why a payment read from the provider is not the one in the ledger; undefined when it is. */
export function differentPayment(
  ours: Pick<PaymentFacts, 'impUid' | 'merchantUid' | 'currency' | 'amount'>,
  provider: PaymentFacts,
): DoubtText | undefined {
  if (provider.impUid !== ours.impUid) return DOUBTS.otherPayment;
  if (provider.merchantUid !== ours.merchantUid) return DOUBTS.otherOrder;
  if (provider.currency !== ours.currency) return DOUBTS.otherCurrency;
  return provider.amount === ours.amount ? undefined : DOUBTS.otherAmount;
}

/** Each entry once, although the provider may list it twice. */
export function distinctEntries({
  cancelHistory,
}: Pick<PaymentFacts, 'cancelHistory'>): readonly CancelEntry[] {
  return [...new Map(cancelHistory.map((entry) => [entryKey(entry), entry])).values()];
}

export function sumOf(entries: readonly CancelEntry[]): Minor {
  return sum(entries.map(({ amount }) => amount));
}

export function hasTagOf({ reason }: CancelEntry, { refundId }: Pick<LedgerItem, 'refundId'>): boolean {
  return idsIn(reason).includes(refundId.toLowerCase());
}

export function taggedEntries(
  provider: PaymentFacts,
  refund: Pick<LedgerItem, 'refundId'>,
): readonly CancelEntry[] {
  return distinctEntries(provider).filter((entry) => hasTagOf(entry, refund));
}

/** Entries held by the payment's refunds and foreign cancels, except those held by `except`. */
export function heldBy(items: readonly LedgerItem[], except: string): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const item of items) {
    if (item.refundId === except) continue;
    if (item.status === 'elsewhere') keys.add(entryKey(item.entry));
    if (item.status === 'cancelled') for (const entry of item.entries) keys.add(entryKey(entry));
  }
  return keys;
}

/**
 * The entry may be refund k: it has no tag of another refund and not the console's text, is not more than was asked (a PG may
 * split a refund), no other item holds it, and the look before the send did not see it.
 */
export function mayBeOurs(
  entry: CancelEntry,
  { refundId, amount, seen }: Pick<RequestedRefund, 'refundId' | 'amount' | 'seen'>,
  held: ReadonlySet<string>,
): boolean {
  const key = entryKey(entry);
  return (
    idsIn(entry.reason).every((id) => id === refundId.toLowerCase()) &&
    entry.fromConsole !== true &&
    entry.amount <= amount &&
    !held.has(key) &&
    !(seen?.includes(key) ?? false)
  );
}

type Compared = Pick<Look, 'payment' | 'refund' | 'provider'>;

/** Our tag in the history: believed at any time. Undecided: our entries are less than the amount so far. */
export function judgeTag({ payment, refund, provider }: Compared): Done | Undecided | undefined {
  const entries = taggedEntries(provider, refund);
  if (entries.length === 0) return undefined;
  const done = sumOf(entries);
  const isAmountKnown = !payment.hasPromotion && refund.isRestored !== true;
  if (isAmountKnown && done < refund.amount) return undecided(DOUBTS.partly);
  const isListedTwice = provider.cancelHistory.length > distinctEntries(provider).length;
  const anomalies = [
    ...(entries.length > 1 ? ['the PG has split the refund into several entries'] : []),
    ...(isListedTwice ? ['the provider lists a cancel twice'] : []),
    ...(done === refund.amount ? [] : [`entries with our tag show another sum than was asked`]),
    ...(provider.cancelAmount > provider.amount ? ['more has been cancelled than was paid'] : []),
  ];
  return { kind: 'done', by: 'tag', entries, anomalies };
}

/** The first question of every judgement: is it our payment, and does it show our tag? */
function judgeOurs(look: Compared): Done | Undecided | undefined {
  const different = differentPayment(look.payment, look.provider);
  return different === undefined ? judgeTag(look) : undecided(different);
}

/** R that is not told, or is below its value at the claim, proves nothing. */
function judgeBalance({ payment, refund, provider }: Compared): Undecided | undefined {
  if (!provider.sumTold) return undecided(DOUBTS.sumNotTold);
  const isBelow = provider.cancelAmount < greater(payment.cancelAmount, refund.cancelledBefore);
  return isBelow ? undecided(DOUBTS.shrunk) : undefined;
}

function isAsynchronous({ payment, provider, settings }: Look): boolean {
  return (
    cancelsLater(payment, settings.pgsThatCancelLater) || cancelsLater(provider, settings.pgsThatCancelLater)
  );
}

/** Code 0 (row 4): proven by our entry, found by its tag or, at a PG that drops tags, by what the answer itself shows. */
export function judgeAnswer(look: Look): Done | Undecided {
  const { payment, refund, provider, held } = look;
  const ours = judgeOurs(look);
  if (ours !== undefined) return ours;
  if (isAsynchronous(look)) return undecided(DOUBTS.asynchronous);
  if (!provider.sumTold) return undecided(DOUBTS.sumNotTold);
  const entries = distinctEntries(provider).filter((entry) => mayBeOurs(entry, refund, held));
  const { amount, cancelledBefore } = refund;
  const isBooked = payment.hasPromotion
    ? provider.cancelAmount > cancelledBefore && entries.length > 0
    : provider.cancelAmount >= plus(cancelledBefore, amount) && sumOf(entries) === amount;
  return isBooked
    ? { kind: 'done', by: 'answer', entries, anomalies: ["the PG drops or changes the refund's tag"] }
    : undecided(DOUBTS.stillAlive);
}

/** A refusal that ends the request (P4), and the payment read back afterwards (row 5). */
export function judgeRefusal(look: Look): Done | NotDone | Undecided {
  return judgeOurs(look) ?? judgeBalance(look) ?? notDone(look);
}

function notDone({ provider, refund }: Look): NotDone {
  return { kind: 'not_done', usedByOthers: provider.cancelAmount > refund.cancelledBefore };
}

export type Judged = Done | NotDone | Undecided | { readonly kind: 'first_look' };

/** A later look at the payment (row 7). `beganAtMs`: an entry not shown may still come while the request may be alive. */
export function judgeLook(look: Look & { readonly beganAtMs: number }): Judged {
  const { refund, beganAtMs, settings } = look;
  const known = judgeOurs(look) ?? judgeBalance(look);
  if (known !== undefined) return known;
  if (isAsynchronous(look)) return undecided(DOUBTS.asynchronous);
  const { deadAfterMs, betweenLooksMs } = waitsOf(settings.quietPeriodMs);
  if (beganAtMs <= refund.claimedAtMs + deadAfterMs) return undecided(DOUBTS.stillAlive);
  const why = whyItMayBeOurs(look);
  if (why !== undefined) return undecided(why);
  if (refund.lookedAtMs === undefined) return { kind: 'first_look' };
  if (beganAtMs < refund.lookedAtMs + betweenLooksMs) return undecided(DOUBTS.firstLook);
  return notDone(look);
}

/** Undefined: the look shows nothing that may be ours. The order of the history is never used. */
function whyItMayBeOurs(look: Look): DoubtText | undefined {
  const { refund, provider, held } = look;
  const entries = distinctEntries(provider);
  const shown = sumOf(entries);
  const mayHoldOurs = entries.some((entry) => mayBeOurs(entry, refund, held));
  // The history may be ahead of R: then an entry that may be ours was executed, whatever R is.
  if (provider.cancelAmount === refund.cancelledBefore) {
    return shown > provider.cancelAmount && mayHoldOurs ? DOUBTS.couldBeOurs : undefined;
  }
  if (mayHoldOurs) return DOUBTS.couldBeOurs;
  // An amount without its entry: the missing entry may be ours.
  return shown === provider.cancelAmount ? undefined : DOUBTS.doesNotAddUp;
}

/** What the payment, looked up beside the claim, says about sending (row 3b). `moved`: R > L is booked, then decided again. */
export type BeforeSend = Done | Undecided | { readonly kind: 'send' | 'moved' | 'not_paid' };

/** Nothing is sent unless the provider shows the same payment with the same balance and without our tag. */
export function judgeBeforeSend(look: Compared): BeforeSend {
  const { payment, provider } = look;
  const ours = judgeOurs(look);
  if (ours !== undefined) return ours;
  if (!provider.isPaid) return { kind: 'not_paid' };
  const doubt = judgeBalance(look);
  if (doubt !== undefined) return doubt;
  return { kind: provider.cancelAmount > payment.cancelAmount ? 'moved' : 'send' };
}

/** Whether every entry of the history is held by a refund or a foreign cancel, as far as HEAD knows. */
export function isAllHeld(
  { heldDigest }: Pick<Payment, 'heldDigest'>,
  history: readonly CancelEntry[],
): boolean {
  return history.length === 0 || heldDigest === historyDigest(history);
}

/**
 * The digest of a history whose entries are all held: those of an earlier such look, and `ours`. Undefined when some entry is not
 * known to be held, so that the next look reads the ledger.
 */
export function digestAfter(
  payment: Payment,
  before: Pick<PaymentFacts, 'cancelHistory'> | undefined,
  after: Pick<PaymentFacts, 'cancelHistory'>,
  ours: readonly CancelEntry[],
): string | undefined {
  const known = before?.cancelHistory;
  if (known === undefined || !isAllHeld(payment, known)) return undefined;
  const held = new Set([...known, ...ours].map(entryKey));
  return after.cancelHistory.every((entry) => held.has(entryKey(entry)))
    ? historyDigest(after.cancelHistory)
    : undefined;
}

export const NOTHING_HELD: ReadonlySet<string> = new Set();
