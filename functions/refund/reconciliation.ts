import { carriesTag, idsIn } from './attribution.ts';
import { historySum, hasShrunk } from './evidence.ts';
import { told, type ToldOfMoney } from './findings.ts';
import { greater, minus, plus, sum, toDecimal, ZERO, type Minor } from './money.ts';
import {
  cancelableAmount,
  isRefundable,
  type CancelEntry,
  type CancelledRefund,
  type Payment,
  type PaymentFacts,
  type ProviderPayment,
} from './payment.ts';
import { differentPayment } from './same-payment.ts';

/** Something about a payment that people should look at. */
export interface Finding extends ToldOfMoney {
  readonly kind: 'unexplained' | 'foreign_tag';
}

/**
 * What the table and the provider say of one payment, won by won. `explained` and `unexplained` add up to R and, where a
 * cancel that the table knows does not stand at the provider, to what is missing there as well.
 */
export interface Comparison {
  readonly currency: string;
  readonly explained: Minor;
  readonly unexplained: Minor;
  readonly findings: readonly Finding[];
}

/** The table knows a cancel that the provider does not show: a reading that is too old, or a cancel that was undone. */
export function contradicts(payment: Payment, provider: ProviderPayment): boolean {
  if (differentPayment(payment, provider) !== undefined) return false;
  return hasShrunk(payment, provider) || undone(payment, provider) > ZERO;
}

/** What of an item a comparison looks at. */
type Held = PaymentFacts & Pick<Payment, 'refunds' | 'pending'>;

/**
 * A payment that the table does not hold, as if it had just been brought in: what stands in the provider's own history is
 * explained by it, and a tag of ours that the table knows nothing of is not.
 */
export function compareUnheld(provider: ProviderPayment): Comparison {
  return comparePayment({ ...provider, refunds: new Map() }, provider);
}

/** `payment` is the item after row 8 has booked what `provider` shows. */
export function comparePayment(payment: Held, provider: ProviderPayment): Comparison {
  const { currency, cancelAmount } = provider;
  const different = differentPayment(payment, provider);
  if (different !== undefined) {
    const findings = [{ kind: 'unexplained', note: different } as const];
    return { currency, explained: ZERO, unexplained: cancelAmount, findings };
  }
  const doubts = [...foreignTags(payment, provider), ...beyondWhatWasAsked(payment, provider)];
  const odd = [...notBooked(payment, provider), ...doesNotAddUp(provider), ...beyondWhatWasPaid(provider)];
  const missing = [...shrunk(payment, provider)];
  const inDoubt = atMost(sum([...doubts, ...odd].map(({ amount }) => amount)), cancelAmount);
  return {
    currency,
    explained: minus(cancelAmount, inDoubt),
    unexplained: plus(inDoubt, sum(missing.map(({ amount }) => amount))),
    findings: [...doubts, ...odd, ...missing].map(({ note, ...found }) => ({
      ...found,
      currency,
      note: `${toDecimal(found.amount, currency)} ${currency} ${note}`,
    })),
  };
}

function atMost(amount: Minor, limit: Minor): Minor {
  return amount < limit ? amount : limit;
}

type Amounted = Finding & { readonly amount: Minor };

/** An amount in question, or none. */
function unless0(amount: Minor, ...what: Parameters<typeof told>): readonly Amounted[] {
  return amount > ZERO ? [{ kind: 'unexplained', amount, ...told(...what) }] : [];
}

/** Entries that bear a tag which this payment has never given out. */
function foreignTags(payment: Held, { cancelHistory }: ProviderPayment): readonly Amounted[] {
  return cancelHistory
    .filter(({ reason }) => idsIn(reason).length > 0)
    .filter((entry) => refundOf(payment, entry) === undefined)
    .map(({ amount, reason }) => ({
      kind: 'foreign_tag',
      amount,
      ...told('foreignTag', idsIn(reason)),
    }));
}

type Known = Pick<CancelledRefund, 'refundId' | 'amount'> & Partial<Pick<CancelledRefund, 'attribution'>>;

