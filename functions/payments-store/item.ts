import * as v from 'valibot';
import { fromDecimal, isMinor, type Minor } from '../refund/money.ts';
import type {
  AttemptNote,
  CancelEntry,
  FinalRefund,
  Payment,
  PendingRefund,
  RefundIntent,
} from '../refund/payment.ts';
import { present } from '../refund/present.ts';
import { Item, type Attempts, type Final, type HistoryEntry, type Pending } from './item-schema.ts';

/** The item holds what the code cannot work with. Names the attribute; nothing has been sent when it is thrown. */
export class ItemError extends Error {
  override readonly name = 'ItemError';
  readonly code = 'ITEM_ERROR';
}

function secondsToMs(seconds: number | null | undefined): number | undefined {
  // i'mport writes 0 for "never".
  return seconds === undefined || seconds === null || seconds === 0 ? undefined : seconds * 1000;
}

class Amounts {
  readonly currency: string;
  constructor(currency: string) {
    this.currency = currency;
  }
  read(attribute: string, value: number): Minor {
    const amount = fromDecimal(value, this.currency);
    if (isMinor(amount)) return amount;
    throw new ItemError(`attribute ${attribute} is not an amount in ${this.currency} (${amount})`);
  }
  maybe(attribute: string, value: number | null | undefined): Minor | undefined {
    return value === undefined || value === null ? undefined : this.read(attribute, value);
  }
}

export function paymentFromItem(item: unknown): Payment {
  const parsed = v.safeParse(Item, item);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new ItemError(`attribute ${v.getDotPath(issue) ?? 'item'}: ${issue.message}`);
  }
  const stored = parsed.output;
  const money = new Amounts(stored.currency);
  const { pending_refund: pending } = stored;
  return {
    merchantUid: stored.merchant_uid,
    impUid: stored.imp_uid ?? '',
    // A payment that i'mport has not named yet cannot have been paid.
    status: stored.imp_uid === undefined || stored.imp_uid === null ? 'ready' : stored.status,
    currency: stored.currency,
    amount: money.read('amount', stored.amount),
    cancelAmount: money.read('cancel_amount', stored.cancel_amount),
    cancelHistory: stored.cancel_history.map((entry) => entryFromItem(entry, money)),
    refunds: new Map(
      Object.entries(stored.refunds).map(([id, refund]) => [id, finalFromItem(refund, money)]),
    ),
    ...present({
      customerId: stored.customer_id,
      payMethod: stored.pay_method,
      pgProvider: stored.pg_provider,
      paidAtMs: secondsToMs(stored.paid_at),
      cancelledAtMs: secondsToMs(stored.cancelled_at),
      cancelReason: stored.cancel_reason,
      receiptUrl: stored.receipt_url,
    }),
    ...(pending === undefined ? {} : { pending: pendingFromItem(pending, money) }),
  };
}

function entryFromItem(entry: v.InferOutput<typeof HistoryEntry>, money: Amounts): CancelEntry {
  return {
    amount: money.read('cancel_history.amount', entry.amount),
    ...present({
      cancelledAtMs: secondsToMs(entry.cancelled_at),
      reason: entry.reason,
      receiptUrl: entry.receipt_url,
      cancellationId: entry.cancellation_id,
      pgTid: entry.pg_tid,
    }),
  };
}

type StoredPending = v.InferOutput<typeof Pending>;
type StoredFinal = v.InferOutput<typeof Final>;

function intentFromItem(stored: StoredPending | StoredFinal, money: Amounts): RefundIntent {
  return {
    refundId: stored.refund_id,
    amount: money.read('amount', stored.amount),
    checksum: money.read('checksum', stored.checksum),
    actor: stored.actor,
    requestedAtMs: stored.requested_at,
    ...present({
      fingerprint: stored.fingerprint,
      taxFree: money.maybe('tax_free', stored.tax_free),
      vatAmount: money.maybe('vat_amount', stored.vat_amount),
      reason: stored.reason,
    }),
  };
}

function attemptsFromItem(attempts: v.InferOutput<typeof Attempts>): readonly AttemptNote[] {
  return attempts.map(({ attempt, sent_at, answered_at, answer }) => ({
    attempt,
    sentAtMs: sent_at,
    ...present({ answeredAtMs: answered_at, answer }),
  }));
}

function pendingFromItem(stored: StoredPending, money: Amounts): PendingRefund {
  return {
    ...intentFromItem(stored, money),
    attempt: stored.attempt,
    attempts: attemptsFromItem(stored.attempts),
    claimId: stored.claim_id,
    claimedAtMs: stored.claimed_at,
    accepted: stored.accepted,
    checks: stored.checks,
    resolveAtMs: stored.resolve_at,
    ...(stored.account === undefined ? {} : { account: present(stored.account) }),
  };
}

function finalFromItem(stored: StoredFinal, money: Amounts): FinalRefund {
  const finished = {
    ...intentFromItem(stored, money),
    attempt: stored.attempt,
    attempts: attemptsFromItem(stored.attempts),
    finishedAtMs: stored.finished_at,
    decidedBy: stored.decided_by,
  };
  if (stored.status === 'rejected') {
    const provider = stored.provider === undefined ? {} : { provider: stored.provider };
    return { ...finished, status: 'rejected', rejection: { code: stored.code, ...provider } };
  }
  const receipt = present({
    cancellationId: stored.cancellation_id,
    receiptUrl: stored.receipt_url,
    cancelledAtMs: stored.cancelled_at,
  });
  const { attribution, corrected } = stored;
  return { ...finished, status: 'cancelled', attribution, corrected, ...receipt };
}
