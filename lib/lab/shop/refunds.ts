import { html, nothing, type TemplateResult } from 'lit-html';
import { messageOf, type Payment, type Refund } from '../../client/refund-client.ts';
import { dateText, foreign, language, linkOut, money } from '../../desk/text.ts';
import { say, type Word } from './words.ts';

/** One step of a refund. */
export interface Step {
  /** Unix seconds; 0: the answer does not contain it. */
  readonly at: number;
  readonly tone: 'plain' | 'open' | 'good' | 'bad';
  readonly text: string;
}

/** Oldest first. Only what the answer contains: a refund in doubt has no end. */
export function stepsOf(refund: Refund, currency: string): readonly Step[] {
  const { requested_at: asked, finished_at: finished, in_doubt: doubt } = refund;
  const amount = money(refund.executed_amount ?? refund.amount, currency);
  const step = (at: number, tone: Step['tone'], word: Word): Step => ({
    at,
    tone,
    text: say(word, { amount }),
  });
  if (refund.made_by !== undefined) return [step(refund.cancelled_at, 'good', 't_cancelled')];
  const first = step(asked, 'plain', refund.actor === 'staff' ? 't_asked_staff' : 't_asked_customer');
  switch (refund.status) {
    case 'cancelled': {
      const word = refund.corrected ? 't_corrected' : 't_cancelled';
      const done = step(refund.cancelled_at || finished, 'good', word);
      return [first, done, ...(refund.undone ? [step(0, 'bad', 't_undone')] : [])];
    }
    case 'rejected':
    case 'not_executed':
    case 'not_sent': {
      const code = refund.rejection?.code ?? END_CODES[refund.status];
      return [first, { at: finished, tone: 'bad', text: messageOf(code, language) }];
    }
    case 'unknown':
    default: {
      const open = step(doubt?.since ?? asked, 'open', 't_doubt');
      return [first, open, ...(doubt?.drift === true ? [step(0, 'open', 't_drift')] : [])];
    }
  }
}

/** Where the refund carries no code. */
const END_CODES = { rejected: 'CANCEL_REJECTED', not_executed: 'NOT_EXECUTED', not_sent: 'NOT_SENT' };

/** The refunds of a payment, the newest first, each with its time line. */
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
  const { amount, expected_by: by } = refund;
  return html`<article class="refund">
    <h3>
      ${money(amount, currency)}
      ${refund.reason === null ? nothing : html`<small>${foreign(refund.reason)}</small>`}
    </h3>
    <ol class="steps">
      ${stepsOf(refund, currency).map(
        ({ at, tone, text }) =>
          html`<li data-tone=${tone}>
            ${at === 0 ? nothing : html`<time>${dateText(at)}</time>`} <span>${text}</span>
          </li>`,
      )}
    </ol>
    ${refund.status === 'cancelled' && typeof by === 'number' && refund.undone === undefined ? html`<p>${say('expected', { date: dateText(by, 'day') })}</p>` : nothing}
    ${linkOut(refund.receipt_url, say('refundReceipt'))}
  </article>`;
}
