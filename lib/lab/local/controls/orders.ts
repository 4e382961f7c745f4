import { type Control, ControlError, refuseUnknown, required } from './control.ts';
import type { ShopItems } from './shop-items.ts';

/** As i'mport has it (IAMPORT 2). */
const MAX_ORDER_NUMBER = 40;

/** Makes an order item exist, or corrects it: the shop's own word of whose the order is and what it should cost. */
export function orderControls(items: ShopItems): readonly Control[] {
  return [
    {
      route: 'POST /_local/orders',
      run: async ({ fields }) => {
        const given = fields();
        refuseUnknown(given, ['merchant_uid', 'customer_id', 'amount', 'currency']);
        const merchantUid = required(given, 'merchant_uid');
        if (merchantUid.length > MAX_ORDER_NUMBER)
          throw new ControlError(400, `body.merchant_uid must be at most ${MAX_ORDER_NUMBER} characters`);
        const amount = given.numberOr('amount', undefined);
        if (amount !== undefined && amount < 0) throw new ControlError(400, 'body.amount must be 0 or more');
        const order = {
          customer_id: given.textOr('customer_id', undefined),
          amount,
          currency: given.textOr('currency', undefined),
        };
        return { status: 201, body: await items.putOrder(merchantUid, order) };
      },
    },
  ];
}
