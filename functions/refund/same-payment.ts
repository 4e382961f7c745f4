import { DOUBTS, type DoubtText } from './doubts.ts';
import type { PaymentFacts } from './payment.ts';

/** i'mport's merchant_uid is String(40); a longer order number has been seen cut to that (IAMPORT 12). */
export const MERCHANT_UID_MAX_CHARACTERS = 40;

export function sameOrderNumber(ours: string, theirs: string): boolean {
  return ours === theirs || isCut(ours, theirs);
}

export function isCut(ours: string, theirs: string): boolean {
  return ours.length > MERCHANT_UID_MAX_CHARACTERS && theirs === ours.slice(0, MERCHANT_UID_MAX_CHARACTERS);
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
