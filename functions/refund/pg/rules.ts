import { banksOf } from './banks.ts';
import type { PaymentFacts, RefundAccount } from '../payment.ts';

/** What a PG's rules say against a refund, before anything is sent. */
export type RuleRefusal =
  | {
      readonly code: 'REFUND_NOT_ALLOWED';
      readonly rule: 'phone_other_month' | 'phone_partial';
      readonly detail: string;
    }
  | { readonly code: 'REFUND_ACCOUNT_REQUIRED'; readonly fields: readonly string[]; readonly detail: string }
  | { readonly code: 'INVALID_REFUND_BANK'; readonly detail: string };

/** These PGs also want the account for a bank transfer, and the holder's telephone (IAMPORT: refund fields). */
const ACCOUNT_FOR_TRANSFER: ReadonlySet<string> = new Set(['smartro_v2', 'welcome']);
const TELEPHONE_TOO: ReadonlySet<string> = new Set(['smartro', 'smartro_v2', 'welcome']);
/** The only PGs that refund a part of a mobile micropayment (integration checklist, "부분취소"). */
const PHONE_PARTIAL: ReadonlySet<string> = new Set(['html5_inicis', 'kcp']);

/** Korea has had no daylight-saving time since 1988, so its months can be told with a fixed offset of 9 hours. */
const KOREA_OFFSET_MS = 9 * 60 * 60 * 1000;

function koreanMonth(ms: number): string {
  return new Date(ms + KOREA_OFFSET_MS).toISOString().slice(0, 7);
}

export function accountIsNeeded(payment: PaymentFacts): boolean {
  if (payment.payMethod === 'vbank') return true;
  return payment.payMethod === 'trans' && ACCOUNT_FOR_TRANSFER.has(payment.pgProvider ?? '');
}

/** KCP pays a phone payment of an earlier month back to an account (익월환불), so an account may come with it. */
function isKcpLatePhoneRefund(payment: PaymentFacts, account: RefundAccount): boolean {
  return payment.pgProvider === 'kcp' && account.account !== undefined;
}

/** The account as far as this payment's method has a use for it: what is not needed is neither sent nor kept. */
export function accountToSend(payment: PaymentFacts, account: RefundAccount): RefundAccount | undefined {
  const useful = accountIsNeeded(payment) || payment.payMethod === 'phone';
  return useful && Object.keys(account).length > 0 ? account : undefined;
}

export function judgeRules(
  payment: PaymentFacts,
  request: { readonly partial: boolean; readonly account: RefundAccount },
  nowMs: number,
): RuleRefusal | undefined {
  if (payment.payMethod === 'phone') return judgePhone(payment, request, nowMs);
  return accountIsNeeded(payment) ? judgeAccount(payment, request.account) : undefined;
}

function judgePhone(
  payment: PaymentFacts,
  request: { readonly partial: boolean; readonly account: RefundAccount },
  nowMs: number,
): RuleRefusal | undefined {
  const otherMonth = payment.paidAtMs !== undefined && koreanMonth(payment.paidAtMs) !== koreanMonth(nowMs);
  if (otherMonth && !isKcpLatePhoneRefund(payment, request.account)) {
    return {
      code: 'REFUND_NOT_ALLOWED',
      rule: 'phone_other_month',
      detail:
        'A phone payment can be refunded, in full or in part, only in the month (Korea time) in which it was paid.',
    };
  }
  if (request.partial && !PHONE_PARTIAL.has(payment.pgProvider ?? '')) {
    return {
      code: 'REFUND_NOT_ALLOWED',
      rule: 'phone_partial',
      detail: 'A phone payment of this PG can be refunded only in full.',
    };
  }
  return undefined;
}

function judgeAccount(payment: PaymentFacts, account: RefundAccount): RuleRefusal | undefined {
  const needed = {
    refund_holder: account.holder,
    refund_bank: account.bank,
    refund_account: account.account,
  };
  const all = TELEPHONE_TOO.has(payment.pgProvider ?? '') ? { ...needed, refund_tel: account.tel } : needed;
  const missing = Object.entries(all).flatMap(([field, value]) => (value === undefined ? [field] : []));
  if (missing.length > 0) {
    const detail = `This payment was made by ${payment.payMethod ?? 'bank'}; its refund needs ${missing.join(', ')}.`;
    return { code: 'REFUND_ACCOUNT_REQUIRED', fields: missing, detail };
  }
  const banks = banksOf(payment.pgProvider);
  if (banks === undefined || account.bank === undefined || Object.hasOwn(banks, account.bank))
    return undefined;
  const known = Object.entries(banks).map(([code, bank]) => `${code} ${bank}`);
  const detail = `refund_bank must be a bank code of ${payment.pgProvider ?? 'this PG'}: ${known.toSorted().join(', ')}.`;
  return { code: 'INVALID_REFUND_BANK', detail };
}
