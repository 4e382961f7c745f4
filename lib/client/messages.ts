import type { Language } from './options.ts';

const NOT_SENT = {
  ko: '요청이 전달되지 않아 환불되지 않았습니다. 다시 요청해 주세요.',
  en: 'The request was not sent, so nothing was refunded. Please ask again.',
};

/**
 * Messages for the customer: when the service was not reached, when a read returns only a code, and when the service's
 * own text is meant for developers (keys, fields). Otherwise the service's text is shown.
 */
export const MESSAGES = {
  CANCELLED: { ko: '환불되었습니다.', en: 'Refunded.' },
  UNDONE: {
    ko: 'PG사에서 이 환불이 되돌려졌습니다. 판매자에게 문의해 주세요.',
    en: 'The payment provider has undone this refund. Please contact the shop.',
  },
  UNKNOWN: {
    ko: '결과를 확인하고 있습니다. 다시 누르지 않아도 됩니다.',
    en: 'We are finding out the result. No need to press again.',
  },
  NETWORK: {
    ko: '연결할 수 없습니다. 환불되었는지 아직 알 수 없습니다. 잠시 뒤 다시 확인해 주세요.',
    en: 'No connection. Whether it was refunded is not known yet. Please look again shortly.',
  },
  NOT_EXECUTED: {
    ko: '환불을 요청했지만 처리되지 않았습니다. 원하시면 다시 요청해 주세요.',
    en: 'The refund was requested, but not carried out. You can ask for it again.',
  },
  NOT_SENT,
  REFUND_NOT_FOUND: NOT_SENT,
  UNAUTHORIZED: { ko: '로그인이 필요합니다.', en: 'Please sign in.' },
  FORBIDDEN: { ko: '권한이 없습니다.', en: 'You may not do this.' },
  TOO_MANY_REQUESTS: {
    ko: '요청이 많습니다. 잠시 뒤 다시 시도해 주세요.',
    en: 'Too many requests. Please try again shortly.',
  },
  REFUSED: { ko: '환불 요청이 거절되었습니다.', en: 'The refund was refused.' },
  NEEDS_CONFIRMATION: {
    ko: '전에 요청한 환불의 결과를 받지 못했습니다. 이어서 요청할까요?',
    en: 'An earlier request for a refund has had no answer. Should it be sent again?',
  },
  UNREADABLE: {
    ko: '전에 요청한 환불이 있을 수 있습니다. 환불 내역을 먼저 확인해 주세요. 그래도 요청할까요?',
    en: 'There may be an earlier request for a refund. Please look at the refunds first. Should this one be sent?',
  },
  BUSY: {
    ko: '전에 요청한 다른 금액의 환불이 아직 끝나지 않았습니다.',
    en: 'An earlier refund of another amount is still open.',
  },
  POSSIBLE_DUPLICATE: {
    ko: '같은 환불이 방금 요청되었습니다. 그 결과를 확인하고 있습니다.',
    en: 'The same refund was requested a moment ago. We are finding out its result.',
  },
  INVALID_REQUEST: {
    ko: '입력한 내용을 확인해 주세요.',
    en: 'Please check what you have entered.',
  },
  INVALID_REFUND_BANK: {
    ko: '이 결제를 환불할 수 없는 은행입니다. 다른 은행을 선택해 주세요.',
    en: 'This payment cannot be refunded to that bank. Please choose another one.',
  },
  AMOUNT_EXCEEDS_CANCELABLE: {
    ko: '환불할 금액이 남은 금액보다 큽니다.',
    en: 'The amount is more than what is left to refund.',
  },
  SEVERAL_PAYMENTS: {
    ko: '이 주문은 결제가 여러 건입니다. 환불할 결제를 선택해 주세요.',
    en: 'This order was paid more than once. Please choose the payment to refund.',
  },
  CHECKSUM_MISMATCH: {
    ko: '남은 금액이 달라져 이 요청으로는 환불되지 않았습니다. 남은 금액을 확인한 뒤 다시 요청해 주세요.',
    en: 'The balance has changed, so this request has refunded nothing. Check what is left, then ask again.',
  },
  ALREADY_CANCELLED_AT_PG: {
    ko: 'PG사에서 이미 취소된 거래로 확인되어 환불이 끝났을 수 있습니다. 다시 요청하지 말고 판매자에게 문의해 주세요.',
    en: 'The payment provider says that this payment is cancelled already, so the money may have gone back. Please contact the shop, and do not ask again.',
  },
  CANCEL_REJECTED: {
    ko: 'PG사에서 취소를 거절하여 환불되지 않았습니다. 판매자에게 문의해 주세요.',
    en: 'The payment provider has refused it, so nothing was refunded. Please contact the shop.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

export type OwnCode = keyof typeof MESSAGES;

export function isOwnCode(code: string): code is OwnCode {
  return Object.hasOwn(MESSAGES, code);
}

/** An unknown code gets the general message that the refund was refused. */
export function messageOf(code: string, language: Language): string {
  return MESSAGES[isOwnCode(code) ? code : 'REFUSED'][language];
}

/** `2,000원` or `₩2,000`. A currency that the browser does not know is shown by its code. */
export function moneyText(amount: unknown, currency: unknown, language: Language): string {
  // An amount that cannot be read (newer or broken service) is left out.
  if (typeof amount !== 'number' || typeof currency !== 'string') return '';
  if (language === 'ko' && currency === 'KRW') return `${amount.toLocaleString('ko')}원`;
  try {
    return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount);
  } catch {
    return `${amount} ${currency}`.trim();
  }
}
