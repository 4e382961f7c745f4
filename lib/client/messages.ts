import { CODES } from '../../functions/http/codes.ts';

export type Language = 'ko' | 'en';

/** What the service did not say, because it was not reached or only looked at. All else is in its own words. */
export const MESSAGES = {
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
    ko: '연결할 수 없습니다. 환불되었는지 아직 알 수 없습니다. 잠시 뒤 다시 확인해 주세요.',
    en: 'No connection. Whether it was refunded is not known yet. Please look again shortly.',
  },
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
  BUSY: {
    ko: '전에 요청한 다른 금액의 환불이 아직 끝나지 않았습니다.',
    en: 'An earlier refund of another amount is still open.',
  },
  ENDED_MEANWHILE: {
    ko: '전에 요청한 환불이 그 사이에 처리되었습니다. 내역을 확인한 뒤 필요하면 다시 눌러 주세요.',
    en: 'An earlier refund has been carried out meanwhile. Please look, and press again if you still need to.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

export type OwnCode = keyof typeof MESSAGES;

const TEXTS: ReadonlyMap<string, Readonly<Record<Language, string>>> = new Map(
  Object.entries({ ...CODES, ...MESSAGES }),
);

/**
 * Own words first, then those of the service's one table: a look shows only the code of a refund that was rejected. A code that
 * a newer service has made up is a refusal, of which nothing else is said.
 */
export function messageOf(code: string, language: Language): string {
  return (TEXTS.get(code) ?? MESSAGES.REFUSED)[language];
}

/** `2,000원` or `₩2,000`: as people write it. A currency that the browser does not know is named. */
export function moneyText(amount: unknown, currency: unknown, language: Language): string {
  // The answer of a newer or a broken service: what cannot be read is left out.
  if (typeof amount !== 'number' || typeof currency !== 'string') return '';
  if (language === 'ko' && currency === 'KRW') return `${amount.toLocaleString('ko')}원`;
  try {
    return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount);
  } catch {
    return `${amount} ${currency}`.trim();
  }
}
