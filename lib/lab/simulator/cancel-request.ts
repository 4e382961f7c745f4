import { isRecord } from './json.ts';
import { type LedgerPayment, leftOf, type Minor, type PaymentStatus, toMinor } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { pgRefusal, type Refusal, type Wanted } from './pg-rules.ts';
import type { TextKey } from './texts.ts';

export const CANCEL_PATH = '/payments/cancel';

/**
 * The body of `POST /payments/cancel`. Amounts are not yet validated, because the rules depend on the payment.
 * Empty strings count as absent, because typed clients send `imp_uid: ''` for "no imp_uid". Unknown fields are
 * ignored.
 */
export interface CancelRequest {
  readonly impUid: string | undefined;
  readonly merchantUid: string | undefined;
  readonly amount: unknown;
  readonly checksum: unknown;
  readonly reason: string;
  readonly refundHolder: string | undefined;
  readonly refundBank: string | undefined;
  readonly refundAccount: string | undefined;
  readonly refundTel: string | undefined;
  readonly retainPromotion: boolean;
  readonly enableWebhook: boolean;
}

export function readCancelRequest(body: unknown): CancelRequest {
  const fields = isRecord(body) ? body : {};
  return {
    impUid: textOf(fields['imp_uid']),
    merchantUid: textOf(fields['merchant_uid']),
    amount: presentOf(fields['amount']),
    checksum: presentOf(fields['checksum']),
    // Longer texts are cut, as a `varchar(256)` would.
    reason: (textOf(fields['reason']) ?? '').slice(0, 256),
    refundHolder: textOf(fields['refund_holder']),
    refundBank: textOf(fields['refund_bank']),
    refundAccount: textOf(fields['refund_account']),
    refundTel: textOf(fields['refund_tel']),
    retainPromotion: isTrue(fields['retain_promotion']),
    enableWebhook: isTrue(fields['enable_webhook']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).trim() || undefined
    : undefined;
}

function presentOf(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function isTrue(value: unknown): boolean {
  return ['true', '1'].includes(textOf(value) ?? '');
}

/**
 * The payment that a request names. `imp_uid` wins even if it is wrong; a `merchant_uid` names the paid attempt,
 * else the newest one (assumed).
 */
export function findTarget(
  store: PaymentStore,
  { impUid, merchantUid }: Pick<CancelRequest, 'impUid' | 'merchantUid'>,
): LedgerPayment | undefined {
  if (impUid !== undefined) {
    return store.payments.get(impUid);
  }
  const attempts = merchantUid === undefined ? [] : store.attempts(merchantUid);
  const ofStatus = (status: PaymentStatus): LedgerPayment | undefined =>
    attempts.find((attempt) => attempt.status === status);
  return ofStatus('paid') ?? ofStatus('cancelled') ?? attempts[0];
}

/**
 * The checks in i'mport's order (the order is assumed): uid present, payment found, cancellable status, already fully
 * cancelled, amount, checksum, rules of the PG.
 */
export function decideCancel(
  payment: LedgerPayment | undefined,
  request: CancelRequest,
  surroundings: Pick<Wanted, 'nowMs' | 'hasKcpPhoneContract'>,
): { readonly payment: LedgerPayment; readonly amount: Minor } | Refusal {
  if (request.impUid === undefined && request.merchantUid === undefined) return refused('no_uid');
  if (payment === undefined || !wasPaid(payment)) return refused('nothing_to_cancel');
  const left = leftOf(payment);
  if (left <= 0) return refused('already_cancelled');
  // A missing amount, or 0, means the whole balance (IAMPORT 2).
  const asked = request.amount === undefined ? 0 : toMinor(request.amount, payment.currency);
  if (asked === undefined || asked < 0) return refused('amount_invalid');
  const amount = asked === 0 ? left : asked;
  if (amount > left) return refused('amount_too_large');
  // Only a missing checksum disables the check; 0 is a checksum.
  if (request.checksum !== undefined && toMinor(request.checksum, payment.currency) !== left) {
    return refused('checksum_mismatch');
  }
  return pgRefusal({ payment, request, amount, ...surroundings }) ?? { payment, amount };
}

/** A revoked virtual account is `cancelled`, too, but was never paid. */
export function wasPaid({ status, cancels, paidAtSeconds }: LedgerPayment): boolean {
  return status === 'paid' || (status === 'cancelled' && (cancels.length > 0 || paidAtSeconds > 0));
}

function refused(text: TextKey): Refusal {
  return { code: 1, text };
}
