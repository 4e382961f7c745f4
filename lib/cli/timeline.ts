import { assertNever } from '../../functions/refund/assert-never.ts';
import { toDecimal } from '../../functions/refund/money.ts';
import {
  refundsInOrder,
  type AttributedBy,
  type FinalRefund,
  type Payment,
  type PendingRefund,
  type Proposal,
} from '../../functions/refund/payment.ts';
import { omitMissing } from '../../functions/refund/omit-missing.ts';
import { type Rejection } from '../../functions/refund/rejection.ts';
import { foreignEntries } from './foreign-entries.ts';

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
  /** At the time of the next look. `why`: what the last look could not decide; `balances`: what it saw. */
  | {
      readonly what: 'in_doubt';
      readonly accepted: boolean;
      readonly looks: number;
      readonly why?: string;
      readonly balances: Balances;
      readonly proposal?: Proposal;
    }
  | {
      readonly what: 'cancelled';
      readonly cancellationId?: string;
      readonly evidence: Evidence;
      readonly recognisedBy: AttributedBy;
      readonly corrected: boolean;
      readonly closedBy?: readonly string[];
    }
  | { readonly what: 'not_executed'; readonly cause: string }
  | {
      readonly what: 'rejected';
      readonly rejection: Rejection;
      readonly evidence: Evidence;
      readonly closedBy?: readonly string[];
    }
  /** In i'mport's history but none of our refunds: made in its console, or straight at the PG; `odd` where it bears a tag. */
  | {
      readonly what: 'cancelled_elsewhere';
      readonly amount: number;
      readonly reason?: string;
      readonly cancellationId?: string;
      readonly odd?: string;
    };

/** What has been cancelled of the payment: by the table, and by i'mport where the last look has noted it. */
export interface Balances {
  readonly table: number;
  readonly provider?: number;
}

/** One thing that happened, at a time (epoch ms), to a refund of ours or to the payment itself. */
export type Moment = Happening & { readonly atMs: number; readonly refundId?: string };

/** What happened to a payment's refunds, oldest first: who asked, what was sent and came back, and what decided. */
export function timeline(payment: Payment): readonly Moment[] {
  const { pending, currency, paidAtMs } = payment;
  const refunds: readonly (FinalRefund | PendingRefund)[] = [
    ...refundsInOrder(payment),
    ...(pending === undefined ? [] : [pending]),
  ];
  const moments = refunds.flatMap((refund) => momentsOf(refund, payment));
  const paid: readonly Moment[] =
    paidAtMs === undefined
      ? []
      : [{ atMs: paidAtMs, what: 'paid', amount: toDecimal(payment.amount, currency) }];
  return [...paid, ...moments, ...elsewhere(payment)].toSorted((a, b) => a.atMs - b.atMs);
}

function momentsOf(refund: FinalRefund | PendingRefund, payment: Payment): readonly Moment[] {
  const { refundId, actor, reason } = refund;
  const { currency } = payment;
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
  return [asked, ...attempts, ending(refund, payment)];
}

function ending(refund: FinalRefund | PendingRefund, payment: Payment): Moment {
  const { refundId } = refund;
  if (!('status' in refund)) return inDoubt(refund, payment);
  const { finishedAtMs: atMs, decidedBy: evidence, closing } = refund;
  const closedBy = closing && [closing.proposedBy, closing.approvedBy];
  switch (refund.status) {
    case 'rejected':
      return {
        atMs,
        refundId,
        what: 'rejected',
        rejection: refund.rejection,
        evidence,
        ...omitMissing({ closedBy }),
      };
    case 'not_executed':
      return { atMs, refundId, what: 'not_executed', cause: refund.cause };
    case 'cancelled': {
      const { cancellationId, attribution: recognisedBy, corrected } = refund;
      const more = omitMissing({ cancellationId, closedBy });
      return { atMs, refundId, what: 'cancelled', evidence, recognisedBy, corrected, ...more };
    }
    default:
      return assertNever(refund);
  }
}

function inDoubt(pending: PendingRefund, payment: Payment): Moment {
  const { refundId, accepted, checks: looks, resolveAtMs: atMs, doubt, proposal } = pending;
  const balances = balancesOf(payment, pending);
  const more = omitMissing({ why: doubt?.why, proposal });
  return { atMs, refundId, what: 'in_doubt', accepted, looks, balances, ...more };
}

/** L of the protocol, and R as the last look saw it: the table is all that is read here. */
export function balancesOf({ cancelAmount, currency }: Payment, { doubt }: PendingRefund): Balances {
  const seen = doubt?.cancelAmount;
  const provider = seen === undefined ? undefined : toDecimal(seen, currency);
  return { table: toDecimal(cancelAmount, currency), ...omitMissing({ provider }) };
}

function elsewhere(payment: Payment): readonly Moment[] {
  return foreignEntries(payment).map(({ entry, odd }) => ({
    atMs: entry.cancelledAtMs ?? 0,
    what: 'cancelled_elsewhere',
    amount: toDecimal(entry.amount, payment.currency),
    ...omitMissing({ cancellationId: entry.cancellationId, reason: entry.reason, odd }),
  }));
}
