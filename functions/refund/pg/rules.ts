import type { RefundAccount } from '../intent.ts';
import { koreanMonth } from '../korea-time.ts';
import type { PaymentFacts } from '../payment.ts';
import { banksOf } from './banks.ts';

/** Rules of payment methods; each has its own texts in both languages. */
export const RULE_NAMES = ['phone_other_month', 'phone_partial', 'currency_unknown'] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** What a PG's rules say against a refund, before anything is sent. */
export type RuleRefusal =
  | { readonly code: 'REFUND_NOT_ALLOWED'; readonly rule: RuleName }
  | {
      readonly code: 'REFUND_ACCOUNT_REQUIRED';
      readonly fields: readonly string[];
      readonly payMethod: string;
    }
  | {
      readonly code: 'INVALID_REFUND_BANK';
      readonly pgProvider: string;
      /** Code → bank. */
      readonly banks: Readonly<Record<string, string>>;
    };

/** These PGs also want the account for a bank transfer, and the holder's telephone (IAMPORT 2). */
const ACCOUNT_FOR_TRANSFER: ReadonlySet<string> = new Set(['smartro_v2', 'welcome']);
const TELEPHONE_TOO: ReadonlySet<string> = new Set(['smartro', 'smartro_v2', 'welcome']);
/** The only PGs that refund a part of a mobile micropayment (IAMPORT 7). */
const PHONE_PARTIAL: ReadonlySet<string> = new Set(['html5_inicis', 'kcp']);

export function accountIsNeeded(payment: PaymentFacts): boolean {
  if (payment.payMethod === 'vbank') return true;
  return payment.payMethod === 'trans' && ACCOUNT_FOR_TRANSFER.has(payment.pgProvider ?? '');
}

/** KCP pays a phone payment of an earlier month back to an account (익월환불), so an account may come with it. */
function isKcpLatePhoneRefund(payment: PaymentFacts, account: RefundAccount): boolean {
  return payment.pgProvider === 'kcp' && account.account !== undefined;
}

/** The account as far as this payment's method has a use for it: what is not needed is not sent. */
export function accountToSend(payment: PaymentFacts, account: RefundAccount): RefundAccount | undefined {
  const useful = accountIsNeeded(payment) || payment.payMethod === 'phone';
  return useful && Object.keys(account).length > 0 ? account : undefined;
}

interface Asked {
  readonly partial: boolean;
  readonly account: RefundAccount;
}

export function judgeRules(payment: PaymentFacts, asked: Asked, nowMs: number): RuleRefusal | undefined {
  if (payment.payMethod === 'phone') return judgePhone(payment, asked, nowMs);
  return accountIsNeeded(payment) ? judgeAccount(payment, asked.account) : undefined;
}

function judgePhone(payment: PaymentFacts, asked: Asked, nowMs: number): RuleRefusal | undefined {
  const otherMonth = payment.paidAtMs !== undefined && koreanMonth(payment.paidAtMs) !== koreanMonth(nowMs);
  if (otherMonth && !isKcpLatePhoneRefund(payment, asked.account)) {
    return { code: 'REFUND_NOT_ALLOWED', rule: 'phone_other_month' };
  }
  return asked.partial && !PHONE_PARTIAL.has(payment.pgProvider ?? '')
    ? { code: 'REFUND_NOT_ALLOWED', rule: 'phone_partial' }
    : undefined;
}

function judgeAccount(payment: PaymentFacts, account: RefundAccount): RuleRefusal | undefined {
  const needed = {
    refund_holder: account.holder,
    refund_bank: account.bank,
    refund_account: account.account,
  };
  const { pgProvider = '', payMethod = '' } = payment;
  const all = TELEPHONE_TOO.has(pgProvider) ? { ...needed, refund_tel: account.tel } : needed;
  const missing = Object.entries(all).flatMap(([field, value]) => (value === undefined ? [field] : []));
  if (missing.length > 0) return { code: 'REFUND_ACCOUNT_REQUIRED', fields: missing, payMethod };
  const banks = banksOf(pgProvider);
  const { bank } = account;
  if (banks === undefined || bank === undefined || Object.hasOwn(banks, bank)) return undefined;
  return { code: 'INVALID_REFUND_BANK', pgProvider, banks };
}
