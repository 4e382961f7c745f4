import type { Language } from '../../browser/messages.ts';
import type { CancelRequest, Payment } from '../../browser/refund-client.ts';
import { banksOf } from '../../../functions/refund/pg/banks.ts';
import { element, labelled } from './elements.ts';
import type { Order } from './orders.ts';
import { bankName, money, word } from './words.ts';

/** The form that refunds one order. Its button says what pressing it does. */
export class OrderForm {
  readonly root: HTMLFormElement;
  readonly #order: Order;
  readonly #language: Language;
  readonly #amount: HTMLInputElement;
  readonly #button = element('button', { class: 'primary', type: 'submit' });
  #payment: Payment | undefined;

  constructor(order: Order, language: Language, press: (request: CancelRequest) => void) {
    this.#order = order;
    this.#language = language;
    // Not a number field: that one gives an empty text for what it cannot read, and empty means everything.
    this.#amount = element('input', {
      name: 'cancel_request_amount',
      inputmode: 'decimal',
      autocomplete: 'off',
    });
    this.#amount.placeholder = word('amountHint', language);
    const reason = element('input', { name: 'reason', maxlength: '256', autocomplete: 'off' });
    this.root = element('form', { 'aria-label': order.merchant_uid, novalidate: '' });
    this.root.append(
      labelled(word('amount', language), this.#amount),
      ...(order.pay_method === 'vbank' ? this.#accountFields() : []),
      labelled(word('reason', language), reason),
      this.#button,
    );
    this.#amount.addEventListener('input', () => this.#nameButton());
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#mark([]);
      press(this.#request());
    });
    this.#nameButton();
  }

  show(payment: Payment): void {
    this.#payment = payment;
    this.root.hidden = payment.cancelable_amount === 0;
    this.#nameButton();
  }

  /** While a refund runs the button waits; the keyboard finds it again afterwards. */
  async whileBusy<T>(work: () => Promise<T>): Promise<T> {
    const hadFocus = document.activeElement === this.#button;
    this.#button.disabled = true;
    try {
      return await work();
    } finally {
      this.#button.disabled = false;
      if (hadFocus && document.activeElement === document.body) this.#button.focus();
    }
  }

  clear(): void {
    this.root.reset();
    this.#nameButton();
  }

  /** Marks the fields that the service has named in a refusal, and goes to the first. */
  refuse(problem: Readonly<Record<string, unknown>>): void {
    const { errors } = problem as { readonly errors?: readonly { readonly pointer: string }[] };
    this.#mark((errors ?? []).map(({ pointer }) => pointer.replace(/^#?\//, '')));
  }

  #mark(names: readonly string[]): void {
    for (const control of this.root.elements) {
      const name = control.getAttribute('name');
      if (name === null) continue;
      if (names.includes(name)) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    }
    this.root.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }

  #nameButton(): void {
    const { value } = this.#amount;
    const language = this.#language;
    const amount = value.trim() === '' ? this.#payment?.cancelable_amount : amountIn(value);
    const name = word(value.trim() === '' ? 'refundAll' : 'refund', language);
    const sum =
      amount === undefined || !(amount > 0) || this.#payment === undefined
        ? ''
        : `${money(amount, this.#payment.currency, language)} `;
    this.#button.textContent = language === 'ko' ? `${sum}${name}` : `${name} ${sum}`.trim();
  }

  #request(): CancelRequest {
    const data = new FormData(this.root);
    const fields = [...data.entries()].flatMap(([name, value]) => {
      if (typeof value !== 'string' || value.trim() === '') return [];
      return [[name, name === 'cancel_request_amount' ? amountIn(value) : value.trim()] as const];
    });
    return { merchant_uid: this.#order.merchant_uid, ...Object.fromEntries(fields) };
  }

  #accountFields(): readonly HTMLElement[] {
    const language = this.#language;
    const banks = banksOf(this.#order.pg_provider ?? undefined);
    const bank =
      banks === undefined
        ? element('input', { name: 'refund_bank', maxlength: '4' })
        : element('select', { name: 'refund_bank' }, element('option', { value: '' }, '—'));
    for (const [code, name] of Object.entries(banks ?? {}))
      bank.append(element('option', { value: code }, bankName(name, language)));
    const account = shortText('refund_account');
    account.inputMode = 'numeric';
    return [
      labelled(word('holder', language), shortText('refund_holder')),
      labelled(word('bank', language), bank),
      labelled(word('account', language), account),
    ];
  }
}

/** NaN for what is no number: the service refuses it, and nothing is taken for "everything". */
function amountIn(text: string): number {
  return Number(text.replaceAll(',', ''));
}

function shortText(name: string): HTMLInputElement {
  return element('input', { name, maxlength: '16', autocomplete: 'off' });
}
