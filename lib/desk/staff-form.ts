import { html, nothing, type TemplateResult } from 'lit-html';
import type { Payment } from '../client/types.ts';
import { select, textInput } from './fields.ts';
import { warningText } from './problems.ts';
import { type AddedInput, amountFault, RefundForm } from './refund-form.ts';
import { amountIn, dateText, money, type Amount } from './text.ts';
import { nameOf, say } from './words.ts';

const REASONS = ['mind', 'defect', 'wrong', 'stock', 'delay', 'twice', 'other'] as const;
const TAXES = ['tax_free', 'vat_amount'] as const;
const FLAGS = ['escrow_confirmed', 'retain_promotion'] as const;
/** Warnings that a form field resolves. */
const OF_TAXES: ReadonlySet<string> = new Set(['tax_free_unnamed', 'vat_unnamed', 'tosspay_vat_unnamed']);
const MOST_REASON = 256;

/** What the rules of the payment method allow now. */
export function allowedView({ refundable }: Payment): TemplateResult {
  const { full = true, partial = true, until, warnings = [] } = refundable ?? {};
  const may = full ? (partial ? 'may_both' : 'may_full') : 'may_partial';
  return html`<p>
      ${say(may)} ${until === undefined ? nothing : say('possibleUntil', { date: dateText(until) })}
    </p>
    ${
      warnings.length === 0
        ? nothing
        : html`<ul class="notice">
            ${warnings.map((name) => html`<li>${warningText(name)}</li>`)}
          </ul>`
    }`;
}

/** The refund form with the fields that only staff have: the reason by a list, the reference, taxes and flags. */
export class StaffForm extends RefundForm {
  protected override additions(payment: Payment, isPart: boolean) {
    const { currency, cancelable_amount: left } = payment;
    const reasons = REASONS.map((name) => [name, nameOf('reason', name)] as const);
    return {
      everything: say('everything', { amount: money(left, currency) }),
      fields: html`${this.field('why', say('reason'), select(say('chooseReason'), reasons))}
      ${this.field('reason', say('reasonDetail'), textInput('text'))}
      ${this.field('reference', say('reference'), textInput('text'), say('referenceHint'))}
      ${this.account(payment)} ${this.#more(payment, isPart)}`,
      submit: say('next'),
    };
  }

  /** Open if a rule of the PG concerns it. */
  #more({ refundable }: Payment, isPart: boolean): TemplateResult {
    const isWarned = (refundable?.warnings ?? []).some((name) => OF_TAXES.has(name));
    return html`<details ?open=${isWarned && isPart}>
      <summary>${say('more')}</summary>
      ${isPart ? TAXES.map((name) => this.field(name, say(name), textInput('decimal'))) : html`<p><small>${say('taxHint')}</small></p>`}
      ${FLAGS.map((name) => html`<label><input type="checkbox" name=${name} value="yes" /> ${say(name)}</label>`)}
    </details>`;
  }

  protected override added(textOf: (name: string) => string, payment: Payment, isPart: boolean): AddedInput {
    const taxes = TAXES.filter((name) => isPart && textOf(name) !== '').map(
      (name) => [name, taxIn(textOf(name), payment)] as const,
    );
    const { reason, faults } = reasonIn(textOf('why'), textOf('reason'));
    const reference = textOf('reference');
    return {
      faults: {
        ...faults,
        ...Object.fromEntries(taxes.map(([name, read]) => [name, amountFault(read, payment, say)])),
      },
      request: {
        reason,
        ...(reference === '' ? {} : { reference }),
        ...Object.fromEntries(
          taxes.flatMap(([name, read]) => ('amount' in read ? [[name, read.amount]] : [])),
        ),
        ...Object.fromEntries(FLAGS.filter((name) => textOf(name) === 'yes').map((name) => [name, true])),
      },
    };
  }
}

/** The chosen reason with its free text. */
function reasonIn(why: string, detail: string) {
  const chosen = why === '' || why === 'other' ? [] : [nameOf('reason', why)];
  const reason = [...chosen, ...(detail === '' ? [] : [detail])].join(': ');
  const isMissing = why === 'other' && detail === '';
  const isLong = reason.length > MOST_REASON;
  const faults = {
    why: why === '' ? say('field_missing') : undefined,
    reason: isMissing ? say('field_missing') : isLong ? say('field_wrong') : undefined,
  };
  return { reason, faults };
}

/** A tax amount may be 0. */
function taxIn(text: string, { currency, cancelable_amount: left }: Payment): Amount {
  const read = amountIn(text, currency, left);
  return 'fault' in read && read.fault === 'zero' ? { amount: 0 } : read;
}
