import type { FinalRefund, Payment, PaymentKey, PendingRefund } from '../refund/payment.ts';
import {
  OPEN_SHARD,
  PENDING,
  recordPath,
  RECORDS,
  RESOLVE_AT,
  type Condition,
  type Path,
} from './conditions.ts';
import { pendingToItem } from './pending-item.ts';
import { finalToItem } from './refund-item.ts';

/** A write in the words of the table: what must hold, and what is then set and removed, all or nothing. */
export interface Plan {
  readonly key: PaymentKey;
  readonly conditions: readonly Condition[];
  readonly set: readonly (readonly [Path, unknown])[];
  /** Set only where nothing stands yet. */
  readonly setIfAbsent: readonly (readonly [Path, unknown])[];
  readonly remove: readonly Path[];
}

export type Sets = Plan['set'];

export function plan(
  key: PaymentKey,
  conditions: readonly Condition[],
  set: Sets,
  rest: Partial<Plan> = {},
): Plan {
  const { merchantUid, impUid } = key;
  return { key: { merchantUid, impUid }, conditions, set, setIfAbsent: [], remove: [], ...rest };
}

/** How a plan names its shard: the number of shards is a deployer's. */
export type ShardOf = (merchantUid: string) => string;

export const DONE_WITH_PENDING = { remove: [PENDING, OPEN_SHARD, RESOLVE_AT] } as const;

/** Whom the payer has named; nothing where nobody was. */
export function ownerSets({ customerId }: { readonly customerId?: string }): Sets {
  return customerId === undefined ? [] : [[['customer_id'], customerId]];
}

export function recordSet(payment: Payment, refund: FinalRefund): readonly [Path, unknown] {
  return [recordPath(refund.refundId), finalToItem(refund, payment.currency)];
}

/** A record, also into an item whose map of records the shop has taken away. */
export function withRecord(
  payment: Payment,
  refund: FinalRefund,
  conditions: readonly Condition[],
  set: Sets,
  rest: Partial<Plan> = {},
): Plan {
  if (payment.stored.hasRecords) {
    const mapExists: Condition = { test: 'present', path: RECORDS };
    return plan(payment, [...conditions, mapExists], [recordSet(payment, refund), ...set], rest);
  }
  const first = { [refund.refundId]: finalToItem(refund, payment.currency) };
  return plan(payment, [...conditions, { test: 'absent', path: RECORDS }], [[RECORDS, first], ...set], rest);
}

export function pendingSets(payment: Payment, pending: PendingRefund, shardOf: ShardOf): Sets {
  return [
    [PENDING, pendingToItem(pending, payment.currency)],
    [OPEN_SHARD, shardOf(payment.merchantUid)],
    [RESOLVE_AT, pending.resolveAtMs],
  ];
}
