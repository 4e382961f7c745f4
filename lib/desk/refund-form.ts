import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { exponentOf } from '../../functions/refund/currencies.ts';
import type { CancelRequest, Payment, PaymentSummary, Problem } from '../client/types.ts';
import {
  accountControl,
  accountFault,
  accountFieldsOf,
  field,
  namedIn,
  submitted,
  textInput,
  type Control,
} from './fields.ts';
import { amountIn, dateText, money, type Amount } from './text.ts';
import type { Say } from './words.ts';

/** The input before its confirmation. */
export interface Wanted {
  readonly request: CancelRequest;
  readonly amount: number;
  /** The last digits of the account and its holder, for the check by the person. */
  readonly destination?: string | undefined;
}

type Faults = Readonly<Record<string, string | undefined>>;

/** What a page adds to the form. */
interface Additions {
  readonly everything: string;
  readonly notes?: TemplateResult;
  readonly fields: TemplateResult;
  readonly submit: string;
}

/** The added fields, read from the form. */
export interface AddedInput {
  readonly faults: Faults;
  readonly request: Partial<CancelRequest>;
}

export function isInDoubt({ refunds = [] }: Payment): boolean {
  return refunds.some(({ status }) => status === 'unknown');
}

/** The state of a payment, as the name of its text. */
export function stateOf(
  {
    status,
    amount,
    cancelable_amount: left,
  }: Pick<PaymentSummary, 'status' | 'amount' | 'cancelable_amount'>,
  isDoubted: boolean,
): string {
  if (isDoubted) return 'doubt';
  if (status === 'ready' || status === 'failed') return status;
  return left === 0 ? 'all' : left < amount ? 'part' : 'paid';
}

/** Why nothing can be refunded now; undefined: the form is shown. */
export function whyNoForm(payment: Payment, say: Say): string | undefined {
  const { status, cancelable_amount: left, refundable } = payment;
  const { full = true, partial = true, possible_from: from } = refundable ?? {};
  if (status === 'ready' || status === 'failed') return say('mayNot_unpaid');
  if (isInDoubt(payment)) return say('mayNot_doubt');
  if (left === 0) return say('mayNot_all');
  if (full || partial) return undefined;
  return from === undefined
    ? say('mayNot_rule')
    : `${say('mayNot_rule')} ${say('possibleFrom', { date: dateText(from) })}`;
}

/** The form that requests a refund of one payment, of the desk and of the shop. Its input is kept only in the fields. */
export abstract class RefundForm {
  readonly #say: Say;
  readonly #changed: () => void;
  readonly #submit: (wanted: Wanted) => void;
  #isPart = false;
  /** Fields that the service has asked for. */
  #asked: readonly string[] = [];
  #faults: Faults = {};

  constructor(on: {
    readonly say: Say;
    readonly changed: () => void;
    readonly submit: (wanted: Wanted) => void;
  }) {
    this.#say = on.say;
    this.#changed = on.changed;
    this.#submit = on.submit;
  }

  protected abstract additions(payment: Payment, isPart: boolean): Additions;
  protected abstract added(textOf: (name: string) => string, payment: Payment, isPart: boolean): AddedInput;

  view(payment: Payment, isOff: boolean): TemplateResult {
    const { currency, cancelable_amount: left, refundable } = payment;
    const { full = true, partial = true } = refundable ?? {};
    this.#isPart = partial && (this.#isPart || !full);
    const say = this.#say;
    const { everything, notes, fields, submit } = this.additions(payment, this.#isPart);
    const hint = say('amountHint', { left: money(left, currency) });
    return html`<form
      class="refund"
      novalidate
      @submit=${submitted((textOf, form) => this.#read(textOf, form, payment))}
      @input=${(event: InputEvent) => this.#mended(event)}
    >
      <fieldset>
        <legend>${say('howMuch')}</legend>
        ${full ? html`<label>${this.#radio('all')} ${everything}</label>` : nothing}
        ${partial ? html`<label>${this.#radio('part')} ${say('part')}</label>` : nothing}
      </fieldset>
      ${notes ?? nothing}
      ${this.#isPart ? this.field('amount', say('partAmount'), textInput('decimal'), hint) : nothing}
      ${fields}
      <button type="submit" ?disabled=${isOff}>${submit}</button>
    </form>`;
  }

  /** Marks the fields that a refusal names, and shows the fields that the service needs. */
  mark({ errors = [] }: Problem): void {
    const named = namedIn(errors);
    this.#asked = [...this.#asked, ...named];
    this.#faults = Object.fromEntries(named.map((name) => [name, this.#say('field_wrong')]));
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

  protected field(name: string, label: string, control: Control, hint = ''): TemplateResult {
    return field({ name, label, control, hint, fault: this.#faults[name] });
  }

  protected account(payment: Payment): TemplateResult | typeof nothing {
    const fields = accountFieldsOf(payment, this.#asked, Date.now());
    if (fields.length === 0) return nothing;
    return html`<fieldset>
      <legend>${this.#say('account')}</legend>
      <p><small>${this.#say('accountHint')}</small></p>
      ${fields.map((name) => this.field(name, this.#say(name), accountControl(name, payment, this.#say('chooseBank'))))}
    </fieldset>`;
  }

  /** Input removes the error mark until the next check. */
  #mended({ target }: InputEvent): void {
    const name = target instanceof HTMLElement ? (target.getAttribute('name') ?? '') : '';
    const { [name]: _, ...others } = this.#faults;
    this.#faults = others;
    this.#changed();
  }

  #read(textOf: (name: string) => string, form: HTMLFormElement, payment: Payment): void {
    const { merchant_uid, imp_uid, currency, cancelable_amount: left } = payment;
    const part = this.#isPart ? amountIn(textOf('amount'), currency, left) : { amount: left };
    const account = accountFieldsOf(payment, this.#asked, Date.now()).map(
      (name) => [name, textOf(name)] as const,
    );
    const added = this.added(textOf, payment, this.#isPart);
    this.#faults = {
      amount: amountFault(part, payment, this.#say),
      ...added.faults,
      ...Object.fromEntries(account.map(([name, value]) => [name, this.#accountFault(name, value)])),
    };
    this.#changed();
    if ('fault' in part || Object.values(this.#faults).some((fault) => fault !== undefined)) {
      form.querySelector<HTMLElement>('[aria-invalid]')?.focus();
      return;
    }
    const request = {
      merchant_uid,
      imp_uid,
      ...(this.#isPart ? { cancel_request_amount: part.amount } : {}),
      // The balance that was shown; if it has changed, the service refuses.
      checksum: left,
      ...added.request,
      ...Object.fromEntries(account),
    };
    const number = textOf('refund_account');
    const destination = number === '' ? undefined : `···${number.slice(-4)} (${textOf('refund_holder')})`;
    this.#submit({ request, amount: part.amount, destination });
  }

  #accountFault(...read: Parameters<typeof accountFault>): string | undefined {
    const fault = accountFault(...read);
    return fault === undefined ? undefined : this.#say(fault);
  }
}

export function amountFault(
  read: Amount,
  { currency, cancelable_amount: left }: Payment,
  say: Say,
): string | undefined {
  if (!('fault' in read)) return undefined;
  return say(`amount_${read.fault}`, { left: money(left, currency), n: exponentOf(currency) ?? 0 });
}
