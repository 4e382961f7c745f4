import type { Language } from '../../browser/messages.ts';

type Both = Readonly<Record<Language, string>>;

/** Everything the page says itself; what the service says comes from the client's messages. */
const WORDS = {
  title: { ko: '환불 데모 상점', en: 'Refund demo shop' },
  signedInAs: { ko: '로그인', en: 'Signed in as' },
  customer: { ko: '고객', en: 'customer' },
  staff: { ko: '상점 직원', en: 'shop staff' },
  newOrders: { ko: '새 주문', en: 'New orders' },
  toBadDay: { ko: '나쁜 하루 만들기', en: 'Make it a bad day' },
  orders: { ko: '주문', en: 'Orders' },
  findLabel: { ko: '주문번호로 찾기', en: 'Find by order number' },
  find: { ko: '찾기', en: 'Find' },
  card: { ko: '카드', en: 'card' },
  vbank: { ko: '가상계좌', en: 'virtual account' },
  phone: { ko: '휴대폰', en: 'phone' },
  paid: { ko: '결제', en: 'paid' },
  refunded: { ko: '환불', en: 'refunded' },
  left: { ko: '남음', en: 'left' },
  amount: { ko: '환불 금액', en: 'Amount' },
  amountHint: { ko: '비우면 남은 금액 전부', en: 'empty: all that is left' },
  reason: { ko: '사유 (선택)', en: 'Reason (optional)' },
  holder: { ko: '예금주', en: 'Account holder' },
  bank: { ko: '은행', en: 'Bank' },
  account: { ko: '계좌번호', en: 'Account number' },
  refund: { ko: '환불하기', en: 'Refund' },
  refundAll: { ko: '전액 환불', en: 'Refund all' },
  nothingLeft: { ko: '전액 환불되었습니다.', en: 'Everything has been refunded.' },
  whatHappened: { ko: '무슨 일이 있었나', en: 'What happened' },
  ourTable: { ko: '우리 기록', en: 'Our record' },
  provider: { ko: '아임포트', en: 'i’mport' },
  agree: { ko: '일치', en: 'they agree' },
  disagree: { ko: '아직 다름', en: 'not the same yet' },
  consoleCancel: { ko: '아임포트 콘솔에서 취소', en: 'Cancel in i’mport’s console' },
  badDay: { ko: '결제사의 나쁜 하루', en: 'A bad day at the provider' },
  badDayHint: {
    ko: '다음 환불에 일어날 일을 고르세요. 그런 다음 환불하고 지켜보세요.',
    en: 'Choose what happens to the next refund. Then refund, and watch.',
  },
  quietHint: {
    ko: '사라진 요청은 정해진 시간(QUIET_PERIOD_SECONDS, 기본 180초)이 지난 뒤에만 다시 보냅니다.',
    en: 'A lost request is sent again only after the quiet period (QUIET_PERIOD_SECONDS, 180 s unless you set it).',
  },
  answer_lost: { ko: '응답이 사라짐', en: 'The answer is lost' },
  request_lost: { ko: '요청이 사라짐', en: 'The request is lost' },
  slow: { ko: '3초 늦음', en: '3 s late' },
  refused: { ko: '거절', en: 'Refusal' },
  http_502: { ko: '502 오류', en: '502 error' },
  down: { ko: '연결 끊기', en: 'Unreachable' },
  resolve: { ko: '지금 확인하기', en: 'Resolve now' },
  next: { ko: '다음 환불', en: 'Next refund' },
  goodDay: { ko: '다음 환불은 평소대로입니다.', en: 'The next refund is an ordinary one.' },
  isDown: { ko: '결제사에 연결할 수 없습니다.', en: 'The provider cannot be reached.' },
  notThere: { ko: '결제를 찾을 수 없습니다.', en: 'There is no such payment.' },
  apiPage: { ko: 'API 설명', en: 'The API' },
} as const satisfies Readonly<Record<string, Both>>;

export type Word = keyof typeof WORDS;

export function word(name: Word, language: Language): string {
  return WORDS[name][language];
}

export function isWord(name: string): name is Word {
  return Object.hasOwn(WORDS, name);
}

/** In the way of the reader's language; `amount` in the major unit. */
export function money(amount: number, currency: string, language: Language): string {
  return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount);
}

const BANKS_IN_ENGLISH: Readonly<Record<string, string>> = {
  KB국민: 'KB Kookmin',
  SC제일: 'SC First',
  경남: 'Kyongnam',
  광주: 'Gwangju',
  기업: 'IBK',
  농협: 'NH NongHyup',
  대구: 'iM (Daegu)',
  부산: 'Busan',
  산업: 'KDB',
  새마을: 'MG Saemaul',
  수협: 'Suhyup',
  신한: 'Shinhan',
  신협: 'Shinhyup',
  하나: 'Hana',
  우리: 'Woori',
  우체국: 'Korea Post',
  전북: 'Jeonbuk',
  축협: 'Chukhyup',
  카카오: 'KakaoBank',
  케이: 'K bank',
  씨티: 'Citibank',
  토스: 'Toss',
};

export function bankName(name: string, language: Language): string {
  return language === 'ko' ? name : (BANKS_IN_ENGLISH[name] ?? name);
}
