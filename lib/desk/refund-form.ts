import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { exponentOf } from '../../functions/refund/currencies.ts';
import type { CancelRequest, Problem } from '../client/types.ts';
import type { Payment } from './api.ts';
import {
  accountControl,
  accountFault,
  accountFieldsOf,
  field,
  namedIn,
  select,
  textInput,
  valuesOf,
  type Control,
} from './fields.ts';
import { warningText } from './problems.ts';
import { amountIn, dateText, money, type Amount } from './text.ts';
import { nameOf, say } from './words.ts';

/** The input before its confirmation. */
export interface Wanted {
  readonly request: CancelRequest;
  readonly amount: number;
  readonly reason: string;
  /** The last digits of the account and its holder, for the check by the person. */
  readonly destination: string | undefined;
}

const REASONS = ['mind', 'defect', 'wrong', 'stock', 'delay', 'twice', 'other'] as const;
const TAXES = ['tax_free', 'vat_amount'] as const;
const FLAGS = ['escrow_confirmed', 'retain_promotion'] as const;
/** Warnings that a form field resolves. */
const OF_TAXES: ReadonlySet<string> = new Set(['tax_free_unnamed', 'vat_unnamed', 'tosspay_vat_unnamed']);
const MOST_REASON = 256;

type Faults = Readonly<Record<string, string>>;

export function isInDoubt({ refunds = [] }: Payment): boolean {
  return refunds.some(({ status }) => status === 'unknown');
}

export function methodOf({ pay_method: method, pg_provider: pg }: Payment): string {
  return [nameOf('method', method), nameOf('pg', pg)].filter((each) => each !== '').join(' · ');
}

/** The state of the payment, as the name of its text. */
export function stateOf(payment: Payment): string {
  const { status, amount, cancelable_amount: left } = payment;
  if (isInDoubt(payment)) return 'doubt';
  if (status === 'ready' || status === 'failed') return status;
  return left === 0 ? 'all' : left < amount ? 'part' : 'paid';
}

function closed(text: string) {
  return { isOpen: false, view: html`<p class="notice">${text}</p>` };
}

/** What can be refunded now. `isOpen`: the form is shown. */
export function refundableView(payment: Payment): {
  readonly isOpen: boolean;
  readonly view: TemplateResult;
} {
  const { status, cancelable_amount: left, refundable } = payment;
  const { full = true, partial = true, until, possible_from: from, warnings = [] } = refundable ?? {};
  if (status === 'ready' || status === 'failed') return closed(say('mayNot_unpaid'));
  if (isInDoubt(payment)) return closed(say('mayNot_doubt'));
  if (left === 0) return closed(say('mayNot_all'));
  if (!full && !partial)
    return closed(
      [say('mayNot'), ...(from === undefined ? [] : [say('possibleFrom', { date: dateText(from) })])].join(
        ' ',
      ),
    );
  const may = full ? (partial ? 'may_both' : 'may_full') : 'may_partial';
  const view = html`<p>
      ${say(may)} ${until === undefined ? nothing : say('possibleUntil', { date: dateText(until) })}
    </p>
    ${
      warnings.length === 0
        ? nothing
        : html`<ul class="notice">
            ${warnings.map((name) => html`<li>${warningText(name)}</li>`)}
          </ul>`
    }`;
  return { isOpen: true, view };
}

