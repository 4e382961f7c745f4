import type { CancelRequest } from './cancel-request.ts';
import type { LedgerPayment, Minor } from './payment.ts';
import type { PgTextKey, TextKey } from './texts.ts';

/** `code` 1: i'mport itself refuses; -1: the PG refuses. */
export type Refusal =
  | { readonly code: 1; readonly text: TextKey }
  | { readonly code: -1; readonly text: PgTextKey };

/** Special contracts of the shop; without them the strict rules apply. */
export interface Contracts {
  /** KCP allows partial cancels of phone payments only by a special contract. @default false */
  readonly kcpPhonePartial?: boolean;
  /** KCP refunds a phone payment of an earlier month to a bank account (익월환불). @default false */
  readonly kcpNextMonthRefund?: boolean;
}

/** A cancel that i'mport itself accepts. */
export interface Wanted {
  readonly payment: LedgerPayment;
  readonly request: CancelRequest;
  readonly amount: Minor;
  readonly nowMs: number;
  readonly contracts: Contracts;
}

interface PgRule {
  readonly pg?: RegExp;
  readonly method?: RegExp;
  readonly forbids: (wanted: Wanted) => boolean;
  readonly says: Refusal;
}

const pgSays = (text: PgTextKey): Refusal => ({ code: -1, text });
const iamportSays = (text: TextKey): Refusal => ({ code: 1, text });

/** Only one cancel of the whole payment is a full cancel; the rest after partial cancels is a partial cancel, too. */
const isPartial = ({ payment, amount }: Wanted): boolean => amount !== payment.amount;

/**
 * Published refusals of the PGs behind i'mport (PG-FACTS 4), written independently of the service's table because the
 * simulator tests the service. Months and days are assumed to be those of Korea.
 */
const RULES: readonly PgRule[] = [
  // A phone payment can be cancelled only in the month of its bill (developers.portone.io, cancel/v1/basic).
  {
    method: /^phone$/,
    forbids: (wanted) => isOfEarlierMonth(wanted) && !isPaidBackByKcp(wanted),
    says: pgSays('phone_other_month'),
  },
  {
    method: /^phone$/,
    forbids: (wanted) => isPartial(wanted) && !canSplitPhone(wanted),
    says: pgSays('phone_partial'),
  },
  // KSNET, except phone: six months, nine partial cancels; virtual accounts not at night (V1 OpenAPI, x-portone-per-pg).
  {
    pg: /^ksnet$/,
    method: /^(?!phone$)/,
    forbids: (wanted) => koreanDate(wanted.nowMs) > lastDateAfterMonths(paidDate(wanted), 6),
    says: pgSays('ksnet_deadline'),
  },
  {
    pg: /^ksnet$/,
    method: /^(?!phone$)/,
    forbids: ({ payment }) => payment.cancels.length > 8,
    says: pgSays('ksnet_partial_limit'),
  },
  {
    pg: /^ksnet$/,
    method: /^vbank$/,
    forbids: ({ nowMs }) => /T(23|0[0-5])/.test(koreanTime(nowMs)),
    says: pgSays('ksnet_vbank_night'),
  },
  // The day of payment is day 0 (help.portone.io, cancel-deadline-by-paymethod).
  {
    pg: /^naverpay$/,
    forbids: (wanted) => koreanDate(wanted.nowMs) > dateAfterDays(paidDate(wanted), 1095),
    says: pgSays('naverpay_deadline'),
  },
  {
    pg: /^naverpay$/,
    forbids: ({ request }) => request.reason.trim() === '',
    says: pgSays('naverpay_reason'),
  },
  {
    pg: /^paypal(_v2)?$/,
    forbids: (wanted) => koreanDate(wanted.nowMs) > dateAfterDays(paidDate(wanted), 180),
    says: pgSays('paypal_deadline'),
  },
  // Gift certificates can be cancelled only in full: all at Toss Payments, some at Kiwoom and KG Financial.
  {
    pg: /^tosspayments$/,
    method: /^(cultureland|culturegift|smartculture|booknlife|happymoney)$/,
    forbids: isPartial,
    says: pgSays('gift_partial'),
  },
  { pg: /^daou$/, method: /^(booknlife|smartculture)$/, forbids: isPartial, says: pgSays('gift_partial') },
  { pg: /^mobilians(_v2)?$/, method: /^smartculture$/, forbids: isPartial, says: pgSays('gift_partial') },
  { pg: /^danal(_tpay)?$/, method: /^vbank$/, forbids: () => true, says: pgSays('vbank_unsupported') },
  { pg: /^inicis_jp$/, method: /^cvs$/, forbids: () => true, says: pgSays('convenience_store') },
  // A virtual account cannot receive money, so the buyer's account is needed, with the PG's own bank code.
  {
    forbids: (wanted) => needsAccount(wanted) && !hasAccount(wanted),
    says: iamportSays('refund_account_missing'),
  },
  {
    pg: /^(smartro|smartro_v2|welcome)$/,
    forbids: (wanted) => needsAccount(wanted) && wanted.request.refundTel === undefined,
    says: iamportSays('refund_tel_missing'),
  },
  {
    forbids: (wanted) => needsAccount(wanted) && !isRefundBank(wanted),
    says: iamportSays('refund_bank_unknown'),
  },
  // Later partial cancels of a promotion keep the first choice; the answer to another choice is assumed.
  {
    forbids: ({ payment, request }) =>
      payment.retainPromotion !== undefined && payment.retainPromotion !== request.retainPromotion,
    says: pgSays('promotion_choice_differs'),
  },
];

