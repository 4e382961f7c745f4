/**
 * `wire`: the request or its answer is lost or damaged; at most one per request. `cancel`: what the PG does with a
 * cancel. Of the other groups every matching fault applies. `reason`: changes a cancel before it is booked.
 * `answer`: changes how a payment is written. `look`: changes what a read finds. `webhook`: changes how webhooks are sent.
 */
export type FaultGroup = 'wire' | 'cancel' | 'reason' | 'answer' | 'look' | 'webhook';

export interface FaultDescription<Group extends FaultGroup = FaultGroup> {
  readonly group: Group;
  /** Further fields of the script that this fault uses. */
  readonly parameters: readonly string[];
  /** A description in one line. */
  readonly en: string;
  readonly ko: string;
}

type Row<Group extends FaultGroup> = (parameters: string, en: string, ko: string) => FaultDescription<Group>;

function rowOf<Group extends FaultGroup>(group: Group): Row<Group> {
  return (parameters, en, ko) => ({ group, parameters: parameters.split(' ').filter(Boolean), en, ko });
}

const [wire, cancel, reason] = [rowOf('wire'), rowOf('cancel'), rowOf('reason')];
const [answer, look, webhook] = [rowOf('answer'), rowOf('look'), rowOf('webhook')];

/**
 * Every fault of the simulator, one per row: its parameters, and a description with the defaults in parentheses. `times`,
 * `until_cleared`, `lasts_ms`, `imp_uid`, `pg_provider` and `probability` apply to every fault, and `also` to those of
 * `wire` and `cancel`.
 */
