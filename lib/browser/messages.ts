export type Language = 'ko' | 'en';

/** What a person reads for each code of the service, and for what never reached it. */
export const MESSAGES: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  CANCELLED: { ko: '환불되었습니다.', en: 'Refunded.' },
  UNKNOWN: {
    ko: '결과를 확인하고 있습니다. 다시 누르지 않아도 됩니다.',
    en: 'We are finding out the result. No need to press again.',
  },
  NOT_EXECUTED: {
    ko: '환불되지 않았습니다. 다시 시도해 주세요.',
    en: 'Nothing was refunded. Please try again.',
  },
  NETWORK: {
    ko: '연결할 수 없습니다. 잠시 뒤 같은 요청을 이어서 확인합니다.',
    en: 'No connection. The same request will be continued later.',
  },
  UNAUTHORIZED: { ko: '로그인이 필요합니다.', en: 'Please sign in.' },
  TOO_MANY_REQUESTS: {
    ko: '요청이 많습니다. 잠시 뒤 다시 시도해 주세요.',
    en: 'Too many requests. Please try again shortly.',
  },
  INVALID_REQUEST: { ko: '입력한 내용을 확인해 주세요.', en: 'Please check what you entered.' },
  ALREADY_FULLY_REFUNDED: {
    ko: '이미 전액 환불된 주문입니다.',
    en: 'This order has already been fully refunded.',
  },
  AMOUNT_EXCEEDS_CANCELABLE: {
    ko: '환불할 수 있는 금액보다 큽니다.',
    en: 'The amount is more than what is left to refund.',
  },
  REFUND_ACCOUNT_REQUIRED: { ko: '환불받을 계좌가 필요합니다.', en: 'An account to refund to is needed.' },
  INVALID_REFUND_BANK: { ko: '은행을 다시 선택해 주세요.', en: 'Please choose the bank again.' },
  FORBIDDEN: { ko: '권한이 없습니다.', en: 'You may not do this.' },
  PAYMENT_NOT_FOUND: { ko: '결제를 찾을 수 없습니다.', en: 'There is no such payment.' },
  REFUND_IN_PROGRESS: { ko: '다른 환불이 진행 중입니다.', en: 'Another refund is in progress.' },
  CHECKSUM_MISMATCH: {
    ko: '남은 금액이 바뀌었습니다. 다시 확인해 주세요.',
    en: 'The balance has changed. Please look again.',
  },
  PAYMENT_NOT_PAID: { ko: '아직 결제되지 않은 주문입니다.', en: 'This order has not been paid.' },
  REFUND_LIMIT_REACHED: {
    ko: '이 결제는 더 이상 환불할 수 없습니다.',
    en: 'This payment cannot take another refund.',
  },
  CANCEL_REJECTED: { ko: '결제사에서 환불을 거절했습니다.', en: 'The payment provider refused the refund.' },
  IDEMPOTENCY_KEY_REUSED: {
    ko: '같은 요청이 다른 내용으로 다시 왔습니다.',
    en: 'The same request came with other contents.',
  },
  REFUND_NOT_ALLOWED: {
    ko: '이 결제 수단은 지금 환불할 수 없습니다.',
    en: 'This way of payment cannot be refunded now.',
  },
  PROVIDER_UNAVAILABLE: {
    ko: '결제사에 연결할 수 없습니다. 아무것도 환불되지 않았습니다.',
    en: 'The payment provider cannot be reached. Nothing was refunded.',
  },
  INTERNAL_ERROR: {
    ko: '문제가 생겼습니다. 아무것도 환불되지 않았습니다.',
    en: 'Something went wrong. Nothing was refunded.',
  },
};

export function messageOf(code: string, language: Language): string {
  return (MESSAGES[code] ?? MESSAGES['INTERNAL_ERROR'])?.[language] ?? code;
}
