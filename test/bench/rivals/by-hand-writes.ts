/** The two transactions of a refund with the protocol's conditions, hand-written for one case. */
import { createHash } from 'node:crypto';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';

type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>;

export interface Refund {
  readonly id: string;
  readonly merchantUid: string;
  readonly impUid: string;
  readonly fingerprint: string;
  readonly wish: string;
  readonly amount: number;
  readonly reason: string;
  readonly sub: string;
  readonly before: number;
  readonly checksum: number;
  readonly nowMs: number;
}

export interface ProviderPayment {
  readonly status: string;
  readonly pay_method: string;
  readonly pg_provider: string;
  readonly currency: string;
  readonly cancel_amount: number;
  readonly paid_at: number;
  readonly cancelled_at: number;
  readonly receipt_url: string;
  readonly cancel_history: readonly (Readonly<Record<string, unknown>> & {
    readonly cancellation_id: string;
  })[];
}

const TableName = process.env['LEDGER_TABLE_NAME'];

function headKey({ merchantUid, impUid }: Refund) {
  return { pk: `order#${merchantUid}`, sk: `payment#${impUid}` };
}

function itemOf(refund: Refund) {
  const { id, merchantUid, impUid, nowMs } = refund;
  const time = String(nowMs).padStart(16, '0');
  return {
    pk: `order#${merchantUid}`,
    sk: `refund#${impUid}#${id}`,
    merchant_uid: merchantUid,
    imp_uid: impUid,
    refund_id: id,
    currency: 'KRW',
    gen: 1,
    amount: refund.amount,
    checksum: refund.checksum,
    cancelled_before: refund.before,
    fingerprint: refund.fingerprint,
    wish: refund.wish,
    passed_on: {},
    reason: refund.reason,
    actor: { kind: 'customer', sub: refund.sub },
    requested_at_ms: nowMs,
    claimed_at_ms: nowMs,
    revision: 0,
    in_order: `${impUid}#${time}#${id}`,
    listed_at_ms: nowMs,
    listed_order: `${time}#${id}`,
    day_shard: `${new Date(nowMs + 9 * 3_600_000).toISOString().slice(0, 10)}#1`,
  };
}

export function claimOf(refund: Refund): Writes {
  const { id, wish, before, nowMs } = refund;
  const head = {
    TableName,
    Key: headKey(refund),
    ConditionExpression:
      'attribute_not_exists(#in_flight) AND #cancel_amount = :before AND #amount = :amount AND #currency = :currency',
    UpdateExpression: 'SET #in_flight = :id, #last_wish = :wish, #rate_limit = :rate_limit',
    ExpressionAttributeNames: {
      '#in_flight': 'in_flight',
      '#cancel_amount': 'cancel_amount',
      '#amount': 'amount',
      '#currency': 'currency',
      '#last_wish': 'last_wish',
      '#rate_limit': 'rate_limit',
    },
    ExpressionAttributeValues: {
      ':before': before,
      ':amount': refund.checksum + before,
      ':currency': 'KRW',
      ':id': id,
      ':wish': { refund_id: id, wish, at_ms: nowMs },
      ':rate_limit': { tokens: 9, at_ms: nowMs },
    },
  };
  const item = {
    TableName,
    Item: { ...itemOf(refund), status: 'requested', resolve_at_ms: nowMs + 10_000, open_shard: 'open#1' },
    ConditionExpression: 'attribute_not_exists(#pk)',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  return [{ Update: head }, { Put: item }];
}

export function settlementOf(refund: Refund, provider: ProviderPayment): Writes {
  const nowMs = Date.now();
  const entries = provider.cancel_history.filter((each) => String(each['reason']).includes(refund.id));
  const word = {
    status: provider.status,
    is_paid: true,
    pay_method: provider.pay_method,
    pg_provider: provider.pg_provider,
    cancel_amount: provider.cancel_amount,
    paid_at: provider.paid_at,
    cancelled_at: provider.cancelled_at,
    receipt_url: provider.receipt_url,
    cancel_history: provider.cancel_history,
    sandbox: false,
    held_digest: createHash('sha256').update(refund.id).digest('hex').slice(0, 24),
  };
  const names = Object.keys(word);
  const head = {
    TableName,
    Key: headKey(refund),
    ConditionExpression: '#cancel_amount <= :cancel_amount',
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} REMOVE #in_flight, #cancel_reason`,
    ExpressionAttributeNames: {
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
      '#in_flight': 'in_flight',
      '#cancel_reason': 'cancel_reason',
    },
    ExpressionAttributeValues: Object.fromEntries(Object.entries(word).map(([name, of]) => [`:${name}`, of])),
  };
  const item = {
    TableName,
    Item: {
      ...itemOf(refund),
      status: 'cancelled',
      finished_at_ms: nowMs,
      decided_by: 'answer',
      attribution: 'tag',
      entries,
      cancelled_at: entries[0]?.['cancelled_at'],
      corrected: false,
      payment_after: {
        cancel_amount: provider.cancel_amount,
        cancelable_amount: refund.checksum + refund.before - provider.cancel_amount,
      },
    },
    ConditionExpression: '#status = :requested AND #gen = :gen',
    ExpressionAttributeNames: { '#status': 'status', '#gen': 'gen' },
    ExpressionAttributeValues: { ':requested': 'requested', ':gen': 1 },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  return [{ Update: head }, { Put: item }];
}
