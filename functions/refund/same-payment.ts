import { DOUBTS, type DoubtText } from './doubts.ts';
import type { PaymentFacts } from './payment.ts';

/** i'mport's merchant_uid is String(40); a longer order number has been seen cut to that (IAMPORT 12). */
export const MERCHANT_UID_MAX_CHARACTERS = 40;

/** Of one and the same `imp_uid`: a data base may strip spaces at the edge, or pad with them. */
export function sameOrderNumber(ours: string, theirs: string): boolean {
  return isSame(ours, theirs) || isCut(ours, theirs);
}

export function isCut(ours: string, theirs: string): boolean {
  const isTooLong = ours.length > MERCHANT_UID_MAX_CHARACTERS;
  return isTooLong && isSame(ours.slice(0, MERCHANT_UID_MAX_CHARACTERS), theirs) && !isSame(ours, theirs);
}

function isSame(a: string, b: string): boolean {
  return a === b || a.trim() === b.trim();
}

type Named = Pick<PaymentFacts, 'impUid' | 'merchantUid'>;
type Facts = Pick<PaymentFacts, 'impUid' | 'merchantUid' | 'currency' | 'amount'>;

/** Why what the provider answers with is not the payment that it was asked about; undefined when it is. */
export function anotherPayment(asked: Named, provider: Named): DoubtText | undefined {
  if (provider.impUid !== asked.impUid) return DOUBTS.otherPayment;
  return sameOrderNumber(asked.merchantUid, provider.merchantUid) ? undefined : DOUBTS.otherOrder;
}

/** Why a payment read from the provider is not the one in the table; undefined when it is. */
export function differentPayment(payment: Facts, provider: Facts): DoubtText | undefined {
  const another = anotherPayment(payment, provider);
  if (another !== undefined) return another;
  if (provider.currency !== payment.currency) return DOUBTS.otherCurrency;
  return provider.amount === payment.amount ? undefined : DOUBTS.otherAmount;
}
