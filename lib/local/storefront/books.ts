import type { Language } from '../../browser/messages.ts';
import type { Payment } from '../../browser/refund-client.ts';
import { cancelInConsole, cancelledAtProvider, momentsOf } from './demo.ts';
import { element } from './elements.ts';
import { timelineList } from './moments.ts';
import type { Order } from './orders.ts';
import { money, word } from './words.ts';

const CONSOLE_AMOUNT: Readonly<Record<string, number>> = { KRW: 1_000 };

/** What happened to an order: our record beside i'mport's, and the time line. */
export class Books {
  readonly root = element('details', { class: 'books' });
  readonly #order: Order;
  readonly #language: Language;
  readonly #sums = element('p', { class: 'sums' });
  readonly #line = element('div');
  readonly #console = element('button', { type: 'button', class: 'quiet' });
  #payment: Payment | undefined;

  constructor(order: Order, language: Language, changed: () => void) {
    this.#order = order;
    this.#language = language;
    this.root.append(
      element('summary', {}, word('whatHappened', language)),
      this.#sums,
      this.#line,
      this.#console,
    );
    this.root.addEventListener('toggle', () => void this.#draw());
    this.#console.addEventListener('click', () => {
      void cancelInConsole(order.imp_uid, this.#consoleAmount()).then(changed);
    });
  }

  /** Opens by itself while a refund is in doubt: that is when there is something to watch. */
  async show(payment: Payment): Promise<void> {
    this.#payment = payment;
    if (isInDoubt(payment)) this.root.open = true;
    await this.#draw();
  }

  async #draw(): Promise<void> {
    const payment = this.#payment;
    if (payment === undefined || !this.root.open) return;
    const [moments, theirs] = await Promise.all([
      momentsOf(this.#order.merchant_uid),
      cancelledAtProvider(this.#order.imp_uid),
    ]);
    if (payment !== this.#payment) return;
    const language = this.#language;
    this.#line.replaceChildren(timelineList(moments, payment.currency, language));
    this.#console.hidden = payment.cancelable_amount === 0;
    this.#console.textContent = `${word('consoleCancel', language)}: ${money(this.#consoleAmount(), payment.currency, language)}`;
    if (theirs !== undefined) this.#compare(payment, theirs);
  }

  #compare({ cancel_amount: ours, currency }: Payment, theirs: number): void {
    const language = this.#language;
    const sum = (name: 'ourTable' | 'provider', amount: number): string =>
      `${word(name, language)} ${money(amount, currency, language)}`;
    const agree = ours === theirs;
    this.#sums.dataset['agree'] = String(agree);
    this.#sums.textContent = [
      sum('ourTable', ours),
      sum('provider', theirs),
      word(agree ? 'agree' : 'disagree', language),
    ].join(' · ');
  }

  #consoleAmount(): number {
    const { currency = 'KRW', cancelable_amount: left = 0 } = this.#payment ?? {};
    return Math.min(CONSOLE_AMOUNT[currency] ?? 1, left);
  }
}

export function isInDoubt({ refunds }: Payment): boolean {
  return (refunds ?? []).some(({ status }) => status === 'unknown');
}
