import { toDecimal, type Minor } from '../refund/money.ts';
import type { AttemptNote, CancelEntry, FinalRefund, PendingRefund } from '../refund/payment.ts';
import { present } from '../refund/present.ts';

type Attributes = Readonly<Record<string, unknown>>;

function decimal(amount: Minor | undefined, currency: string): number | undefined {
  return amount === undefined ? undefined : toDecimal(amount, currency);
}

function seconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms / 1000);
}

/** i'mport's own field names and units (Unix seconds), as a shop's other code expects them. */
export function historyToItem(history: readonly CancelEntry[], currency: string): readonly Attributes[] {
  return history.map((entry) =>
    present({
      amount: toDecimal(entry.amount, currency),
      cancelled_at: seconds(entry.cancelledAtMs),
      reason: entry.reason,
      receipt_url: entry.receiptUrl,
      cancellation_id: entry.cancellationId,
      pg_tid: entry.pgTid,
    }),
  );
}

/** Our own times are Unix milliseconds: the order of two refunds in one second must not be lost. */
function intentToItem(refund: PendingRefund | FinalRefund, currency: string): Attributes {
  return {
    refund_id: refund.refundId,
    fingerprint: refund.fingerprint,
    amount: toDecimal(refund.amount, currency),
    checksum: toDecimal(refund.checksum, currency),
    tax_free: decimal(refund.taxFree, currency),
    vat_amount: decimal(refund.vatAmount, currency),
    reason: refund.reason,
    actor: { kind: refund.actor.kind, sub: refund.actor.sub },
    requested_at: refund.requestedAtMs,
    attempt: refund.attempt,
    attempts: attemptsToItem(refund.attempts),
  };
}

function attemptsToItem(attempts: readonly AttemptNote[]): readonly Attributes[] {
  return attempts.map(({ attempt, sentAtMs, answeredAtMs, answer }) =>
    present({ attempt, sent_at: sentAtMs, answered_at: answeredAtMs, answer }),
  );
}

export function pendingToItem(pending: PendingRefund, currency: string): Attributes {
  return present({
    ...intentToItem(pending, currency),
    claim_id: pending.claimId,
    claimed_at: pending.claimedAtMs,
    accepted: pending.accepted,
    checks: pending.checks,
    resolve_at: pending.resolveAtMs,
    account: pending.account === undefined ? undefined : present({ ...pending.account }),
  });
}

/** Takes its fields by name: nothing that only the pending refund may hold can slip into the finished record. */
export function finalRefundToItem(refund: FinalRefund, currency: string): Attributes {
  const finished = {
    ...intentToItem(refund, currency),
    status: refund.status,
    finished_at: refund.finishedAtMs,
    decided_by: refund.decidedBy,
  };
  if (refund.status === 'rejected') {
    const { code, provider } = refund.rejection;
    return present({
      ...finished,
      code,
      provider: provider && { code: provider.code, message: provider.message },
    });
  }
  return present({
    ...finished,
    attribution: refund.attribution,
    cancellation_id: refund.cancellationId,
    receipt_url: refund.receiptUrl,
    cancelled_at: refund.cancelledAtMs === undefined ? undefined : seconds(refund.cancelledAtMs),
    corrected: refund.corrected,
  });
}
