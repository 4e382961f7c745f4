import { html, nothing, type TemplateResult } from 'lit-html';
import { messageOf, type Payment, type Refund } from '../../client/refund-client.ts';
import { stepsOf, type Step } from './refund-steps.ts';
import { dateText, foreign, language, linkOut, money } from '../../desk/text.ts';
import { say } from './words.ts';

/** What the shop's other programs were told, as the local run shows it. */
export interface Heard {
  readonly type: string;
  readonly time: string;
  readonly detail: { readonly event_id: string; readonly refund_id: string; readonly merchant_uid: string };
}

/** The refunds of a payment, the newest first, each with its time line. */
export function refundsView(payment: Payment, heard: readonly Heard[]): TemplateResult {
  // A cancel that turned out to be a refund of ours is told as that one.
  const shown = (payment.refunds ?? [])
    .filter(({ attributed_to: other }) => other === undefined)
    .toReversed();
  return html`<section aria-labelledby="history">
    <h2 id="history">${say('history')}</h2>
    ${shown.length === 0 ? html`<p>${say('noRefunds')}</p>` : nothing}
    ${shown.map((refund) => {
      const own = heard.filter(({ detail }) => detail.refund_id === refund.refund_id);
      return refundView(refund, payment, own);
    })}
    ${(payment.refunds_before ?? null) === null ? nothing : html`<p>${say('newestOnly', { n: shown.length })}</p>`}
  </section>`;
}

function refundView(refund: Refund, { currency }: Payment, heard: readonly Heard[]): TemplateResult {
  const { amount, executed_amount: executed = amount, expected_by: by } = refund;
  const textOf = ({ told }: Step): string =>
    'code' in told ? messageOf(told.code, language) : say(told.word, { amount: money(executed, currency) });
  return html`<article class="refund">
    <h3>
      ${money(amount, currency)}
      ${refund.reason === null ? nothing : html`<small>${foreign(refund.reason)}</small>`}
    </h3>
    <ol class="steps">
      ${stepsOf(refund).map(
        (step) =>
          html`<li data-tone=${step.tone}>
            ${step.at === 0 ? nothing : html`<time>${dateText(step.at)}</time>`} <span>${textOf(step)}</span>
          </li>`,
      )}
      ${heard.map(
        ({ type, time }) =>
          html`<li data-tone="event">
            <time>${dateText(Date.parse(time) / 1_000)}</time> <span>${say('heard', { type })}</span>
          </li>`,
      )}
    </ol>
    ${refund.status === 'cancelled' && typeof by === 'number' && refund.undone === undefined ? html`<p>${expectedText(by)}</p>` : nothing}
    ${linkOut(refund.receipt_url, say('refundReceipt'))}
  </article>`;
}

export function expectedText(seconds: number): string {
  return say('expected', { date: dateText(seconds, 'day') });
}
