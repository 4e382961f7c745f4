import { assertNever } from '../../functions/refund/assert-never.ts';
import { toDecimal } from '../../functions/refund/money.ts';
import { cancelableAmount, type Payment, type PendingRefund } from '../../functions/refund/payment.ts';
import { timeline, type Moment } from './timeline.ts';

function money(amount: number, currency: string): string {
  return `${amount.toLocaleString('en-US')} ${currency}`;
}

/** Korea time, because that is what the shop's and the PG's people compare it with. */
function koreaTime(atMs: number): string {
  return `${new Date(atMs + 9 * 60 * 60 * 1000).toISOString().slice(0, 23).replace('T', ' ')} KST`;
}

function words(moment: Moment, currency: string): string {
  switch (moment.what) {
    case 'paid':
      return `paid ${money(moment.amount, currency)}`;
    case 'asked': {
      const why = moment.reason === undefined ? '' : `, because "${moment.reason}"`;
      return `${moment.by} ${moment.sub} asks for ${money(moment.amount, currency)} of ${money(moment.left, currency)} left${why}`;
    }
    case 'sent':
      return `attempt ${moment.attempt} claimed and sent`;
    case 'answered':
      return `came back: ${moment.answer}`;
    case 'in_doubt': {
      const state = moment.accepted ? 'accepted, not booked yet' : 'not known yet';
      return `IN DOUBT (${state}): looked at ${moment.looks} times, next look`;
    }
    case 'rejected': {
      const { code, provider } = moment.rejection;
      const said = provider === undefined ? '' : ` (code ${provider.code}: ${provider.message})`;
      return `REJECTED ${code}${said}; decided by ${evidence(moment.evidence)}`;
    }
    case 'not_executed':
      return `NOT EXECUTED: ${moment.cause}`;
    case 'cancelled': {
      const as = moment.cancellationId === undefined ? '' : ` as ${moment.cancellationId}`;
      const corrected = moment.corrected ? ', after it had been recorded as rejected' : '';
      return `CANCELLED${as}; decided by ${evidence(moment.evidence)}, recognised by ${moment.recognisedBy}${corrected}`;
    }
    case 'cancelled_elsewhere':
      return `${moment.cancellationId} cancelled elsewhere: ${money(moment.amount, currency)} ("${moment.reason ?? ''}")`;
    default:
      return assertNever(moment);
  }
}

function evidence(decidedBy: 'answer' | 'read_back' | 'people'): string {
  if (decidedBy === 'people') return 'two people';
  return decidedBy === 'answer' ? 'the answer itself' : "the payment read back from i'mport";
}

function summary(payment: Payment): string {
  const { currency } = payment;
  const how = [payment.payMethod, payment.pgProvider].filter((word) => word !== undefined).join(' by ');
  const amounts = [
    ['paid', payment.amount],
    ['cancelled', payment.cancelAmount],
    ['left', cancelableAmount(payment)],
  ] as const;
  const sums = amounts.map(([name, amount]) => `${name} ${money(toDecimal(amount, currency), currency)}`);
  return `${payment.merchantUid} (${payment.impUid}${how === '' ? '' : `, ${how}`}): ${sums.join(', ')}`;
}

/** The time line in words, a line a moment. */
export function explain(payment: Payment): string {
  const lines = timeline(payment).map((moment) => {
    const refund = moment.refundId === undefined ? '' : `${moment.refundId} `;
    return `  ${koreaTime(moment.atMs)}  ${refund}${words(moment, payment.currency)}`;
  });
  return [summary(payment), ...lines].join('\n');
}

export function openLine(payment: Payment, pending: PendingRefund, nowMs: number): string {
  const { currency } = payment;
  const age = `${Math.floor((nowMs - pending.requestedAtMs) / 1000)} s`;
  const state = pending.accepted ? 'accepted' : 'in doubt';
  const amount = money(toDecimal(pending.amount, currency), currency);
  return `${age.padStart(9)}  ${amount.padStart(16)}  ${state}  attempt ${pending.attempt}  ${payment.merchantUid}  ${pending.refundId}`;
}
