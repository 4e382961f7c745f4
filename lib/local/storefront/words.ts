import type { Language } from '../../browser/messages.ts';

type Both = Readonly<Record<Language, string>>;

/** Everything the page says itself; what the service says comes from the client's messages. */
const WORDS = {
  title: { ko: '환불 데모 상점', en: 'Refund demo shop' },
  signedInAs: { ko: '로그인', en: 'Signed in as' },
  customer: { ko: '고객', en: 'customer' },
  staff: { ko: '상점 직원', en: 'shop staff' },
  orders: { ko: '주문', en: 'Orders' },
  badDay: { ko: '결제사의 나쁜 하루', en: 'A bad day at the provider' },
  badDayHint: {
    ko: '다음 환불 한 건에 일어날 일을 고르세요.',
    en: 'Choose what happens to the next refund.',
  },
  amount: { ko: '환불 금액 (비우면 전액)', en: 'Amount (empty: all)' },
  holder: { ko: '예금주', en: 'Account holder' },
  bank: { ko: '은행', en: 'Bank' },
  account: { ko: '계좌번호', en: 'Account number' },
  refund: { ko: '환불하기', en: 'Refund' },
  left: { ko: '환불 가능', en: 'left' },
  of: { ko: '결제', en: 'paid' },
  next: { ko: '다음 환불: ', en: 'Next refund: ' },
  card: { ko: '카드', en: 'card' },
  vbank: { ko: '가상계좌', en: 'virtual account' },
  phone: { ko: '휴대폰', en: 'phone' },
  paypal: { ko: '해외 카드', en: 'foreign card' },
  cancelled: { ko: '환불됨', en: 'refunded' },
  rejected: { ko: '거절됨', en: 'refused' },
  unknown: { ko: '확인 중', en: 'being found out' },
  answer_lost: { ko: '응답이 사라짐', en: 'the answer is lost' },
  request_lost: { ko: '요청이 사라짐', en: 'the request is lost' },
  slow: { ko: '3초 늦음', en: '3 s late' },
  refused: { ko: '거절', en: 'refusal' },
  down: { ko: '연결 불가', en: 'unreachable' },
  up: { ko: '다시 연결', en: 'reachable again' },
  http_502: { ko: '502 오류', en: '502 error' },
} as const satisfies Readonly<Record<string, Both>>;

export type Word = keyof typeof WORDS;

export function word(name: Word, language: Language): string {
  return WORDS[name][language];
}

export function isWord(name: string): name is Word {
  return Object.hasOwn(WORDS, name);
}
