import type { RuleName } from '../refund/pg/rules.ts';
import type { Refusal, Text } from '../refund/refusals.ts';
import { CODES } from './codes.ts';

/** Each rule of a payment method in its own words: "not allowed" alone helps nobody. */
export const RULE_TEXTS = {
  phone_other_month: {
    en: 'A mobile phone payment can only be cancelled in the calendar month (Korea time) in which it was made. Pay it back in another way.',
    ko: '휴대폰 결제는 결제한 당월에만 취소할 수 있습니다. 지난달까지의 결제는 전액 취소도 부분 취소도 할 수 없으니 다른 방법으로 환불해 주세요.',
  },
  phone_partial: {
    en: 'A mobile phone payment of this PG can only be cancelled as a whole.',
    ko: '이 PG사의 휴대폰 결제는 부분 취소를 할 수 없습니다. 전액 취소만 가능합니다.',
  },
  currency_unknown: {
    en: "The currency of this payment is not in ISO 4217, so its amounts cannot be relied on. Refund it in i'mport's console.",
    ko: '결제 통화가 ISO 4217에 없는 통화여서 금액을 확인할 수 없습니다. 포트원 관리자 콘솔에서 환불해 주세요.',
  },
} as const satisfies Readonly<Record<RuleName, Text>>;

/** A payment of 0 (a coupon for everything) was never refunded, it just has nothing to give back. */
const NOTHING_PAID: Text = {
  en: 'Nothing was paid for this order, so there is nothing to refund.',
  ko: '결제 금액이 0원이어서 환불할 금액이 없습니다.',
};

const ACCOUNT_FOR: ReadonlyMap<string, Text> = new Map([
  [
    'vbank',
    {
      en: 'A virtual account payment is refunded to a bank account; name one.',
      ko: '가상계좌 결제를 환불하려면 환불받을 계좌 정보(예금주, 은행, 계좌번호)가 필요합니다.',
    },
  ],
  [
    'trans',
    {
      en: 'A bank transfer of this PG is refunded to a bank account; name one.',
      ko: '이 PG사의 계좌이체 결제를 환불하려면 환불받을 계좌 정보(예금주, 은행, 계좌번호)가 필요합니다.',
    },
  ],
]);

/** What a refusal tells people: its rule's or its case's own words, else those of its code. */
export function textOf(refusal: Refusal): Text {
  if (refusal.code === 'REFUND_NOT_ALLOWED') return RULE_TEXTS[refusal.rule];
  if (refusal.code === 'ALREADY_FULLY_REFUNDED' && refusal.nothingPaid) return NOTHING_PAID;
  if (refusal.code === 'REFUND_ACCOUNT_REQUIRED') {
    return ACCOUNT_FOR.get(refusal.payMethod) ?? CODES[refusal.code];
  }
  return CODES[refusal.code];
}
