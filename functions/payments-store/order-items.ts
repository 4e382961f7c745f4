import type { Order, OrderWord, UnreadablePayment } from '../refund/order.ts';
import type { Payment } from '../refund/payment.ts';
import { present } from '../refund/present.ts';
import { ORDER_SORT_KEY, RECONCILIATION_SORT_KEY, SERVICE_PARTITION, SORT_KEY } from './keys.ts';
import { orderWordFromItem } from './order-item.ts';
import { paymentFromItem, type Item } from './payment-item.ts';
import { ItemError, textIn } from './stored-value.ts';

/** An order from all items of its partition. One that cannot be read is named and hides nobody else. */
export function orderFromItems(merchantUid: string, items: readonly Item[]): Order {
  const payments: Payment[] = [];
  const unreadable: UnreadablePayment[] = [];
  let word: OrderWord | undefined;
  for (const item of items) {
    if (item[SORT_KEY] === ORDER_SORT_KEY) word = orderWordFromItem(item);
    // A shop may have an order of this very number; the service's own notes beside it are no payment.
    else if (!isOwnNote(merchantUid, item)) readInto(item, payments, unreadable);
  }
  return { merchantUid, payments, unreadable, ...(word === undefined ? {} : { word }) };
}

function isOwnNote(merchantUid: string, item: Item): boolean {
  return merchantUid === SERVICE_PARTITION && item[SORT_KEY] === RECONCILIATION_SORT_KEY;
}

function readInto(item: Item, payments: Payment[], unreadable: UnreadablePayment[]): void {
  try {
    payments.push(paymentFromItem(item));
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const named = { impUid: String(item[SORT_KEY]), why: error.message };
    unreadable.push({ ...named, ...present({ customerId: textIn(item['customer_id']) }) });
  }
}
