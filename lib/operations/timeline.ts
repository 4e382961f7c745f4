import { toDecimal, type Minor } from '../../functions/refund/money.ts';
import {
  cancelableAmount,
  refundsInOrder,
  type CancelEntry,
  type FinalRefund,
  type Payment,
  type PendingRefund,
} from '../../functions/refund/payment.ts';

/** One thing that happened, at a time (epoch ms). */
export interface Moment {
  readonly atMs: number;
  readonly text: string;
}

function money(amount: Minor, currency: string): string {
  return `${toDecimal(amount, currency).toLocaleString('en-US')} ${currency}`;
}

/** Korea time, because that is what the shop's and the PG's people compare it with. */
export function koreaTime(atMs: number): string {
  return `${new Date(atMs + 9 * 60 * 60 * 1000).toISOString().slice(0, 23).replace('T', ' ')} KST`;
}

/** What happened to a payment's refunds, oldest first: who asked, what was sent and came back, and what decided. */
export function timeline(payment: Payment): readonly Moment[] {
  const { pending, currency } = payment;
  const refunds: readonly (FinalRefund | PendingRefund)[] = [
    ...refundsInOrder(payment),
    ...(pending === undefined ? [] : [pending]),
  ];
  const moments = refunds.flatMap((refund) => momentsOf(refund, currency));
  const paid =
    payment.paidAtMs === undefined
      ? []
      : [{ atMs: payment.paidAtMs, text: `paid ${money(payment.amount, currency)}` }];
  return [...paid, ...moments, ...foreignEntries(payment)].toSorted((a, b) => a.atMs - b.atMs);
}

function momentsOf(refund: FinalRefund | PendingRefund, currency: string): readonly Moment[] {
  const { refundId, actor } = refund;
  const why = refund.reason === undefined ? '' : `, because "${refund.reason}"`;
  const asked = `${actor.kind} ${actor.sub} asks for ${money(refund.amount, currency)} of ${money(refund.checksum, currency)} left${why}`;
  return [
    { atMs: refund.requestedAtMs, text: `${refundId} ${asked}` },
    ...refund.attempts.flatMap(({ attempt, sentAtMs, answeredAtMs, answer }) => [
      { atMs: sentAtMs, text: `${refundId} attempt ${attempt} claimed and sent` },
      ...(answeredAtMs === undefined
        ? []
        : [{ atMs: answeredAtMs, text: `${refundId} came back: ${answer ?? 'nothing'}` }]),
    ]),
    ending(refund),
  ];
}

function ending(refund: FinalRefund | PendingRefund): Moment {
  const { refundId } = refund;
  if (!('status' in refund)) {
    const state = refund.accepted ? 'accepted, not booked yet' : 'not known yet';
    const text = `${refundId} IN DOUBT (${state}): looked at ${refund.checks} times, next look`;
    return { atMs: refund.resolveAtMs, text };
  }
  const evidence = refund.decidedBy === 'answer' ? 'the answer itself' : "the payment read back from i'mport";
  if (refund.status === 'rejected') {
    const { code, provider } = refund.rejection;
    const said = provider === undefined ? '' : ` (code ${provider.code}: ${provider.message})`;
    return { atMs: refund.finishedAtMs, text: `${refundId} REJECTED ${code}${said}; decided by ${evidence}` };
  }
  const as = refund.cancellationId === undefined ? '' : ` as ${refund.cancellationId}`;
  const corrected = refund.corrected ? ', after it had been recorded as rejected' : '';
  const text = `${refundId} CANCELLED${as}; decided by ${evidence}, recognised by ${refund.attribution}${corrected}`;
  return { atMs: refund.finishedAtMs, text };
}

/** Cancels that are in i'mport's history but none of our refunds: made in its console, or straight at the PG. */
function foreignEntries(payment: Payment): readonly Moment[] {
  const ours = new Set<string | undefined>();
  for (const refund of payment.refunds.values())
    if (refund.status === 'cancelled') ours.add(refund.cancellationId);
  const foreign = (entry: CancelEntry): boolean =>
    entry.cancellationId !== undefined &&
    !ours.has(entry.cancellationId) &&
    !/\[rf_/.test(entry.reason ?? '');
  return payment.cancelHistory.filter(foreign).map((entry) => ({
    atMs: entry.cancelledAtMs ?? 0,
    text: `${entry.cancellationId ?? '?'} cancelled elsewhere: ${money(entry.amount, payment.currency)} ("${entry.reason ?? ''}")`,
  }));
}

export function summary(payment: Payment): string {
  const { currency } = payment;
  const how = [payment.payMethod, payment.pgProvider].filter((word) => word !== undefined).join(' by ');
  const amounts = [
    `paid ${money(payment.amount, currency)}`,
    `cancelled ${money(payment.cancelAmount, currency)}`,
    `left ${money(cancelableAmount(payment), currency)}`,
  ];
  return `${payment.merchantUid} (${payment.impUid}${how === '' ? '' : `, ${how}`}): ${amounts.join(', ')}`;
}

export function explain(payment: Payment): string {
  const lines = timeline(payment).map(({ atMs, text }) => `  ${koreaTime(atMs)}  ${text}`);
  return [summary(payment), ...lines].join('\n');
}

export function openLine(payment: Payment, pending: PendingRefund, nowMs: number): string {
  const age = `${Math.floor((nowMs - pending.requestedAtMs) / 1000)} s`;
  const state = pending.accepted ? 'accepted' : 'in doubt';
  return `${age.padStart(9)}  ${money(pending.amount, payment.currency).padStart(16)}  ${state}  attempt ${pending.attempt}  ${payment.merchantUid}  ${pending.refundId}`;
}
