import type { Payment } from '../../../client/refund-client.ts';
import { button, element, facts, linkOut, whileWaiting } from './elements.ts';
import { dateText, money, nameOf, say, type Word } from './language.ts';
import { isStaff } from './session.ts';
import { stateBadge, stateOf } from './states.ts';

/** What the order is, and the three sums that matter. */
export class OrderHead {
  readonly root = element('div', { class: 'order-head' });
  #shown = '';

  /** `again`: the amounts are those of before, because the service could not be asked. */
  show(payment: Payment, title: string, again?: () => void): void {
    const now = JSON.stringify([payment, title, again === undefined]);
    // Drawn only when something has changed: a reader's place and a screen reader's cursor stay where they are.
    if (now === this.#shown) return;
    this.#shown = now;
    const { refunds = [] } = payment;
    const open = refunds.find(({ status }) => status === 'unknown');
    const drift = isStaff && open?.in_doubt?.drift === true ? 'drift' : open !== undefined;
    const back = element('a', { href: '/', class: 'back' }, say(isStaff ? 'allOrders' : 'orders'));
    const heading = element(
      'div',
      { class: 'page-head' },
      element('h1', {}, title),
      stateBadge(stateOf(payment, drift)),
    );
    this.root.replaceChildren(back, heading, this.#sums(payment), this.#details(payment));
    if (again !== undefined) this.root.append(this.#stale(again));
  }

  #sums({ amount, cancel_amount: refunded, cancelable_amount: left, currency }: Payment): HTMLElement {
    const sum = (name: Word & ('paid' | 'refunded' | 'left'), value: number): HTMLElement =>
      element(
        'div',
        { 'data-fact': name },
        element('dt', {}, say(name)),
        element('dd', {}, money(value, currency)),
      );
    const sums = element(
      'dl',
      { class: 'sums' },
      sum('paid', amount),
      sum('refunded', refunded),
      sum('left', left),
    );
    const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--refunded', String(amount > 0 ? Math.min(1, refunded / amount) : 0));
    return element('div', { class: 'card sums-card' }, sums, bar);
  }

  #details(payment: Payment): HTMLElement {
    const receipt = linkOut(payment.receipt_url, say('receipt'));
    const list = facts([
      ['orderNumber', payment.merchant_uid],
      ['paidAt', payment.paid_at > 0 ? dateText(payment.paid_at) : undefined],
      ['payMethod', nameOf('method', payment.pay_method)],
      ['pgName', nameOf('pg', payment.pg_provider)],
      ...(isStaff ? ([['paymentId', payment.imp_uid]] as const) : []),
    ]);
    const print = button('quiet', say('print'), () => globalThis.print());
    const links = element('div', { class: 'links' }, ...(receipt === undefined ? [] : [receipt]), print);
    return element('div', { class: 'details' }, list, links);
  }

  #stale(again: () => void): HTMLElement {
    const retry = button(
      'plain',
      say('retry'),
      () => void whileWaiting(retry, async () => Promise.resolve(again())),
    );
    return element(
      'div',
      { class: 'said', 'data-kind': 'pending', role: 'status' },
      element('p', { class: 'message' }, say('staleAmounts')),
      element('div', { class: 'actions' }, retry),
    );
  }
}
