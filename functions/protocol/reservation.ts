import type { RefundAccount } from '../refund/intent.ts';
import type { Doubt, FinalRefund, Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import { notExecutedRecord, withAnswer } from '../refund/record.ts';
import { attemptWrite, knownAfter } from './attempt-write.ts';
import { reportFinal } from './finish.ts';
import type { Surroundings } from './ports.ts';
import { attemptOf } from './write.ts';

/** How one attempt ended. `released`: nothing was sent, and the reservation is undone. */
export type Sent =
  | { readonly kind: 'final'; readonly payment: Payment; readonly refund: FinalRefund }
  | { readonly kind: 'in_doubt'; readonly payment: Payment; readonly pending: PendingRefund }
  | { readonly kind: 'released'; readonly payment: Payment };

export interface Attempt {
  readonly payment: Payment;
  readonly pending: PendingRefund;
  /** Only on the first attempt: it is kept nowhere. */
  readonly account?: RefundAccount | undefined;
  readonly deadlineMs: number;
  /** A live caller is told "503, nothing was sent"; nobody listens to the resolver, so it keeps the reservation and tries again. */
  readonly isLive: boolean;
}

export function subject({ payment, pending }: Pick<Attempt, 'payment' | 'pending'>) {
  const { refundId, attempt, amount } = pending;
  const { merchantUid, impUid, currency } = payment;
  return { merchantUid, impUid, refundId, attempt, amount, currency };
}

export function doubtOf(why: string, provider?: ProviderPayment): Doubt {
  return provider === undefined ? { why } : { why, cancelAmount: provider.cancelAmount };
}

/** Row 9: told only when the table confirms it; otherwise what the table says instead, or that it is not known. */
export async function release(
  attempt: Pick<Attempt, 'payment' | 'pending'>,
  cause: string,
  world: Surroundings,
): Promise<Sent> {
  const { payment, pending } = attempt;
  const guard = attemptOf(pending);
  const refund = notExecutedRecord(pending, cause, world.now());
  const attempted = await attemptWrite({ kind: 'release', payment, guard, refund }, world);
  const after = knownAfter(attempted);
  const known = after?.refunds.get(pending.refundId);
  if (after === undefined || known === undefined)
    return { kind: 'in_doubt', payment: after ?? payment, pending };
  if (known.status !== 'not_executed') return { kind: 'final', payment: after, refund: known };
  reportFinal(after, known, world);
  return { kind: 'released', payment: after };
}

interface Told {
  readonly answer: string;
  readonly accepted?: boolean;
  readonly refused?: number;
  readonly doubt?: Doubt;
}

/** Row 6. For the audit and the pace: when the write fails, the reservation still stands and is looked at a little later. */
export async function stayInDoubt(attempt: Attempt, told: Told, world: Surroundings): Promise<Sent> {
  const { payment, pending } = attempt;
  const nowMs = world.now();
  const accepted = pending.accepted || told.accepted === true;
  const noted: PendingRefund = {
    ...pending,
    accepted,
    attempts: withAnswer(pending, told.answer, nowMs),
    resolveAtMs: nowMs,
    ...(told.refused === undefined ? {} : { refused: told.refused }),
    ...(told.doubt === undefined ? {} : { doubt: told.doubt }),
  };
  world.report({ event: 'in_doubt', cause: told.answer.split(':')[0] ?? '', accepted, ...subject(attempt) });
  const attempted = await attemptWrite({ kind: 'note', payment, pending: noted }, world);
  const after = knownAfter(attempted);
  const known = after?.refunds.get(pending.refundId);
  if (after !== undefined && known !== undefined && known.status !== 'not_executed') {
    return { kind: 'final', payment: after, refund: known };
  }
  return { kind: 'in_doubt', payment: after ?? payment, pending: noted };
}
