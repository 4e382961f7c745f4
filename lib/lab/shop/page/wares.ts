import { call, shopOrders, type ShopOrder, type ShopPayment } from './doors.ts';
import { DEMO } from '../words/demo.ts';
import { language, type Both } from './language.ts';
import { CUSTOMER } from './session.ts';

interface Ware {
  readonly id: string;
  readonly name: Both;
  readonly amount: number;
  readonly pay_method: string;
  readonly pg_provider: string;
  readonly currency?: string;
  readonly daysAgo: number;
  /** Refunded in part elsewhere, in i'mport's own console; the webhook tells the service. */
  readonly cancelledInConsole?: number;
  /** How many payments the order has. */
  readonly times?: number;
}

const WARES: readonly Ware[] = [
  {
    id: 'demo-card',
    name: { ko: '니트 스웨터', en: 'Knitted sweater' },
    amount: 32_000,
    pay_method: 'card',
    pg_provider: 'html5_inicis',
    daysAgo: 0,
  },
  {
    id: 'demo-part',
    name: { ko: '원두 세 봉지', en: 'Three bags of coffee' },
    amount: 63_000,
    pay_method: 'card',
    pg_provider: 'nice',
    daysAgo: 2,
    cancelledInConsole: 5_000,
  },
  {
    id: 'demo-vbank',
    name: { ko: '책상 스탠드', en: 'Desk lamp' },
    amount: 45_000,
    pay_method: 'vbank',
    pg_provider: 'tosspayments',
    daysAgo: 5,
  },
  // Of this month, because a phone payment of another month cannot be refunded.
  {
    id: 'demo-phone',
    name: { ko: '전자책', en: 'E-book' },
    amount: 9_900,
    pay_method: 'phone',
    pg_provider: 'danal',
    daysAgo: 0,
  },
  {
    id: 'demo-usd',
    name: { ko: '엽서 세트', en: 'Set of postcards' },
    amount: 14.2,
    currency: 'USD',
    pay_method: 'card',
    pg_provider: 'eximbay',
    daysAgo: 12,
  },
  {
    id: 'demo-twice',
    name: { ko: '러닝화', en: 'Running shoes' },
    amount: 89_000,
    pay_method: 'card',
    pg_provider: 'kcp',
    daysAgo: 1,
    times: 2,
  },
  // As long as i'mport lets an order number be.
  {
    id: 'demo-20261124-GIFTSET-0000000000000171',
    name: { ko: '명절 선물 세트', en: 'Gift set' },
    amount: 120_000,
    pay_method: 'kakaopay',
    pg_provider: 'kakaopay',
    daysAgo: 40,
  },
];

const BATCH = 'demo-batch';
const DAY_SECONDS = 86_400;

function batch(): number {
  return Number(localStorage.getItem(BATCH) ?? '1') || 1;
}

/** A new batch of orders, for when everything is refunded. */
export async function placeNextBatch(): Promise<void> {
  localStorage.setItem(BATCH, String(batch() + 1));
  await place(WARES);
}

/** The shop's orders; on the first visit the demo's own are placed. Undefined: they could not be read. */
export async function ordersWithDemo(): Promise<readonly ShopOrder[] | undefined> {
  const there = await shopOrders();
  if (there === undefined) return undefined;
  const known = new Set(there.map(({ merchant_uid: order }) => order));
  const missing = WARES.filter((ware) => !known.has(numberOf(ware)));
  if (missing.length === 0) return there;
  await place(missing);
  return shopOrders();
}

function numberOf({ id }: Ware): string {
  const number = batch();
  return number === 1 ? id : `${id.slice(0, 36)}-${number}`;
}

async function place(wares: readonly Ware[]): Promise<void> {
  for (const ware of wares) {
    const { name, amount, pay_method, pg_provider, currency = 'KRW', daysAgo, times = 1 } = ware;
    const merchant_uid = numberOf(ware);
    for (let time = 1; time <= times; time += 1) {
      const imp_uid = `imp_${`${time > 1 ? `${time}_` : ''}${merchant_uid}`.slice(-28)}`;
      const paid_at = Math.floor(Date.now() / 1_000) - daysAgo * DAY_SECONDS - (times - time) * 40;
      const receipt_url = `https://pg.example/receipt/${imp_uid}`;
      const payment = {
        merchant_uid,
        imp_uid,
        amount,
        currency,
        pay_method,
        pg_provider,
        paid_at,
        receipt_url,
      };
      const added = await call('POST', '/_local/payments', {
        ...payment,
        name: name.en,
        customer_id: CUSTOMER,
      });
      if (added.ok && ware.cancelledInConsole !== undefined) {
        const path = `/_local/iamport/${encodeURIComponent(imp_uid)}/console-cancel`;
        await call('POST', path, { amount: ware.cancelledInConsole });
      }
    }
  }
}

const NAMES: readonly Both[] = [DEMO.startedOrder, ...WARES.map(({ name }) => name)];

/** The demo's wares have names in both languages; the table keeps one. */
export function productName(order: string, payment: Pick<ShopPayment, 'name'> | undefined): string {
  return NAMES.find(({ en }) => en === payment?.name)?.[language] ?? payment?.name ?? order;
}
