import { call } from './demo.ts';

/** What the shop's page knows of an order before it asks the service. */
export interface Order {
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly name?: { readonly ko: string; readonly en: string };
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
}

interface Ware extends Required<Pick<Order, 'name' | 'pay_method' | 'pg_provider'>> {
  readonly id: string;
  readonly amount: number;
  readonly currency?: string;
  /** Refunded in part elsewhere, in i'mport's own console; the webhook tells the service. */
  readonly cancelledInConsole?: number;
}

const WARES: readonly Ware[] = [
  {
    id: 'demo-card',
    name: { ko: '니트 스웨터', en: 'Knitted sweater' },
    amount: 32_000,
    pay_method: 'card',
    pg_provider: 'html5_inicis',
  },
  {
    id: 'demo-part',
    name: { ko: '원두 세 봉지', en: 'Three bags of coffee' },
    amount: 63_000,
    pay_method: 'card',
    pg_provider: 'nice',
    cancelledInConsole: 5_000,
  },
  {
    id: 'demo-vbank',
    name: { ko: '책상 스탠드', en: 'Desk lamp' },
    amount: 45_000,
    pay_method: 'vbank',
    pg_provider: 'tosspayments',
  },
  {
    id: 'demo-phone',
    name: { ko: '전자책', en: 'E-book' },
    amount: 9_900,
    pay_method: 'phone',
    pg_provider: 'danal',
  },
  {
    id: 'demo-usd',
    name: { ko: '엽서 세트', en: 'Set of postcards' },
    amount: 14.2,
    currency: 'USD',
    pay_method: 'card',
    pg_provider: 'eximbay',
  },
];

export const CUSTOMER = 'demo-customer';
const BATCH = 'demo-batch';

/** A new batch of orders, for when everything is refunded. */
export function nextBatch(): void {
  localStorage.setItem(BATCH, String(batch() + 1));
}

function batch(): number {
  return Number(localStorage.getItem(BATCH) ?? '1');
}

/** The orders of this page. They stay as they are when they are there already (409). */
export async function placeOrders(): Promise<readonly Order[]> {
  const number = batch();
  const orders = WARES.map((ware) => {
    const merchant_uid = number === 1 ? ware.id : `${ware.id}-${number}`;
    return { ...ware, merchant_uid, imp_uid: `imp_${merchant_uid}` };
  });
  for (const { id: _, name, cancelledInConsole, ...payment } of orders) {
    const added = await call('POST', '/_local/payments', {
      ...payment,
      name: name.en,
      customer_id: CUSTOMER,
    });
    if (added.ok && cancelledInConsole !== undefined) {
      await call('POST', `/_local/iamport/${payment.imp_uid}/console-cancel`, { amount: cancelledInConsole });
    }
  }
  return orders;
}
