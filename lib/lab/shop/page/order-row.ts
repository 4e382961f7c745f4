import type { ShopOrder } from './doors.ts';
import { badge, element, NOTHING, row, type Child } from './elements.ts';
import { dateText, money, nameOf, say, type Word } from './language.ts';
import { orderAddress } from './route.ts';
import { isStaff, whoIs } from './session.ts';
import { isPaidTwice, stateBadge, stateOfOrder } from './states.ts';
import { productName } from './wares.ts';

const CUSTOMER_HEAD: readonly Word[] = isStaff ? ['th_customer'] : [];
export const ORDER_HEADS: readonly Word[] = [
  'th_order',
  ...CUSTOMER_HEAD,
  'th_paid_at',
  'th_method',
  'th_status',
  'th_amount',
  'th_left',
];

export function paidAt({ payments }: ShopOrder): number {
  return Math.max(0, ...payments.map(({ paid_at: at }) => at));
}

export function orderRow(order: ShopOrder, isDrifting: boolean): HTMLTableRowElement {
  const [first] = order.payments;
  const customer = [
    ['th_customer', order.customer_id === null ? NOTHING : whoIs(order.customer_id), 'customer'],
  ] as const;
  const states = element('span', { class: 'badges' }, stateBadge(isDrifting ? 'drift' : stateOfOrder(order)));
  if (isPaidTwice(order)) states.append(badge('wait', say('state_several')));
  return row([
    ['th_order', titleOf(order), 'main'],
    ...(isStaff ? customer : []),
    ['th_paid_at', dateText(paidAt(order), 'day'), 'date'],
    ['th_method', nameOf('method', first?.pay_method ?? null), 'method'],
    ['th_status', states, 'state'],
    ['th_amount', sumOf(order, 'amount'), 'sum amount'],
    ['th_left', sumOf(order, 'cancelable_amount'), 'sum strong left'],
  ]);
}

function titleOf({ merchant_uid: number, payments }: ShopOrder): Child {
  const name = productName(number, payments[0]);
  const several = payments.length > 1 ? say('payments_n', { n: payments.length }) : '';
  const told = [name === number ? '' : number, several].filter((text) => text !== '').join(' · ');
  const title = element('div', { class: 'what' }, element('a', { href: orderAddress(number) }, name));
  if (told !== '') title.append(element('span', { class: 'number' }, told));
  return title;
}

/** Currencies are never added up: each has its own sum. */
function sumOf({ payments }: ShopOrder, of: 'amount' | 'cancelable_amount'): string {
  const sums = new Map<string, number>();
  for (const { currency, [of]: amount } of payments) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].map(([currency, amount]) => money(Number(amount.toFixed(4)), currency)).join(' + ');
}
