import { assertNever } from '../../functions/refund/assert-never.ts';
import type { Order } from '../../functions/refund/order.ts';
import { cancelableAmount, type Payment, type Proposal } from '../../functions/refund/payment.ts';
import type { InDoubt } from './in-doubt.ts';
import { balancesOf, timeline, type Balances, type Moment } from './timeline.ts';
import { age, clock, inMajor, money } from './words.ts';

function words(moment: Moment, currency: string): string {
  switch (moment.what) {
    case 'paid':
      return `paid ${inMajor(moment.amount, currency)}`;
    case 'asked': {
      const why = moment.reason === undefined ? '' : `, because "${moment.reason}"`;
      return `${moment.by} ${moment.sub} asks for ${inMajor(moment.amount, currency)} of ${inMajor(moment.left, currency)} left${why}`;
    }
    case 'sent':
      return `attempt ${moment.attempt} claimed and sent`;
    case 'answered':
      return `came back: ${moment.answer}`;
    case 'in_doubt': {
      const state = moment.accepted ? 'accepted, not booked yet' : 'not known yet';
      const why = moment.why === undefined ? '' : `; ${moment.why}`;
      const looked = `looked at ${moment.looks} times, next look at this time${proposalInWords(moment.proposal)}`;
      return `IN DOUBT (${state}${why}): ${balancesInWords(moment.balances, currency)}; ${looked}`;
    }
    case 'rejected': {
      const { code, provider } = moment.rejection;
      const said = provider === undefined ? '' : ` (code ${provider.code}: ${provider.message})`;
      return `REJECTED ${code}${said}; decided by ${evidence(moment)}`;
    }
    case 'not_executed':
      return `NOT EXECUTED: ${moment.cause}`;
    case 'cancelled': {
      const as = moment.cancellationId === undefined ? '' : ` as ${moment.cancellationId}`;
      const corrected = moment.corrected ? ', after it had been recorded as rejected' : '';
      return `CANCELLED${as}; decided by ${evidence(moment)}, recognised by ${moment.recognisedBy}${corrected}`;
    }
    case 'cancelled_elsewhere': {
      const entry = moment.cancellationId === undefined ? '' : `${moment.cancellationId} `;
      const odd = moment.odd === undefined ? '' : `; LOOK: it ${moment.odd}`;
      return `${entry}cancelled elsewhere: ${inMajor(moment.amount, currency)} ("${moment.reason ?? ''}")${odd}`;
    }
    default:
      return assertNever(moment);
  }
}

/** Both sides of a doubt. i'mport's is what the last look has noted: the commands read the table alone. */
export function balancesInWords({ table, provider }: Balances, currency: string): string {
  const theirs = provider === undefined ? 'not seen yet' : inMajor(provider, currency);
  return `cancelled by the table ${inMajor(table, currency)}, by i'mport ${theirs}`;
}

function proposalInWords(proposal: Proposal | undefined): string {
  if (proposal === undefined) return '';
  const { verdict, cancellationId, evidence: seen, proposedBy, proposedAtMs } = proposal;
  const entry = cancellationId === undefined ? '' : ` as ${cancellationId}`;
  const said = `${verdict}${entry}, "${seen}"`;
  return `; PROPOSED by ${proposedBy} at ${clock(proposedAtMs)}: ${said}; a second member of staff has to say the same`;
}

function evidence(moment: {
  readonly evidence: 'answer' | 'read_back' | 'people';
  readonly closedBy?: readonly string[];
}): string {
  switch (moment.evidence) {
    case 'people':
      return `two people${moment.closedBy === undefined ? '' : ` (${moment.closedBy.join(' and ')})`}`;
    case 'answer':
      return 'the answer itself';
    case 'read_back':
      return "the payment read back from i'mport";
    default:
      return assertNever(moment.evidence);
  }
}

function summary(payment: Payment): string {
  const { currency } = payment;
  const how = [payment.payMethod, payment.pgProvider].filter((word) => word !== undefined).join(' by ');
  const amounts = [
    ['paid', payment.amount],
    ['cancelled', payment.cancelAmount],
    ['left', cancelableAmount(payment)],
  ] as const;
  const sums = amounts.map(([name, amount]) => `${name} ${money(amount, currency)}`);
  return `${payment.merchantUid} (${payment.impUid}${how === '' ? '' : `, ${how}`}): ${sums.join(', ')}`;
}

/** The time line of a payment in words, a line a moment. */
export function explain(payment: Payment): string {
  const lines = timeline(payment).map((moment) => {
    const refund = moment.refundId === undefined ? '' : `${moment.refundId} `;
    return `  ${clock(moment.atMs)}  ${refund}${words(moment, payment.currency)}`;
  });
  return [summary(payment), ...lines].join('\n');
}

/** What the shop says of an order, where it says anything. */
export function orderInWords({ merchantUid, word }: Order): readonly string[] {
  if (word === undefined) return [];
  const { customerId, amount, currency, unreadable } = word;
  const whose = customerId === undefined ? 'names no owner' : `is ${customerId}'s`;
  const cost = amount === undefined ? '' : `, should cost ${inMajor(amount, currency ?? 'KRW')}`;
  const broken = unreadable.length === 0 ? '' : `; LOOK: ${unreadable.join(', ')} cannot be read`;
  return [`${merchantUid}: by the shop's order item it ${whose}${cost}${broken}`];
}

/** A refund in doubt in two lines: what it is, and why it is still open. */
export function openLine({ payment, pending }: InDoubt, nowMs: number): string {
  const { currency } = payment;
  const state = pending.accepted ? 'accepted' : 'in doubt';
  const sums = `${age(nowMs - pending.requestedAtMs).padStart(9)}  ${money(pending.amount, currency).padStart(16)}`;
  const name = `${payment.merchantUid}  ${payment.impUid}  ${pending.refundId}`;
  const looked = pending.checks === 0 ? 'not looked at yet' : `looked at ${pending.checks} times`;
  const why = pending.doubt?.why ?? looked;
  const balances = balancesInWords(balancesOf(payment, pending), currency);
  const said =
    pending.proposal === undefined
      ? ''
      : `; ${pending.proposal.verdict} proposed by ${pending.proposal.proposedBy}`;
  return `${sums}  ${state}  attempt ${pending.attempt}  ${name}\n           ${why}; ${balances}${said}`;
}
