import { takeToken } from './bucket.ts';
import type { Identity } from './identity.ts';
import type { CancelRequest, RefundAccount } from './intent.ts';
import { roomFor } from './item-size.ts';
import { ZERO } from './money.ts';
import {
  cancelableAmount,
  isRefundable,
  type Actor,
  type Bucket,
  type CancelledRefund,
  type Payment,
  type PendingRefund,
  type RejectedRefund,
} from './payment.ts';
import { accountToSend, judgeRules } from './pg/rules.ts';
import { placeFor } from './places.ts';
import { omitMissing } from './omit-missing.ts';
import { blotOut } from './redact.ts';
import type { Refusal } from './refusals.ts';
import { readAmounts, type Amounts } from './request-amounts.ts';
import { FIRST_LOOK_AFTER_MS } from './times.ts';

/** Everything that the decision about a request to cancel depends on. `actor`: in which right, on this very payment. */
export interface Asked {
  readonly request: CancelRequest;
  readonly identity: Identity;
  readonly actor: Actor;
  readonly nowMs: number;
}

export interface Claim {
  readonly kind: 'claim';
  readonly pending: PendingRefund;
  readonly account: RefundAccount | undefined;
  readonly bucket?: Bucket;
  readonly evict: readonly string[];
}

export type CancelDecision =
  | { readonly kind: 'replay'; readonly refund: CancelledRefund | RejectedRefund }
  | { readonly kind: 'pending'; readonly pending: PendingRefund; readonly ours: boolean }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | Claim;

/** Rows 0 to 3 of the protocol: what is already known of this refund, then what is in flight, and only then the amount. */
export function decideCancel(payment: Payment, asked: Asked): CancelDecision {
  const { identity } = asked;
  const known = payment.refunds.get(identity.refundId);
  if (known !== undefined && known.fingerprint !== identity.fingerprint) {
    return refuse({ code: 'IDEMPOTENCY_KEY_REUSED' });
  }
  if (known !== undefined && known.status !== 'not_executed') return { kind: 'replay', refund: known };
  const { pending } = payment;
  if (pending === undefined) return judge(payment, asked);
  const ours = pending.refundId === identity.refundId;
  if (ours && pending.fingerprint !== identity.fingerprint) return refuse({ code: 'IDEMPOTENCY_KEY_REUSED' });
  return { kind: 'pending', pending, ours };
}

function refuse(refusal: Refusal): CancelDecision {
  return { kind: 'refuse', refusal };
}

/** Row 3: only now is the amount judged. */
function judge(payment: Payment, asked: Asked): CancelDecision {
  const { request, nowMs } = asked;
  if (!isRefundable(payment)) return refuse({ code: 'PAYMENT_NOT_PAID' });
  const { currency } = payment;
  const cancelable = cancelableAmount(payment);
  if (cancelable <= 0) {
    return refuse({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: payment.amount === ZERO });
  }
  const amounts = readAmounts(request, currency, cancelable);
  if ('errors' in amounts) return refuse({ code: 'INVALID_REQUEST', errors: amounts.errors });
  if (amounts.amount > cancelable) return refuse({ code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable, currency });
  if (amounts.checksum !== undefined && amounts.checksum !== cancelable) {
    return refuse({ code: 'CHECKSUM_MISMATCH', cancelable, currency });
  }
  const partial = amounts.amount < payment.amount;
  const broken = judgeRules(payment, { partial, account: request.account }, nowMs);
  return broken === undefined ? claim(payment, asked, amounts) : refuse(broken);
}

function claim(payment: Payment, asked: Asked, amounts: Amounts): CancelDecision {
  const { actor, nowMs } = asked;
  const taken = actor.kind === 'customer' ? takeToken(payment.bucket, nowMs) : undefined;
  if (taken?.kind === 'empty') {
    return refuse({ code: 'TOO_MANY_REFUNDS', retryAfterSeconds: taken.retryAfterSeconds });
  }
  const isFull = amounts.amount === cancelableAmount(payment);
  const place = placeFor(payment, actor.kind, isFull);
  if (place.kind === 'none') return refuse({ code: 'REFUND_LIMIT_REACHED', alsoInFull: isFull });
  const account = accountToSend(payment, asked.request.account);
  const pending = intend(payment, asked, { ...amounts, account });
  // After the money has moved there must be room for the record: so it is made sure of before.
  if (!roomFor(payment, pending)) {
    const alsoInFull = !roomFor(payment, { ...pending, amount: pending.checksum });
    return refuse({ code: 'REFUND_LIMIT_REACHED', alsoInFull });
  }
  return { kind: 'claim', pending, account, evict: place.evict, ...omitMissing({ bucket: taken?.bucket }) };
}

function intend(
  payment: Payment,
  { request, identity, actor, nowMs }: Asked,
  { amount, passedOn, account }: Amounts & { readonly account: RefundAccount | undefined },
): PendingRefund {
  const { refundId, claimId, fingerprint } = identity;
  // Also when it is not sent on: an account number typed into the reason is kept nowhere.
  const reason = request.reason === undefined ? undefined : blotOut(request.reason, request.account);
  const destination = account && omitMissing({ bank: account.bank });
  return {
    refundId,
    claimId,
    seq: payment.seq + 1,
    amount,
    checksum: cancelableAmount(payment),
    passedOn,
    ...omitMissing({ fingerprint, reason, destination }),
    actor,
    requestedAtMs: nowMs,
    attempt: 1,
    claimedAtMs: nowMs,
    accepted: false,
    checks: 0,
    resolveAtMs: nowMs + FIRST_LOOK_AFTER_MS,
    attempts: [{ attempt: 1, sentAtMs: nowMs }],
  };
}
