import type { CancelRequest } from './cancel-request.ts';
import type { LedgerPayment, Minor } from './payment.ts';
import type { PgTextKey, TextKey } from './texts.ts';

/** `code` 1: i'mport itself refuses; -1: the PG refuses. */
export type Refusal =
  | { readonly code: 1; readonly text: TextKey }
  | { readonly code: -1; readonly text: PgTextKey };

/** A cancel that i'mport itself accepts. */
export interface Wanted {
  readonly payment: LedgerPayment;
  readonly request: CancelRequest;
  readonly amount: Minor;
  readonly nowMs: number;
  /**
   * The shop has KCP's contracts for phone payments: partial cancels, and refunds of an earlier month to a bank account
   * (익월환불).
   */
  readonly hasKcpPhoneContract: boolean;
}

/**
 * The first published rule of the PGs behind i'mport that refuses this cancel (PG-FACTS 4), written independently of the
 * service's table because the simulator tests the service.
 */
export function pgRefusal({
  payment,
  request,
  amount,
  nowMs,
  hasKcpPhoneContract,
}: Wanted): Refusal | undefined {
  const { payMethod, pgProvider, cancels, retainPromotion } = payment;
  const isPhone = payMethod === 'phone';
  const isLate = isPhone && koreanMonth(nowMs) > koreanMonth(payment.paidAtSeconds * 1000);
  const hasContract = pgProvider === 'kcp' && hasKcpPhoneContract;
  // A virtual account cannot receive money, and two PGs need an account for a bank transfer, too.
  const needsAccount =
    payMethod === 'vbank' || (payMethod === 'trans' && /^(smartro_v2|welcome)$/.test(pgProvider));
  const { refundHolder, refundBank, refundAccount, refundTel } = request;
  const hasAccount = [refundHolder, refundBank, refundAccount].every((field) => field !== undefined);
  const hasBank = banksOf(pgProvider)?.includes(refundBank ?? '') ?? true;
  const rules: readonly (readonly [isBroken: boolean, refusal: Refusal])[] = [
    // A phone payment can be cancelled only in the month of its bill (developers.portone.io, cancel/v1/basic).
    [isLate && !(hasContract && hasAccount && hasBank), pgSays('phone_other_month')],
    // One cancel of the whole payment is a full cancel; the rest after partial cancels is partial, too.
    [
      isPhone && amount !== payment.amount && !hasContract && pgProvider !== 'html5_inicis',
      pgSays('phone_partial'),
    ],
    // V1 OpenAPI, x-portone-per-pg.
    [pgProvider === 'ksnet' && !isPhone && cancels.length > 8, pgSays('ksnet_partial_limit')],
    [needsAccount && !hasAccount, iamportSays('refund_account_missing')],
    [
      needsAccount && /^(smartro|smartro_v2|welcome)$/.test(pgProvider) && refundTel === undefined,
      iamportSays('refund_tel_missing'),
    ],
    [needsAccount && !hasBank, iamportSays('refund_bank_unknown')],
    // Later partial cancels of a promotion keep the first choice; the answer to another choice is assumed.
    [
      retainPromotion !== undefined && retainPromotion !== request.retainPromotion,
      pgSays('promotion_choice_differs'),
    ],
  ];
  return rules.find(([isBroken]) => isBroken)?.[1];
}

function pgSays(text: PgTextKey): Refusal {
  return { code: -1, text };
}

function iamportSays(text: TextKey): Refusal {
  return { code: 1, text };
}

/** `2026-01`: months are assumed to be those of Korea. */
function koreanMonth(timeMs: number): string {
  return new Date(timeMs + 9 * 3_600_000).toISOString().slice(0, 7);
}

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

/** `undefined` for a PG without a published table, which accepts any code. */
function banksOf(pgProvider: string): readonly string[] | undefined {
  return BANKS.find(([pg]) => pg.test(pgProvider))?.[1];
}
