import type { FinalRefund, Payment, ProviderPayment } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import { StoreError } from './store-error.ts';
import type { Write } from './write.ts';

/**
 * Makes one conditional write and says what the table holds afterwards, whether the write was applied or its
 * condition did not hold. Undefined: the table cannot be reached, so nothing is known.
 *
 * The SDK sends a write again when its answer is lost; the second try then fails on the condition that the first one
 * fulfilled. So a condition that failed is never an answer by itself: the item is read, and it tells.
 */
export async function attemptWrite(write: Write, world: Surroundings): Promise<Payment | undefined> {
  const merchantUid = 'payment' in write ? write.payment.merchantUid : write.provider.merchantUid;
  try {
    const after = await world.store.write(write);
    if (after !== 'condition_failed') return after;
    world.report({ event: 'conflict', write: write.kind, merchantUid });
    return await world.store.read(merchantUid);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Refused before anything was reserved: the request fails as a whole, and nothing was sent.
    if (write.kind === 'claim' && !error.mayHaveBeenApplied) throw error;
    world.report({ event: 'store_failed', during: write.kind, cause: error.message, merchantUid });
    return undefined;
  }
}

/** Rows 4, 5a and 5b. The refund's record as the table has it now: ours, or the one that was there first. */
export async function finish(
  payment: Payment,
  result: { readonly refund: FinalRefund; readonly provider: ProviderPayment },
  world: Surroundings,
): Promise<{ payment: Payment; refund: FinalRefund } | undefined> {
  const { refund, provider } = result;
  for (const keepBalance of [false, true]) {
    const after = await attemptWrite({ kind: 'finish', payment, refund, provider, keepBalance }, world);
    if (after === undefined) return undefined;
    const known = after.refunds.get(refund.refundId);
    if (known !== undefined) {
      if (known.finishedAtMs === refund.finishedAtMs) reportFinal(after, known, world);
      return { payment: after, refund: known };
    }
    // Still pending: the table knows of more than this read-back showed, and keeps it.
    if (after.pending?.refundId !== refund.refundId) return undefined;
  }
  return undefined;
}

export function reportFinal(payment: Payment, refund: FinalRefund, world: Surroundings): void {
  const { merchantUid, currency } = payment;
  const subject = {
    merchantUid,
    currency,
    refundId: refund.refundId,
    amount: refund.amount,
    attempt: refund.attempt,
  };
  if (refund.status === 'cancelled') {
    const { decidedBy, attribution } = refund;
    world.report({ event: 'cancelled', decidedBy, attribution, ...subject });
    return;
  }
  const { code, provider } = refund.rejection;
  world.report({
    event: 'rejected',
    code,
    ...(provider === undefined ? {} : { providerCode: provider.code }),
    ...subject,
  });
}
