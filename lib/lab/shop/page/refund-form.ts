import type { CancelRequest, Payment, Problem } from '../../../client/refund-client.ts';
import { exponentOf } from '../../../../functions/refund/currencies.ts';
import { AccountFields, type Account } from './account-fields.ts';
import { amountIn, type AmountFault } from './amounts.ts';
import { button, element, whileWaiting } from './elements.ts';
import { Field, textInput } from './field.ts';
import { money, say } from './language.ts';
import { ReasonField } from './reason-field.ts';

/** What somebody has filled in and not yet confirmed. */
export interface Wanted {
  readonly request: CancelRequest;
  readonly amount: number;
  readonly destination: string | undefined;
}

type Which = 'everything' | 'part';

/** The form that refunds one payment. Only its button goes on, and its button says what it does: Enter in a field does nothing. */
export class RefundForm {
  readonly root = element('form', { class: 'refund', novalidate: '', 'aria-labelledby': 'refund-title' });
  readonly #amount = new Field('cancel_request_amount', say('amount'), textInput({ inputmode: 'decimal' }));
  readonly #reason = new ReasonField();
  readonly #account = new AccountFields();
  readonly #button = button('primary', say('refundPress'), () => void this.#press());
  readonly #everything = radio('everything');
  readonly #part = radio('part');
  readonly #everythingText = element('span');
  readonly #off = element('p', { class: 'hint' });
  readonly #go: (wanted: Wanted) => Promise<void>;
  #payment: Payment | undefined;
  #isOff = false;

  constructor(go: (wanted: Wanted) => Promise<void>) {
    this.#go = go;
    this.#button.classList.add('wide');
    const amounts = element(
      'fieldset',
      { class: 'which' },
      element('legend', {}, say('howMuch')),
      element('label', {}, this.#everything, this.#everythingText),
      element('label', {}, this.#part, element('span', {}, say('refundPart'))),
    );
    this.root.append(
      amounts,
      this.#amount.root,
      this.#account.root,
      this.#reason.root,
      this.#button,
      this.#off,
    );
    this.root.addEventListener('submit', (event) => event.preventDefault());
    this.root.addEventListener('input', () => this.#draw());
    this.#everything.checked = true;
  }

  /** `off`: why nothing can be asked for just now. */
  show(payment: Payment, off?: string): void {
    this.#payment = payment;
    this.#account.show(payment);
    this.turnOff(off);
  }

  turnOff(why: string | undefined): void {
    this.#isOff = why !== undefined;
    this.#off.textContent = why ?? '';
    this.#draw();
  }

  clear(): void {
    this.#everything.checked = true;
    this.#amount.control.value = '';
    this.#amount.say(undefined);
    this.#reason.clear();
    this.#account.clear();
    this.#draw();
  }

  /** Marks the fields that the service has named in a refusal, and goes to the first. */
  refuse({ errors = [], fields }: Problem, payment: Payment): void {
    const missing = Array.isArray(fields) ? fields.filter((name) => typeof name === 'string') : [];
    const names = [...errors.map(({ pointer }) => pointer.replace(/^#?\//, '')), ...missing];
    const account = names.filter((name) => name.startsWith('refund_'));
    if (account.length > 0) this.#account.show(payment, account);
    this.#account.mark(names);
    if (names.includes('cancel_request_amount')) this.#amount.say(say('field_wrong'));
    this.#goToFault();
  }

  #draw(): void {
    const payment = this.#payment;
    const isPart = this.#which() === 'part';
    this.#amount.root.hidden = !isPart;
    this.#button.disabled = this.#isOff || payment === undefined;
    if (payment === undefined) return;
    const { cancelable_amount: left, amount, currency } = payment;
    const name = left === amount ? 'refundAll' : 'refundRest';
    this.#everythingText.replaceChildren(say(name), element('b', {}, money(left, currency)));
    this.#amount.hint = say('amountHint', { left: money(left, currency) });
    const read = amountIn(this.#amount.value, currency, left);
    const sum = (of: number): string => money(of, currency);
    if (!isPart) this.#button.textContent = say(`${name}Sum`, { amount: sum(left) });
    else
      this.#button.textContent =
        'amount' in read ? say('refundSum', { amount: sum(read.amount) }) : say('refundPress');
  }

  #which(): Which {
    return this.#part.checked ? 'part' : 'everything';
  }

  async #press(): Promise<void> {
    const payment = this.#payment;
    if (payment === undefined || this.#isOff) return;
    const amount = this.#amountOf(payment);
    const account = this.#account.read();
    const isReasonGood = this.#reason.check();
    if (amount === undefined || account === undefined || !isReasonGood) return this.#goToFault();
    const wanted = this.#wanted(payment, amount, account);
    await whileWaiting(this.#button, async () => this.#go(wanted));
    this.#draw();
  }

  /** Undefined: it cannot be read as an amount, and the field says so. Never taken for everything. */
  #amountOf({ currency, cancelable_amount: left }: Payment): number | undefined {
    if (this.#which() === 'everything') return left;
    const read = amountIn(this.#amount.value, currency, left);
    this.#amount.say('fault' in read ? faultText(read.fault, currency, left) : undefined);
    return 'amount' in read ? read.amount : undefined;
  }

  /** Everything comes with the sum that was shown as left: if that has changed, nothing is refunded. */
  #wanted(payment: Payment, amount: number, account: Account): Wanted {
    const { merchant_uid, imp_uid, cancelable_amount: checksum } = payment;
    const isPart = this.#which() === 'part';
    const reason = this.#reason.value;
    const request = {
      merchant_uid,
      imp_uid,
      ...(isPart ? { cancel_request_amount: amount } : { checksum }),
      ...(reason === '' ? {} : { reason }),
      ...account,
    };
    return { request, amount, destination: this.#account.destination };
  }

  #goToFault(): void {
    this.root.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }
}

function radio(value: Which): HTMLInputElement {
  return element('input', { type: 'radio', name: 'which', value });
}

function faultText(fault: AmountFault, currency: string, left: number): string {
  const digits = exponentOf(currency) ?? 0;
  if (fault === 'decimals') return digits === 0 ? say('amount_whole') : say('amount_decimals', { n: digits });
  return say(`amount_${fault}`, { left: money(left, currency) });
}
