import { carriesAnotherTag, carriesTag, isConsoleText } from './attribution.ts';
import { DOUBTS, type DoubtText } from './doubts.ts';
import { minus, plus, sum, type Minor } from './money.ts';
import type { AttributedBy, CancelEntry, Payment, PendingRefund, ProviderPayment } from './payment.ts';
import type { ProviderRefusal, Rejection } from './rejection.ts';
import { cancelsLater } from './pg/asynchronous.ts';
import { differentPayment } from './same-payment.ts';

/** Our entry stands in the history: it was done, whatever else happened. `anomalies`: what is odd about it, to be told. */
export interface Done {
  readonly kind: 'done';
  readonly by: AttributedBy;
  readonly entry: CancelEntry;
  readonly anomalies: readonly string[];
}

/** Proven not done, and nothing of it is alive any more. */
export interface NotDone {
  readonly kind: 'not_done';
  readonly rejection: Rejection;
}

/** No rule decides it: kept, counted, told and, after a while, handed to people (row 7e). Never guessed. */
export interface Undecided {
  readonly kind: 'undecided';
  readonly why: DoubtText;
}

/** One look at a refund in flight: everything that a decision about it may use. */
export interface Look {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  readonly provider: ProviderPayment;
}

interface Placed {
  readonly entry: CancelEntry;
  /** What had been cancelled before this entry. */
  readonly start: Minor;
}

export function historySum(provider: ProviderPayment): Minor {
  return sum(provider.cancelHistory.map(({ amount }) => amount));
}

/** What R has more than the history shows is taken to have come first: histories begin later than some cancels. */
export function placed(provider: ProviderPayment): readonly Placed[] {
  let before = minus(provider.cancelAmount, historySum(provider));
  return provider.cancelHistory.map((entry) => {
    const start = before;
    before = plus(before, entry.amount);
    return { entry, start };
  });
}

/**
 * Whether the history's own times say which entry came first. A PG may list the newest first, and i'mport tells whole
 * seconds: entries of one second, or without times, may stand in either order.
 */
export function isOrderTold({ cancelHistory }: ProviderPayment): boolean {
  const [first, last] = [cancelHistory.at(0)?.cancelledAtMs, cancelHistory.at(-1)?.cancelledAtMs];
  if (cancelHistory.length < 2) return true;
  return first !== undefined && last !== undefined && first < last;
}

/** A − c: what had been cancelled when the refund was claimed. */
export function expectedStart({ payment, pending }: Look): Minor {
  return minus(payment.amount, pending.checksum);
}

/** Our tag in the history (rows 4, 5a, 7a): believed at any time, odd or not, and what is odd is said. */
export function findTagged(look: Look): Done | undefined {
  const { pending, provider } = look;
  const tagged = placed(provider).filter(({ entry }) => carriesTag(entry.reason, pending.refundId));
  const [first] = tagged;
  if (first === undefined) return undefined;
  const { entry, start } = first;
  const anomalies = [
    ...(tagged.length > 1 ? ['our tag stands in the history more than once'] : []),
    ...(entry.amount === pending.amount ? [] : ['our tag stands on an entry of another amount']),
    ...(start === expectedStart(look) ? [] : ['our entry starts elsewhere than it was asked for']),
    ...(provider.cancelAmount > provider.amount ? ['more has been cancelled than was paid'] : []),
  ];
  return { kind: 'done', by: 'tag', entry, anomalies };
}

/** Code 0 (row 4). `accepted`: the provider said yes, but nothing shows that it was booked. */
export function examineAnswer(look: Look): Done | { readonly kind: 'accepted' } | Undecided {
  const different = differentPayment(look.payment, look.provider);
  if (different !== undefined) return { kind: 'undecided', why: different };
  const tagged = findTagged(look);
  if (tagged !== undefined) return tagged;
  const { payment, pending, provider } = look;
  const start = expectedStart(look);
  if (cancelsLater(provider) || cancelsLater(payment)) return { kind: 'accepted' };
  if (provider.cancelAmount < plus(start, pending.amount)) return { kind: 'accepted' };
  const ours = placed(provider).findLast((each) => each.start >= start && couldBeOurs(each.entry, pending));
  return ours === undefined
    ? { kind: 'accepted' }
    : { kind: 'done', by: 'answer', entry: ours.entry, anomalies: [] };
}

