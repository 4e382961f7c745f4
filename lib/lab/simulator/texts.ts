/**
 * Every text the simulator can say, in one table. `assumed` marks the texts nobody has seen from i'mport itself: a test
 * of a client must never depend on the wording of one of those.
 */
export interface Text {
  readonly text: string;
  readonly assumed: boolean;
}

const seen = (text: string): Text => ({ text, assumed: false });
const assumed = (text: string): Text => ({ text, assumed: true });

/** i'mport puts this before whatever the PG says. Seen with NICE and KakaoPay. */
export const PG_REFUSAL_PREFIX = '결제취소에 실패하였습니다. ';

/** Reason of a cancel made by hand in i'mport's console. */
export const CONSOLE_REASON = '관리자페이지취소';

export const TEXTS = {
  unauthorized: seen('Unauthorized'),
  wrong_credentials: seen('인증에 실패하였습니다. API키와 secret을 확인하세요.'),
  missing_credentials: seen('imp_key, imp_secret 파라메터가 누락되었습니다.'),
  no_such_payment: seen('존재하지 않는 결제정보입니다.'),
  nothing_to_cancel: seen('취소할 결제건이 존재하지 않습니다.'),
  already_cancelled: seen('이미 전액취소된 주문입니다.'),
  /** Only the end of this one was seen. */
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
  prepared_already: assumed('이미 등록된 merchant_uid입니다.'),
  prepare_incomplete: assumed('merchant_uid, amount 파라메터가 누락되었습니다.'),
  no_such_account: assumed('예금주를 조회할 수 없는 계좌입니다.'),
  /** Answered to the payment window, error F1002. */
  paid_already: seen('이미 결제가 이루어진 거래건입니다.'),
  no_such_path: assumed('Not Found'),
  method_not_allowed: assumed('Method Not Allowed'),
  too_large: assumed('Request Entity Too Large'),
  too_many_requests: assumed('Too Many Requests'),
  internal_error: assumed('Internal Server Error'),
} as const satisfies Readonly<Record<string, Text>>;

/** What a PG answers, without the prefix: the keys a fault's `text` may name. */
export const PG_TEXTS = {
  kakaopay_cancelable_amount: seen('(requested cancel amount is bigger than cancelable amount)'),
  nice_already_cancelled: seen('해당거래 취소실패(기취소성공) : 전화 문의(1661-0808)'),
  already_cancelled_500626: seen('[500626|기 취소 거래]'),
  kcp_8178: seen('[8178] 취소 금액보다 상계가능 정산금액 부족'),
  nice_2026: seen('[2026] 취소금액이 미정산 금액보다 큽니다.'),
  danal_unavailable: seen('취소불가 상태입니다'),
  kiwoom_9029: seen('[9029] 상점의 취소가능 금액이 부족합니다.'),
  naverpay_maintenance: seen('MaintenanceOngoing'),
  phone_other_month: assumed('휴대폰 결제는 결제한 당월에만 취소할 수 있습니다.'),
  phone_partial: assumed('휴대폰 결제는 부분취소할 수 없습니다.'),
  balance_differs: assumed('취소 전 잔액이 일치하지 않습니다.'),
  vbank_unsupported: assumed('가상계좌 환불을 지원하지 않는 결제건입니다.'),
  ksnet_partial_limit: assumed('부분취소 가능 횟수(9회)를 초과하였습니다.'),
} as const satisfies Readonly<Record<string, Text>>;

export type TextKey = keyof typeof TEXTS;
export type PgTextKey = keyof typeof PG_TEXTS;

export function isPgTextKey(key: string): key is PgTextKey {
  return Object.hasOwn(PG_TEXTS, key);
}
