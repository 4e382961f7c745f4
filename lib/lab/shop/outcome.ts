import { html, nothing, type TemplateResult } from 'lit-html';
import { assertNever } from '../../../functions/refund/assert-never.ts';
import type { OpenRequest, Outcome } from '../../client/refund-client.ts';
import { dateText, linkOut, money } from '../../desk/text.ts';
import { expectedText } from './refunds.ts';
import { say } from './words.ts';

export interface Actions {
  /** Reads the outcome of a kept request again. Sends nothing. */
  readonly lookAgain: () => void;
  /** Requests the same again, after a known end without a refund. */
  readonly askAgain: (amount: number | null) => void;
  /** Sends the kept request, with its own key. */
  readonly confirm: (kept: OpenRequest) => void;
  readonly forget: () => void;
}

/** The outcome of a request, with the possible next actions. */
export function outcomeView(outcome: Outcome, currency: string, act: Actions): TemplateResult {
  const forget = html`<button type="button" class="quiet" @click=${act.forget}>${say('forget')}</button>
    <p><small>${say('forgetHint')}</small></p>`;
  const lookAgain = button(say('lookAgain'), act.lookAgain);
  switch (outcome.kind) {
    case 'cancelled': {
      const { expected_by: by, payment } = outcome;
      const hint = by === null ? (payment.pay_method === 'card' ? say('cardHint') : '') : expectedText(by);
      return html`<p>${hint}</p>
        ${linkOut(outcome.receipt_url, say('refundReceipt'))}`;
    }
    case 'refused':
    case 'none':
      return html`${nothing}`;
    case 'not_executed':
    case 'not_sent':
      return button(say('askAgain'), () => act.askAgain(outcome.amount));
    case 'pending':
      return html`${lookAgain}
        <p><small>${say('mayLeave')}</small></p>`;
    case 'needs_confirmation': {
      const { kept } = outcome;
      if (kept === undefined) return forget;
      return html`${earlier(kept, currency)} ${lookAgain} ${button(say('askAgain'), () => act.confirm(kept))}
      ${forget}`;
    }
    case 'busy':
      return html`${earlier(outcome.open, currency)}
        <p>${say('notSentNow', { amount: sum(outcome.amount, currency) })}</p>
        ${lookAgain} ${forget}`;
    default:
      return assertNever(outcome);
  }
}

function button(text: string, press: () => void): TemplateResult {
  return html`<button type="button" @click=${press}>${text}</button>`;
}

function earlier({ amount, asked_at: at }: OpenRequest, currency: string): TemplateResult {
  return html`<p>${say('earlier', { amount: sum(amount, currency), time: dateText(at / 1_000) })}</p>`;
}

function sum(amount: number | null, currency: string): string {
  return amount === null ? say('allThatWasLeft') : money(amount, currency);
}
