import type { Order, OrderWord, UnreadablePayment } from '../refund/order.ts';
import type { Payment } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { currencyOf } from './amounts-item.ts';
import { archiveFromItems, isCopy, ownerOfCopy } from './archive.ts';
import {
  ORDER_SORT_KEY,
  RECONCILIATION_SORT_KEY,
  RESOLVER_SORT_KEY,
  SERVICE_PARTITION,
  SORT_KEY,
} from './keys.ts';
import { orderWordFromItem } from './order-item.ts';
import { paymentFromItem, type Item } from './payment-item.ts';
import { ItemError, textIn } from './stored-value.ts';

/** An order from all items of its partition. One that cannot be read is named and hides nobody else. */
export function orderFromItems(merchantUid: string, items: readonly Item[]): Order {
  const payments: Payment[] = [];
  const unreadable: UnreadablePayment[] = [];
  let word: OrderWord | undefined;
  const copies = Map.groupBy(items.filter(isCopy), ownerOfCopy);
  for (const item of items) {
    if (isCopy(item)) continue;
    if (item[SORT_KEY] === ORDER_SORT_KEY) word = orderWordFromItem(item);
    // A shop may have an order of this very number; the service's own notes beside it are no payment.
    else if (!isOwnNote(merchantUid, item)) {
      readInto({ item, copies: copies.get(String(item[SORT_KEY])) ?? [] }, payments, unreadable);
    }
  }
  return { merchantUid, payments, unreadable, ...(word === undefined ? {} : { word }) };
}

const OWN_NOTES: ReadonlySet<unknown> = new Set([RECONCILIATION_SORT_KEY, RESOLVER_SORT_KEY]);

function isOwnNote(merchantUid: string, item: Item): boolean {
  return merchantUid === SERVICE_PARTITION && OWN_NOTES.has(item[SORT_KEY]);
}

interface Stored {
  readonly item: Item;
  readonly copies: readonly Item[];
}

function readInto({ item, copies }: Stored, payments: Payment[], unreadable: UnreadablePayment[]): void {
  try {
    const beside = copies.length === 0 ? {} : { archive: archiveFromItems(copies, currencyOf(item)) };
    payments.push(paymentFromItem(item, beside));
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const named = { impUid: String(item[SORT_KEY]), why: error.message };
    unreadable.push({ ...named, ...omitMissing({ customerId: textIn(item['customer_id']) }) });
  }
}
