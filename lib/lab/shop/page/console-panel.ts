import type { Payment } from '../../../client/refund-client.ts';
import { amountIn } from './amounts.ts';
import { cancelInConsole } from './doors.ts';
import { button, element, whileWaiting } from './elements.ts';
import { Field, textInput } from './field.ts';
import { money, say } from './language.ts';

/** A cancel past the service, as somebody in i'mport's console makes it. */
export class ConsolePanel {
  readonly root = element('details', { class: 'card console' });
  readonly #amount = new Field('console_amount', say('consoleAmount'), textInput({ inputmode: 'decimal' }));
  readonly #press = button('danger', say('consoleCancel'), () => void this.#cancel());
  readonly #changed: () => void;
  #payment: Payment | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    const form = element('form', { class: 'inline', novalidate: '' }, this.#amount.root, this.#press);
    form.addEventListener('submit', (event) => event.preventDefault());
    this.root.append(
      element('summary', {}, say('consoleTitle')),
      element('p', { class: 'hint' }, say('consoleHint')),
      form,
    );
  }

  show(payment: Payment): void {
    this.#payment = payment;
    this.root.hidden = payment.cancelable_amount === 0;
    this.#amount.hint = say('amountHint', { left: money(payment.cancelable_amount, payment.currency) });
  }

  async #cancel(): Promise<void> {
    const payment = this.#payment;
    if (payment === undefined) return;
    const read = amountIn(this.#amount.value, payment.currency, payment.cancelable_amount);
    if ('fault' in read) {
      const left = money(payment.cancelable_amount, payment.currency);
      this.#amount.say(
        read.fault === 'decimals' ? say('amount_whole') : say(`amount_${read.fault}`, { left }),
      );
      this.#amount.control.focus();
      return;
    }
    await whileWaiting(this.#press, async () => {
      const isDone = await cancelInConsole(payment.imp_uid, read.amount);
      if (isDone) this.#amount.control.value = '';
      else this.#amount.say(say('consoleFailed'));
      this.#changed();
    });
  }
}
