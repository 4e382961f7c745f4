/** The local run's own doors, as the page uses them. */

export interface DemoOrder {
  readonly merchant_uid: string;
  readonly kind: 'card' | 'vbank' | 'phone' | 'paypal';
}

const SEEDS: readonly (DemoOrder & { readonly fields: Readonly<Record<string, unknown>> })[] = [
  { merchant_uid: 'demo-card', kind: 'card', fields: { amount: 32_000 } },
  { merchant_uid: 'demo-part', kind: 'card', fields: { amount: 63_000, pg_provider: 'nice' } },
  {
    merchant_uid: 'demo-vbank',
    kind: 'vbank',
    fields: { amount: 45_000, pay_method: 'vbank', pg_provider: 'tosspayments' },
  },
  {
    merchant_uid: 'demo-phone',
    kind: 'phone',
    fields: { amount: 9_900, pay_method: 'phone', pg_provider: 'danal' },
  },
  {
    merchant_uid: 'demo-usd',
    kind: 'paypal',
    fields: { amount: 14.2, currency: 'USD', pay_method: 'card', pg_provider: 'eximbay' },
  },
];

export const CUSTOMER = 'demo-customer';
/** Codes of tosspayments, the demo order's PG. */
export const BANKS: Readonly<Record<string, string>> = {
  '004': 'KB국민',
  '088': '신한',
  '020': '우리',
  '081': '하나',
  '090': '카카오',
  '092': '토스',
};
export const FAULTS = ['answer_lost', 'request_lost', 'slow', 'refused', 'http_502', 'down', 'up'] as const;

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The orders of this page load. They stay where they are when they are there already (409). */
export async function seedOrders(): Promise<readonly DemoOrder[]> {
  for (const { merchant_uid, fields } of SEEDS) {
    const payment = { merchant_uid, imp_uid: `imp_${merchant_uid}`, customer_id: CUSTOMER, ...fields };
    const added = await post('/_local/payments', payment);
    // Refunded in part elsewhere, in i'mport's own console; the webhook tells the service.
    if (added.ok && merchant_uid === 'demo-part') {
      await post('/_local/iamport/imp_demo-part/console-cancel', { amount: 5_000 });
    }
  }
  return SEEDS;
}

export async function tokenFor(who: string): Promise<string> {
  const subject = who === 'staff' ? { sub: 'demo-staff', groups: ['refund-staff'] } : { sub: CUSTOMER };
  const answer = (await (await post('/_local/token', subject)).json()) as { access_token: string };
  return answer.access_token;
}

export async function scriptFault(fault: (typeof FAULTS)[number]): Promise<boolean> {
  if (fault === 'down' || fault === 'up')
    return (await post('/_local/iamport/down', { down: fault === 'down' })).ok;
  const delay = fault === 'slow' ? { delay_ms: 3_000 } : {};
  return (await post('/_local/faults', { on: 'cancel', fault, ...delay })).ok;
}