// prettier-ignore
export const FAULT_TABLE = {
  answer_lost: wire('', 'It is carried out, and the connection breaks before the answer', '처리된 뒤 응답 전에 연결이 끊어집니다'),
  request_lost: wire('', 'The connection breaks before it is carried out', '처리되기 전에 연결이 끊어집니다'),
  no_answer: wire('applied', 'It is carried out unless applied is false, and the connection stays open without an answer', 'applied가 false가 아니면 처리되고, 연결은 열린 채 응답이 오지 않습니다'),
  slow: wire('delay_ms', 'It is carried out only after delay_ms (1,000, real time)', 'delay_ms(기본 1,000, 실제 시간)가 지난 뒤에 처리됩니다'),
  late: wire('delay_ms hang', 'It is carried out delay_ms (120,000) after it was given up; hang keeps the connection open', '포기한 뒤 delay_ms(기본 120,000)가 지나 뒤늦게 처리됩니다. hang이면 연결은 열려 있습니다'),
  answer_slow: wire('delay_ms', 'It is carried out at once and answered after delay_ms (1,000, real time)', '바로 처리되지만 응답은 delay_ms(기본 1,000, 실제 시간) 뒤에 옵니다'),
  http_500: wire('applied delay_ms', 'HTTP 500 with JSON; carried out unless applied is false, delay_ms (0) after the answer', 'JSON 본문의 HTTP 500 응답. applied가 false가 아니면 응답 delay_ms(기본 0) 뒤에 처리됩니다'),
  http_502: wire('applied delay_ms', 'HTTP 502 with HTML; carried out unless applied is false, delay_ms (0) after the answer', 'HTML 본문의 HTTP 502 응답. applied가 false가 아니면 응답 delay_ms(기본 0) 뒤에 처리됩니다'),
  http_504: wire('applied delay_ms', 'HTTP 504 with HTML; carried out unless applied is false, delay_ms (0) after the answer', 'HTML 본문의 HTTP 504 응답. applied가 false가 아니면 응답 delay_ms(기본 0) 뒤에 처리됩니다'),
  empty_200: wire('applied delay_ms', 'HTTP 200 with an empty body; carried out as http_500 is', '본문이 빈 HTTP 200 응답. 처리는 http_500과 같습니다'),
  truncated_200: wire('applied delay_ms', 'HTTP 200 with half of the JSON; carried out as http_500 is', 'JSON이 반만 오는 HTTP 200 응답. 처리는 http_500과 같습니다'),
  unreadable: wire('kind applied delay_ms', 'An answer that is no payment, of some kind (html); carried out as http_500 is', 'kind(기본 html)에 따라 결제로 읽을 수 없는 응답. 처리는 http_500과 같습니다'),
  http_429: wire('applied delay_ms retry_after', 'HTTP 429, with Retry-After if given; not carried out unless applied or delay_ms says so', 'HTTP 429 응답(Retry-After 지정 가능). applied나 delay_ms가 없으면 처리되지 않습니다'),
  unauthorized: wire('applied delay_ms', 'HTTP 401 although the token is good; not carried out unless applied or delay_ms says so', '토큰이 유효한데도 HTTP 401 응답. applied나 delay_ms가 없으면 처리되지 않습니다'),
  refused: cancel('text', 'The PG refuses, in the words of text (nice_2026)', 'PG사가 text(기본 nice_2026)의 문구로 거절합니다'),
  under_way: cancel('text delay_ms on_trigger ends', 'Refused in words that say it is under way; booked (or refused) delay_ms (60,000) later or on a trigger', '진행 중이라는 문구로 거절되지만 delay_ms(기본 60,000) 뒤나 트리거 때 반영(또는 거절)됩니다'),
  already_cancelled_at_pg: cancel('text', "The PG says it is cancelled already and does nothing; i'mport still says paid", 'PG사는 기취소라며 아무것도 하지 않고 아임포트는 여전히 결제완료입니다'),
  executed_but_refused: cancel('delay_ms text', "The PG pays back, i'mport says it is cancelled already, and books it delay_ms later (0: at once) or on a trigger", 'PG사는 환불했는데 아임포트는 기취소로 거절합니다. delay_ms 뒤(0: 즉시)나 트리거 때 반영됩니다'),
  console_cancel: cancel('amount text', 'Just before it, a person cancels amount (the rest) in the console; text is the reason given', '그 직전에 담당자가 콘솔에서 amount(기본 전액)만큼 취소합니다. text는 취소 사유입니다'),
  webhook_first: cancel('', 'The webhook arrives before the answer', '웹훅이 응답보다 먼저 도착합니다'),
  drop_tag: cancel('text', 'The PG keeps nothing of reason, or only text', 'PG사가 취소 사유를 버리고 text만 남깁니다'),
  asynchronous: cancel('delay_ms on_trigger ends', 'Accepted with code 0 and booked (or refused) delay_ms (60,000) later or on a trigger', 'code 0으로 접수만 되고 delay_ms(기본 60,000) 뒤나 트리거 때 반영(또는 거절)됩니다'),
  two_step: cancel('delay_ms on_trigger ends hang', 'The checksum is checked on arrival; booked and answered delay_ms (60,000) later or on a trigger', '체크섬은 도착할 때 검사하고, 반영과 응답은 delay_ms(기본 60,000) 뒤나 트리거 때 합니다'),
  split: cancel('shares delays_ms tag', 'The PG makes several entries of it, by shares (1, 1), each after its delays_ms (0, 1,000); tag is on all of them', 'PG사가 shares(기본 1, 1)대로 나누어 delays_ms(기본 0, 1,000) 뒤에 각각 반영합니다. tag는 표시가 남는 항목입니다'),
  unlisted: cancel('counted delay_ms', 'Executed, but its entry is listed only delay_ms later (never); counted: cancel_amount shows it (true)', '처리되었지만 항목이 delay_ms 뒤에(기본: 끝내) 나타납니다. counted(기본 true)면 cancel_amount에는 보입니다'),
  undone: cancel('delay_ms for_ms keep_entry', 'Undone at the PG delay_ms (60,000) after it was booked, for for_ms (for good); keep_entry leaves the entry', '반영 delay_ms(기본 60,000) 뒤에 PG사가 for_ms 동안(기본: 영구) 원복합니다. keep_entry면 항목은 남습니다'),
  checksum_ignored: reason('', 'checksum is not looked at', 'checksum을 검사하지 않습니다'),
  reason_replace: reason('from text', "The PG writes text (&#91;) for each from ([) of reason; '' drops it", "PG사가 취소 사유의 from(기본 [)을 text(기본 &#91;)로 바꿉니다. ''이면 지웁니다"),
  reason_cut: reason('max unit', 'The PG keeps the first max (20) characters or bytes of reason', 'PG사가 취소 사유의 앞 max(기본 20)글자 또는 바이트만 남깁니다'),
  // In the order of application: the fields first, the shape of the history last.
  promotion_sums: answer('', 'With a promotion, cancel_amount is the sum of the entries instead of the sum asked for', '프로모션 결제의 cancel_amount가 요청 금액의 합이 아니라 취소 내역의 합입니다'),
  order_number_cut: answer('max', 'merchant_uid is cut to max (40) characters, in webhooks too', 'merchant_uid가 max(기본 40)자로 잘립니다. 웹훅에서도 같습니다'),
  order_number_trimmed: answer('', 'merchant_uid loses the spaces at its edges, in webhooks too', 'merchant_uid 양끝의 공백이 사라집니다. 웹훅에서도 같습니다'),
  order_number_case: answer('letters', 'merchant_uid comes in upper or lower letters (upper), in webhooks too', 'merchant_uid가 letters(기본 upper)에 따라 대문자나 소문자로 옵니다. 웹훅에서도 같습니다'),
  currency_lower_case: answer('', 'currency is krw instead of KRW', 'currency가 KRW 대신 krw로 옵니다'),
  float_dust: answer('fields', 'Sums are off by the dust of floating point, as 0.30000000000000004', '금액에 0.30000000000000004처럼 부동소수점 오차가 섞입니다'),
  numbers_as_text: answer('fields', 'Sums come as text', '금액이 문자열로 옵니다'),
  times_as_text: answer('style', 'Times come as text, in a style: seconds, iso or korean', '시각이 style(seconds, iso, korean)의 문자열로 옵니다'),
  field_value: answer('field value', 'A field is value (null, false, a text, a number, …) or, without one, left out', '필드 하나가 value(null, false, 문자열, 숫자 …)로 오거나, value가 없으면 빠집니다'),
  cancel_amount_missing: answer('', 'cancel_amount is left out', 'cancel_amount가 빠집니다'),
  history_missing: answer('entries', 'cancel_amount is there, the newest entry of the history (or all) is not', 'cancel_amount는 있는데 취소 내역의 최신 항목(또는 전부)이 없습니다'),
  entries_without_id: answer('entries', 'The newest entry of the history (or all) has no cancellation_id', '취소 내역의 최신 항목(또는 전부)에 cancellation_id가 없습니다'),
  entry_twice: answer('entries', 'The newest entry of the history (or all) is listed twice', '취소 내역의 최신 항목(또는 전부)이 두 번 나옵니다'),
  history_newest_first: answer('', 'cancel_history comes newest first', 'cancel_history가 최신순으로 옵니다'),
  history_unsorted: answer('', 'cancel_history comes in no order: every second entry first', 'cancel_history가 뒤섞여 옵니다(짝수째 항목이 먼저)'),
  history_ties_shuffled: answer('', 'Entries of the same second come in an order that changes from look to look', '같은 초의 항목들이 조회할 때마다 다른 순서로 옵니다'),
  history_as_object: answer('', 'cancel_history is an object {"0": …} instead of an array', 'cancel_history가 배열 대신 {"0": …} 객체로 옵니다'),
  stale_look: look('ago_ms', 'A look shows the state of ago_ms ago or, without it, the state before the newest cancel', 'ago_ms 전의 상태를, 없으면 최신 취소 직전의 상태를 보여 줍니다'),
  list_empty: look('', 'A page of a list comes without its payments, its total unchanged', '목록의 한 페이지가 total은 그대로인 채 비어서 옵니다'),
  webhook_lost: webhook('', 'The webhook never arrives', '웹훅이 오지 않습니다'),
  webhook_twice: webhook('', 'The webhook arrives twice', '웹훅이 두 번 옵니다'),
  webhook_late: webhook('', 'The webhook arrives after the one that follows it, or a minute late', '웹훅이 다음 웹훅보다 늦게, 또는 1분 뒤에 옵니다'),
  webhook_form: webhook('', 'The webhook is a form instead of JSON', '웹훅이 JSON 대신 폼 형식으로 옵니다'),
  webhook_null_id: webhook('', 'cancellation_id is null in the webhook', '웹훅의 cancellation_id가 null입니다'),
  webhook_numbers: webhook('', 'cancellation_id, and an order number of digits, are numbers in the webhook', '웹훅의 cancellation_id와 숫자로만 된 주문번호가 숫자형으로 옵니다'),
  webhook_bom: webhook('', 'The body of the webhook starts with a byte order mark', '웹훅 본문이 BOM으로 시작합니다'),
  webhook_content_type: webhook('text', 'The webhook has an odd Content-Type: text, or other letter case and charset=EUC-KR', '웹훅의 Content-Type이 특이합니다: text, 또는 다른 대소문자와 charset=EUC-KR'),
};
