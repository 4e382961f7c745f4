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
  type AccountField,
  type Control,
} from '../../desk/fields.ts';
import { warningText } from '../../desk/problems.ts';
import { amountIn, dateText, money, type Amount } from '../../desk/text.ts';
import { isInDoubt } from './refund-steps.ts';
import { say } from './words.ts';

/** What somebody has filled in and not yet confirmed. */
export interface Wanted {
  readonly request: CancelRequest;
  readonly amount: number;
  /** The bank and the end of the account, as people check it. */
  readonly destination: string | undefined;
}

type Account = Readonly<Partial<Record<AccountField, string>>>;
type Faults = Readonly<Record<string, string>>;

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

/** That the PG may refuse it; what the shop has to take care of is not the customer's. */
function warningsView({ refundable }: Payment): TemplateResult | typeof nothing {
  const told = (refundable?.warnings ?? []).filter((name) =>
    RULES.mayFail.some((rule) => rule.name === name),
  );
  if (told.length === 0) return nothing;
  return html`<ul class="notice">
    ${told.map((name) => html`<li>${warningText(name)}</li>`)}
  </ul>`;
}

/** The form that requests a refund of one payment. What is typed stands in its fields, and nowhere else. */
export class RefundForm {
  readonly #changed: () => void;
  readonly #submit: (wanted: Wanted) => void;
  #isPart = false;
  /** Fields that the service has asked for. */
  #asked: readonly string[] = [];
  #faults: Faults = {};

  constructor(on: { readonly changed: () => void; readonly submit: (wanted: Wanted) => void }) {
    this.#changed = on.changed;
    this.#submit = on.submit;
  }

  view(payment: Payment, isOff: boolean): TemplateResult {
    const { currency, amount, cancelable_amount: left, refundable } = payment;
    const account = accountFieldsOf(payment, this.#asked, Date.now());
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
        <label>${this.#radio('all', !this.#isPart)} ${whole}</label>
        ${isPartial ? html`<label>${this.#radio('part', this.#isPart)} ${say('part')}</label>` : nothing}
      </fieldset>
      ${isPartial ? nothing : html`<p><small>${say('onlyAll')}</small></p>`}
      ${refundable?.until === undefined ? nothing : html`<p><small>${dayText('possibleUntil', refundable.until)}</small></p>`}
      ${warningsView(payment)}
      ${this.#isPart && isPartial ? this.#field('amount', say('partAmount'), textInput('decimal'), hint) : nothing}
      ${account.length > 0 ? this.#account(payment, account) : nothing}
      ${this.#field('reason', say('reason'), textInput('text'))}
      <button type="submit" ?disabled=${isOff}>${say('request')}</button>
    </form>`;
  }

  /** Marks the fields that the service has named in a refusal, and shows those that it wants. */
  mark({ errors = [] }: Problem): void {
    const named = namedIn(errors);
    this.#asked = [...this.#asked, ...named];
    this.#faults = Object.fromEntries(named.map((name) => [name, say('field_wrong')]));
  }

  clear(): void {
    this.#isPart = false;
    this.#faults = {};
  }

  #radio(value: 'all' | 'part', isChecked: boolean): TemplateResult {
    const choose = (): void => {
      this.#isPart = value === 'part';
      this.#changed();
    };
    return html`<input
      type="radio"
      name="which"
      value=${value}
      .checked=${live(isChecked)}
      @change=${choose}
    />`;
  }

  #account(payment: Payment, fields: readonly AccountField[]): TemplateResult {
    return html`<fieldset>
      <legend>${say('account')}</legend>
      <p><small>${say('accountHint')}</small></p>
      ${fields.map((name) => this.#field(name, say(name), accountControl(name, payment, say('chooseBank'))))}
    </fieldset>`;
  }

  #field(name: string, label: string, control: Control, hint = ''): TemplateResult {
    return field({ name, label, control, hint, fault: this.#faults[name] });
  }

  /** What is being mended is not wrong any more until it is read again. */
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
    const textOf = valuesOf(form);
    const read = this.#isPart
      ? amountIn(textOf('amount'), payment.currency, payment.cancelable_amount)
      : undefined;
    const account = accountFieldsOf(payment, this.#asked, Date.now()).map(
      (name) => [name, textOf(name)] as const,
    );
    this.#faults = faultsIn(read, account, payment);
    this.#changed();
    if (Object.keys(this.#faults).length > 0) form.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    else this.#submit(wantedOf(payment, read, Object.fromEntries(account), textOf('reason')));
  }
}

function faultsIn(
  read: Amount | undefined,
  account: readonly (readonly [AccountField, string])[],
  { currency, cancelable_amount: left }: Payment,
): Faults {
  const values = { left: money(left, currency), n: exponentOf(currency) ?? 0 };
  const amount =
    read !== undefined && 'fault' in read ? [['amount', say(`amount_${read.fault}`, values)] as const] : [];
  const wrong = account.flatMap(([name, value]) => {
    const fault = accountFault(name, value);
    return fault === undefined ? [] : [[name, say(fault)] as const];
  });
  return Object.fromEntries([...amount, ...wrong]);
}

/** With the sum that was shown as left: if that has changed, by another tab or by the shop, nothing is refunded. */
function wantedOf(
  { merchant_uid, imp_uid, cancelable_amount: checksum }: Payment,
  read: Amount | undefined,
  account: Account,
  reason: string,
): Wanted {
  const amount = read !== undefined && 'amount' in read ? read.amount : checksum;
  const asked = read === undefined ? { checksum } : { cancel_request_amount: amount, checksum };
  const { refund_account: number, refund_holder: holder } = account;
  return {
    request: { merchant_uid, imp_uid, ...asked, ...(reason === '' ? {} : { reason }), ...account },
    amount,
    destination: number === undefined ? undefined : `···${number.slice(-4)} (${holder ?? ''})`,
  };
}
