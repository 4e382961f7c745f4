import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { exponentOf } from '../../../functions/refund/currencies.ts';
import { RULES } from '../../../functions/refund/pg/rules.ts';
import type { CancelRequest, Payment, Problem } from '../../client/refund-client.ts';
import {
  accountControl,
  accountFault,
  accountFieldsOf,
  field,
  namedIn,
  textInput,
  valuesOf,
  type Control,
} from '../../desk/fields.ts';
import { warningText } from '../../desk/problems.ts';
import { amountIn, dateText, money } from '../../desk/text.ts';
import { isInDoubt } from './refunds.ts';
import { say } from './words.ts';

/** The input of the form before it is confirmed. */
export interface Wanted {
  readonly request: CancelRequest;
  readonly amount: number;
  /** The end of the account and its holder, for the check by the customer. */
  readonly destination?: string;
}

/** Why there is no form; undefined: there is one. */
export function whyNoForm(payment: Payment): string | undefined {
  const { status, cancelable_amount: left, refundable } = payment;
  if (status === 'ready' || status === 'failed') return say('noForm_unpaid');
  if (isInDoubt(payment)) return say('noForm_doubt');
  if (left === 0) return say('noForm_all');
  if (refundable?.full !== false || refundable.partial) return undefined;
  const { possible_from: from } = refundable;
  return from === undefined ? say('noForm_rule') : `${say('noForm_rule')} ${dayText('possibleFrom', from)}`;
}

function dayText(word: 'possibleFrom' | 'possibleUntil', seconds: number): string {
  return say(word, { date: dateText(seconds) });
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

/** The form that requests a refund of one payment. Its input is kept only in the fields. */
export class RefundForm {
  readonly #changed: () => void;
  readonly #submit: (wanted: Wanted) => void;
  #isPart = false;
  /** Fields that the service has asked for. */
  #asked: readonly string[] = [];
  #faults: Readonly<Record<string, string>> = {};

  constructor(on: { readonly changed: () => void; readonly submit: (wanted: Wanted) => void }) {
    this.#changed = on.changed;
    this.#submit = on.submit;
  }

  view(payment: Payment, isOff: boolean): TemplateResult {
    const { currency, amount, cancelable_amount: left, refundable } = payment;
    const isPartial = refundable?.partial !== false;
    const whole = say(left === amount ? 'everything' : 'rest', { amount: money(left, currency) });
    const hint = say('amountHint', { left: money(left, currency) });
    return html`<form
      novalidate
      @submit=${(event: SubmitEvent) => this.#read(event, payment)}
      @input=${(event: InputEvent) => this.#mended(event)}
    >
      <fieldset>
        <legend>${say('howMuch')}</legend>
        <label>${this.#radio('all')} ${whole}</label>
        ${isPartial ? html`<label>${this.#radio('part')} ${say('part')}</label>` : nothing}
      </fieldset>
      ${isPartial ? nothing : html`<p><small>${say('onlyAll')}</small></p>`}
      ${refundable?.until === undefined ? nothing : html`<p><small>${dayText('possibleUntil', refundable.until)}</small></p>`}
      ${warningsView(payment)}
      ${this.#isPart && isPartial ? this.#field('amount', say('partAmount'), textInput('decimal'), hint) : nothing}
      ${this.#account(payment)} ${this.#field('reason', say('reason'), textInput('text'))}
      <button type="submit" ?disabled=${isOff}>${say('request')}</button>
    </form>`;
  }

  /** Marks the fields that a refusal names, and shows the fields that the service needs. */
  mark({ errors = [] }: Problem): void {
    const named = namedIn(errors);
    this.#asked = [...this.#asked, ...named];
    this.#faults = Object.fromEntries(named.map((name) => [name, say('field_wrong')]));
  }

  clear(): void {
    this.#isPart = false;
    this.#faults = {};
  }

  #radio(value: 'all' | 'part'): TemplateResult {
    const choose = (): void => {
      this.#isPart = value === 'part';
      this.#changed();
    };
    return html`<input
      type="radio"
      name="which"
      value=${value}
      .checked=${live(this.#isPart === (value === 'part'))}
      @change=${choose}
    />`;
  }

  #account(payment: Payment): TemplateResult | typeof nothing {
    const fields = accountFieldsOf(payment, this.#asked, Date.now());
    if (fields.length === 0) return nothing;
    return html`<fieldset>
      <legend>${say('account')}</legend>
      <p><small>${say('accountHint')}</small></p>
      ${fields.map((name) => this.#field(name, say(name), accountControl(name, payment, say('chooseBank'))))}
    </fieldset>`;
  }

  #field(name: string, label: string, control: Control, hint = ''): TemplateResult {
    return field({ name, label, control, hint, fault: this.#faults[name] });
  }

  /** Input removes the error mark until the next check. */
  #mended({ target }: InputEvent): void {
    const name = target instanceof HTMLElement ? (target.getAttribute('name') ?? '') : '';
    const { [name]: _, ...others } = this.#faults;
    this.#faults = others;
    this.#changed();
  }

  #read(event: SubmitEvent, payment: Payment): void {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const { merchant_uid, imp_uid, currency, cancelable_amount: left } = payment;
    const textOf = valuesOf(form);
    const read = this.#isPart ? amountIn(textOf('amount'), currency, left) : { amount: left };
    const account = accountFieldsOf(payment, this.#asked, Date.now()).map(
      (name) => [name, textOf(name)] as const,
    );
    const faults: Record<string, string> = {};
    for (const [name, value] of account) {
      const fault = accountFault(name, value);
      if (fault !== undefined) faults[name] = say(fault);
    }
    const values = { left: money(left, currency), n: exponentOf(currency) ?? 0 };
    if ('fault' in read) faults['amount'] = say(`amount_${read.fault}`, values);
    this.#faults = faults;
    this.#changed();
    if ('fault' in read || Object.keys(faults).length > 0) {
      form.querySelector<HTMLElement>('[aria-invalid]')?.focus();
      return;
    }
    const [reason, number] = [textOf('reason'), textOf('refund_account')];
    const request = {
      merchant_uid,
      imp_uid,
      ...(this.#isPart ? { cancel_request_amount: read.amount } : {}),
      // The balance that was shown; if it has changed, the service refuses.
      checksum: left,
      ...(reason === '' ? {} : { reason }),
      ...Object.fromEntries(account),
    };
    const destination =
      number === '' ? {} : { destination: `···${number.slice(-4)} (${textOf('refund_holder')})` };
    this.#submit({ request, amount: read.amount, ...destination });
  }
}
