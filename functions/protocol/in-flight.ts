import { entryKey } from '../refund/identity.ts';
import { minus, sum } from '../refund/money.ts';
import { cancelableAmount, type Payment } from '../refund/payment.ts';
import type { LedgerItem, RequestedRefund } from '../refund/refund.ts';
import type { Surroundings } from './ports.ts';
import { subject, reportBroken } from './settle.ts';
import { transact } from './write.ts';

/** HEAD, and the refund that it names while that is requested. */
interface InFlightNow {
  readonly payment: Payment;
  readonly refund: RequestedRefund | undefined;
}

/**
 * HEAD was read before, REFUND is read now (row 0). A restored table may hold half of a transaction: the refund that HEAD names
 * is missing, or has ended. Neither would resolve by itself, so both are repaired here (PROTOCOL, "A restored table").
 */
export async function refundInFlight(payment: Payment, world: Surroundings): Promise<InFlightNow> {
  if (payment.inFlight === undefined) return { payment, refund: undefined };
  const key = { ...payment, refundId: payment.inFlight };
  const item = await world.ledger.refund(key);
  if (item?.status === 'requested') return { payment, refund: item };
  // It may have ended between the two reads: then HEAD no longer names it.
  const head = await world.ledger.payment(payment);
  if (head === undefined || head.inFlight !== payment.inFlight) {
    return { payment: head ?? payment, refund: undefined };
  }
  const untilMs = world.now() + MEND_WITHIN_MS;
  if (item !== undefined) {
    const { kind } = await transact({ kind: 'release', payment: head, refund: item }, untilMs, world);
    if (kind !== 'applied') return { payment: head, refund: undefined };
    world.report({ event: 'anomaly', why: 'an ended refund still held its payment', ...subject(item) });
    const { inFlight: _ended, ...released } = head;
    return { payment: released, refund: undefined };
  }
  const items = await world.ledger.allRefunds(head, reportBroken('restore', head, world));
  const refund = madeAnew(head, key.refundId, items, world.now());
  const { kind } = await transact({ kind: 'restore', payment: head, refund }, untilMs, world);
  if (kind !== 'applied') return { payment: head, refund: undefined };
  world.report({ event: 'anomaly', why: 'the ledger had lost the refund in flight', ...subject(refund) });
  return { payment: head, refund };
}

/** As long as a table may take to answer; the next look tries again. */
const MEND_WITHIN_MS = 2_000;

/**
 * A refund known only from HEAD, treated as one that may have been sent when it was claimed. Its amount is lost: it may be all
 * that no other refund holds, so that every entry that may be it counts as that. L does not help, because it may include the
 * refund already.
 */
function madeAnew(
  payment: Payment,
  refundId: string,
  items: readonly LedgerItem[],
  nowMs: number,
): RequestedRefund {
  const { merchantUid, impUid, currency, lastWish, hasPromotion } = payment;
  const held = new Map(items.flatMap(entriesOf).map((entry) => [entryKey(entry), entry.amount]));
  const cancelledBefore = sum([...held.values()]);
  const left = hasPromotion ? cancelableAmount(payment) : minus(payment.amount, cancelledBefore);
  const atMs = lastWish?.atMs ?? nowMs;
  return {
    status: 'requested',
    isRestored: true,
    merchantUid,
    impUid,
    refundId,
    currency,
    cancelledBefore,
    gen: 1,
    amount: left,
    checksum: left,
    wish: lastWish?.wish ?? '',
    passedOn: {},
    actor: { kind: 'staff', sub: 'unknown' },
    requestedAtMs: atMs,
    claimedAtMs: atMs,
    resolveAtMs: nowMs,
  };
}

function entriesOf(item: LedgerItem) {
  if (item.status === 'elsewhere') return [item.entry];
  return item.status === 'cancelled' ? item.entries : [];
}
