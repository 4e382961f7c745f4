import { isRefundBank } from './banks.ts';
import type { CancelRequest } from './cancel-request.ts';
import type { Minor } from './money.ts';
import { leftAtPg, leftOf, type LedgerPayment } from './payment.ts';
import type { PgTextKey, TextKey } from './texts.ts';

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

export interface PgRuleInput {
  readonly payment: LedgerPayment;
  readonly request: CancelRequest;
  readonly amount: Minor;
  readonly nowMs: number;
  readonly contracts: Contracts;
}

const KCP = ['kcp', 'kcp_billing', 'kcp_quick'];
const REFUND_TEL = ['smartro', 'smartro_v2', 'welcome'];
/** These two want the refund account for a bank transfer too. */
const TRANS_WITH_ACCOUNT = ['smartro_v2', 'welcome'];
const NO_VBANK_REFUND = ['danal', 'danal_tpay'];
const KSNET_PARTIALS = 9;
const KST_OFFSET_MS = 9 * 60 * 60 * 1000;

/** The first rule of the PG that forbids this cancel; sources are in the rules' own comments. */
export function pgRefusal(input: PgRuleInput): Refusal | undefined {
  return phoneRefusal(input) ?? accountRefusal(input) ?? ksnetRefusal(input);
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

/**
 * Their cancel carries the balance before or after it (KCP `rem_mny`, KG Inicis `confirmPrice`, PAYCO
 * `totalCancelPossibleAmt`, Eximbay `balance`): where i'mport has lost a cancel, the next one does not fit.
 */
const CHECK_BALANCE = [...KCP, 'html5_inicis', 'inicis', 'inicis_unified', 'payco', 'eximbay'];

/** What the PG says from its own books, whatever i'mport has checked. */
export function pgBalanceRefusal(payment: LedgerPayment, amount: Minor): PgTextKey | undefined {
  const left = leftAtPg(payment);
  if (left <= 0) {
    return 'nice_already_cancelled';
  }
  if (amount > left) {
    return 'kakaopay_cancelable_amount';
  }
  const differs = CHECK_BALANCE.includes(payment.pgProvider) && left !== leftOf(payment);
  return differs ? 'balance_differs' : undefined;
}

/** PGs that accept a cancel and tell its result later: `code` 0, and the payment unchanged for now. */
export function isAsynchronous({ pgProvider, payMethod, embPgProvider }: LedgerPayment): boolean {
  return (
    pgProvider === 'paypal_v2' ||
    pgProvider === 'paymentwall' ||
    (pgProvider === 'kicc' && (payMethod === 'wechat' || embPgProvider === 'wechat')) ||
    (pgProvider === 'smartro_v2' && payMethod === 'vbank')
  );
}

function hasAccount({ refundHolder, refundBank, refundAccount }: CancelRequest): boolean {
  return refundHolder !== undefined && refundBank !== undefined && refundAccount !== undefined;
}

/** `2026-01`. */
function koreanMonth(timeMs: number): string {
  return new Date(timeMs + KST_OFFSET_MS).toISOString().slice(0, 7);
}
