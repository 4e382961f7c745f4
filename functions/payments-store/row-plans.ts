import type { Write } from '../protocol/write.ts';
import {
  balance,
  equals,
  hasStatus,
  held,
  isNotCancelled,
  isRefund,
  itemExists,
  knownBalance,
  neverDone,
  notAccepted,
  nothingInFlight,
  pinned,
  recordPath,
  RECORDS,
  RESOLVE_AT,
  SEQ,
  seqIs,
  type Condition,
} from './conditions.ts';
import { bucketToItem, cancellationSets, paymentSets } from './payment-item.ts';
import {
  DONE_WITH_PENDING,
  ownerSets,
  pendingSets,
  plan,
  withRecord,
  type Plan,
  type Sets,
  type ShardOf,
} from './plan-parts.ts';

/** Row 3. */
export function planClaim(
  { payment, pending, bucket, evict }: Extract<Write, { kind: 'claim' }>,
  shardOf: ShardOf,
): Plan {
  const { hasRecords } = payment.stored;
  const conditions: Condition[] = [
    itemExists,
    nothingInFlight,
    balance('equals', payment.cancelAmount, payment.currency),
    ...pinned(payment),
    seqIs(payment.seq),
    neverDone(pending.refundId),
    { test: hasRecords ? 'present' : 'absent', path: RECORDS },
    // A refusal that was put right meanwhile (row 8) is a cancelled refund, which is never forgotten.
    ...evict.map(isNotCancelled),
  ];
  const set: Sets = [
    ...pendingSets(payment, pending, shardOf),
    [SEQ, pending.seq],
    ...(bucket === undefined ? [] : [[['refund_bucket'], bucketToItem(bucket)] as const]),
    ...(hasRecords ? [] : [[RECORDS, {}] as const]),
  ];
  // What stands in the archive never leaves it: where the item has no map of records, there is nothing to remove.
  const known = hasRecords ? [...new Set([...evict, pending.refundId])] : [];
  const gone = known.filter((id) => payment.refunds.has(id));
  return plan(payment, conditions, set, { remove: gone.map(recordPath) });
}

/** Rows 4, 5, 7 and 10. `cancel_amount := max(L, R)` is written as a condition: raise it, or leave it when L is already above R. */
export function planFinish(write: Extract<Write, { kind: 'finish' }>): Plan {
  const { payment, guard, refund, provider, keepBalance, unlessRefused } = write;
  const conditions: Condition[] = [...held(guard), isRefund(refund)];
  if (unlessRefused === true) {
    const notRefused = { test: 'differs', path: ['refund_pending', 'refused'] } as const;
    const attempt = guard.attempt ?? refund.attempt;
    conditions.push({ ...notRefused, value: attempt, orAbsent: true });
  }
  if (refund.status === 'rejected' && refund.decidedBy !== 'people') conditions.push(notAccepted);
  if (keepBalance || provider === undefined) {
    return withRecord(payment, refund, conditions, [], DONE_WITH_PENDING);
  }
  conditions.push(knownBalance('at_most', provider, payment));
  const { copied, hasRecords } = payment.stored;
  if (copied === undefined) {
    return withRecord(payment, refund, conditions, cancellationSets(provider, payment), DONE_WITH_PENDING);
  }
  // Only the worker that holds the claim comes here, and only it has made sure of the copies.
  const leaving = hasRecords ? copied.refundIds.map(recordPath) : [];
  const remove = [...DONE_WITH_PENDING.remove, ...leaving];
  return withRecord(payment, refund, conditions, cancellationSets(provider, payment, copied.upTo), {
    remove,
  });
}

/** Row 4x: the record says otherwise, or there is none and nothing of this refund is in flight. The item may be gone altogether. */
export function planProve({
  payment,
  refund,
  provider,
  keepBalance,
}: Extract<Write, { kind: 'prove' }>): Plan {
  const nowhere: Condition = {
    test: 'all',
    of: [
      { test: 'absent', path: recordPath(refund.refundId) },
      { test: 'differs', path: ['refund_pending', 'refund_id'], value: refund.refundId, orAbsent: true },
    ],
  };
  const contradicted = hasStatus(refund.refundId, 'rejected', 'not_executed');
  const conditions: Condition[] = [{ test: 'any', of: [nowhere, contradicted] }, seqIs(payment.seq)];
  // An item that the shop wrote anew has lost its count of claims: a late copy of one must not find it at 0.
  const seq: Sets = refund.seq > payment.seq ? [[SEQ, refund.seq]] : [];
  if (keepBalance) return withRecord(payment, refund, conditions, seq);
  conditions.push(knownBalance('at_most', provider, payment));
  return withRecord(payment, refund, conditions, [...paymentSets(provider, payment), ...seq]);
}

export function planDefer({ payment, guard, checks, resolveAtMs }: Extract<Write, { kind: 'defer' }>): Plan {
  const notYetTaken = equals(['refund_pending', 'checks'], checks);
  const set: Sets = [
    [['refund_pending', 'checks'], checks + 1],
    [['refund_pending', 'resolve_at'], resolveAtMs],
    [RESOLVE_AT, resolveAtMs],
  ];
  return plan(payment, [...held(guard), notYetTaken], set);
}

/**
 * Only while nothing of ours has happened since it was read; of two readers of the provider the later read must not lose,
 * so also only while L is not above what this one saw. The shop's word on whose order it is outranks the payer's.
 */
export function planAdopt({ payment, provider }: Extract<Write, { kind: 'adopt' }>): Plan {
  const conditions: Condition[] = [
    itemExists,
    nothingInFlight,
    seqIs(payment.seq),
    knownBalance('at_most', provider, payment),
  ];
  return plan(payment, conditions, paymentSets(provider, payment), {
    setIfAbsent: [...ownerSets(provider), [RECORDS, {}]],
  });
}
