import { html, nothing, type TemplateResult } from 'lit-html';
import { RULES } from '../../../functions/refund/pg/rules.ts';
import type { Payment } from '../../client/refund-client.ts';
import { textInput } from '../../desk/fields.ts';
import { warningText } from '../../desk/problems.ts';
import { type AddedInput, RefundForm } from '../../desk/refund-form.ts';
import { dateText, money } from '../../desk/text.ts';
import { say } from './words.ts';

/** The refund form of the customer, who need not give a reason. */
export class CustomerForm extends RefundForm {
  protected override additions(payment: Payment) {
    const { currency, amount, cancelable_amount: left, refundable } = payment;
    const { partial = true, until } = refundable ?? {};
    return {
      everything: say(left === amount ? 'everything' : 'rest', { amount: money(left, currency) }),
      notes: html`${partial ? nothing : html`<p><small>${say('onlyAll')}</small></p>`}
      ${until === undefined ? nothing : html`<p><small>${say('possibleUntil', { date: dateText(until) })}</small></p>`}
      ${warningsView(payment)}`,
      fields: html`${this.account(payment)} ${this.field('reason', say('reason'), textInput('text'))}`,
      submit: say('request'),
    };
  }

  protected override added(textOf: (name: string) => string): AddedInput {
    const reason = textOf('reason');
    return { faults: {}, request: reason === '' ? {} : { reason } };
  }
}

/** Warns that the PG may refuse; warnings that concern only the shop are left out. */
function warningsView({ refundable }: Payment): TemplateResult | typeof nothing {
  const mayFail: readonly string[] = RULES.mayFail.map(({ name }) => name);
  const names = (refundable?.warnings ?? []).filter((name) => mayFail.includes(name));
  if (names.length === 0) return nothing;
  return html`<ul class="notice">
    ${names.map((name) => html`<li>${warningText(name)}</li>`)}
  </ul>`;
}
