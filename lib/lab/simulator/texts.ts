/**
 * All texts of the simulator. `assumed` marks texts that were never observed at i'mport: a client's test must not depend
 * on their wording.
 */
interface Text {
  readonly text: string;
  readonly assumed: boolean;
}

const seen = (text: string): Text => ({ text, assumed: false });
const assumed = (text: string): Text => ({ text, assumed: true });

/** The reason of a cancel made in i'mport's console. */
export const CONSOLE_REASON = '관리자페이지취소';

/** i'mport's own texts. */
export const TEXTS = {
  unauthorized: seen('Unauthorized'),
  wrong_credentials: seen('인증에 실패하였습니다. API키와 secret을 확인하세요.'),
  missing_credentials: seen('imp_key, imp_secret 파라메터가 누락되었습니다.'),
  no_such_payment: seen('존재하지 않는 결제정보입니다.'),
  nothing_to_cancel: seen('취소할 결제건이 존재하지 않습니다.'),
  already_cancelled: seen('이미 전액취소된 주문입니다.'),
  /** Only the end of this text was observed. */
  no_uid: assumed('imp_uid 또는 merchant_uid를 지정해주셔야합니다.'),
  amount_invalid: assumed('취소요청금액이 올바르지 않습니다.'),
  amount_too_large: assumed('취소요청금액이 취소가능금액보다 큽니다.'),
  checksum_mismatch: assumed('취소가능금액이 checksum과 일치하지 않습니다.'),
  refund_account_missing: assumed('환불계좌 예금주, 은행코드, 계좌번호가 필요합니다.'),
  refund_tel_missing: assumed('환불계좌 예금주의 연락처가 필요합니다.'),
  refund_bank_unknown: assumed('지원되지 않는 은행코드입니다.'),
  balance_unsupported: assumed('PAYCO 결제건만 조회할 수 있습니다.'),
  too_many_uids: assumed('한 번에 100건까지 조회할 수 있습니다.'),
  bad_status: seen('지원되지 않는 상태값입니다.'),
  bad_page: assumed('지원되지 않는 페이지입니다.'),
  bad_window: assumed('조회기간은 최대 90일입니다.'),
  not_prepared: seen('사전등록된 결제정보가 존재하지 않습니다.'),
  no_such_path: assumed('Not Found'),
  method_not_allowed: assumed('Method Not Allowed'),
  too_many_requests: assumed('Too Many Requests'),
  internal_error: assumed('Internal Server Error'),
} as const satisfies Readonly<Record<string, Text>>;

/** i'mport's prefix of a PG's text. Observed with NICE and KakaoPay. */
const PG_REFUSAL_PREFIX = '결제취소에 실패하였습니다. ';

/** Refusals by PGs without the prefix; a fault's `text` may name a key, or be any other text (PG-FACTS 1 to 3 has more). */
export const PG_TEXTS = {
  // A cancel is in progress, so this is no final refusal.
  cancel_under_way: assumed('취소 처리 중입니다.'),
  inicis_501940: seen('[501940|취소 처리 중(은련카드)]'),
  // Already cancelled at the PG (기취소).
  nice_already_cancelled: seen('해당거래 취소실패(기취소성공) : 전화 문의(1661-0808)'),
  already_cancelled_500626: seen('[500626|기 취소 거래]'),
  // Final refusals.
  kakaopay_cancelable_amount: seen('(requested cancel amount is bigger than cancelable amount)'),
  kcp_8178: seen('[8178] 취소 금액보다 상계가능 정산금액 부족'),
  nice_2026: seen('[2026] 취소금액이 미정산 금액보다 큽니다.'),
  danal_unavailable: seen('취소불가 상태입니다'),
  kiwoom_9029: seen('[9029] 상점의 취소가능 금액이 부족합니다.'),
  naverpay_maintenance: seen('MaintenanceOngoing'),
  phone_other_month: assumed('휴대폰 결제는 결제한 당월에만 취소할 수 있습니다.'),
  phone_partial: assumed('휴대폰 결제는 부분취소할 수 없습니다.'),
  ksnet_partial_limit: assumed('부분취소 가능 횟수(9회)를 초과하였습니다.'),
} as const satisfies Readonly<Record<string, Text>>;

export type TextKey = keyof typeof TEXTS;
export type PgTextKey = keyof typeof PG_TEXTS;

export function isPgTextKey(key: string): key is PgTextKey {
  return Object.hasOwn(PG_TEXTS, key);
}

/** The answer of every endpoint; `response` is null on failure. */
export interface Answer {
  readonly status: number;
  readonly code: number;
  readonly message: string | null;
  readonly response: unknown;
}

export function succeeded(response: unknown, status = 200): Answer {
  return { status, code: 0, message: null, response };
}

export function failed(status: number, code: 1 | -1, key: TextKey): Answer {
  return { status, code, message: TEXTS[key].text, response: null };
}

/** The PG has refused a cancel. @param text a key of PG_TEXTS, or the PG's words */
export function refusedByPg(text: string): Answer {
  const message = PG_REFUSAL_PREFIX + (isPgTextKey(text) ? PG_TEXTS[text].text : text);
  return { status: 200, code: -1, message, response: null };
}
