import { html, nothing, type TemplateResult } from 'lit-html';
import { ACCOUNT_FIELDS } from '../../functions/refund/intent.ts';
import { koreanMonth } from '../../functions/refund/korea-time.ts';
import { banksOf } from '../../functions/refund/pg/banks.ts';
import { RULES, type Rule } from '../../functions/refund/pg/rules.ts';
import type { Payment } from '../client/types.ts';

/** Fields of a form: what the desk and the demo shop have in common. Nothing that is typed is kept by the browser. */

export const ACCOUNT = ['refund_bank', 'refund_account', 'refund_holder', 'refund_tel'] as const;
export type AccountField = (typeof ACCOUNT)[number];

/** In characters, as the API has them. */
const LENGTHS: Readonly<Record<string, number>> = {
  reason: 256,
  reference: 100,
  refund_bank: 4,
  refund_account: 32,
  refund_holder: 50,
  refund_tel: 20,
  evidence: 500,
  note: 500,
};
const AMOUNT_LENGTH = 20;

function has(names: Rule['pgs'], name: string | null): boolean {
  const isListed = (list: string): boolean => list.split(' ').includes(name ?? '');
  return typeof names === 'string' ? isListed(names) : !isListed(names.not);
}

/** What the rules of the PG ask for an account, before the service has to (PG-FACTS 4). `asked`: what it has asked for. */
export function accountFieldsOf(
  payment: Payment,
  asked: readonly string[],
  nowMs: number,
): readonly AccountField[] {
  const isLate = koreanMonth(payment.paid_at * 1_000) !== koreanMonth(nowMs);
  const needed = RULES.asked
    .filter(({ pgs, methods }) => has(pgs, payment.pg_provider) && has(methods, payment.pay_method))
    .flatMap(({ when }) => {
      if (when.kind === 'account_lacks') return when.fields;
      return when.kind === 'late_account_lacks' && isLate ? when.fields : [];
    })
    .map((name): string => ACCOUNT_FIELDS[name]);
  return ACCOUNT.filter((name) => needed.includes(name) || asked.includes(name));
}

/** What is wrong with a field of an account, by the name of its words. */
export function accountFault(
  name: AccountField,
  value: string,
): 'field_missing' | 'field_digits' | undefined {
  if (value === '') return 'field_missing';
  const isNumber = name === 'refund_account' || name === 'refund_tel';
  return isNumber && !/^\+?[\d-]*\d[\d-]*$/.test(value) ? 'field_digits' : undefined;
}

export type Control = (name: string, marks: Marks) => TemplateResult;

interface Marks {
  readonly invalid: 'true' | typeof nothing;
  readonly describedBy: string | typeof nothing;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly control: Control;
  readonly hint?: string;
  readonly fault?: string | undefined;
  /** Where a page has several fields of the name. @default the name */
  readonly id?: string;
}

/** A control with its label, and with what is to be said of it, which a screen reader reads along. */
export function field({ name, label, control, hint = '', fault, id = name }: Field): TemplateResult {
  const told = fault ?? hint;
  const marks = {
    invalid: fault === undefined ? nothing : 'true',
    describedBy: told === '' ? nothing : `told-${id}`,
  } as const;
  return html`<label>${label} ${control(name, marks)}</label>
    ${told === '' ? nothing : html`<small id="told-${id}">${told}</small>`}`;
}

export function textInput(mode: 'text' | 'numeric' | 'decimal'): Control {
  return (name, { invalid, describedBy }) =>
    html`<input
      name=${name}
      inputmode=${mode}
      maxlength=${LENGTHS[name] ?? AMOUNT_LENGTH}
      autocomplete="off"
      aria-invalid=${invalid}
      aria-describedby=${describedBy}
    />`;
}

export const textArea: Control = (name, { invalid, describedBy }) =>
  html`<textarea
    name=${name}
    rows="3"
    maxlength=${LENGTHS[name] ?? AMOUNT_LENGTH}
    autocomplete="off"
    aria-invalid=${invalid}
    aria-describedby=${describedBy}
  ></textarea>`;

export function select(first: string, choices: readonly (readonly [value: string, text: string])[]): Control {
  return (name, { invalid, describedBy }) =>
    html`<select name=${name} autocomplete="off" aria-invalid=${invalid} aria-describedby=${describedBy}>
      <option value="">${first}</option>
      ${choices.map(([value, text]) => html`<option value=${value}>${text}</option>`)}
    </select>`;
}

/** A PG whose table of banks is not published: its codes are typed, and i'mport is the judge. */
export function accountControl(
  name: AccountField,
  { pg_provider: pg }: Payment,
  chooseBank: string,
): Control {
  const banks = Object.entries(banksOf(pg ?? undefined) ?? {});
  if (name === 'refund_bank' && banks.length > 0) return select(chooseBank, banks);
  return textInput(name === 'refund_account' || name === 'refund_tel' ? 'numeric' : 'text');
}

/** What stands in a form, trimmed; a field that is not there is empty. */
export function valuesOf(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form);
  return (name) => {
    const value = data.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
}

/** The fields that a service's `errors` name, as the form calls them. */
export function namedIn(errors: readonly { readonly pointer: string }[]): readonly string[] {
  return errors.map(({ pointer }) => pointer.replace(/^#?\//, '').replace('cancel_request_amount', 'amount'));
}
