import { nextKoreanWeekdayEnd } from '../refund/korea-time.ts';
import type { FinalRefund, PaymentFacts, PendingRefund } from '../refund/payment.ts';
import { toSeconds } from '../refund/unix-seconds.ts';

/** These PGs have days of their own: by hand in a week or more (daou), on Thursdays (mobilians), not at all (danal); IAMPORT 7. */
const OTHER_DAYS: ReadonlySet<string> = new Set(['daou', 'mobilians', 'danal', 'danal_tpay']);

/**
 * When the money of a refund should be there, in Unix seconds; null where no rule says. A virtual account's refund is paid on
 * the next business day (IAMPORT 7).
 */
export function expectedBy(
  refund: FinalRefund | PendingRefund,
  payment: Pick<PaymentFacts, 'payMethod' | 'pgProvider'>,
): number | null {
  if (!('status' in refund) || refund.status !== 'cancelled') return null;
  if (payment.payMethod !== 'vbank' || OTHER_DAYS.has(payment.pgProvider ?? '')) return null;
  return toSeconds(nextKoreanWeekdayEnd(refund.cancelledAtMs ?? refund.finishedAtMs));
}
