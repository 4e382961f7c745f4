import type { Payment } from '../../../client/refund-client.ts';
import type { AtProvider, TimelineMoment } from './doors.ts';
import { badge, element, facts, orNothing, row, table } from './elements.ts';
import { dateText, money, say } from './language.ts';
import { timelineList } from './moments.ts';

/** What happened as we remember it, beside what i'mport holds. */
export class Books {
  readonly root = element('section', { class: 'card books', 'aria-labelledby': 'books-title' });
  readonly #sums = element('div');
  readonly #line = element('div');
  readonly #theirs = element('div');
  #shown = '';

  constructor() {
    this.root.append(
      element('h2', { id: 'books-title' }, say('books')),
      this.#sums,
      element(
        'div',
        { class: 'beside' },
        this.#line,
        element('div', {}, element('h3', {}, say('theirBooks')), this.#theirs),
      ),
    );
  }

  show(
    payment: Payment,
    moments: readonly TimelineMoment[] | undefined,
    theirs: AtProvider | undefined,
  ): void {
    const now = JSON.stringify([payment.cancel_amount, moments, theirs]);
    if (now === this.#shown) return;
    this.#shown = now;
    const { currency } = payment;
    this.#sums.replaceChildren(compared(payment, theirs));
    this.#line.replaceChildren(
      moments === undefined || moments.length === 0
        ? element('p', { class: 'hint' }, say(moments === undefined ? 'unavailable' : 'noMoments'))
        : timelineList(moments, currency),
    );
    this.#theirs.replaceChildren(history(theirs, currency));
  }
}

function compared({ cancel_amount: ours, currency }: Payment, theirs: AtProvider | undefined): HTMLElement {
  const agree = theirs?.cancel_amount === ours;
  const state = theirs === undefined ? '' : badge(agree ? 'good' : 'wait', say(agree ? 'agree' : 'disagree'));
  const there = theirs === undefined ? say('unavailable') : money(theirs.cancel_amount, currency);
  return facts(
    [
      ['ourRecord', money(ours, currency)],
      ['theirRecord', element('span', {}, `${there} `, state)],
    ],
    'facts told',
  );
}

const HEADS = ['th_cancelled_at', 'th_refund_amount', 'th_reason', 'th_entry'] as const;

function history(theirs: AtProvider | undefined, currency: string): HTMLElement {
  if (theirs === undefined) return element('p', { class: 'hint' }, say('unavailable'));
  const entries = theirs.cancel_history;
  if (entries.length === 0) return element('p', { class: 'hint' }, say('noTheirs'));
  const rows = entries.map(({ cancelled_at: at, amount, reason, cancellation_id: id }) =>
    row([
      ['th_cancelled_at', dateText(at), 'date'],
      ['th_refund_amount', money(amount, currency), 'sum strong'],
      ['th_reason', orNothing(reason), 'reason'],
      ['th_entry', element('code', {}, orNothing(id))],
    ]),
  );
  return table(say('theirBooks'), HEADS, rows);
}
