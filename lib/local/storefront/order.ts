import type { Language } from '../../browser/messages.ts';
import type { CancelRequest, Payment, RefundClient } from '../../browser/refund-client.ts';
import { BANKS, type DemoOrder } from './demo.ts';
import { element, labelled } from './elements.ts';
import { isWord, word } from './words.ts';

/** One order: what is left of it, its refunds, and the form that refunds it. */
export class OrderCard {
  readonly root = element('li', { class: 'order' });
  readonly #order: DemoOrder;
  readonly #client: RefundClient;
  readonly #language: Language;
  readonly #facts = element('p', { class: 'facts' });
  readonly #refunds = element('ul', { class: 'refunds' });
  readonly #said = element('p', { class: 'said', role: 'status', 'aria-live': 'polite' });
  readonly #button = element('button', { class: 'primary', type: 'submit' });

  constructor(order: DemoOrder, client: RefundClient, language: Language) {
    this.#order = order;
    this.#client = client;
    this.#language = language;
    this.#button.append(word('refund', language));
    const title = `${order.merchant_uid} · ${word(order.kind, language)}`;
    this.root.append(element('h3', {}, title), this.#facts, this.#form(), this.#said, this.#refunds);
  }

  /** Shows the payment, and goes on with a refund that a reload has interrupted. */
  async start(): Promise<void> {
    await this.#show();
    await this.#run(async (progress) =>
      this.#client.resume(this.#order.merchant_uid, { onProgress: progress }),
    );
  }

  #form(): HTMLFormElement {
    const amount = element('input', {
      type: 'number',
      name: 'cancel_request_amount',
      min: '0',
      step: 'any',
      inputmode: 'decimal',
    });
    const form = element(
      'form',
      { 'aria-label': this.#order.merchant_uid },
      labelled(word('amount', this.#language), amount),
    );
    if (this.#order.kind === 'vbank') form.append(...this.#accountFields());
    form.append(this.#button);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const request = this.#request(new FormData(form));
      void this.#run(async (progress) => this.#client.cancel(request, { onProgress: progress }));
    });
    return form;
  }

  #accountFields(): readonly HTMLElement[] {
    const bank = element('select', { name: 'refund_bank' });
    for (const [code, name] of Object.entries(BANKS)) bank.append(element('option', { value: code }, name));
    return [
      labelled(word('holder', this.#language), accountField('refund_holder')),
      labelled(word('bank', this.#language), bank),
      labelled(word('account', this.#language), accountField('refund_account')),
    ];
  }

  #request(data: FormData): CancelRequest {
    const texts = [...data.entries()].filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    );
    const fields = texts.map(
      ([name, text]) => [name, name === 'cancel_request_amount' ? Number(text) : text] as const,
    );
    return { merchant_uid: this.#order.merchant_uid, ...Object.fromEntries(fields) };
  }

  async #run(
    work: (progress: (message: string) => void) => ReturnType<RefundClient['resume']>,
  ): Promise<void> {
    this.#button.disabled = true;
    const outcome = await work((message) => this.#say('pending', message));
    this.#button.disabled = false;
    if (outcome.kind !== 'none') this.#say(outcome.kind, outcome.message);
    await this.#show();
  }

  #say(kind: string, message: string): void {
    this.#said.dataset['kind'] = kind;
    this.#said.textContent = message;
  }

  async #show(): Promise<void> {
    const payment = await this.#client.payment(this.#order.merchant_uid);
    if (payment === undefined) return;
    const language = this.#language;
    const paid = `${word('of', language)} ${money(payment, payment.amount)}`;
    this.#facts.textContent = `${paid} · ${word('left', language)} ${money(payment, payment.cancelable_amount)}`;
    this.#refunds.replaceChildren(
      ...(payment.refunds ?? []).map(({ refund_id, status, amount, requested_at }) => {
        const at = new Date(requested_at * 1_000).toLocaleTimeString(language);
        const state = isWord(status) ? word(status, language) : status;
        return element(
          'li',
          { 'data-status': status },
          `${at} · ${money(payment, amount)} · ${state} · ${refund_id}`,
        );
      }),
    );
  }
}

function accountField(name: string): HTMLInputElement {
  return element('input', { name, maxlength: '16', required: '', autocomplete: 'off' });
}

function money({ currency }: Payment, amount: number): string {
  return `${amount.toLocaleString('en-US')} ${currency}`;
}
