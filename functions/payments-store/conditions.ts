import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { toDecimal, type Minor } from '../refund/money.ts';
import type { FinalRefund, Payment, ProviderPayment } from '../refund/payment.ts';
import type { Guard } from '../protocol/write.ts';
import { OPEN_SHARD_KEY, RESOLVE_AT_KEY } from './keys.ts';

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object' || value instanceof NumberValue;
}

export type Path = readonly [string, ...string[]];

/** One guard of a write. `orAbsent`: an attribute that was never written counts as fulfilled (a missing cancel_amount is 0). */
export type Condition =
  | { readonly test: 'absent' | 'present'; readonly path: Path }
  | {
      readonly test: 'equals' | 'differs' | 'below' | 'at_most';
      readonly path: Path;
      readonly value: unknown;
      readonly orAbsent?: boolean;
    }
  | { readonly test: 'any'; readonly of: readonly Condition[] }
  | { readonly test: 'all'; readonly of: readonly Condition[] };

export const PENDING: Path = ['refund_pending'];
export const RECORDS: Path = ['refund_records'];
export const SEQ: Path = ['refund_seq'];
export const RESOLVE_AT: Path = [RESOLVE_AT_KEY];
export const OPEN_SHARD: Path = [OPEN_SHARD_KEY];

export const nothingInFlight: Condition = { test: 'absent', path: PENDING };
export const itemExists: Condition = { test: 'present', path: ['merchant_uid'] };
export const isNew: Condition = { test: 'absent', path: ['merchant_uid'] };

export function recordPath(refundId: string): Path {
  return ['refund_records', refundId];
}

export function equals(path: Path, value: unknown, orAbsent = false): Condition {
  return { test: 'equals', path, value, orAbsent };
}

/** An attribute of whatever kind is still what was read; of a list, a map, a set or bytes only that it is there. */
export function asRead(path: Path, value: unknown): Condition {
  if (value === undefined) return { test: 'absent', path };
  return isPlain(value) ? equals(path, value) : { test: 'present', path };
}

/** The claim, and where it matters the attempt, that a worker holds or has read. */
export function held({ seq, attempt, claimId }: Guard): readonly Condition[] {
  const marks = { seq, attempt, claim_id: claimId };
  return Object.entries(marks).flatMap(([name, value]) =>
    value === undefined ? [] : [equals(['refund_pending', name], value)],
  );
}

/** Where the shop has written over the item, its numbers begin anew: the refund's own name does not. */
export function isRefund({ refundId }: Pick<FinalRefund, 'refundId'>): Condition {
  return equals(['refund_pending', 'refund_id'], refundId);
}

/** What was accepted may be booked at any time (P5), also when that was noted after the evidence was read (7b to 7d). */
export const notAccepted: Condition = {
  test: 'differs',
  path: ['refund_pending', 'accepted'],
  value: true,
  orAbsent: true,
};

export function seqIs(seq: number): Condition {
  return equals(SEQ, seq, seq === 0);
}

export function hasStatus(refundId: string, ...statuses: readonly FinalRefund['status'][]): Condition {
  return { test: 'any', of: statuses.map((status) => equals([...recordPath(refundId), 'status'], status)) };
}

export function balance(test: 'equals' | 'below' | 'at_most', amount: Minor, currency: string): Condition {
  const orAbsent = test === 'equals' ? amount === 0 : true;
  return { test, path: ['cancel_amount'], value: toDecimal(amount, currency), orAbsent };
}

/** L against R of this read. Or the item that says too little is still as it was read: then the provider's word puts it right. */
export function knownBalance(
  test: 'below' | 'at_most',
  { cancelAmount, currency }: ProviderPayment,
  { stored }: Payment,
): Condition {
  const compared = balance(test, cancelAmount, currency);
  if (stored.asFound === undefined) return compared;
  const unchanged = Object.entries(stored.asFound).map(([name, value]) => asRead([name], value));
  return { test: 'any', of: [compared, { test: 'all', of: unchanged }] };
}

/** The refund has no record, or one that leaves its key free to be used again. */
export function neverDone(refundId: string): Condition {
  const noRecord: Condition = { test: 'absent', path: recordPath(refundId) };
  return { test: 'any', of: [noRecord, hasStatus(refundId, 'not_executed')] };
}

/** The refund has no record, or one that says that it was not done. */
export function isNotCancelled(refundId: string): Condition {
  const path = [...recordPath(refundId), 'status'] as const;
  return { test: 'differs', path, value: 'cancelled', orAbsent: true };
}

/** Amount, currency and owner are still those that the decision was made on; the payment's key is the update's own. */
export function pinned({ amount, currency, completeness, stored }: Payment): readonly Condition[] {
  const isAssumed = completeness === 'currency_assumed';
  return [
    equals(['amount'], toDecimal(amount, currency)),
    isAssumed ? { test: 'absent', path: ['currency'] } : equals(['currency'], currency),
    // What is no text or number is nobody's name: who cancels then is staff, whatever stands there.
    asRead(['customer_id'], stored.owner),
  ];
}
