import { paymentJson, refundJson, type Json } from '../../../functions/http/representation.ts';
import type { OrderWord } from '../../../functions/refund/order.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import { isElsewhere, type LedgerItem } from '../../../functions/refund/refund.ts';
import {
  COULD_NOT,
  IMP_UID,
  UsageError,
  valued,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { looseEntries } from '../entries.ts';
import { paymentWords, historiesOf } from '../history.ts';
import { openTables, type LedgerReads, type Tables } from '../tables.ts';
import { ORDERS, quietPeriodOf, targetOf, WHERE } from '../where.ts';
import { clock, inMajor, named } from '../words.ts';

export const explainCommand: Command = {
  name: 'explain',
  takes: '<merchant_uid>',
  positionals: 1,
  summary: 'the history of an order: requests, cancel calls, answers and decisions',
  about: [
    'Times are Korea time. All payments of the order are shown; --imp-uid or --refund-id alone show one payment.',
    "It reads only the tables: i'mport's data is as of the last look. An entry of i'mport's history that belongs to " +
      'no refund is shown with the option for close.',
  ],
  options: {
    ...IMP_UID,
    'refund-id': valued('REFUND_ID', 'only the payment of this refund'),
    ...WHERE,
    ...ORDERS,
  },
  exits: ['the order is told', 'the tables hold no such order or payment', COULD_NOT],
  run: async (given, world) => {
    const target = targetOf(given, world);
    const wanted = wantedIn(given);
    const tables = await (world.openTables ?? openTables)(target);
    const order = await orderOf(wanted, tables);
    const isFound = order.payments.length > 0 || (order.word !== undefined && wanted.impUid === undefined);
    if (given.flag('json')) {
      const seen = { nowMs: world.nowMs(), quietPeriodMs: await quietPeriodOf(target, world) };
      world.json(orderJson(order, seen));
    } else if (isFound) tell(order, world);
    else world.out(notFound(wanted));
    return isFound ? 0 : 1;
  },
};

type Wanted = ReturnType<typeof wantedIn>;

function wantedIn(given: Given) {
  const [merchantUid] = given.positionals;
  const [impUid, refundId] = [given.text('imp-uid'), given.text('refund-id')];
  if ((merchantUid ?? impUid ?? refundId) === undefined)
    throw new UsageError('explain needs an order number, --imp-uid IMP_UID or --refund-id REFUND_ID.');
  if (refundId !== undefined && (merchantUid ?? impUid) !== undefined)
    throw new UsageError('--refund-id names the payment: give it alone.');
  return { merchantUid, impUid, refundId };
}

/** An order from both tables. */
interface Order {
  readonly merchantUid: string | undefined;
  readonly word: OrderWord | undefined;
  readonly payments: readonly { readonly payment: Payment; readonly items: readonly LedgerItem[] }[];
}

async function orderOf(wanted: Wanted, { ledger, orders }: Tables): Promise<Order> {
  const ofRefund = wanted.refundId === undefined ? undefined : await ledger.refundById(wanted.refundId);
  const impUid = ofRefund?.impUid ?? wanted.impUid;
  const merchantUid =
    wanted.merchantUid ??
    ofRefund?.merchantUid ??
    (impUid === undefined ? undefined : await ledger.orderOf(impUid));
  if (merchantUid === undefined) return { merchantUid, word: undefined, payments: [] };
  const word = await orders?.order(merchantUid);
  const found = await paymentsOf(merchantUid, word, ledger);
  const payments = found.filter((payment) => impUid === undefined || payment.impUid === impUid);
  const items = await Promise.all(payments.map(async (payment) => ledger.allRefunds(payment)));
  return {
    merchantUid,
    word,
    payments: payments.map((payment, index) => ({ payment, items: items[index] ?? [] })),
  };
}

/** The payments with the order's number, and the payments that the shop's order item names. */
async function paymentsOf(
  merchantUid: string,
  word: OrderWord | undefined,
  ledger: LedgerReads,
): Promise<readonly Payment[]> {
  const payments = await ledger.payments(merchantUid);
  const others = (word?.impUids ?? []).filter((impUid) => payments.every((each) => each.impUid !== impUid));
  const found = await Promise.all(
    others.map(async (impUid) => {
      const number = await ledger.orderOf(impUid);
      return number === undefined ? undefined : ledger.payment({ merchantUid: number, impUid });
    }),
  );
  return [...payments, ...found.filter((payment) => payment !== undefined)];
}

// --- Text output ---

function notFound({ merchantUid, impUid, refundId }: Wanted): string {
  if (refundId !== undefined) return `The ledger holds no refund ${named(refundId)}.`;
  const what = impUid === undefined ? 'nothing' : `no payment ${named(impUid)}`;
  return merchantUid === undefined
    ? `The ledger holds ${what}.`
    : `The tables hold ${what} of the order ${named(merchantUid)}.`;
}

function tell({ word, payments }: Order, { out, nowMs }: Surroundings): void {
  if (word !== undefined) out(orderWords(word));
  for (const { payment, items } of payments) {
    out(paymentWords(payment));
    if (payment.paidAtMs !== undefined) out(`  ${clock(payment.paidAtMs)}  paid`);
    for (const { title, lines } of historiesOf(items, nowMs(), payment)) {
      out(`  ${title}`);
      for (const { atMs, text } of lines) out(`    ${clock(atMs)}  ${text}`);
    }
    const loose = looseEntries(payment, items);
    if (loose.length > 0) out("  In i'mport's history, but in no refund:");
    for (const { text } of loose) out(`    ${text}`);
  }
  if (payments.length > 1) out(`The order has ${payments.length} payments.`);
}

/** The order item of the shop. */
function orderWords({ merchantUid, customerId, amount, currency, impUids, unreadable }: OrderWord): string {
  const whose = customerId === undefined ? 'names no owner' : `is ${named(customerId)}'s`;
  const cost = amount === undefined ? '' : `, should cost ${inMajor(amount, currency ?? 'KRW')}`;
  const paid = impUids.length === 0 ? '' : `, is paid by ${impUids.map(named).join(', ')}`;
  const broken = unreadable.length === 0 ? '' : `; NOTE: ${unreadable.map(named).join(', ')} cannot be read`;
  return `${named(merchantUid)}: by the shop's order item it ${whose}${cost}${paid}${broken}`;
}

// --- JSON output ---

interface Seen {
  readonly nowMs: number;
  readonly quietPeriodMs: number | undefined;
}

/** In the form of the API for staff, with the names of those who proposed and approved. */
function orderJson({ merchantUid, word, payments }: Order, seen: Seen): Json {
  const viewer = { actor: { kind: 'staff', sub: 'refunds' }, ...seen } as const;
  return {
    merchant_uid: merchantUid ?? null,
    order: word === undefined ? null : wordJson(word),
    payments: payments.map(({ payment, items }) => ({
      ...paymentJson(payment),
      in_flight: payment.inFlight ?? null,
      refunds: historiesOf(items, seen.nowMs, payment).map(({ item, lines }) => ({
        ...refundJson(item, payment, viewer),
        // A customer's `sub` is left out.
        ...(isElsewhere(item) || item.actor.kind !== 'staff' ? {} : { actor_sub: item.actor.sub }),
        moments: lines.map(({ atMs, text }) => ({ at: new Date(atMs).toISOString(), text })),
      })),
      loose_entries: looseEntries(payment, items).map(({ text }) => text),
    })),
  };
}

function wordJson({ customerId, amount, currency, impUids, unreadable }: OrderWord): Json {
  return {
    customer_id: customerId ?? null,
    amount: amount ?? null,
    currency: currency ?? null,
    imp_uid: impUids,
    unreadable,
  };
}
