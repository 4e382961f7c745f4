import type { PaymentKey } from '../refund/payment.ts';

/** API Gateway decodes a path before it routes: such an order number would be another path, or none. */
const NOT_FOR_A_PATH = /[/\\?#%;]|^\.{1,2}$/;

/** Where a payment is read: by its order and `imp_uid`, or by `imp_uid` alone where a path cannot carry the order number. */
export function locationOf({ merchantUid, impUid }: PaymentKey): string {
  const query = `imp_uid=${encodeURIComponent(impUid)}`;
  return NOT_FOR_A_PATH.test(merchantUid)
    ? `/payments?${query}`
    : `/payments/${encodeURIComponent(merchantUid)}?${query}`;
}