/** The refund of ours that an entry belongs to, by its tag or by the `cancellation_id` that was kept. */
function refundOf({ refunds, pending }: Held, entry: CancelEntry): Known | undefined {
  const cancelled = [...refunds.values()].filter((refund) => refund.status === 'cancelled');
  const inFlight = pending === undefined ? [] : [pending];
  const byTag = [...cancelled, ...inFlight].find(({ refundId }) => carriesTag(entry.reason, refundId));
  if (byTag !== undefined) return byTag;
  const { cancellationId } = entry;
  if (cancellationId === undefined) return undefined;
  return cancelled.find((refund) => refund.cancellationId === cancellationId);
}

/** A PG may split a refund into several entries, but together they are never more than was asked for. */
function beyondWhatWasAsked(payment: Held, { cancelHistory }: ProviderPayment): readonly Amounted[] {
  const moved = new Map<string, { asked: Minor; done: Minor }>();
  for (const entry of cancelHistory) {
    const refund = refundOf(payment, entry);
    // What two people have vouched for is theirs, whatever its amount.
    if (refund === undefined || refund.attribution === 'people') continue;
    const before = moved.get(refund.refundId)?.done ?? ZERO;
    moved.set(refund.refundId, { asked: refund.amount, done: plus(before, entry.amount) });
  }
  return [...moved].flatMap(([refundId, { asked, done }]) =>
    unless0(minus(done, asked), 'moreThanAsked', [refundId]),
  );
}

/** Entries without a tag are the console's or another tool's; they count as explained once the table has booked them. */
function notBooked(payment: Held, provider: ProviderPayment): readonly Amounted[] {
  const others = provider.cancelHistory.filter(
    (entry) => idsIn(entry.reason).length === 0 && refundOf(payment, entry) === undefined,
  );
  const ahead = minus(provider.cancelAmount, payment.cancelAmount);
  return unless0(atMost(sum(others.map(({ amount }) => amount)), ahead), 'notBooked');
}

function doesNotAddUp(provider: ProviderPayment): readonly Amounted[] {
  const shown = historySum(provider);
  return [
    ...unless0(minus(provider.cancelAmount, shown), 'withoutEntry'),
    ...unless0(minus(shown, provider.cancelAmount), 'onlyInHistory'),
  ];
}

function beyondWhatWasPaid({ cancelAmount, amount }: ProviderPayment): readonly Amounted[] {
  return unless0(minus(cancelAmount, amount), 'moreThanPaid');
}

function shrunk(payment: Held, provider: ProviderPayment): readonly Amounted[] {
  const lost = lostRecords(payment, provider).map(({ refundId }) => refundId);
  const why = lost.length === 0 ? 'notAtProvider' : 'refundsNotAtProvider';
  return unless0(undone(payment, provider), why, lost);
}

/** What the table holds as cancelled and the provider does not show. */
function undone(payment: Held, provider: ProviderPayment): Minor {
  const lost = sum(lostRecords(payment, provider).map(({ amount }) => amount));
  // An amount without its entry may be one of them: then only its entry is missing, and that is said already.
  const withoutEntry = minus(provider.cancelAmount, historySum(provider));
  return greater(minus(lost, withoutEntry), minus(payment.cancelAmount, provider.cancelAmount));
}

/** Cancelled records whose entry is not in the history: by tag, by `cancellation_id`, else by an entry of their amount. */
function lostRecords(payment: Held, { cancelHistory }: ProviderPayment): readonly CancelledRefund[] {
  const found = new Set(cancelHistory.map((entry) => refundOf(payment, entry)?.refundId));
  const left = cancelHistory.filter(
    (entry) => idsIn(entry.reason).length === 0 && refundOf(payment, entry) === undefined,
  );
  return [...payment.refunds.values()].flatMap((record) => {
    if (record.status !== 'cancelled' || found.has(record.refundId)) return [];
    const index = left.findIndex(({ amount }) => amount === record.amount);
    if (index === -1) return [record];
    left.splice(index, 1);
    return [];
  });
}

/** An order paid twice is counted once: with the latest of the payments that have money left, which made it so. */
export function makesPaidTwice(payments: readonly PaymentFacts[], { impUid }: PaymentFacts): boolean {
  const left = payments.filter((payment) => isRefundable(payment) && cancelableAmount(payment) > ZERO);
  const latest = left.toSorted(
    (a, b) => (a.paidAtMs ?? 0) - (b.paidAtMs ?? 0) || (a.impUid < b.impUid ? -1 : 1),
  );
  return left.length > 1 && latest.at(-1)?.impUid === impUid;
}
