/** The two conditional writes of a refund, with the protocol's conditions, as one would write them out for one case. */

export interface Refund {
  readonly id: string;
  readonly fingerprint: string;
  readonly claimId: string;
  readonly amount: number;
  readonly reason: string;
  readonly sub: string;
  readonly before: number;
  readonly checksum: number;
  readonly nowMs: number;
}

export interface ProviderPayment {
  readonly status: string;
  readonly currency: string;
  readonly cancel_amount: number;
  readonly cancelled_at: number;
  readonly cancel_history: readonly (Readonly<Record<string, unknown>> & {
    readonly cancellation_id: string;
  })[];
}

function sharedOf({ id, fingerprint, amount, checksum, reason, sub, nowMs }: Refund) {
  return {
    refund_id: id,
    fingerprint,
    amount,
    checksum,
    reason,
    actor: { kind: 'customer', sub },
    requested_at: nowMs,
    seq: 1,
    attempt: 1,
  };
}

export function claimOf(refund: Refund) {
  const { id, claimId, before, nowMs } = refund;
  const resolveAt = nowMs + 30_000;
  return {
    ConditionExpression:
      'attribute_exists(merchant_uid) AND attribute_not_exists(refund_pending) AND ' +
      '(attribute_not_exists(cancel_amount) OR cancel_amount = :before) AND #amount = :amount AND ' +
      'currency = :currency AND customer_id = :sub AND (attribute_not_exists(refund_seq) OR refund_seq = :seq) AND ' +
      '(attribute_not_exists(refund_records.#id) OR refund_records.#id.#status = :notExecuted)',
    UpdateExpression:
      'SET refund_pending = :pending, refund_open_shard = :shard, refund_resolve_at = :at, refund_seq = :next, ' +
      'refund_bucket = :bucket, refund_records = :none',
    ExpressionAttributeNames: { '#id': id, '#amount': 'amount', '#status': 'status' },
    ExpressionAttributeValues: {
      ':before': before,
      ':amount': 10_000,
      ':currency': 'KRW',
      ':sub': refund.sub,
      ':seq': 0,
      ':notExecuted': 'not_executed',
      ':pending': {
        ...sharedOf(refund),
        attempts: [{ attempt: 1, sent_at: nowMs }],
        claim_id: claimId,
        claimed_at: nowMs,
        accepted: false,
        checks: 0,
        resolve_at: resolveAt,
      },
      ':shard': 'open-1',
      ':at': resolveAt,
      ':next': 1,
      ':bucket': { tokens: 9, at: nowMs },
      ':none': {},
    },
  };
}

export function settlementOf(refund: Refund, provider: ProviderPayment) {
  const nowMs = Date.now();
  const entry = provider.cancel_history.find((each) => String(each['reason']).includes(refund.id));
  return {
    ConditionExpression:
      'refund_pending.seq = :seq AND refund_pending.refund_id = :id AND ' +
      '(attribute_not_exists(cancel_amount) OR cancel_amount <= :cancelled) AND attribute_exists(refund_records)',
    UpdateExpression:
      'SET refund_records.#id = :record, #status = :status, currency = :currency, cancel_amount = :cancelled, ' +
      'cancelled_at = :cancelledAt, cancel_reason = :reason, cancel_history = :history ' +
      'REMOVE refund_pending, refund_open_shard, refund_resolve_at',
    ExpressionAttributeNames: { '#id': refund.id, '#status': 'status' },
    ExpressionAttributeValues: {
      ':seq': 1,
      ':id': refund.id,
      ':cancelled': provider.cancel_amount,
      ':record': {
        ...sharedOf(refund),
        attempts: [{ attempt: 1, sent_at: refund.nowMs, answered_at: nowMs, answer: 'code 0' }],
        status: 'cancelled',
        finished_at: nowMs,
        decided_by: 'answer',
        attribution: 'tag',
        cancellation_id: entry?.cancellation_id,
        receipt_url: entry?.['receipt_url'],
        cancelled_at: Number(entry?.['cancelled_at']) * 1000,
        corrected: false,
      },
      ':status': provider.status,
      ':currency': provider.currency,
      ':cancelledAt': provider.cancelled_at,
      ':reason': null,
      ':history': provider.cancel_history,
    },
  };
}