/** Code ≠ 0, and the payment read back afterwards (row 5): this request will not be booked any more (P4). */
export function examineRefusal(look: Look, refusal: ProviderRefusal): Done | NotDone | Undecided {
  const different = differentPayment(look.payment, look.provider);
  if (different !== undefined) return { kind: 'undecided', why: different };
  const tagged = findTagged(look);
  if (tagged !== undefined) return tagged;
  const start = expectedStart(look);
  const { cancelAmount } = look.provider;
  // Row 5b: the balance was used by others. Row 5c: it is untouched, so the refusal has a reason of its own.
  if (isBelowKnown(look)) return { kind: 'undecided', why: DOUBTS.shrunk };
  const code = refusalCode(refusal);
  if (cancelAmount === start) return { kind: 'not_done', rejection: { code, provider: refusal } };
  // 기취소 is the PG's word for a cancel that it has executed: what moved the balance may be ours without its tag.
  const doubt = code === 'ALREADY_CANCELLED_AT_PG' ? whyItCouldBeOurs(look) : undefined;
  if (doubt !== undefined) return { kind: 'undecided', why: doubt };
  return { kind: 'not_done', rejection: { code: 'CHECKSUM_MISMATCH', provider: refusal } };
}

/** The PG says that the money has gone back already, while i'mport says that it has not (IAMPORT 2 and 10). */
const ALREADY_AT_PG = /기\s*취소|500626|already\s+(?:been\s+)?cancel/i;
/** Refusals of the PG, not of i'mport itself (IAMPORT 2: rule of thumb). */
const REFUSED_BY_PG = -1;

function refusalCode({ code, message }: ProviderRefusal): 'CANCEL_REJECTED' | 'ALREADY_CANCELLED_AT_PG' {
  return code === REFUSED_BY_PG && ALREADY_AT_PG.test(message)
    ? 'ALREADY_CANCELLED_AT_PG'
    : 'CANCEL_REJECTED';
}

/** Not certainly another's: our amount, no other refund's tag, not the console's text. */
export function couldBeOurs(entry: CancelEntry, pending: PendingRefund): boolean {
  return (
    entry.amount === pending.amount &&
    !carriesAnotherTag(entry.reason, pending.refundId) &&
    !isConsoleText(entry.reason)
  );
}

/** Undefined when every entry since our claim is certainly not ours (row 7b); ours may stand behind another's. */
export function whyItCouldBeOurs(look: Look): DoubtText | undefined {
  const { provider } = look;
  // An amount without its entry: the entry that is still to come may be ours.
  if (historySum(provider) !== provider.cancelAmount) return DOUBTS.doesNotAddUp;
  return mayHoldOurs(look) ? DOUBTS.couldBeOurs : undefined;
}

/** The history shows more than the sum says: an entry of it that could be ours was executed, whatever the sum says. */
export function isAheadWithOurs(look: Look): boolean {
  return historySum(look.provider) > look.provider.cancelAmount && mayHoldOurs(look);
}

function mayHoldOurs(look: Look): boolean {
  const { pending, provider } = look;
  const start = expectedStart(look);
  const told = isOrderTold(provider);
  // An entry that begins before ours and reaches beyond it was not made in the order that the history tells.
  const since = placed(provider).filter((each) => !told || plus(each.start, each.entry.amount) > start);
  return since.some(({ entry }) => couldBeOurs(entry, pending));
}

/** Row 8: the provider holds less than the table knows as cancelled, because a cancel was undone at the PG (P1). */
export function hasShrunk(payment: Payment, provider: ProviderPayment): boolean {
  return provider.cancelAmount < payment.cancelAmount;
}

/** R is below L, or below what had been cancelled when the refund was claimed. */
export function isBelowKnown(look: Look): boolean {
  return hasShrunk(look.payment, look.provider) || look.provider.cancelAmount < expectedStart(look);
}
