import type { Payment } from '../../../client/refund-client.ts';
import { banksOf } from '../../../../functions/refund/pg/banks.ts';
import { element } from './elements.ts';
import { choice, Field, textInput } from './field.ts';
import { bankName, say } from './language.ts';

type Name = 'refund_holder' | 'refund_bank' | 'refund_account' | 'refund_tel';
export type Account = Readonly<Partial<Record<Name, string>>>;

const DIGITS = /^[\d-]*\d[\d-]*$/;

/** Where a refund cannot go back the way it came: the account of the customer. Held in the fields, and nowhere else. */
export class AccountFields {
  readonly root = element('fieldset', { class: 'account' });
  readonly #holder = new Field('refund_holder', say('holder'), textInput({ maxlength: '16' }));
  readonly #account = new Field(
    'refund_account',
    say('account'),
    textInput({ maxlength: '16', inputmode: 'numeric' }),
  );
  readonly #telephone = new Field(
    'refund_tel',
    say('telephone'),
    textInput({ maxlength: '16', inputmode: 'tel' }),
  );
  #bank: Field = new Field('refund_bank', say('bank'), choice([['', say('chooseBank')]]));
  #pg: string | null | undefined;

  /** The service names what it needs, if it is more than is known here. */
  show({ pay_method: method, pg_provider: pg }: Payment, asked: readonly string[] = []): void {
    const needed = method === 'vbank' || asked.length > 0;
    this.root.hidden = !needed;
    this.root.disabled = !needed;
    if (asked.length > 0) this.#telephone.root.hidden = !asked.includes('refund_tel');
    if (this.#pg === pg) return;
    this.#pg = pg;
    this.#telephone.root.hidden = !['smartro', 'smartro_v2', 'welcome'].includes(pg ?? '');
    const banks = Object.entries(banksOf(pg ?? undefined) ?? {}).map(
      ([code, name]) => [code, bankName(name)] as const,
    );
    // A PG whose table is not published: its codes are typed, and i'mport is the judge.
    const control =
      banks.length === 0 ? textInput({ maxlength: '4' }) : choice([['', say('chooseBank')], ...banks]);
    this.#bank = new Field('refund_bank', say('bank'), control);
    this.root.replaceChildren(
      element('legend', {}, say('accountTitle')),
      element('p', { class: 'hint' }, say('accountHint')),
      ...this.#fields().map(([, field]) => field.root),
    );
  }

  /** Undefined: something is missing or wrong, and marked. */
  read(): Account | undefined {
    if (this.root.hidden) return {};
    const shown = this.#fields().filter(([, field]) => !field.root.hidden);
    for (const [name, field] of shown) field.say(faultOf(name, field.value));
    const isWrong = shown.some(([, field]) => field.control.hasAttribute('aria-invalid'));
    return isWrong ? undefined : Object.fromEntries(shown.map(([name, field]) => [name, field.value]));
  }

  mark(names: readonly string[]): void {
    for (const [name, field] of this.#fields()) if (names.includes(name)) field.say(say('field_wrong'));
  }

  /** The bank and the end of the account, as people check it. */
  get destination(): string | undefined {
    if (this.root.hidden) return undefined;
    const { control } = this.#bank;
    const bank =
      control instanceof HTMLSelectElement ? (control.selectedOptions[0]?.text ?? '') : this.#bank.value;
    return `${bank} ···${this.#account.value.slice(-4)} (${this.#holder.value})`;
  }

  clear(): void {
    for (const [, field] of this.#fields()) {
      field.control.value = '';
      field.say(undefined);
    }
  }

  #fields(): readonly (readonly [Name, Field])[] {
    return [
      ['refund_bank', this.#bank],
      ['refund_account', this.#account],
      ['refund_holder', this.#holder],
      ['refund_tel', this.#telephone],
    ];
  }
}

function faultOf(name: Name, value: string): string | undefined {
  if (value === '') return say('field_missing');
  const isNumber = name === 'refund_account' || name === 'refund_tel';
  return isNumber && !DIGITS.test(value.replace(/^\+/, '')) ? say('field_digits') : undefined;
}
