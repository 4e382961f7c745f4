import { idsIn } from '../../functions/refund/attribution.ts';
import { toDecimal } from '../../functions/refund/money.ts';
import {
  refundsInOrder,
  type AttributedBy,
  type CancelEntry,
  type FinalRefund,
  type Payment,
  type PendingRefund,
} from '../../functions/refund/payment.ts';
import { type Rejection } from '../../functions/refund/rejection.ts';

type Evidence = FinalRefund['decidedBy'];

/** Amounts in the major unit of the payment's currency. */
export type Happening =
  | { readonly what: 'paid'; readonly amount: number }
  | {
      readonly what: 'asked';
      readonly amount: number;
      readonly left: number;
      readonly by: 'customer' | 'staff';
      readonly sub: string;
      readonly reason?: string;
    }
  /** Claimed, and then sent. */
  | { readonly what: 'sent'; readonly attempt: number }
  | { readonly what: 'answered'; readonly attempt: number; readonly answer: string }
  /** At the time of the next look. */
  | { readonly what: 'in_doubt'; readonly accepted: boolean; readonly looks: number }
  | {
      readonly what: 'cancelled';
      readonly cancellationId?: string;
      readonly evidence: Evidence;
      readonly recognisedBy: AttributedBy;
      readonly corrected: boolean;
    }
  | { readonly what: 'not_executed'; readonly cause: string }
  | { readonly what: 'rejected'; readonly rejection: Rejection; readonly evidence: Evidence }
  /** In i'mport's history but none of our refunds: made in its console, or straight at the PG. */
  | {
      readonly what: 'cancelled_elsewhere';
      readonly amount: number;
      readonly reason?: string;
      readonly cancellationId: string;
    };

/** One thing that happened, at a time (epoch ms), to a refund of ours or to the payment itself. */
export type Moment = Happening & { readonly atMs: number; readonly refundId?: string };

/** What happened to a payment's refunds, oldest first: who asked, what was sent and came back, and what decided. */
export function timeline(payment: Payment): readonly Moment[] {
  const { pending, currency, paidAtMs } = payment;
  const refunds: readonly (FinalRefund | PendingRefund)[] = [
    ...refundsInOrder(payment),
    ...(pending === undefined ? [] : [pending]),
  ];
  const moments = refunds.flatMap((refund) => momentsOf(refund, currency));
  const paid: readonly Moment[] =
    paidAtMs === undefined
      ? []
      : [{ atMs: paidAtMs, what: 'paid', amount: toDecimal(payment.amount, currency) }];
  return [...paid, ...moments, ...foreignEntries(payment)].toSorted((a, b) => a.atMs - b.atMs);
}

function momentsOf(refund: FinalRefund | PendingRefund, currency: string): readonly Moment[] {
  const { refundId, actor, reason } = refund;
  const asked: Moment = {
    atMs: refund.requestedAtMs,
    refundId,
    what: 'asked',
    amount: toDecimal(refund.amount, currency),
    left: toDecimal(refund.checksum, currency),
    by: actor.kind,
    sub: actor.sub,
    ...(reason === undefined ? {} : { reason }),
  };
  const attempts = refund.attempts.flatMap(
    ({ attempt, sentAtMs, answeredAtMs, answer }): readonly Moment[] => [
      { atMs: sentAtMs, refundId, what: 'sent', attempt },
      ...(answeredAtMs === undefined
        ? []
        : [
            { atMs: answeredAtMs, refundId, what: 'answered', attempt, answer: answer ?? 'nothing' } as const,
          ]),
    ],
  );
  return [asked, ...attempts, ending(refund)];
}

function ending(refund: FinalRefund | PendingRefund): Moment {
  const { refundId } = refund;
  if (!('status' in refund)) {
    const { accepted, checks: looks, resolveAtMs: atMs } = refund;
    return { atMs, refundId, what: 'in_doubt', accepted, looks };
  }
  const { finishedAtMs: atMs, decidedBy: evidence } = refund;
  if (refund.status === 'rejected') {
    return { atMs, refundId, what: 'rejected', rejection: refund.rejection, evidence };
  }
  if (refund.status === 'not_executed') return { atMs, refundId, what: 'not_executed', cause: refund.cause };
  const { cancellationId, attribution: recognisedBy, corrected } = refund;
  const named = cancellationId === undefined ? {} : { cancellationId };
  return { atMs, refundId, what: 'cancelled', ...named, evidence, recognisedBy, corrected };
}

function foreignEntries(payment: Payment): readonly Moment[] {
  const ours = new Set<string | undefined>();
  for (const refund of payment.refunds.values())
    if (refund.status === 'cancelled') ours.add(refund.cancellationId);
  return payment.cancelHistory.flatMap(
    ({ cancellationId, cancelledAtMs = 0, amount, reason }: CancelEntry): readonly Moment[] =>
      cancellationId === undefined || ours.has(cancellationId) || idsIn(reason).length > 0
        ? []
        : [
            {
              atMs: cancelledAtMs,
              what: 'cancelled_elsewhere',
              amount: toDecimal(amount, payment.currency),
              cancellationId,
              ...(reason === undefined ? {} : { reason }),
            },
          ],
  );
}
