import type { FaultDescription } from './fault-table.ts';

/** What happens to one request: to its message (`wire`), and on the far side of a cancel (`cancel`). */
export const MISFORTUNES = {
  answer_lost: {
    group: 'wire',
    parameters: [],
    en: 'It is carried out, and the connection breaks before the answer',
    ko: '처리된 뒤 응답 전에 연결이 끊어집니다',
  },
  request_lost: {
    group: 'wire',
    parameters: [],
    en: 'The connection breaks before it is carried out',
    ko: '처리되기 전에 연결이 끊어집니다',
  },
  slow: {
    group: 'wire',
    parameters: ['delay_ms'],
    en: 'It is carried out only after delay_ms (1,000, real time)',
    ko: 'delay_ms(기본 1,000, 실제 시간)가 지난 뒤에 처리됩니다',
  },
  late: {
    group: 'wire',
    parameters: ['delay_ms', 'hang'],
    en: 'It is carried out delay_ms (120,000) after it was given up',
    ko: '포기한 뒤 delay_ms(기본 120,000)가 지나 뒤늦게 처리됩니다',
  },
  answer_slow: {
    group: 'wire',
    parameters: ['delay_ms'],
    en: 'It is carried out at once and answered after delay_ms (1,000, real time)',
    ko: '바로 처리되지만 응답은 delay_ms(기본 1,000, 실제 시간) 뒤에 옵니다',
  },
  http_500: {
    group: 'wire',
    parameters: ['applied'],
    en: 'HTTP 500 with JSON; carried out unless applied is false',
    ko: 'JSON 본문의 HTTP 500 응답. applied가 false가 아니면 처리됩니다',
  },
  http_502: {
    group: 'wire',
    parameters: ['applied'],
    en: 'HTTP 502 with HTML; carried out unless applied is false',
    ko: 'HTML 본문의 HTTP 502 응답. applied가 false가 아니면 처리됩니다',
  },
  http_504: {
    group: 'wire',
    parameters: ['applied'],
    en: 'HTTP 504 with HTML; carried out unless applied is false',
    ko: 'HTML 본문의 HTTP 504 응답. applied가 false가 아니면 처리됩니다',
  },
  empty_200: {
    group: 'wire',
    parameters: ['applied'],
    en: 'HTTP 200 with an empty body; carried out unless applied is false',
    ko: '본문이 빈 HTTP 200 응답. applied가 false가 아니면 처리됩니다',
  },
  truncated_200: {
    group: 'wire',
    parameters: ['applied'],
    en: 'HTTP 200 with half of the JSON; carried out unless applied is false',
    ko: 'JSON이 반만 오는 HTTP 200 응답. applied가 false가 아니면 처리됩니다',
  },
  http_429: {
    group: 'wire',
    parameters: [],
    en: 'HTTP 429; not carried out',
    ko: 'HTTP 429 응답. 처리되지 않습니다',
  },
  unauthorized: {
    group: 'wire',
    parameters: [],
    en: 'HTTP 401 although the token is good; not carried out',
    ko: '토큰이 유효한데도 HTTP 401 응답. 처리되지 않습니다',
  },
  refused: {
    group: 'cancel',
    parameters: ['text'],
    en: 'The PG refuses, in the words of text (nice_2026)',
    ko: 'PG사가 text(기본 nice_2026)의 문구로 거절합니다',
  },
  already_cancelled_at_pg: {
    group: 'cancel',
    parameters: ['text'],
    en: "The PG says it is cancelled already, i'mport still says paid",
    ko: 'PG사는 기취소라고 하고 아임포트는 여전히 결제완료입니다',
  },
  console_cancel: {
    group: 'cancel',
    parameters: ['amount', 'text'],
    en: 'Just before it, a person cancels amount in the console; text is the reason given',
    ko: '그 직전에 담당자가 콘솔에서 amount만큼 취소합니다. text는 취소 사유입니다',
  },
  webhook_first: {
    group: 'cancel',
    parameters: [],
    en: 'The webhook arrives before the answer',
    ko: '웹훅이 응답보다 먼저 도착합니다',
  },
  drop_tag: {
    group: 'cancel',
    parameters: ['text'],
    en: 'The PG keeps nothing of reason, or only text',
    ko: 'PG사가 취소 사유를 버리고 text만 남깁니다',
  },
  asynchronous: {
    group: 'cancel',
    parameters: ['delay_ms', 'on_trigger', 'ends'],
    en: 'Accepted with code 0 and booked (or refused) delay_ms (60,000) later or on a trigger',
    ko: 'code 0으로 접수만 되고 delay_ms(기본 60,000) 뒤나 트리거 때 반영(또는 거절)됩니다',
  },
  two_step: {
    group: 'cancel',
    parameters: ['delay_ms', 'on_trigger', 'ends', 'hang'],
    en: 'The checksum is checked on arrival; booked and answered delay_ms (60,000) later or on a trigger',
    ko: '체크섬은 도착할 때 검사하고, 반영과 응답은 delay_ms(기본 60,000) 뒤나 트리거 때 합니다',
  },
  executed_but_refused: {
    group: 'cancel',
    parameters: ['delay_ms', 'text'],
    en: "The PG pays back and i'mport says no (cancelled already); it books it delay_ms later (0: at once) or on a trigger",
    ko: 'PG사는 환불했는데 아임포트는 기취소로 거절합니다. delay_ms 뒤(0: 즉시)나 트리거 때 반영됩니다',
  },
} as const satisfies Readonly<Record<string, FaultDescription>>;
