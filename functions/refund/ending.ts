import { sumOf, type Done } from './evidence.ts';
import { elsewhereId } from './identity.ts';
import { plus, type Minor } from './money.ts';
import { omitMissing } from './omit-missing.ts';
import { cancelableAmount, type CancelEntry, type Payment, type ProviderPayment } from './payment.ts';
import type {
  CancelledRefund,
  Closing,
  DecidedBy,
  ElsewhereCancel,
  FinalRefund,
  NotExecutedRefund,
  PaymentAmounts,
  Refund,
  RejectedRefund,
  RequestedRefund,
} from './refund.ts';

/** The fields of the claim that an ended refund keeps, listed one by one so that nothing else gets in. */
export function claimOf(refund: Refund) {
  const { merchantUid, impUid, refundId, currency, gen, amount, checksum, cancelledBefore } = refund;
  const { wish, passedOn, actor, requestedAtMs, claimedAtMs } = refund;
  const { fingerprint, reason, reference, destination, isRestored } = refund;
  const needed = { merchantUid, impUid, refundId, currency, gen, amount, checksum, cancelledBefore };
  const asked = { wish, passedOn, actor, requestedAtMs, claimedAtMs };
  return { ...needed, ...asked, ...omitMissing({ fingerprint, reason, reference, destination, isRestored }) };
}

export interface Ending {
  readonly decidedBy: DecidedBy;
  readonly nowMs: number;
  readonly closing?: Closing;
}

function ended(refund: RequestedRefund, { decidedBy, nowMs, closing }: Ending) {
  const { answer } = refund;
  return {
    ...claimOf(refund),
    finishedAtMs: nowMs,
    decidedBy,
    revision: 0,
    ...omitMissing({ answer, closing }),
  };
}

/** `executed`: the amount that two people say was executed, when no entry tells. */
export function cancelledRefund(
  refund: RequestedRefund,
  { by, entries }: Pick<Done, 'by' | 'entries'>,
  ending: Ending & { readonly executed?: Minor },
): CancelledRefund {
  const executed = ending.executed ?? sumOf(entries);
  return {
    ...ended(refund, ending),
    status: 'cancelled',
    attribution: by,
    corrected: false,
    ...whatWasDone(refund, entries, executed),
  };
}

function whatWasDone(refund: Refund, entries: readonly CancelEntry[], executed: Minor) {
  const cancelledAtMs = entries.findLast((entry) => entry.cancelledAtMs !== undefined)?.cancelledAtMs;
  const differs = executed !== refund.amount;
  return { entries, ...omitMissing({ cancelledAtMs, executedAmount: differs ? executed : undefined }) };
}

export function rejectedRefund(
  refund: RequestedRefund,
  code: RejectedRefund['code'],
  ending: Ending,
): RejectedRefund {
  return { ...ended(refund, ending), status: 'rejected', code };
}

export function notExecutedRefund(refund: RequestedRefund, ending: Ending): NotExecutedRefund {
  return { ...ended(refund, ending), status: 'not_executed' };
}

/** The provider's word in our payment; L is never lowered. */
export function withProvidersWord(payment: Payment, provider: ProviderPayment): Payment {
  const { sumTold: _told, customerId: _payer, ...facts } = provider;
  // Some answers leave out the promotion, so the one that was seen before is kept.
  const hasPromotion = payment.hasPromotion || provider.hasPromotion;
  return provider.cancelAmount < payment.cancelAmount ? payment : { ...payment, ...facts, hasPromotion };
}

export function paymentAfter(
  payment: Payment,
  refund: FinalRefund,
  provider: ProviderPayment | undefined,
  digest: string | undefined,
): Payment {
  const {
    inFlight: _ended,
    heldDigest: _old,
    ...head
  } = provider === undefined ? payment : withProvidersWord(payment, provider);
  const asked = grown(payment, refund.status === 'cancelled' ? refund.amount : undefined);
  return { ...head, ...omitMissing({ heldDigest: digest, askedAmount: asked }) };
}

/** S of the protocol, on a promotion. */
export function grown({ askedAmount, hasPromotion }: Payment, by: Minor | undefined): Minor | undefined {
  return askedAmount === undefined || !hasPromotion || by === undefined ? askedAmount : plus(askedAmount, by);
}

export function amountsOf(payment: Payment): PaymentAmounts {
  return { cancelAmount: payment.cancelAmount, cancelableAmount: cancelableAmount(payment) };
}

/** Events contain what the payment has left after the refund. */
export function withPaymentAfter<R extends FinalRefund>(
  refund: R,
  payment: Payment,
  provider: ProviderPayment | undefined,
): R {
  return { ...refund, paymentAfter: amountsOf(paymentAfter(payment, refund, provider, undefined)) };
}

/** A look at the provider, and HEAD as it was before. */
export interface Seen {
  readonly payment: Payment;
  readonly provider: ProviderPayment;
  readonly nowMs: number;
}

export function correctedRefund(
  was: Refund,
  entries: readonly CancelEntry[],
  { payment, provider, nowMs }: Seen,
): CancelledRefund {
  const answer = 'answer' in was ? was.answer : undefined;
  const closing = 'closing' in was ? was.closing : undefined;
  return {
    ...claimOf(was),
    ...omitMissing({ answer, closing }),
    status: 'cancelled',
    attribution: 'tag',
    decidedBy: 'look',
    corrected: true,
    finishedAtMs: nowMs,
    revision: 'revision' in was ? was.revision + 1 : 1,
    paymentAfter: amountsOf(withProvidersWord(payment, provider)),
    ...whatWasDone(was, entries, sumOf(entries)),
  };
}

export function elsewhereCancel(entry: CancelEntry, { payment, provider, nowMs }: Seen): ElsewhereCancel {
  const { merchantUid, impUid, currency } = payment;
  return {
    status: 'elsewhere',
    merchantUid,
    impUid,
    refundId: elsewhereId(impUid, entry),
    currency,
    amount: entry.amount,
    entry,
    seenAtMs: nowMs,
    revision: 0,
    paymentAfter: amountsOf(withProvidersWord(payment, provider)),
    ...omitMissing({ cancelledAtMs: entry.cancelledAtMs }),
  };
}
