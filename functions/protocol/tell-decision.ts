import type { CancelDecision } from '../refund/decide.ts';
import type { Identity } from '../refund/identity.ts';
import type { Payment } from '../refund/payment.ts';
import type { Refusal } from '../refund/refusals.ts';
import type { Surroundings } from './ports.ts';

interface Of {
  readonly payment: Payment;
  readonly identity: Identity;
}

/** One line per decision, and one more about a refusal that is more than the caller's business. */
export function tellDecision(decision: CancelDecision, { payment, identity }: Of, world: Surroundings): void {
  const { merchantUid, impUid, currency } = payment;
  const code = decision.kind === 'refuse' ? { code: decision.refusal.code } : {};
  const amount = decision.kind === 'claim' ? { amount: decision.pending.amount, currency } : {};
  const subject = { merchantUid, impUid, refundId: identity.refundId };
  world.report({ event: 'decided', decision: decision.kind, ...subject, ...code, ...amount });
  if (decision.kind === 'refuse') tellRefusal(decision.refusal, subject, world);
}

type Subject = Readonly<Record<'merchantUid' | 'impUid' | 'refundId', string>>;

function tellRefusal(refusal: Refusal, subject: Subject, world: Surroundings): void {
  if (refusal.code === 'TOO_MANY_REFUNDS') world.report({ event: 'too_many_refunds', ...subject });
  if (refusal.code === 'REFUND_LIMIT_REACHED' && refusal.alsoInFull) {
    world.report({ event: 'anomaly', why: 'the item has no room for another refund', ...subject });
  }
}
