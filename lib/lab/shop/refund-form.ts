import { html, nothing, type TemplateResult } from 'lit-html';
import { exponentOf } from '../../../functions/refund/currencies.ts';
import { banksOf } from '../../../functions/refund/pg/banks.ts';
import type { CancelRequest, Payment, Problem } from '../../client/refund-client.ts';
import { isInDoubt } from './refund-steps.ts';
import { amountIn, dateText, money, say, type Amount } from './text.ts';

/** What somebody has filled in and not yet confirmed. */
export interface Wanted {
  readonly request: CancelRequest;
  readonly amount: number;
  /** The bank and the end of the account, as people check it. */
  readonly destination: string | undefined;
}

const ACCOUNT = ['refund_bank', 'refund_account', 'refund_holder', 'refund_tel'] as const;
type AccountField = (typeof ACCOUNT)[number];
type Account = Readonly<Partial<Record<AccountField, string>>>;
type Field = 'amount' | 'reason' | AccountField;
type Faults = Readonly<Partial<Record<Field, string>>>;
/** In characters, as the API has them. */
const LENGTHS = {
  amount: 20,
  reason: 256,
  refund_bank: 4,
  refund_account: 32,
  refund_holder: 50,
  refund_tel: 20,
};

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

/** The form that requests a refund of one payment. What is typed stands in its fields, and nowhere else. */
export class RefundForm {
  readonly #changed: () => void;
  readonly #submit: (wanted: Wanted) => void;
  #isPart = false;
  /** Fields of an account that the service has asked for. */
  #asked: readonly Field[] = [];
  #faults: Faults = {};

  constructor(on: { readonly changed: () => void; readonly submit: (wanted: Wanted) => void }) {
    this.#changed = on.changed;
    this.#submit = on.submit;
  }

  view(payment: Payment, isOff: boolean): TemplateResult {
    const { currency, amount, cancelable_amount: left, refundable } = payment;
    const account = this.#accountFields(payment);
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
      ${this.#isPart && isPartial ? this.#field('amount', say('partAmount'), textInput('decimal'), hint) : nothing}
      ${account.length > 0 ? this.#account(payment, account) : nothing}
      ${this.#field('reason', say('reason'), textInput('text'))}
      <button type="submit" ?disabled=${isOff}>${say('request')}</button>
    </form>`;
  }

  /** Marks the fields that the service has named in a refusal, and shows those of an account that it wants. */
  mark({ errors = [] }: Problem): void {
    const named = errors.map(({ pointer }) =>
      pointer.replace(/^#?\//, '').replace('cancel_request_amount', 'amount'),
    );
    this.#asked = ACCOUNT.filter((name) => named.includes(name) || this.#asked.includes(name));
    const wrong = (['amount', 'reason', ...ACCOUNT] as const).filter((name) => named.includes(name));
    this.#faults = Object.fromEntries(wrong.map((name) => [name, say('field_wrong')]));
  }

  clear(): void {
    this.#isPart = false;
    this.#faults = {};
  }

  #accountFields({ pay_method: method }: Payment): readonly AccountField[] {
    return ACCOUNT.filter(
      (name) => (method === 'vbank' && name !== 'refund_tel') || this.#asked.includes(name),
    );
  }

  #radio(value: 'all' | 'part', isChecked: boolean): TemplateResult {
    const choose = (): void => {
      this.#isPart = value === 'part';
      this.#changed();
    };
    return html`<input type="radio" name="which" value=${value} .checked=${isChecked} @change=${choose} />`;
  }

  #account({ pg_provider: pg }: Payment, fields: readonly AccountField[]): TemplateResult {
    // A PG whose table is not published: its codes are typed, and i'mport is the judge.
    const banks = Object.entries(banksOf(pg ?? undefined) ?? {});
    const controlOf = (name: AccountField): Control => {
      if (name === 'refund_bank' && banks.length > 0) return bankSelect(banks);
      return textInput(name === 'refund_account' || name === 'refund_tel' ? 'numeric' : 'text');
    };
    return html`<fieldset>
      <legend>${say('account')}</legend>
      <p><small>${say('accountHint')}</small></p>
      ${fields.map((name) => this.#field(name, say(name), controlOf(name)))}
    </fieldset>`;
  }

  #field(name: Field, label: string, control: Control, hint = ''): TemplateResult {
    const fault = this.#faults[name];
    const told = fault ?? hint;
    const marks = {
      invalid: fault === undefined ? nothing : 'true',
      describedBy: told === '' ? nothing : `told-${name}`,
    } as const;
    return html`<label>${label} ${control(name, marks)}</label>
      ${told === '' ? nothing : html`<small id="told-${name}">${told}</small>`}`;
  }

  /** What is being mended is not wrong any more until it is read again. */
  #mended({ target }: InputEvent): void {
    const name = target instanceof HTMLElement ? (target.getAttribute('name') ?? '') : '';
    const { [name as Field]: _, ...others } = this.#faults;
    this.#faults = others;
    this.#changed();
  }

  #read(event: SubmitEvent, payment: Payment): void {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const data = new FormData(form);
    const textOf = (name: Field): string => {
      const value = data.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    const read = this.#isPart
      ? amountIn(textOf('amount'), payment.currency, payment.cancelable_amount)
      : undefined;
    const account = this.#accountFields(payment).map((name) => [name, textOf(name)] as const);
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
  const amount = read !== undefined && 'fault' in read ? { amount: say(`amount_${read.fault}`, values) } : {};
  const isNumber = (name: AccountField): boolean => name === 'refund_account' || name === 'refund_tel';
  const faultOf = (name: AccountField, value: string): string | undefined => {
    if (value === '') return say('field_missing');
    return isNumber(name) && !/^\+?[\d-]*\d[\d-]*$/.test(value) ? say('field_digits') : undefined;
  };
  const wrong = account.map(([name, value]) => [name, faultOf(name, value)] as const);
  return { ...amount, ...Object.fromEntries(wrong.filter(([, fault]) => fault !== undefined)) };
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

interface Marks {
  readonly invalid: 'true' | typeof nothing;
  readonly describedBy: string | typeof nothing;
}
type Control = (name: Field, marks: Marks) => TemplateResult;

/** Nothing that a browser keeps and offers again: accounts and reasons are nobody else's. */
function textInput(mode: 'text' | 'numeric' | 'decimal'): Control {
  return (name, { invalid, describedBy }) =>
    html`<input
      name=${name}
      inputmode=${mode}
      maxlength=${LENGTHS[name]}
      autocomplete="off"
      aria-invalid=${invalid}
      aria-describedby=${describedBy}
    />`;
}

function bankSelect(banks: readonly (readonly [string, string])[]): Control {
  return (name, { invalid, describedBy }) =>
    html`<select name=${name} aria-invalid=${invalid} aria-describedby=${describedBy}>
      <option value="">${say('chooseBank')}</option>
      ${banks.map(([code, bank]) => html`<option value=${code}>${bank}</option>`)}
    </select>`;
}
