import { html, nothing, type TemplateResult } from 'lit-html';
import { ACCOUNT_FIELDS } from '../../functions/refund/intent.ts';
import { omitMissing } from '../../functions/refund/omit-missing.ts';
import { banksOf } from '../../functions/refund/pg/banks.ts';
import { accountFieldsOf as neededBy } from '../../functions/refund/pg/rules.ts';
import { fromSeconds } from '../../functions/refund/unix-seconds.ts';
import type { Payment } from '../client/types.ts';

/** Form fields shared by the desk and the demo shop. The browser stores no input. */

export const ACCOUNT = ['refund_bank', 'refund_account', 'refund_holder', 'refund_tel'] as const;
export type AccountField = (typeof ACCOUNT)[number];

/** The API's limits, in characters. */
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

/** The account fields that the PG's rules need (PG-FACTS 4). `asked`: fields that the service has requested. */
export function accountFieldsOf(
  { pg_provider: pgProvider, pay_method: payMethod, paid_at: paidAt }: Payment,
  asked: readonly string[],
  nowMs: number,
): readonly AccountField[] {
  const paid = omitMissing({ pgProvider, payMethod, paidAtMs: fromSeconds(paidAt) });
  const needed: readonly string[] = neededBy(paid, nowMs).map((name) => ACCOUNT_FIELDS[name]);
  return ACCOUNT.filter((name) => needed.includes(name) || asked.includes(name));
}

/** The error of an account field, as the name of its text. */
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
  /** For a page with several fields of the same name. @default the name */
  readonly id?: string;
}

/** A control with its label, hint and error, which a screen reader reads together. */
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

/** For a PG without a published bank table the code is typed, and i'mport validates it. */
export function accountControl(
  name: AccountField,
  { pg_provider: pg }: Payment,
  chooseBank: string,
): Control {
  const banks = Object.entries(banksOf(pg ?? undefined) ?? {});
  if (name === 'refund_bank' && banks.length > 0) return select(chooseBank, banks);
  return textInput(name === 'refund_account' || name === 'refund_tel' ? 'numeric' : 'text');
}

type Work = (textOf: (name: string) => string, form: HTMLFormElement) => unknown;

/** Handles the submission of a form by its trimmed values; a missing field is empty. */
export function submitted(work: Work): (event: SubmitEvent) => void {
  return (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const data = new FormData(form);
    const textOf = (name: string): string => {
      const value = data.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    void work(textOf, form);
  };
}

/** The form's names of the fields in the service's `errors`. */
export function namedIn(errors: readonly { readonly pointer: string }[]): readonly string[] {
  return errors.map(({ pointer }) => pointer.replace(/^#?\//, '').replace('cancel_request_amount', 'amount'));
}
