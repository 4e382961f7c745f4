/**
 * Codes of `refund_bank`. The same bank has four different codes, depending on the PG; source: developers.portone.io,
 * "은행 코드" (opi/ko/support/code-info/pg-1).
 */

/** Two-digit codes of KG이니시스: KCP writes them as `BK04`, most others as `004`. */
const INICIS = '04 23 39 34 03 11 31 32 02 45 07 88 48 81 20 71 37 12 90 89 27 92'.split(' ');
const KCP = INICIS.map((code) => `BK${code}`);
const THREE_DIGITS = INICIS.map((code) => `0${code}`);
/** 키움페이 numbers the banks in its own way; 05 is 외환. */
const DAOU = '04 11 03 08 15 10 12 09 31 05'.split(' ');
const NICE_V2 = '004 023 034 003 011 031 032 088 081 020 071 089'.split(' ');
const WELCOME = '004 034 039 003 031 032 007 088 081 020 037 089'.split(' ');

const CODES_BY_PROVIDER: Readonly<Record<string, readonly string[]>> = {
  kcp: KCP,
  kcp_billing: KCP,
  kcp_quick: KCP,
  html5_inicis: INICIS,
  inicis: INICIS,
  inicis_unified: INICIS,
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
export function isRefundBank(code: string, pgProvider: string): boolean {
  return CODES_BY_PROVIDER[pgProvider]?.includes(code) ?? true;
}