/** The refund form of one payment. Its input is kept only in the fields. */
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
    const { currency, cancelable_amount: left, refundable } = payment;
    const { full = true, partial = true } = refundable ?? {};
    if (!full) this.#isPart = true;
    const hint = say('amountHint', { left: money(left, currency) });
    return html`<form
      class="refund"
      novalidate
      @submit=${(event: SubmitEvent) => this.#read(event, payment)}
      @input=${(event: InputEvent) => this.#mended(event)}
    >
      <fieldset>
        <legend>${say('howMuch')}</legend>
        ${full ? html`<label>${this.#radio('all')} ${say('everything', { amount: money(left, currency) })}</label>` : nothing}
        ${partial ? html`<label>${this.#radio('part')} ${say('part')}</label>` : nothing}
      </fieldset>
      ${this.#isPart ? this.#field('amount', say('partAmount'), textInput('decimal'), hint) : nothing}
      ${this.#field(
        'why',
        say('reason'),
        select(
          say('chooseReason'),
          REASONS.map((name) => [name, nameOf('reason', name)]),
        ),
      )}
      ${this.#field('reason', say('reasonDetail'), textInput('text'))}
      ${this.#field('reference', say('reference'), textInput('text'), say('referenceHint'))}
      ${this.#account(payment)} ${this.#more(payment)}
      <button type="submit" ?disabled=${isOff}>${say('next')}</button>
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

  #field(name: string, label: string, control: Control, hint = ''): TemplateResult {
    return field({ name, label, control, hint, fault: this.#faults[name] });
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

  /** Open if a rule of the PG concerns it. */
  #more({ refundable }: Payment): TemplateResult {
    const isWarned = (refundable?.warnings ?? []).some((name) => OF_TAXES.has(name));
    return html`<details ?open=${isWarned && this.#isPart}>
      <summary>${say('more')}</summary>
      ${this.#isPart ? TAXES.map((name) => this.#field(name, say(name), textInput('decimal'))) : html`<p><small>${say('taxHint')}</small></p>`}
      ${FLAGS.map((name) => html`<label><input type="checkbox" name=${name} value="yes" /> ${say(name)}</label>`)}
    </details>`;
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
    const textOf = valuesOf(form);
    const read = readForm(textOf, payment, { isPart: this.#isPart, asked: this.#asked });
    this.#faults = 'faults' in read ? read.faults : {};
    this.#changed();
    if ('faults' in read) form.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    else this.#submit(read.wanted);
  }
}

interface How {
  readonly isPart: boolean;
  readonly asked: readonly string[];
}

function readForm(
  textOf: (name: string) => string,
  payment: Payment,
  { isPart, asked }: How,
): { readonly wanted: Wanted } | { readonly faults: Faults } {
  const { currency, cancelable_amount: left } = payment;
  const values = { left: money(left, currency), n: exponentOf(currency) ?? 0 };
  const faultIn = (read: Amount): string | undefined =>
    'fault' in read ? say(`amount_${read.fault}`, values) : undefined;
  const part = isPart ? amountIn(textOf('amount'), currency, left) : { amount: left };
  const taxes = TAXES.filter((name) => isPart && textOf(name) !== '').map(
    (name) => [name, taxIn(textOf(name), currency, left)] as const,
  );
  const account = accountFieldsOf(payment, asked, Date.now()).map((name) => [name, textOf(name)] as const);
  const { reason, faults: ofReason } = reasonIn(textOf('why'), textOf('reason'));
  const faults = Object.entries({
    amount: faultIn(part),
    ...ofReason,
    ...Object.fromEntries(taxes.map(([name, read]) => [name, faultIn(read)])),
    ...Object.fromEntries(account.map(([name, value]) => [name, faultOf(name, value)])),
  }).filter((fault): fault is [string, string] => fault[1] !== undefined);
  if (faults.length > 0 || 'fault' in part) return { faults: Object.fromEntries(faults) };
  const { merchant_uid, imp_uid } = payment;
  const reference = textOf('reference');
  const request = {
    merchant_uid,
    imp_uid,
    ...(isPart ? { cancel_request_amount: part.amount } : {}),
    // The balance that was shown; if it has changed, the service refuses.
    checksum: left,
    reason,
    ...(reference === '' ? {} : { reference }),
    ...Object.fromEntries(taxes.flatMap(([name, read]) => ('amount' in read ? [[name, read.amount]] : []))),
    ...Object.fromEntries(FLAGS.filter((name) => textOf(name) === 'yes').map((name) => [name, true])),
    ...Object.fromEntries(account),
  };
  const number = textOf('refund_account');
  const destination = number === '' ? undefined : `···${number.slice(-4)} (${textOf('refund_holder')})`;
  return { wanted: { request, amount: part.amount, reason, destination } };
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
function taxIn(text: string, currency: string, left: number): Amount {
  const read = amountIn(text, currency, left);
  return 'fault' in read && read.fault === 'zero' ? { amount: 0 } : read;
}

function faultOf(name: Parameters<typeof accountFault>[0], value: string): string | undefined {
  const fault = accountFault(name, value);
  return fault === undefined ? undefined : say(fault);
}
