import type { Payment } from '../../../client/refund-client.ts';
import { confirmed } from './confirm-dialog.ts';
import { element } from './elements.ts';
import { money, say } from './language.ts';
import type { Wanted } from './refund-form.ts';
import { isStaff } from './session.ts';

/** The last question before money moves: which amount, of which order, to where. */
export async function askFirst(
  { amount, destination }: Pick<Wanted, 'amount' | 'destination'>,
  payment: Payment,
  product: string,
): Promise<boolean> {
  const { currency, cancelable_amount: left, amount: paid, merchant_uid: order } = payment;
  const sum = money(amount, currency);
  const rest = amount === left ? 'refundRestSum' : 'refundSum';
  return confirmed({
    title: say('confirmTitle', { amount: sum }),
    rows: [
      ['product', product],
      ['orderNumber', order],
      ['amount', element('b', { class: 'sum' }, sum)],
      ['toAccount', destination],
      ['leftAfter', money(Math.max(0, Number((left - amount).toFixed(4))), currency)],
    ],
    note: say(isStaff ? 'confirmStaff' : 'confirmCustomer'),
    press: say(amount === paid ? 'refundAllSum' : rest, { amount: sum }),
  });
}
