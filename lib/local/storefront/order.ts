import type { Language } from '../../browser/messages.ts';
import type { Outcome, Payment, RefundClient } from '../../browser/refund-client.ts';
import { Books, isInDoubt } from './books.ts';
import { element } from './elements.ts';
import { OrderForm } from './order-form.ts';
import type { Order } from './orders.ts';
import { isWord, money, word } from './words.ts';

type Work = (onProgress: (message: string) => void) => Promise<Outcome>;

/** One order: what is left of it, the form that refunds it, and what has happened to it. */
export class OrderCard {
  readonly root = element('li', { class: 'order' });
  readonly #order: Order;
  readonly #client: RefundClient;
  readonly #language: Language;
  readonly #facts = element('p', { class: 'facts' });
  readonly #bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
  readonly #said = element('p', { class: 'said', role: 'status', tabindex: '-1' });
  readonly #form: OrderForm;
  readonly #books: Books;
  #looks = 0;

  constructor(order: Order, client: RefundClient, language: Language) {
    this.#order = order;
    this.#client = client;
    this.#language = language;
    this.#form = new OrderForm(order, language, (request) => {
      void this.#run(async (onProgress) => client.cancel(request, { onProgress }));
    });
    this.#books = new Books(order, language, () => void this.show());
    const { pay_method: method } = order;
    const how = method !== null && isWord(method) ? word(method, language) : (method ?? '');
    this.root.append(
      element('h3', {}, order.name?.[language] ?? order.merchant_uid),
      element('p', { class: 'how' }, [order.merchant_uid, how].join(' · ')),
      this.#facts,
      this.#bar,
      this.#form.root,
      this.#said,
      this.#books.root,
    );
  }

  /** Shows the payment, and goes on with a refund that a reload has interrupted. */
  async start(): Promise<void> {
    await this.show();
    await this.#run(async (onProgress) => this.#client.resume(this.#order.merchant_uid, { onProgress }));
  }

  /** Reading a payment in doubt that is due resolves it, so looking is enough. */
  async show(): Promise<Payment | undefined> {
    this.#looks += 1;
    const look = this.#looks;
    const payment = await this.#client.payment(this.#order.merchant_uid);
    // A look that was overtaken by a later one has nothing to say any more.
    if (payment !== undefined && look === this.#looks) await this.#draw(payment);
    return payment;
  }

  async #draw(payment: Payment): Promise<void> {
    const sum = (amount: number): string => money(amount, payment.currency, this.#language);
    const facts = [
      ['paid', payment.amount],
      ['refunded', payment.cancel_amount],
      ['left', payment.cancelable_amount],
    ] as const;
    this.#facts.replaceChildren(
      ...facts.map(([name, amount]) =>
        element(
          'span',
          { 'data-fact': name },
          `${word(name, this.#language)} `,
          element('b', {}, sum(amount)),
        ),
      ),
    );
    this.#bar.style.setProperty('--refunded', String(payment.cancel_amount / payment.amount));
    this.root.dataset['doubt'] = String(isInDoubt(payment));
    this.#form.show(payment);
    await this.#books.show(payment);
  }

  async #run(work: Work): Promise<void> {
    const onProgress = (message: string): void => {
      this.#say('pending', message);
      void this.show();
    };
    const outcome = await this.#form.whileBusy(async () => work(onProgress));
    if (outcome.kind === 'none') return;
    this.#say(outcome.kind, outcome.message);
    if (outcome.kind === 'cancelled') this.#form.clear();
    if (outcome.kind === 'refused') this.#form.refuse(outcome.problem);
    await this.show();
    // The form is gone, and the focus with it; where it is now depends on when the browser notices.
    const focused = document.activeElement;
    const isLost = focused === document.body || this.#form.root.contains(focused);
    if (this.#form.root.hidden && isLost) this.#said.focus({ preventScroll: true });
  }

  #say(kind: string, message: string): void {
    this.#said.dataset['kind'] = kind;
    this.#said.textContent = message;
  }
}
