import type { Payment } from '../../../client/refund-client.ts';
import { card, element, table, row } from './elements.ts';
import { money, say } from './language.ts';
import { orderAddress } from './route.ts';
import { stateBadge, stateOf } from './states.ts';

const HEADS = ['paymentId', 'th_status', 'th_amount', 'th_left'] as const;

/** An order that was paid more than once: each payment is refunded by itself. */
export function paymentsCard(
  { imp_uid: shown, payments = [] }: Payment,
  order: string,
): readonly HTMLElement[] {
  if (payments.length < 2) return [];
  const rows = payments.map((payment) => {
    const isShown = payment.imp_uid === shown;
    const attributes = {
      href: orderAddress(order, payment.imp_uid),
      ...(isShown ? { 'aria-current': 'true' } : {}),
    };
    const made = row([
      ['paymentId', element('a', attributes, payment.imp_uid), 'main'],
      ['th_status', stateBadge(stateOf(payment)), 'state'],
      ['th_amount', money(payment.amount, payment.currency), 'sum'],
      ['th_left', money(payment.cancelable_amount, payment.currency), 'sum strong'],
    ]);
    if (isShown) made.classList.add('current');
    return made;
  });
  const hint = element('p', { class: 'hint' }, say('severalHint', { n: payments.length }));
  return [card(say('severalPayments'), hint, table(say('severalPayments'), HEADS, rows))];
}
