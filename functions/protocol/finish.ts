import type { FinalRefund, Payment, ProviderPayment } from '../refund/payment.ts';
import { attemptWrite } from './attempt-write.ts';
import type { Surroundings } from './ports.ts';
import type { Guard } from './write.ts';

/** A refund that evidence settles, and the claim (and attempt) that the evidence is about. */
export interface Finishing {
  readonly payment: Payment;
  readonly guard: Guard;
  readonly refund: FinalRefund;
  /** The payment as the evidence shows it. */
  readonly provider: ProviderPayment;
  readonly unlessRefused?: boolean;
}

export interface Settled {
  readonly payment: Payment;
  readonly refund: FinalRefund;
}

/**
 * Rows 4, 5, 7 and 10, and row 4x where the refund is not in flight any more. The refund's record as the table has it
 * then: ours, or the one that was there first. Undefined: the table cannot be reached, or negative evidence has grown old.
 */
export async function finish(finishing: Finishing, world: Surroundings): Promise<Settled | undefined> {
  const { refund, guard } = finishing;
  let { payment } = finishing;
  for (const keepBalance of balances(finishing)) {
    const attempted = await attemptWrite({ kind: 'finish', ...finishing, payment, keepBalance }, world);
    if (attempted.kind === 'unclear' || attempted.kind === 'refused') return undefined;
    if (attempted.payment === undefined) return proveAnew(finishing, withoutItem(payment), world);
    ({ payment } = attempted);
    const settled = settledIn(payment, refund, world);
    if (settled !== undefined) return settled;
    const still = payment.pending;
    if (still?.seq !== guard.seq || (guard.attempt !== undefined && still.attempt !== guard.attempt)) break;
  }
  return proveAnew(finishing, payment, world);
}

/** The shop has deleted the item: proof makes it anew. */
function withoutItem({ pending: _gone, ...payment }: Payment): Payment {
  return { ...payment, seq: 0, refunds: new Map(), stored: { bytes: 0, hasRecords: false } };
}

/** `cancel_amount := max(L, R)` is written as a condition: raise it, or leave it when L is above R by then. */
function balances({ payment, provider }: Finishing): readonly boolean[] {
  return provider.cancelAmount >= payment.cancelAmount ? [false, true] : [true];
}

/** The record that stands for this refund now; undefined while it contradicts a proof in hand. */
function settledIn(payment: Payment, refund: FinalRefund, world: Surroundings): Settled | undefined {
  const known = payment.refunds.get(refund.refundId);
  if (known === undefined) return undefined;
  if (known.finishedAtMs === refund.finishedAtMs && known.status === refund.status) {
    reportFinal(payment, known, world);
    return { payment, refund: known };
  }
  return isProof(refund) && known.status !== 'cancelled' ? undefined : { payment, refund: known };
}

/** Our tag stands in the history: that is never discarded (row 4x). Other evidence holds only for its own claim. */
function isProof(refund: FinalRefund): boolean {
  return refund.status === 'cancelled' && refund.attribution === 'tag';
}

/** Row 4x: told otherwise, claimed anew, or overwritten by the shop. Written anew, and people are told. */
async function proveAnew(
  { refund, provider }: Finishing,
  payment: Payment,
  world: Surroundings,
): Promise<Settled | undefined> {
  if (refund.status !== 'cancelled' || !isProof(refund)) return undefined;
  const proven = { ...refund, corrected: true };
  const { pending } = payment;
  for (const keepBalance of balances({ payment, provider, refund, guard: { seq: refund.seq } })) {
    const write =
      pending?.refundId === refund.refundId
        ? ({
            kind: 'finish',
            payment,
            guard: { seq: pending.seq },
            refund: proven,
            provider,
            keepBalance,
          } as const)
        : ({ kind: 'prove', payment, refund: proven, provider, keepBalance } as const);
    const attempted = await attemptWrite(write, world);
    if (attempted.kind === 'unclear' || attempted.kind === 'refused') return undefined;
    const after = attempted.payment;
    const known = after?.refunds.get(refund.refundId);
    if (after !== undefined && known?.status === 'cancelled') {
      const { merchantUid, impUid } = after;
      world.report({
        event: 'corrected',
        merchantUid,
        impUid,
        refundId: refund.refundId,
        amount: refund.amount,
      });
      return { payment: after, refund: known };
    }
  }
  return undefined;
}

export function reportFinal(payment: Payment, refund: FinalRefund, world: Surroundings): void {
  const { merchantUid, impUid, currency } = payment;
  const { refundId, amount, attempt } = refund;
  const subject = { merchantUid, impUid, currency, refundId, amount, attempt };
  if (refund.status === 'cancelled') {
    const { decidedBy, attribution } = refund;
    world.report({ event: 'cancelled', decidedBy, attribution, ...subject });
  } else if (refund.status === 'not_executed') {
    world.report({ event: 'not_executed', cause: refund.cause, ...subject });
  } else {
    const { code, provider } = refund.rejection;
    const told = provider === undefined ? {} : { providerCode: provider.code };
    world.report({ event: 'rejected', code, ...told, ...subject });
  }
}
