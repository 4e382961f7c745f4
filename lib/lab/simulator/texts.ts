/**
 * All texts of the simulator. `assumed` marks texts that were never observed at i'mport: a client's test must not depend
 * on their wording.
 */
interface Text {
  readonly text: string;
  readonly assumed: boolean;
}

const seen = (text: string): Text => ({ text, assumed: false });
/**
 * Code and text are from PortOne's code tables or a PG's own table (PG-FACTS 1-3). A client may match the code in brackets
 * or the words, but not the whole text: how i'mport combines them is known only for NICE, Inicis and KakaoPay.
 */
const published = (text: string): Text => ({ text, assumed: false });
const assumed = (text: string): Text => ({ text, assumed: true });

/** i'mport's prefix of a PG's text. Observed with NICE and KakaoPay. */
export const PG_REFUSAL_PREFIX = '결제취소에 실패하였습니다. ';

/** The reason of a cancel made in i'mport's console. */
export const CONSOLE_REASON = '관리자페이지취소';

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

/** Answers of PGs without the prefix; a fault's `text` may name a key. */
export const PG_TEXTS = {
  // A cancel is in progress, so this is no final refusal (PG-FACTS 1).
  cancel_under_way: assumed('취소 처리 중입니다.'),
  kcp_8388: published('[8388] 취소 진행중 거래'),
  kcp_8387: published('[8387] 부분취소 진행중 거래'),
  kcp_8040: published('[8040] 부분취소(환불) 진행중 거래'),
  kcp_8e01: published('[8E01] 환불 완료 또는 진행중 거래건'),
  toss_rf23: published('[RF23] 환불이 진행중입니다'),
  uplus_752: published('[752] 해당기관 취소처리중'),
  inicis_501940: published('[501940|취소 처리 중(은련카드)]'),
  inicis_506772: published('[506772|취소처리 중]'),
  inicis_pb0037: published('[PB0037|취소 처리중입니다]'),
  inicis_060785: published('[060785|결제/취소를 중복으로 요청]'),
  kakaopay_785: published('(-785: 결제/취소를 중복으로 요청한 경우)'),
  naverpay_cancel_not_complete: published('CancelNotComplete'),
  naverpay_already_on_going: published('AlreadyOnGoing'),
  // Already cancelled at the PG, 기취소 (PG-FACTS 2).
  nice_already_cancelled: seen('해당거래 취소실패(기취소성공) : 전화 문의(1661-0808)'),
  already_cancelled_500626: seen('[500626|기 취소 거래]'),
  kcp_8133: published('[8133] 이미취소처리'),
  toss_s020: published('[S020] 이미 취소가 되었거나, 취소할 수 없는 거래입니다'),
  kakaopay_8507: published('(8507: 이미 취소된 거래)'),
  refused_already_cancelled: published('취소거절이미취소된거래'),
  already_fully_cancelled: published('이미 전액취소된 거래입니다'),
  // Final refusals (PG-FACTS 3).
  kakaopay_cancelable_amount: seen('(requested cancel amount is bigger than cancelable amount)'),
  kcp_8178: seen('[8178] 취소 금액보다 상계가능 정산금액 부족'),
  nice_2026: seen('[2026] 취소금액이 미정산 금액보다 큽니다.'),
  danal_unavailable: seen('취소불가 상태입니다'),
  kiwoom_9029: seen('[9029] 상점의 취소가능 금액이 부족합니다.'),
  inicis_500906: published('[500906|취소한도초과]'),
  kcp_8037: published('[8037] 남은금액 불일치'),
  inicis_500706: published('[500706|부분취소 잔액 오류]'),
  kcp_8345: published('[8345] 당월 환불 불가'),
  naverpay_deadline: published('CancelDeadlineExpired'),
  naverpay_maintenance: seen('MaintenanceOngoing'),
  naverpay_fault_check: published('FaultCheckOngoing'),
  phone_other_month: assumed('휴대폰 결제는 결제한 당월에만 취소할 수 있습니다.'),
  phone_partial: assumed('휴대폰 결제는 부분취소할 수 없습니다.'),
  balance_differs: assumed('취소 전 잔액이 일치하지 않습니다.'),
  ksnet_partial_limit: assumed('부분취소 가능 횟수(9회)를 초과하였습니다.'),
  promotion_choice_differs: assumed('프로모션 유지 여부가 첫 취소와 다릅니다.'),
} as const satisfies Readonly<Record<string, Text>>;

export type TextKey = keyof typeof TEXTS;
export type PgTextKey = keyof typeof PG_TEXTS;

export function isPgTextKey(key: string): key is PgTextKey {
  return Object.hasOwn(PG_TEXTS, key);
}

/** A PG's text by its key, or the given text itself. */
export function pgText(text: string): string {
  return isPgTextKey(text) ? PG_TEXTS[text].text : text;
}
