import { html, nothing, type TemplateResult } from 'lit-html';
import { messageOf, type Payment, type Refund } from '../../client/refund-client.ts';
import { dateText, foreign, language, linkOut, money } from '../../desk/text.ts';
import { say } from './words.ts';

/** What is known of a refund. */
export interface Known {
  /** Unix seconds; 0: the answer does not contain it. */
  readonly at: number;
  readonly tone: 'open' | 'good' | 'bad';
  readonly text: string;
}

/** Only what the answer contains: a refund in doubt has no end. */
export function knownOf(refund: Refund, currency: string): Known {
  const { requested_at: asked, finished_at: finished, in_doubt: doubt } = refund;
  const amount = money(refund.executed_amount ?? refund.amount, currency);
  switch (refund.status) {
    case 'cancelled': {
      if (refund.undone === true) return { at: 0, tone: 'bad', text: say('t_undone') };
      const text = say(refund.corrected === true ? 't_corrected' : 't_cancelled', { amount });
      return { at: refund.cancelled_at || finished, tone: 'good', text };
    }
    case 'rejected':
    case 'not_executed':
    case 'not_sent': {
      const code = refund.rejection?.code ?? END_CODES[refund.status];
      return { at: finished, tone: 'bad', text: messageOf(code, language) };
    }
    case 'unknown':
    default:
      return {
        at: doubt?.since ?? asked,
        tone: 'open',
        text: say(doubt?.drift === true ? 't_drift' : 't_doubt'),
      };
  }
}

/** Where the refund carries no code. */
const END_CODES = { rejected: 'CANCEL_REJECTED', not_executed: 'NOT_EXECUTED', not_sent: 'NOT_SENT' };

/** The refunds of a payment, the newest first. */
export function refundsView(payment: Payment): TemplateResult {
  // A cancel that turned out to be one of the service's refunds is shown as that refund.
  const shown = (payment.refunds ?? [])
    .filter(({ attributed_to: other }) => other === undefined)
    .toReversed();
  return html`<section aria-labelledby="history">
    <h2 id="history">${say('history')}</h2>
    ${shown.length === 0 ? html`<p>${say('noRefunds')}</p>` : nothing}
    ${shown.map((refund) => refundView(refund, payment))}
    ${(payment.refunds_before ?? null) === null ? nothing : html`<p>${say('newestOnly', { n: shown.length })}</p>`}
  </section>`;
}

function refundView(refund: Refund, { currency }: Payment): TemplateResult {
  const { amount, reason, status, expected_by: by, undone } = refund;
  const { at, tone, text } = knownOf(refund, currency);
  return html`<article class="refund">
    <h3>${money(amount, currency)} ${reason === null ? nothing : html`<small>${foreign(reason)}</small>`}</h3>
    <ol class="steps">
      <li data-tone=${tone}>
        ${at === 0 ? nothing : html`<time>${dateText(at)}</time>`} <span>${text}</span>
      </li>
    </ol>
    ${status === 'cancelled' && typeof by === 'number' && undone === undefined ? html`<p>${say('expected', { date: dateText(by, 'day') })}</p>` : nothing}
    ${linkOut(refund.receipt_url, say('refundReceipt'))}
  </article>`;
}
