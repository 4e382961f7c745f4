import type { Payment, Refund } from '../../../client/refund-client.ts';
import { CloseForm } from './close-form.ts';
import { resolveNow, type AtProvider } from './doors.ts';
import { badge, button, element, facts, whileWaiting } from './elements.ts';
import { dateText, money, say } from './language.ts';
import type { OutcomeBanner } from './outcome-banner.ts';
import { whyText } from './why.ts';

/** A refund whose end is not known: why, what both books say, and how people end it. */
export class DoubtPanel {
  readonly root = element('section', { class: 'card doubt', hidden: '', 'aria-labelledby': 'doubt-title' });
  readonly #title = element('h2', { id: 'doubt-title' });
  readonly #hint = element('p');
  readonly #facts = element('div');
  readonly #resolve: HTMLButtonElement;
  readonly #close: CloseForm;

  constructor(changed: () => void, banner: OutcomeBanner) {
    this.#close = new CloseForm(changed, banner);
    this.#resolve = button('plain', say('resolveNow'), () => {
      void whileWaiting(this.#resolve, async () => {
        await resolveNow();
        changed();
      });
    });
    this.root.append(
      this.#title,
      this.#hint,
      this.#facts,
      element('div', { class: 'actions' }, this.#resolve),
      this.#close.root,
    );
  }

  show(payment: Payment, theirs: AtProvider | undefined): void {
    const refund = (payment.refunds ?? []).find(({ status }) => status === 'unknown');
    this.root.hidden = refund === undefined;
    if (refund === undefined) return;
    const isDrift = refund.in_doubt?.drift === true;
    this.root.dataset['drift'] = String(isDrift);
    this.#title.textContent = say(isDrift ? 'driftTitle' : 'doubtTitle');
    this.#hint.textContent = say(isDrift ? 'driftHint' : 'doubtHint');
    this.#facts.replaceChildren(this.#told(refund, payment, theirs));
    this.#close.show(isDrift ? { payment, refund, theirs } : undefined);
  }

  #told(refund: Refund, payment: Payment, theirs: AtProvider | undefined): HTMLElement {
    const { currency, cancel_amount: ours } = payment;
    const agree = theirs?.cancel_amount === ours;
    const there = theirs === undefined ? say('unavailable') : money(theirs.cancel_amount, currency);
    const state =
      theirs === undefined ? '' : badge(agree ? 'good' : 'wait', say(agree ? 'agree' : 'disagree'));
    return facts(
      [
        ['amount', money(refund.amount, currency)],
        ['since', dateText(refund.in_doubt?.since ?? refund.requested_at, 'second')],
        ['attempts', String(refund.attempts)],
        ['why', whyText(refund.in_doubt?.why ?? null)],
        ['ourRecord', money(ours, currency)],
        ['theirRecord', element('span', {}, `${there} `, state)],
      ],
      'facts told',
    );
  }
}
