/** A minimal fast i'mport: every payment is paid with 10,000 won, and every cancel is booked. */

interface Held {
  cancelled: number;
  readonly history: object[];
}

const PAID_AT = 1_768_435_200;
const HOUR = 3_600;

export function stubProvider(): (path: string, body: string) => object {
  const payments = new Map<string, Held>();
  const held = (impUid: string): Held => {
    const known = payments.get(impUid) ?? { cancelled: 0, history: [] };
    payments.set(impUid, known);
    return known;
  };
  return (path, body) => {
    if (path.startsWith('/users/getToken')) return token();
    if (!path.startsWith('/payments/cancel')) {
      const [, impUid = ''] = /^\/payments\/([^?]+)/.exec(path) ?? [];
      return paymentOf(impUid, held(impUid));
    }
    const asked = JSON.parse(body) as { imp_uid: string; amount: number; reason?: string };
    const { imp_uid: impUid, amount, reason = '' } = asked;
    const payment = held(impUid);
    payment.cancelled += amount;
    payment.history.push({
      pg_tid: 'T0000000001',
      amount,
      cancelled_at: Math.floor(Date.now() / 1000),
      reason,
      receipt_url: 'https://receipts.example/1',
      cancellation_id: `C${payment.history.length + 1}`,
    });
    return paymentOf(impUid, payment);
  };
}

function token(): object {
  const now = Math.floor(Date.now() / 1000);
  return { code: 0, message: null, response: { access_token: 'token', now, expired_at: now + HOUR } };
}

function paymentOf(impUid: string, { cancelled, history }: Held): object {
  const response = {
    imp_uid: impUid,
    merchant_uid: impUid.replace(/^imp_/, ''),
    pay_method: 'card',
    channel: 'pc',
    pg_provider: 'html5_inicis',
    pg_tid: 'T0000000001',
    pg_id: 'INIpayTest',
    escrow: false,
    apply_num: '12345678',
    card_name: '신한카드',
    card_quota: 0,
    name: '주문 상품',
    amount: 10_000,
    currency: 'KRW',
    status: cancelled === 0 ? 'paid' : 'cancelled',
    started_at: PAID_AT - 60,
    paid_at: PAID_AT,
    cancel_amount: cancelled,
    cancelled_at: cancelled === 0 ? 0 : PAID_AT + 60,
    cancel_history: history,
    custom_data: null,
    receipt_url: 'https://receipts.example/1',
  };
  return { code: 0, message: null, response };
}
