import type { Text } from '../refund/refusals.ts';

/** The rules that a field can break, in both languages; a schema names the rule and passes its number. */
const FAULTS = {
  body_empty: {
    en: 'The body must be a JSON object; it is empty.',
    ko: '본문이 비어 있습니다. JSON 객체를 보내 주세요.',
  },
  body_too_long: { en: 'The body must be at most # bytes.', ko: '본문은 #바이트 이하여야 합니다.' },
  body_not_json: { en: 'The body must be valid JSON.', ko: '본문이 올바른 JSON이 아닙니다.' },
  body_twice: { en: 'The body must not name a field twice.', ko: '본문에 같은 필드가 두 번 있습니다.' },
  body_not_object: { en: 'The body must be a JSON object.', ko: '본문은 JSON 객체여야 합니다.' },
  text: { en: 'must be a string', ko: '문자열이어야 합니다.' },
  empty: { en: 'must not be empty', ko: '비어 있으면 안 됩니다.' },
  blank: { en: 'must not be blank', ko: '공백만으로는 안 됩니다.' },
  too_long: { en: 'must be at most # characters', ko: '#자 이하여야 합니다.' },
  control: {
    en: 'must not contain control characters (a line break is one), nor invisible or direction-changing ones',
    ko: '제어 문자(줄바꿈 포함), 보이지 않는 문자, 글자 방향을 바꾸는 문자는 쓸 수 없습니다.',
  },
  control_text: {
    en: 'must not contain control characters other than line breaks, nor invisible or direction-changing ones',
    ko: '줄바꿈을 제외한 제어 문자, 보이지 않는 문자, 글자 방향을 바꾸는 문자는 쓸 수 없습니다.',
  },
  dots: { en: 'must not be a path of dots', ko: '점(.)만으로 된 값은 쓸 수 없습니다.' },
  digits: { en: 'must be digits and hyphens', ko: '숫자와 하이픈(-)만 쓸 수 있습니다.' },
  account: {
    en: 'must have at least 6 and at most 20 digits',
    ko: '숫자가 6자리 이상 20자리 이하여야 합니다.',
  },
  telephone: {
    en: 'must be digits, hyphens and a leading +',
    ko: '숫자와 하이픈(-), 맨 앞의 +만 쓸 수 있습니다.',
  },
  number: {
    en: 'must be a number that is exact (not a string, not null)',
    ko: '정확한 숫자여야 합니다(문자열이나 null은 쓸 수 없습니다).',
  },
  amount: {
    en: 'must be a number that is exact (not a string, not null); leave it out to cancel everything that is left',
    ko: '정확한 숫자여야 합니다(문자열이나 null은 쓸 수 없습니다). 남은 금액 전체를 취소하려면 이 필드를 빼 주세요.',
  },
  amount_zero: {
    en: 'must be greater than 0; leave it out to cancel everything that is left',
    ko: '0보다 커야 합니다. 남은 금액 전체를 취소하려면 이 필드를 빼 주세요.',
  },
  negative: { en: 'must not be negative', ko: '음수일 수 없습니다.' },
  flag: { en: 'must be true or false', ko: 'true 또는 false여야 합니다.' },
  uid_missing: {
    en: 'merchant_uid or imp_uid is required',
    ko: 'merchant_uid나 imp_uid 중 하나는 필요합니다.',
  },
  needs_amount: {
    en: 'is a part of the amount; name cancel_request_amount too',
    ko: '취소 금액의 일부이므로 cancel_request_amount를 함께 보내 주세요.',
  },
  required: { en: 'is required', ko: '필수 값입니다.' },
  verdict: {
    en: 'must be executed, not_executed or undone',
    ko: 'executed, not_executed, undone 중 하나여야 합니다.',
  },
  entry_missing: {
    en: "is required with executed: which entry of i'mport's history it is (or entries, or listed: false with amount)",
    ko: 'executed에는 포트원 취소 내역의 cancellation_id가 필요합니다(또는 entries, 또는 listed: false와 amount).',
  },
  entry_twice: {
    en: 'does not go with cancellation_id; name every entry in entries',
    ko: 'cancellation_id와 함께 쓸 수 없습니다. 모든 항목을 entries에 적어 주세요.',
  },
  entry: {
    en: 'must be {cancellation_id}, or {cancelled_at, amount}, as cancel_history shows it',
    ko: 'cancel_history에 보이는 대로 {cancellation_id} 또는 {cancelled_at, amount}여야 합니다.',
  },
  list: { en: 'must be a list', ko: '목록이어야 합니다.' },
  too_many: { en: 'must be at most # entries', ko: '#개 이하여야 합니다.' },
  seconds: { en: 'must be a time in Unix seconds', ko: '유닉스 시간(초)이어야 합니다.' },
  positive: { en: 'must be greater than 0', ko: '0보다 커야 합니다.' },
  listed: {
    en: "must be false, or be left out: false says that i'mport's history does not show the cancel",
    ko: 'false이거나 없어야 합니다. false는 포트원 취소 내역에 보이지 않는 취소라는 뜻입니다.',
  },
  listed_alone: {
    en: 'false does not go with cancellation_id or entries, which name what the history shows',
    ko: 'false는 취소 내역을 지정하는 cancellation_id, entries와 함께 쓸 수 없습니다.',
  },
  listed_amount: {
    en: 'is required with listed: false: what the PG says that it has cancelled',
    ko: 'listed: false에는 PG사가 취소했다고 하는 금액이 필요합니다.',
  },
  amount_listed: { en: 'goes with listed: false only', ko: 'listed: false와 함께만 쓸 수 있습니다.' },
  executed_only: { en: 'goes with executed only', ko: 'executed와 함께만 쓸 수 있습니다.' },
  asked_at: {
    en: 'must be whole Unix seconds, as the Location of a 202 has them',
    ko: '202 응답의 Location에 있는 대로 유닉스 시간(초)의 정수여야 합니다.',
  },
  time: {
    en: 'must be a day of Korea such as 2026-11-25, or a time with its offset such as 2026-11-25T09:00:00+09:00',
    ko: '2026-11-25와 같은 날짜(한국 시간) 또는 2026-11-25T09:00:00+09:00과 같이 시간대가 있는 시각이어야 합니다.',
  },
  before_to: {
    en: 'must be before to, which is now where it is left out',
    ko: 'to(없으면 현재)보다 앞이어야 합니다.',
  },
  days_before_to: {
    en: 'must be at most # days before to, which is now where it is left out',
    ko: 'to(없으면 현재)까지의 기간은 #일 이하여야 합니다.',
  },
  list_status: {
    en: 'must be open, unknown, cancelled, rejected or not_executed',
    ko: 'open, unknown, cancelled, rejected, not_executed 중 하나여야 합니다.',
  },
  list_limit: { en: 'must be a whole number from 1 to 100', ko: '1에서 100 사이의 정수여야 합니다.' },
  cursor: {
    en: 'is not a cursor of this list; begin again without it',
    ko: '목록에서 받은 값이 아닙니다. cursor 없이 다시 시작해 주세요.',
  },
  no_such_refund: { en: 'names no refund of this payment', ko: '이 결제에 없는 환불입니다.' },
  key: {
    en: 'must be 1 to # printable ASCII characters, sent once; a comma or a quotation mark only as the header allows',
    ko: '출력 가능한 ASCII 문자 1~#자를 한 번만 보내야 합니다. 쉼표는 따옴표 안에서만, 따옴표는 양 끝에서만 쓸 수 있습니다.',
  },
} as const satisfies Readonly<Record<string, Text>>;

export type FaultName = keyof typeof FAULTS;

export function faultText(name: FaultName, number?: number): Text {
  const { en, ko } = FAULTS[name];
  const filled = String(number ?? '');
  return { en: en.replace('#', filled), ko: ko.replace('#', filled) };
}

export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(FAULTS, text);
}

/** For an unknown field, with the name that may have been meant. */
export function unknownFieldText(hint: string | undefined): Text {
  return hint === undefined
    ? { en: 'is not a known field', ko: '알 수 없는 필드입니다.' }
    : {
        en: `is not a known field; did you mean ${hint}?`,
        ko: `알 수 없는 필드입니다. ${hint}를 쓰려고 하셨나요?`,
      };
}
