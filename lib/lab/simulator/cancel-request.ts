import { isRecord } from './json.ts';
import { type LedgerPayment, leftOf, type Minor, type PaymentStatus, toMinor } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import type { PgTextKey, TextKey } from './texts.ts';

export const CANCEL_PATH = '/payments/cancel';

/**
 * `POST /payments/cancel` as it came: amounts are not yet judged, because what is a valid amount depends on the payment.
 * Empty texts count as absent, as typed clients send `imp_uid: ''` for "no imp_uid". Fields i'mport does not know are
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

/** What i'mport decides about a cancel before it asks the PG. */
type CancelDecision =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'allowed'; readonly payment: LedgerPayment; readonly amount: Minor };

interface Surroundings {
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
  if (payment === undefined || !wasPaid(payment)) {
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

/** A revoked virtual account is `cancelled` too, but was never paid. */
export function wasPaid({ status, cancels, paidAtSeconds }: LedgerPayment): boolean {
  return status === 'paid' || (status === 'cancelled' && (cancels.length > 0 || paidAtSeconds > 0));
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

/** `code` 1 when i'mport says no by itself, -1 when the PG says no. */
export type Refusal =
  | { readonly code: 1; readonly text: TextKey }
  | { readonly code: -1; readonly text: PgTextKey };

/** Special contracts of the merchant; without them a rule applies in its strict form. */
export interface Contracts {
  /** KCP cancels part of a phone payment only after a setup of its own. @default false */
  readonly kcpPhonePartial?: boolean;
  /** KCP pays a phone payment of an earlier month back to a bank account (익월환불). @default false */
  readonly kcpNextMonthRefund?: boolean;
}

interface PgRuleInput {
  readonly payment: LedgerPayment;
  readonly request: CancelRequest;
  readonly amount: Minor;
  readonly nowMs: number;
  readonly contracts: Contracts;
}

export const KCP = ['kcp', 'kcp_billing', 'kcp_quick'];
const REFUND_TEL = ['smartro', 'smartro_v2', 'welcome'];
/** These two want the refund account for a bank transfer too. */
const TRANS_WITH_ACCOUNT = ['smartro_v2', 'welcome'];
const NO_VBANK_REFUND = ['danal', 'danal_tpay'];
const KSNET_PARTIALS = 9;
const KST_OFFSET_MS = 9 * 60 * 60 * 1000;

/** The first rule of the PG that forbids this cancel; sources are in the rules' own comments. */
function pgRefusal(input: PgRuleInput): Refusal | undefined {
  return phoneRefusal(input) ?? accountRefusal(input) ?? ksnetRefusal(input) ?? promotionRefusal(input);
}

/** Only the whole payment in one go is a full cancel; the last rest after partials is a partial too. */
function isPartial({ payment, amount }: PgRuleInput): boolean {
  return amount !== payment.amount;
}

/**
 * A phone payment goes on the phone bill of its month, and is closed with it: neither full nor partial afterwards
 * (developers.portone.io, cancel/v1/basic). That the month is one of Korea time is assumed.
 */
function phoneRefusal(input: PgRuleInput): Refusal | undefined {
  const { payment, nowMs, contracts, request } = input;
  if (payment.payMethod !== 'phone') {
    return undefined;
  }
  const isKcp = KCP.includes(payment.pgProvider);
  if (koreanMonth(payment.paidAtSeconds * 1000) !== koreanMonth(nowMs)) {
    const isPaidBack = isKcp && contracts.kcpNextMonthRefund === true && hasAccount(request);
    return isPaidBack ? undefined : { code: -1, text: 'phone_other_month' };
  }
  const canBePartial = payment.pgProvider === 'html5_inicis' || (isKcp && contracts.kcpPhonePartial === true);
  return isPartial(input) && !canBePartial ? { code: -1, text: 'phone_partial' } : undefined;
}

/** A virtual account cannot be paid back into: the buyer's account is needed, in the PG's own bank code. */
function accountRefusal({ payment, request }: PgRuleInput): Refusal | undefined {
  const { payMethod, pgProvider } = payment;
  const needsAccount =
    payMethod === 'vbank' || (payMethod === 'trans' && TRANS_WITH_ACCOUNT.includes(pgProvider));
  if (!needsAccount) {
    return undefined;
  }
  if (NO_VBANK_REFUND.includes(pgProvider)) {
    return { code: -1, text: 'vbank_unsupported' };
  }
  if (!hasAccount(request)) {
    return { code: 1, text: 'refund_account_missing' };
  }
  if (REFUND_TEL.includes(pgProvider) && request.refundTel === undefined) {
    return { code: 1, text: 'refund_tel_missing' };
  }
  const isKnownBank = isRefundBank(request.refundBank ?? '', pgProvider);
  return isKnownBank ? undefined : { code: 1, text: 'refund_bank_unknown' };
}

/** KSNET takes nine partial cancels of a payment. */
function ksnetRefusal(input: PgRuleInput): Refusal | undefined {
  const isTenth = input.payment.cancels.length >= KSNET_PARTIALS;
  return input.payment.pgProvider === 'ksnet' && isTenth && isPartial(input)
    ? { code: -1, text: 'ksnet_partial_limit' }
    : undefined;
}

/** Later partials of a promotion repeat the first choice (PG-FACTS 4); what another choice gets is assumed. */
function promotionRefusal({ payment, request }: PgRuleInput): Refusal | undefined {
  const { retainPromotion = request.retainPromotion } = payment;
  return retainPromotion === request.retainPromotion
    ? undefined
    : { code: -1, text: 'promotion_choice_differs' };
}

function hasAccount({ refundHolder, refundBank, refundAccount }: CancelRequest): boolean {
  return refundHolder !== undefined && refundBank !== undefined && refundAccount !== undefined;
}

/** `2026-01`. */
function koreanMonth(timeMs: number): string {
  return new Date(timeMs + KST_OFFSET_MS).toISOString().slice(0, 7);
}

/**
 * Codes of `refund_bank`. The same bank has four different codes, depending on the PG; source: developers.portone.io,
 * "은행 코드" (opi/ko/support/code-info/pg-1).
 */

/** Two-digit codes of KG이니시스: KCP writes them as `BK04`, most others as `004`. */
const INICIS_BANKS = '04 23 39 34 03 11 31 32 02 45 07 88 48 81 20 71 37 12 90 89 27 92'.split(' ');
const KCP_BANKS = INICIS_BANKS.map((code) => `BK${code}`);
const THREE_DIGITS = INICIS_BANKS.map((code) => `0${code}`);
/** 키움페이 numbers the banks in its own way; 05 is 외환. */
const DAOU = '04 11 03 08 15 10 12 09 31 05'.split(' ');
const NICE_V2 = '004 023 034 003 011 031 032 088 081 020 071 089'.split(' ');
const WELCOME = '004 034 039 003 031 032 007 088 081 020 037 089'.split(' ');

const CODES_BY_PROVIDER: Readonly<Record<string, readonly string[]>> = {
  kcp: KCP_BANKS,
  kcp_billing: KCP_BANKS,
  kcp_quick: KCP_BANKS,
  html5_inicis: INICIS_BANKS,
  inicis: INICIS_BANKS,
  inicis_unified: INICIS_BANKS,
  tosspayments: THREE_DIGITS,
  uplus: THREE_DIGITS,
  danal: THREE_DIGITS,
  danal_tpay: THREE_DIGITS,
  nice: THREE_DIGITS,
  nice_v2: NICE_V2,
  kicc: THREE_DIGITS,
  smartro: THREE_DIGITS,
  smartro_v2: THREE_DIGITS,
  settle: THREE_DIGITS,
  settle_acc: THREE_DIGITS,
  welcome: WELCOME,
  daou: DAOU,
};

/** `true` for any code of a PG without a published table: PGs are an open set. */
function isRefundBank(code: string, pgProvider: string): boolean {
  return CODES_BY_PROVIDER[pgProvider]?.includes(code) ?? true;
}
