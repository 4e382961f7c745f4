import type { FaultDescription } from './fault-table.ts';

/** What a provider does again and again; all that fit are met, in this order. */
export const HABITS = {
  checksum_ignored: {
    group: 'reason',
    parameters: [],
    en: 'checksum is not looked at',
    ko: 'checksum을 검사하지 않습니다',
  },
  reason_replace: {
    group: 'reason',
    parameters: ['from', 'text'],
    en: "The PG writes text (&#91;) for each from ([) of reason; '' drops it",
    ko: "PG사가 취소 사유의 from(기본 [)을 text(기본 &#91;)로 바꿉니다. ''이면 지웁니다",
  },
  reason_cut: {
    group: 'reason',
    parameters: ['max', 'unit'],
    en: 'The PG keeps the first max (20) characters or bytes of reason',
    ko: 'PG사가 취소 사유의 앞 max(기본 20)글자 또는 바이트만 남깁니다',
  },
  order_number_cut: {
    group: 'answer',
    parameters: ['max'],
    en: 'merchant_uid is cut to max (40) characters, in webhooks too',
    ko: 'merchant_uid가 max(기본 40)자로 잘립니다. 웹훅에서도 같습니다',
  },
  currency_lower_case: {
    group: 'answer',
    parameters: [],
    en: 'currency is krw instead of KRW',
    ko: 'currency가 KRW 대신 krw로 옵니다',
  },
  float_dust: {
    group: 'answer',
    parameters: ['fields'],
    en: 'Sums are off by the dust of floating point, as 0.30000000000000004',
    ko: '금액에 0.30000000000000004처럼 부동소수점 오차가 섞입니다',
  },
  numbers_as_text: {
    group: 'answer',
    parameters: ['fields'],
    en: 'Sums come as text',
    ko: '금액이 문자열로 옵니다',
  },
  times_as_text: {
    group: 'answer',
    parameters: ['style'],
    en: 'Times come as text, in a style: seconds, iso or korean',
    ko: '시각이 style(seconds, iso, korean)의 문자열로 옵니다',
  },
  field_value: {
    group: 'answer',
    parameters: ['field', 'value'],
    en: 'A field is value (null, false, a text, a number, …) or, without one, left out',
    ko: '필드 하나가 value(null, false, 문자열, 숫자 …)로 오거나, value가 없으면 빠집니다',
  },
  history_missing: {
    group: 'answer',
    parameters: ['entries'],
    en: 'cancel_amount is there, the newest entry of the history (or all) is not',
    ko: 'cancel_amount는 있는데 취소 내역의 최신 항목(또는 전부)이 없습니다',
  },
  history_newest_first: {
    group: 'answer',
    parameters: [],
    en: 'cancel_history comes newest first',
    ko: 'cancel_history가 최신순으로 옵니다',
  },
  history_as_object: {
    group: 'answer',
    parameters: [],
    en: 'cancel_history is an object {"0": …} instead of an array',
    ko: 'cancel_history가 배열 대신 {"0": …} 객체로 옵니다',
  },
  webhook_lost: {
    group: 'webhook',
    parameters: [],
    en: 'The webhook never arrives',
    ko: '웹훅이 오지 않습니다',
  },
  webhook_twice: {
    group: 'webhook',
    parameters: [],
    en: 'The webhook arrives twice',
    ko: '웹훅이 두 번 옵니다',
  },
  webhook_late: {
    group: 'webhook',
    parameters: [],
    en: 'The webhook arrives after the one that follows it, or a minute late',
    ko: '웹훅이 다음 웹훅보다 늦게, 또는 1분 뒤에 옵니다',
  },
  webhook_form: {
    group: 'webhook',
    parameters: [],
    en: 'The webhook is a form instead of JSON',
    ko: '웹훅이 JSON 대신 폼 형식으로 옵니다',
  },
  webhook_null_id: {
    group: 'webhook',
    parameters: [],
    en: 'cancellation_id is null in the webhook',
    ko: '웹훅의 cancellation_id가 null입니다',
  },
  webhook_numbers: {
    group: 'webhook',
    parameters: [],
    en: 'cancellation_id, and an order number of digits, are numbers in the webhook',
    ko: '웹훅의 cancellation_id와 숫자로만 된 주문번호가 숫자형으로 옵니다',
  },
  webhook_bom: {
    group: 'webhook',
    parameters: [],
    en: 'The body of the webhook starts with a byte order mark',
    ko: '웹훅 본문이 BOM으로 시작합니다',
  },
  webhook_content_type: {
    group: 'webhook',
    parameters: ['text'],
    en: 'The webhook has an odd Content-Type: text, or other letter case and charset=EUC-KR',
    ko: '웹훅의 Content-Type이 특이합니다: text, 또는 다른 대소문자와 charset=EUC-KR',
  },
} as const satisfies Readonly<Record<string, FaultDescription>>;
