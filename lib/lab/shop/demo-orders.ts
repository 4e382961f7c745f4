import { CUSTOMER, local } from './session.ts';

type DemoOrder = readonly [
  id: string,
  ko: string,
  en: string,
  payment: `${string} ${string}`,
  amount: number,
  daysAgo: number,
];

/** `payment` is the method and the PG. */
const ORDERS: readonly DemoOrder[] = [
  ['demo-card', '니트 스웨터', 'Knitted sweater', 'card html5_inicis', 32_000, 0],
  ['demo-twice', '러닝화', 'Running shoes', 'card kcp', 89_000, 1],
  ['demo-part', '원두 세 봉지', 'Three bags of coffee', 'card nice', 63_000, 2],
  ['demo-vbank', '책상 스탠드', 'Desk lamp', 'vbank tosspayments', 45_000, 5],
  ['demo-usd', '엽서 세트', 'Set of postcards', 'card eximbay', 14.2, 12],
  // A phone payment of an earlier month cannot be refunded.
  ['demo-phone', '전자책', 'E-book', 'phone danal', 9_900, 45],
];
const IN_DOLLARS = 'demo-usd';
const PAID_TWICE = 'demo-twice';
/** Partly refunded in i'mport's console; the service learns it from the webhook. */
const PARTLY_REFUNDED = { id: 'demo-part', amount: 5_000 };
/** The order that `npm start` makes. */
const STARTED = ['', '시작할 때 만든 주문', 'Demonstration order'] as const;

/** The demo orders have names in both languages; the table has the English one. */
export function productName(name: string | null, order: string, language: 'ko' | 'en'): string {
  const [, ko] = [STARTED, ...ORDERS].find(([, , en]) => en === name) ?? [];
  return (language === 'ko' ? ko : undefined) ?? name ?? order;
}

const BATCH = 'demo-batch';
const DAY_SECONDS = 86_400;

/** Makes the demo orders that are missing. @param known the existing order numbers @returns whether any was missing */
export async function placeMissing(known: ReadonlySet<string>): Promise<boolean> {
  const batch = localStorage.getItem(BATCH);
  const numberOf = ([id]: DemoOrder): string => (batch === null ? id : `${id}-${batch}`);
  const missing = ORDERS.filter((order) => !known.has(numberOf(order)));
  for (const order of missing) await place(order, numberOf(order));
  return missing.length > 0;
}

export function startNextBatch(): void {
  localStorage.setItem(BATCH, String(Number(localStorage.getItem(BATCH) ?? '1') + 1));
}

async function place(order: DemoOrder, number: string): Promise<void> {
  const [id] = order;
  await pay(order, number, `imp_${number}`);
  if (id === PAID_TWICE) await pay(order, number, `imp_2_${number}`);
  const { amount } = PARTLY_REFUNDED;
  if (id === PARTLY_REFUNDED.id) await local('POST', `iamport/imp_${number}/console-cancel`, { amount });
}

async function pay([id, , name, paid, amount, daysAgo]: DemoOrder, order: string, imp_uid: string) {
  const [pay_method, pg_provider] = paid.split(' ');
  await local('POST', 'payments', {
    merchant_uid: order,
    customer_id: CUSTOMER,
    name,
    imp_uid,
    amount,
    pay_method,
    pg_provider,
    currency: id === IN_DOLLARS ? 'USD' : 'KRW',
    paid_at: Math.floor(Date.now() / 1_000) - daysAgo * DAY_SECONDS,
    receipt_url: `https://pg.example/receipt/${imp_uid}`,
  });
}
