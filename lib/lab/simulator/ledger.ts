import type { CancelRequest } from './cancel-request.ts';
import { type Minor, toMinor } from './money.ts';
import {
  type Cancel,
  type LedgerPayment,
  leftOf,
  type PaymentStatus,
  type PendingCancel,
} from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { type Contracts, pgRefusal, type Refusal } from './pg-rules.ts';
import type { TextKey } from './texts.ts';

/** What i'mport decides about a cancel before it asks the PG. */
export type CancelDecision =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'allowed'; readonly payment: LedgerPayment; readonly amount: Minor };

export interface Surroundings {
  readonly nowMs: number;
  readonly contracts: Contracts;
}

/**
 * The checks in i'mport's order (the order is assumed): uid present, payment found, cancellable status, already fully
 * cancelled, amount, checksum, rules of the PG.
 */
export function decideCancel(
  payment: LedgerPayment | undefined,
  request: CancelRequest,
  surroundings: Surroundings,
): CancelDecision {
  if (request.impUid === undefined && request.merchantUid === undefined) {
    return refused('no_uid');
  }
  if (payment === undefined || payment.status === 'ready' || payment.status === 'failed') {
    return refused('nothing_to_cancel');
  }
  const left = leftOf(payment);
  if (left <= 0) {
    return refused('already_cancelled');
  }
  const amount = cancelAmount(request.amount, payment);
  if (amount === undefined) {
    return refused('amount_invalid');
  }
  if (amount > left) {
    return refused('amount_too_large');
  }
  // A checksum of 0 is a checksum: only an absent one switches the check off.
  if (request.checksum !== undefined && toMinor(request.checksum, payment.currency) !== left) {
    return refused('checksum_mismatch');
  }
  const refusal = pgRefusal({ payment, request, amount, ...surroundings });
  return refusal === undefined ? { kind: 'allowed', payment, amount } : { kind: 'refused', refusal };
}

/** The trap of this API: no amount, and 0 as well, mean everything that is left. */
function cancelAmount(requested: unknown, payment: LedgerPayment): Minor | undefined {
  if (requested === undefined) {
    return leftOf(payment);
  }
  const amount = toMinor(requested, payment.currency);
  if (amount === 0) {
    return leftOf(payment);
  }
  return amount === undefined || amount < 0 ? undefined : amount;
}

function refused(text: TextKey): CancelDecision {
  return { kind: 'refused', refusal: { code: 1, text } };
}

/** Money has moved: history appended, status `cancelled` even when only a part of the payment is. */
export function book(payment: LedgerPayment, cancel: Cancel): LedgerPayment {
  return {
    ...withoutPending(payment, cancel.cancellationId),
    status: 'cancelled',
    cancels: [...payment.cancels, cancel],
  };
}

/** An asynchronous PG took the cancel: nothing the wire shows changes yet. */
export function accept(payment: LedgerPayment, pending: PendingCancel): LedgerPayment {
  return { ...payment, pending: [...payment.pending, pending] };
}

export function withoutPending(payment: LedgerPayment, cancellationId: string): LedgerPayment {
  return {
    ...payment,
    pending: payment.pending.filter((pending) => pending.cancellationId !== cancellationId),
  };
}

/** A cancel that was undone (원복): as if it had never been. */
export function undo(payment: LedgerPayment, cancellationId: string, atSeconds: number): LedgerPayment {
  const cancels = payment.cancels.filter((cancel) => cancel.cancellationId !== cancellationId);
  const status = cancels.length === 0 ? 'paid' : 'cancelled';
  return { ...payment, status, cancels, undoneAtSeconds: atSeconds };
}

/**
 * What a request by names means. `imp_uid` wins even when it is wrong; a `merchant_uid` means the attempt that was paid,
 * else the newest one (assumed).
 */
export function findTarget(
  { payments, index }: Pick<PaymentStore, 'payments' | 'index'>,
  { impUid, merchantUid }: Pick<CancelRequest, 'impUid' | 'merchantUid'>,
): LedgerPayment | undefined {
  if (impUid !== undefined) {
    return payments.get(impUid);
  }
  const attempts = merchantUid === undefined ? [] : index.attempts(merchantUid);
  const ofStatus = (status: PaymentStatus): LedgerPayment | undefined =>
    attempts.find((attempt) => attempt.status === status);
  return ofStatus('paid') ?? ofStatus('cancelled') ?? attempts[0];
}
