import * as v from 'valibot';
import {
  mapPassedOn,
  PASSED_ON,
  passedOnFromWire,
  passedOnToWire,
  type PassedOnWire,
} from '../refund/intent.ts';
import { toDecimal, type Minor } from '../refund/money.ts';
import type { AttemptNote, FinalRefund, PendingRefund, RefundIntent } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { ItemError, ownAmount } from './stored-value.ts';

/** Our own records: strict, since nobody else writes them. Times in Unix ms: the order of two refunds in one second must not be lost. */
export const text = v.string();
export const number = v.number();
export const optionalText = v.optional(text);
export const optionalNumber = v.optional(number);

const passedOn = Object.fromEntries(
  Object.values(PASSED_ON).map(({ wire, kind }) => [
    wire,
    v.optional(kind === 'money' ? number : v.boolean()),
  ]),
) as Record<PassedOnWire, v.OptionalSchema<typeof number, undefined>>;

export const Intent = {
  refund_id: text,
  fingerprint: optionalText,
  amount: number,
  checksum: number,
  ...passedOn,
  reason: optionalText,
  destination: v.optional(v.object({ bank: optionalText, account_hash: optionalText })),
  actor: v.object({ kind: v.picklist(['customer', 'staff']), sub: text }),
  requested_at: number,
  seq: number,
  attempt: number,
  attempts: v.array(
    v.object({ attempt: number, sent_at: number, answered_at: optionalNumber, answer: optionalText }),
  ),
};

export type Attributes = Readonly<Record<string, unknown>>;

export function parsed<Schema extends v.GenericSchema>(
  attribute: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ItemError(`attribute ${attribute}.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}

export function intentToItem(refund: PendingRefund | FinalRefund, currency: string): Attributes {
  const { destination, actor } = refund;
  const decimal = (amount: Minor): number => toDecimal(amount, currency);
  return {
    refund_id: refund.refundId,
    fingerprint: refund.fingerprint,
    amount: decimal(refund.amount),
    checksum: decimal(refund.checksum),
    ...passedOnToWire(mapPassedOn(refund.passedOn, decimal)),
    reason: refund.reason,
    destination: destination && omitMissing({ bank: destination.bank, account_hash: destination.accountHash }),
    actor: { kind: actor.kind, sub: actor.sub },
    requested_at: refund.requestedAtMs,
    seq: refund.seq,
    attempt: refund.attempt,
    attempts: refund.attempts.map(({ attempt, sentAtMs, answeredAtMs, answer }) =>
      omitMissing({ attempt, sent_at: sentAtMs, answered_at: answeredAtMs, answer }),
    ),
  };
}

const IntentItem = v.object(Intent);
type StoredIntent = v.InferOutput<typeof IntentItem>;

export function intentFromItem(
  stored: StoredIntent,
  currency: string,
): RefundIntent & {
  readonly seq: number;
  readonly attempt: number;
  readonly attempts: readonly AttemptNote[];
} {
  const { destination } = stored;
  return {
    refundId: stored.refund_id,
    amount: ownAmount('amount', stored.amount, currency),
    checksum: ownAmount('checksum', stored.checksum, currency),
    passedOn: mapPassedOn(passedOnFromWire<number>(stored), (decimal, wire) =>
      ownAmount(wire, decimal, currency),
    ),
    actor: stored.actor,
    requestedAtMs: stored.requested_at,
    ...omitMissing({
      fingerprint: stored.fingerprint,
      reason: stored.reason,
      destination: destination && omitMissing({ bank: destination.bank, accountHash: destination.account_hash }),
    }),
    seq: stored.seq,
    attempt: stored.attempt,
    attempts: stored.attempts.map(({ attempt, sent_at, answered_at, answer }) => ({
      attempt,
      sentAtMs: sent_at,
      ...omitMissing({ answeredAtMs: answered_at, answer }),
    })),
  };
}