/** The first PG rule that refuses this cancel. */
export function pgRefusal(wanted: Wanted): Refusal | undefined {
  const { pgProvider, payMethod } = wanted.payment;
  return RULES.find(
    ({ pg, method, forbids }) =>
      (pg?.test(pgProvider) ?? true) && (method?.test(payMethod) ?? true) && forbids(wanted),
  )?.says;
}

function isOfEarlierMonth(wanted: Wanted): boolean {
  return koreanDate(wanted.nowMs).slice(0, 7) > paidDate(wanted).slice(0, 7);
}

function isPaidBackByKcp(wanted: Wanted): boolean {
  const { payment, contracts } = wanted;
  return payment.pgProvider === 'kcp' && contracts.kcpNextMonthRefund === true && isWhole(wanted);
}

function isWhole(wanted: Wanted): boolean {
  return hasAccount(wanted) && isRefundBank(wanted);
}

function canSplitPhone({ payment, contracts }: Wanted): boolean {
  const { pgProvider } = payment;
  return pgProvider === 'html5_inicis' || (pgProvider === 'kcp' && contracts.kcpPhonePartial === true);
}

function needsAccount({ payment: { payMethod, pgProvider } }: Wanted): boolean {
  // These two PGs need an account for a bank transfer, too.
  return payMethod === 'vbank' || (payMethod === 'trans' && /^(smartro_v2|welcome)$/.test(pgProvider));
}

function hasAccount({ request: { refundHolder, refundBank, refundAccount } }: Wanted): boolean {
  return [refundHolder, refundBank, refundAccount].every((field) => field !== undefined);
}

// --- Korea's calendar, as dates that compare as text ---

/** `2026-01-31T21:00`. */
function koreanTime(timeMs: number): string {
  return new Date(timeMs + 9 * 3_600_000).toISOString();
}

function koreanDate(timeMs: number): string {
  return koreanTime(timeMs).slice(0, 10);
}

function paidDate({ payment }: Wanted): string {
  return koreanDate(payment.paidAtSeconds * 1000);
}

function dateAfterDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

/** In a shorter month a day such as 31 still works, because all its days are smaller as text. */
function lastDateAfterMonths(date: string, months: number): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const index = year * 12 + month - 1 + months;
  return `${Math.floor(index / 12)}-${twoDigits((index % 12) + 1)}-${twoDigits(day)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

// --- Bank codes ---

/**
 * Codes of `refund_bank`. The same bank has four different codes, depending on the PG; source: developers.portone.io,
 * "은행 코드" (opi/ko/support/code-info/pg-1). Two-digit codes of KG이니시스: KCP writes them as `BK04`, most others as `004`.
 */
const INICIS_BANKS = '04 23 39 34 03 11 31 32 02 45 07 88 48 81 20 71 37 12 90 89 27 92'.split(' ');
const KCP_BANKS = INICIS_BANKS.map((code) => `BK${code}`);
const THREE_DIGITS = INICIS_BANKS.map((code) => `0${code}`);
/** 키움페이 has its own bank numbers; 05 is 외환. */
const DAOU = '04 11 03 08 15 10 12 09 31 05'.split(' ');
const NICE_V2 = '004 023 034 003 011 031 032 088 081 020 071 089'.split(' ');
const WELCOME = '004 034 039 003 031 032 007 088 081 020 037 089'.split(' ');

const BANKS: readonly (readonly [pg: RegExp, codes: readonly string[]])[] = [
  [/^kcp(_billing|_quick)?$/, KCP_BANKS],
  [/^(html5_inicis|inicis|inicis_unified)$/, INICIS_BANKS],
  [/^(tosspayments|uplus|danal|danal_tpay|nice|kicc|smartro|smartro_v2|settle|settle_acc)$/, THREE_DIGITS],
  [/^nice_v2$/, NICE_V2],
  [/^welcome$/, WELCOME],
  [/^daou$/, DAOU],
];

/** A PG without a published table accepts any code. */
function isRefundBank({ payment, request }: Wanted): boolean {
  const [, codes] = BANKS.find(([pg]) => pg.test(payment.pgProvider)) ?? [];
  return codes?.includes(request.refundBank ?? '') ?? true;
}
