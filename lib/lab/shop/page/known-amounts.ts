import type { Payment } from '../../../client/refund-client.ts';
import type { ShopPayment } from './doors.ts';

const NOTHING_KNOWN = {
  cancelled_at: 0,
  cancel_reason: null,
  cancel_history: [],
  receipt_url: null,
} as const;

/** The shop's own books know the amounts too, when the service cannot be asked. */
export function knownFromShop(order: string, payment: ShopPayment | undefined): Payment | undefined {
  return payment && { ...NOTHING_KNOWN, ...payment, merchant_uid: order };
}
