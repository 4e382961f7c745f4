import type { PaymentsStore } from '../../../functions/protocol/ports.ts';
import type { Order } from '../../../functions/refund/order.ts';
import { COULD_NOT, IMP_UID, WHERE, type Command } from '../command.ts';
import { explain, orderInWords } from '../explain.ts';
import { orderJson } from '../json.ts';
import { UsageError } from '../operations-error.ts';
import { QUIET_PERIOD, quietPeriodMs } from '../quiet-period.ts';
import { openTable } from '../tables.ts';
import { targetOf } from '../targets.ts';

export const explainCommand: Command = {
  name: 'explain',
  takes: '<merchant_uid>',
  positionals: 1,
  summary: 'the time line of an order: who asked, what was sent, what came back, what decided',
  about: [
    'Times are Korea time. All payments of the order are told, or only --imp-uid; --imp-uid alone finds its order.',
    "It reads the table alone: what i'mport holds is told as the last look has noted it. An entry of i'mport's",
    'history that no refund of ours explains is shown, also one that bears a tag which the table does not know.',
  ],
  options: { ...IMP_UID, ...WHERE, ...QUIET_PERIOD },
  exits: ['the order is told', 'the table holds no such order or payment', COULD_NOT],
  run: async (given, world) => {
    const [merchantUid] = given.positionals;
    const impUid = given.text('imp-uid');
    if (merchantUid === undefined && impUid === undefined)
      throw new UsageError('explain needs an order number, or --imp-uid IMP_UID.');
    const target = targetOf(given, world);
    const store = await (world.openTable ?? openTable)(target);
    const numbers = merchantUid === undefined ? await store.ordersOf(impUid ?? '') : [merchantUid];
    const orders = await ordersWith(store, numbers, impUid);
    if (given.flag('json')) {
      const seen = { nowMs: world.nowMs(), quietPeriodMs: await quietPeriodMs(given, target, world) };
      world.out(JSON.stringify(orders.map((order) => orderJson(order, order.payments, seen))));
    } else if (orders.length === 0) world.out(notFound(merchantUid, impUid));
    else for (const order of orders) tell(order, world.out);
    return orders.length === 0 ? 1 : 0;
  },
};

async function ordersWith(
  store: PaymentsStore,
  numbers: readonly string[],
  impUid: string | undefined,
): Promise<readonly Order[]> {
  const orders = await Promise.all(numbers.map(async (number) => store.order(number)));
  const only = <Named extends { readonly impUid: string }>(all: readonly Named[]) =>
    all.filter((each) => impUid === undefined || each.impUid === impUid);
  return orders
    .map((order) => ({
      ...order,
      payments: only(order.payments),
      unreadable: only(order.unreadable),
    }))
    .filter(({ payments, unreadable, word }) => {
      const holdsPayment = payments.length + unreadable.length > 0;
      return impUid === undefined ? holdsPayment || word !== undefined : holdsPayment;
    });
}

function notFound(merchantUid: string | undefined, impUid: string | undefined): string {
  const what = impUid === undefined ? 'nothing' : `no payment ${impUid}`;
  return merchantUid === undefined
    ? `The table holds ${what}.`
    : `The table holds ${what} of the order ${merchantUid}.`;
}

function tell(order: Order, out: (line: string) => void): void {
  for (const line of orderInWords(order)) out(line);
  for (const payment of order.payments) out(explain(payment));
  for (const { impUid, why } of order.unreadable)
    out(`${order.merchantUid} (${impUid}): CANNOT BE READ: ${why}. See UnreadableItems in the runbook.`);
  if (order.payments.length > 1) out(`The order has ${order.payments.length} payments.`);
}
