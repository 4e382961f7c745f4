import type { Actor, FinalRefund, Payment } from './payment.ts';

/** An item may hold 400 KB, and no caller may fill it: a hundred records, of which the customer can use twenty. */
export const MAX_RECORDS = 100;
export const MAX_CUSTOMER_RECORDS = 20;
/** The last place is kept for a refund of everything that is left. */
const MAX_PARTIAL_RECORDS = MAX_RECORDS - 1;
/** What never happened needs no long memory: the key may be used again anyway. */
const MAX_NOT_EXECUTED_RECORDS = 5;

export type Place = { readonly kind: 'place'; readonly evict: readonly string[] } | { readonly kind: 'none' };

/**
 * Whether one more record finds a place, and which old ones make room for it. A full refund always finds one: the oldest
 * refusal goes, of its own kind of caller first, since a cancelled refund is never forgotten.
 */
export function placeFor(payment: Payment, actor: Actor['kind'], isFull: boolean): Place {
  const records = [...payment.refunds.values()].toSorted((a, b) => a.finishedAtMs - b.finishedAtMs);
  const notExecuted = records.filter(({ status }) => status === 'not_executed');
  const kept = records.filter(({ status }) => status !== 'not_executed');
  const room = Math.max(0, Math.min(MAX_NOT_EXECUTED_RECORDS, MAX_RECORDS - kept.length - 1));
  const evict = notExecuted.slice(0, Math.max(0, notExecuted.length - room));
  const own = kept.filter((record) => record.actor.kind === actor);
  const customerHasPlace = actor === 'staff' || own.length < MAX_CUSTOMER_RECORDS;
  if (customerHasPlace && kept.length < (isFull ? MAX_RECORDS : MAX_PARTIAL_RECORDS)) {
    return { kind: 'place', evict: ids(evict) };
  }
  if (!isFull) return { kind: 'none' };
  const ownRefusal = own.find(isRefusal);
  if (ownRefusal !== undefined) return { kind: 'place', evict: ids([...evict, ownRefusal]) };
  // Twenty refunds of the customer's were executed, and the rest goes back at once: a place of the staff's.
  if (kept.length < MAX_RECORDS) return { kind: 'place', evict: ids(evict) };
  const refusal = kept.find(isRefusal);
  return refusal === undefined ? { kind: 'none' } : { kind: 'place', evict: ids([...evict, refusal]) };
}

function isRefusal({ status }: FinalRefund): boolean {
  return status === 'rejected';
}

function ids(records: readonly FinalRefund[]): readonly string[] {
  return records.map(({ refundId }) => refundId);
}
