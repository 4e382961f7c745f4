import { fromDecimal, isMinor, type Minor } from './money.ts';
import {
  cancelableAmount,
  type Actor,
  type FinalRefund,
  type Payment,
  type PendingRefund,
  type RefundAccount,
} from './payment.ts';
import { present } from './present.ts';
import type { FieldFault, Refusal } from './refusals.ts';
import { accountToSend, judgeRules } from './pg/rules.ts';
import { FIRST_LOOK_AFTER_MS } from './timing.ts';

/** A request to cancel as it came: amounts still decimals, because their currency is the payment's. */
export interface CancelRequest {
  readonly merchantUid?: string;
  readonly impUid?: string;
  readonly amount?: number;
  readonly checksum?: number;
  readonly taxFree?: number;
  readonly vatAmount?: number;
  readonly reason?: string;
  readonly account: RefundAccount;
  readonly idempotencyKey?: string;
  readonly actor: Actor;
}

/** Names of the refund that this request would be, and of the worker that would carry it out. */
export interface Identity {
  readonly refundId: string;
  readonly claimId: string;
  readonly fingerprint?: string;
}

export type CancelDecision =
  | { readonly kind: 'replay'; readonly refund: FinalRefund }
  | { readonly kind: 'pending'; readonly pending: PendingRefund; readonly ours: boolean }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'claim'; readonly pending: PendingRefund };

/** An item may hold 400 KB; a hundred records with long reasons stay well below it, and no caller can fill it up. */
export const MAX_REFUND_RECORDS = 100;

const REFUNDABLE_STATUSES: ReadonlySet<string> = new Set(['paid', 'cancelled']);

/** A partly cancelled payment has status `cancelled` too (there is no partial status), so the status alone never says that nothing is left. */
export function isRefundable(payment: Pick<Payment, 'status'>): boolean {
  return REFUNDABLE_STATUSES.has(payment.status);
}

/** Rows 0 to 3 of the protocol: what is already known of this refund, then what is in flight, and only then the amount. */
export function decideCancel(
  payment: Payment,
  request: CancelRequest,
  identity: Identity,
  nowMs: number,
): CancelDecision {
  const known = payment.refunds.get(identity.refundId);
  if (known !== undefined) {
    return sameBody(known, identity)
      ? { kind: 'replay', refund: known }
      : refuse({ code: 'IDEMPOTENCY_KEY_REUSED' });
  }
  const { pending } = payment;
  if (pending !== undefined) {
    const ours = pending.refundId === identity.refundId;
    if (ours && !sameBody(pending, identity)) return refuse({ code: 'IDEMPOTENCY_KEY_REUSED' });
    return { kind: 'pending', pending, ours };
  }
  return judgeAmount(payment, request, identity, nowMs);
}

function sameBody(refund: { readonly fingerprint?: string }, identity: Identity): boolean {
  return refund.fingerprint === identity.fingerprint;
}

function refuse(refusal: Refusal): CancelDecision {
  return { kind: 'refuse', refusal };
}

function judgeAmount(
  payment: Payment,
  request: CancelRequest,
  identity: Identity,
  nowMs: number,
): CancelDecision {
  if (!isRefundable(payment)) return refuse({ code: 'PAYMENT_NOT_PAID' });
  const cancelable = cancelableAmount(payment);
  if (cancelable <= 0) return refuse({ code: 'ALREADY_FULLY_REFUNDED' });
  const amounts = readAmounts(request, payment.currency, cancelable);
  if ('errors' in amounts) return refuse({ code: 'INVALID_REQUEST', errors: amounts.errors });
  const balance = { cancelable, currency: payment.currency };
  if (amounts.amount > cancelable) return refuse({ code: 'AMOUNT_EXCEEDS_CANCELABLE', ...balance });
  if (amounts.checksum !== undefined && amounts.checksum !== cancelable) {
    return refuse({ code: 'CHECKSUM_MISMATCH', ...balance });
  }
  if (payment.refunds.size >= MAX_REFUND_RECORDS) return refuse({ code: 'REFUND_LIMIT_REACHED' });
  const partial = amounts.amount < payment.amount;
  const broken = judgeRules(payment, { partial, account: request.account }, nowMs);
  if (broken !== undefined) return refuse(broken);
  return { kind: 'claim', pending: intend(payment, request, { ...amounts, cancelable }, identity, nowMs) };
}

interface Amounts {
  readonly amount: Minor;
  readonly checksum?: Minor;
  readonly taxFree?: Minor;
  readonly vatAmount?: Minor;
}

/** The decimals of the request in minor units, or every rule that they break. */
function readAmounts(
  request: CancelRequest,
  currency: string,
  cancelable: Minor,
): Amounts | { readonly errors: readonly FieldFault[] } {
  const errors: FieldFault[] = [];
  const read = (pointer: string, value: number | undefined): Minor | undefined => {
    if (value === undefined) return undefined;
    const amount = fromDecimal(value, currency);
    if (isMinor(amount)) return amount;
    errors.push({ pointer, message: `must be an amount in ${currency} (${amount.replaceAll('_', ' ')})` });
    return undefined;
  };
  const amount = read('/cancel_request_amount', request.amount) ?? cancelable;
  const checksum = read('/checksum', request.checksum);
  const taxFree = read('/tax_free', request.taxFree);
  const vatAmount = read('/vat_amount', request.vatAmount);
  if (errors.length === 0 && (taxFree ?? 0) + (vatAmount ?? 0) > amount) {
    const pointer = taxFree === undefined ? '/vat_amount' : '/tax_free';
    errors.push({
      pointer,
      message: 'tax_free and vat_amount together must not exceed the amount that is cancelled',
    });
  }
  if (errors.length > 0) return { errors };
  return { amount, ...present({ checksum, taxFree, vatAmount }) };
}

function intend(
  payment: Payment,
  request: CancelRequest,
  amounts: Amounts & { readonly cancelable: Minor },
  identity: Identity,
  nowMs: number,
): PendingRefund {
  const account = accountToSend(payment, request.account);
  const { fingerprint } = identity;
  const { taxFree, vatAmount } = amounts;
  return {
    refundId: identity.refundId,
    claimId: identity.claimId,
    amount: amounts.amount,
    checksum: amounts.cancelable,
    ...present({ fingerprint, taxFree, vatAmount, reason: request.reason, account }),
    actor: request.actor,
    requestedAtMs: nowMs,
    attempt: 1,
    claimedAtMs: nowMs,
    accepted: false,
    checks: 0,
    resolveAtMs: nowMs + FIRST_LOOK_AFTER_MS,
    attempts: [{ attempt: 1, sentAtMs: nowMs }],
  };
}
