import { explain, type RefusalReason } from '../refund/pg/refusals.ts';
import type { RuleName } from '../refund/pg/rules.ts';
import type { Refusal, Text } from '../refund/refusals.ts';
import { CODES } from './codes.ts';

/** Each rule of a PG in its own words, with what to do: "not allowed" alone helps nobody. */
export const RULE_TEXTS = {
  phone_other_month: {
    en: 'A mobile phone payment can only be cancelled in the calendar month (Korea time) in which it was made. Pay it back in another way.',
    ko: '휴대폰 결제는 결제한 당월에만 취소할 수 있습니다. 지난달까지의 결제는 전액 취소도 부분 취소도 할 수 없으니 다른 방법으로 환불해 주세요.',
  },
  kcp_phone_other_month: {
    en: 'A mobile phone payment of an earlier month can only be refunded to a bank account, and only with a contract for that. Name the account if the shop has that contract; else pay it back in another way.',
    ko: '지난달까지의 휴대폰 결제는 익월환불 계약이 있을 때 계좌로만 환불할 수 있습니다. 계약이 있다면 환불받을 계좌를 함께 보내고, 없다면 다른 방법으로 환불해 주세요.',
  },
  phone_partial: {
    en: 'A mobile phone payment of this PG can only be cancelled as a whole.',
    ko: '이 PG사의 휴대폰 결제는 부분 취소를 할 수 없습니다. 전액 취소만 가능합니다.',
  },
  ksnet_six_months: {
    en: 'KSNET cancels a payment within six months only, and they are over. Pay it back in another way.',
    ko: 'KSNET 결제는 결제일로부터 6개월 이내에만 취소할 수 있습니다. 기한이 지났으니 다른 방법으로 환불해 주세요.',
  },
  ksnet_nine_partials: {
    en: 'KSNET takes nine partial cancels of a payment, and they have been made. Pay the rest back in another way.',
    ko: 'KSNET 결제의 부분 취소는 9번까지만 할 수 있고 이미 모두 사용했습니다. 남은 금액은 다른 방법으로 환불해 주세요.',
  },
  ksnet_vbank_night: {
    en: 'KSNET refunds no virtual account between 23:00 and 06:00 (Korea time). Ask again after that: see possible_from.',
    ko: 'KSNET 가상계좌 결제는 23시부터 6시까지 환불할 수 없습니다. possible_from 이후에 다시 요청해 주세요.',
  },
  naverpay_deadline: {
    en: 'NaverPay cancels a payment within 1,095 days only, and they are over. Pay it back in another way.',
    ko: '네이버페이 결제는 결제일로부터 1,095일까지만 취소할 수 있습니다. 기한이 지났으니 다른 방법으로 환불해 주세요.',
  },
  naverpay_reason: {
    en: 'NaverPay needs the real reason of a cancel. Ask again with reason.',
    ko: '네이버페이 결제를 취소하려면 실제 취소 사유가 필요합니다. reason을 넣어 다시 요청해 주세요.',
  },
  paypal_deadline: {
    en: 'PayPal refunds a payment within 180 days only, and they are over. Pay it back in another way.',
    ko: '페이팔 결제는 180일 이내에만 환불할 수 있습니다. 기한이 지났으니 다른 방법으로 환불해 주세요.',
  },
  tosspayments_gift_partial: {
    en: 'Toss Payments cancels a payment by gift certificate only as a whole.',
    ko: '토스페이먼츠의 상품권 결제는 부분 취소를 할 수 없습니다. 전액 취소만 가능합니다.',
  },
  daou_gift_partial: {
    en: 'Kiwoom Pay cancels a payment by book or smart gift certificate only as a whole.',
    ko: '키움페이의 도서문화상품권, 스마트문화상품권 결제는 부분 취소를 할 수 없습니다. 전액 취소만 가능합니다.',
  },
  mobilians_gift_partial: {
    en: 'KG Financial cancels a payment by game gift certificate only as a whole.',
    ko: 'KG파이낸셜의 게임문화상품권 결제는 부분 취소를 할 수 없습니다. 전액 취소만 가능합니다.',
  },
  danal_vbank: {
    en: 'Danal does not refund virtual accounts. Pay it back in another way.',
    ko: '다날은 가상계좌 환불을 지원하지 않습니다. 다른 방법으로 환불해 주세요.',
  },
  inicis_jp_convenience_store: {
    en: 'A payment at a Japanese convenience store cannot be cancelled. Pay it back in another way.',
    ko: '일본 편의점 결제는 취소할 수 없습니다. 다른 방법으로 환불해 주세요.',
  },
  vbank_account: {
    en: 'A virtual account payment is refunded to a bank account; name one.',
    ko: '가상계좌 결제를 환불하려면 환불받을 계좌 정보(예금주, 은행, 계좌번호)가 필요합니다.',
  },
  vbank_telephone: {
    en: 'This PG needs the telephone number of the account holder, too; name it in refund_tel.',
    ko: '이 PG사의 가상계좌 결제를 환불하려면 예금주 연락처(refund_tel)도 필요합니다.',
  },
  transfer_account: {
    en: 'A bank transfer of this PG is refunded to a bank account; name one.',
    ko: '이 PG사의 계좌이체 결제를 환불하려면 환불받을 계좌 정보(예금주, 은행, 계좌번호, 연락처)가 필요합니다.',
  },
  kcp_phone_account: {
    en: 'A mobile phone payment of an earlier month is refunded to a bank account; name all of it.',
    ko: '지난달까지의 휴대폰 결제는 계좌로 환불되니 계좌 정보(예금주, 은행, 계좌번호)를 모두 보내 주세요.',
  },
  bank_code: {
    en: "The bank code is none of this payment's PG: a bank has other codes at other PGs. Use the one that errors names.",
    ko: '이 결제의 PG사에서 사용하는 은행 코드가 아닙니다. 은행 코드는 PG사마다 다르니 errors에 있는 코드를 보내 주세요.',
  },
  kcp_phone_next_month: {
    en: 'KCP refunds a mobile phone payment of an earlier month to the account, on the next business day, where the shop has a contract for that.',
    ko: 'KCP의 휴대폰 익월환불은 별도 계약이 있어야 하며, 계좌로 다음 영업일에 환불됩니다.',
  },
  kcp_phone_partial: {
    en: 'KCP cancels a part of a mobile phone payment only where the shop has asked KCP for it.',
    ko: 'KCP 휴대폰 결제의 부분 취소는 KCP에 별도로 신청한 경우에만 할 수 있습니다.',
  },
  kakaopay_card_deadline: {
    en: 'KakaoPay cancels a card payment within a year; the PG may refuse this one.',
    ko: '카카오페이 카드 결제는 1년 이내에만 취소할 수 있어 PG사에서 거절할 수 있습니다.',
  },
  kakaopay_money_deadline: {
    en: 'KakaoPay cancels a payment by KakaoPay Money within five years; the PG may refuse this one.',
    ko: '카카오페이머니 결제는 5년 이내에만 취소할 수 있어 PG사에서 거절할 수 있습니다.',
  },
  card_deadline: {
    en: 'Most card companies cancel a payment within about a year; the PG may refuse this one.',
    ko: '카드 결제는 보통 1년 이내에만 취소할 수 있어 PG사에서 거절할 수 있습니다.',
  },
  transfer_deadline: {
    en: 'A bank transfer is cancelled within about three months; the PG may refuse this one.',
    ko: '계좌이체 결제는 보통 3개월 이내에만 취소할 수 있어 PG사에서 거절할 수 있습니다.',
  },
  welcome_escrow: {
    en: 'Welcome Payments cancels an escrow payment only after the buyer has refused the purchase, unless agreed otherwise.',
    ko: '웰컴페이먼츠 에스크로 결제는 별도 협의가 없으면 구매자가 구매를 거절한 뒤에만 취소할 수 있습니다.',
  },
  welcome_partial: {
    en: 'Welcome Payments cancels a part only where the shop has applied for it, method by method.',
    ko: '웰컴페이먼츠의 부분 취소는 결제수단별로 부분 환불 서비스를 신청한 경우에만 할 수 있습니다.',
  },
  smartro_test_check_card: {
    en: 'On a test channel of Smartro a check card can only be cancelled as a whole.',
    ko: '스마트로 테스트 채널의 체크카드 결제는 전액 취소만 가능합니다.',
  },
  paymentwall_currency: {
    en: 'Paymentwall cancels only as a whole where it has settled in another currency than the payment’s.',
    ko: '페이먼트월은 요청 통화와 승인 통화가 다르면 전액 취소만 가능합니다.',
  },
  promotion_choice: {
    en: 'Later parts of a payment with a promotion must repeat the first choice of retain_promotion.',
    ko: '프로모션이 적용된 결제를 나누어 취소할 때는 retain_promotion 값을 처음과 같게 보내야 합니다.',
  },
  cash_receipt_by_hand: {
    en: 'This PG does not cancel a cash receipt with the payment. Cancel it by hand, and after a part issue it anew for the rest.',
    ko: '이 PG사는 결제를 취소해도 현금영수증을 취소하지 않습니다. 현금영수증을 직접 취소하고, 부분 취소라면 남은 금액으로 다시 발급해 주세요.',
  },
  daou_vbank_by_hand: {
    en: 'Kiwoom Pay refunds a virtual account by hand and by contract; the money takes seven business days or more.',
    ko: '키움페이 가상계좌 환불은 특약이 있어야 하고 담당자가 직접 처리하여 입금까지 7영업일 이상 걸립니다.',
  },
  tax_free_unnamed: {
    en: 'If the payment had parts free of tax, this PG needs tax_free in a partial refund; without it the taxes come out wrong.',
    ko: '면세 금액이 포함된 결제라면 부분 취소할 때 tax_free가 필요합니다. 없으면 과세 금액이 잘못 처리될 수 있습니다.',
  },
  vat_unnamed: {
    en: 'If the payment named its VAT, this PG needs vat_amount in a partial refund; without it the taxes come out wrong.',
    ko: '결제할 때 부가세를 지정했다면 부분 취소할 때 vat_amount가 필요합니다. 없으면 부가세가 잘못 처리될 수 있습니다.',
  },
  tosspay_vat_unnamed: {
    en: 'If the payment named its VAT, Toss Pay needs vat_amount in a partial refund; without it later partial refunds may fail.',
    ko: '결제할 때 부가세를 지정했다면 토스페이 부분 취소에 vat_amount가 필요합니다. 없으면 이후 부분 취소가 거절될 수 있습니다.',
  },
  nice_test_partial: {
    en: 'On a test channel of NICE a partial cancel is not carried out properly; test with the whole amount.',
    ko: '나이스 테스트 채널에서는 부분 취소가 제대로 반영되지 않습니다. 전액 취소로 시험해 주세요.',
  },
  currency_unknown: {
    en: "The currency of this payment is not in ISO 4217, so its amounts cannot be relied on. Refund it in i'mport's console.",
    ko: '결제 통화가 ISO 4217에 없는 통화여서 금액을 확인할 수 없습니다. 포트원 관리자 콘솔에서 환불해 주세요.',
  },
} as const satisfies Readonly<Record<RuleName, Text>>;

/** The meaning of a known refusal of a PG, and what to do. The PG's own words are shown beside it. */
export const REASON_TEXTS = {
  already_cancelled: CODES.ALREADY_CANCELLED_AT_PG,
  settlement_shortage: {
    en: "The shop's balance at the PG does not cover this refund, so this request has cancelled nothing. The shop pays in what is missing at the PG; then ask again with a new Idempotency-Key.",
    ko: '상점의 정산 예정 금액이 부족하여 PG사에서 취소를 거절했습니다. 상점이 PG사에 부족한 금액을 입금한 뒤 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  too_many_partials: {
    en: 'The PG takes no more partial cancels of this payment, so this request has cancelled nothing. Refund the rest at once, with a new Idempotency-Key, or in another way.',
    ko: '부분 취소 가능 횟수를 넘어 PG사에서 거절했습니다. 새 Idempotency-Key로 남은 금액을 한 번에 취소하거나 다른 방법으로 환불해 주세요.',
  },
  balance_mismatch: {
    en: 'The PG holds another balance of this payment than i’mport does, so this request has cancelled nothing. Compare both, and ask again only when it is clear what was cancelled.',
    ko: 'PG사의 취소 가능 잔액이 포트원과 달라 취소가 거절되었습니다. 두 곳의 취소 내역을 비교하여 확인한 뒤에만 다시 요청해 주세요.',
  },
  partial_too_small: {
    en: 'The amount is less than this PG cancels in part, so this request has cancelled nothing. Ask for a larger amount with a new Idempotency-Key.',
    ko: '부분 취소 최소 금액보다 작아 PG사에서 거절했습니다. 더 큰 금액을 새 Idempotency-Key로 요청해 주세요.',
  },
  same_day_void_only: {
    en: 'The PG does not refund this payment in this way yet, so this request has cancelled nothing. Ask for all of it, or on another day, with a new Idempotency-Key.',
    ko: 'PG사에서 아직 이 방식으로 환불할 수 없는 거래입니다. 전액을 취소하거나 다른 날에 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  limit_of_the_day: {
    en: 'The bank refunds no more today, so this request has cancelled nothing. Ask again tomorrow with a new Idempotency-Key.',
    ko: '은행의 하루 환불 한도를 넘어 거절되었습니다. 내일 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  limit_of_the_month: {
    en: 'The shop has reached what it can refund in a month, so this request has cancelled nothing. Ask the PG to raise it, or ask again next month with a new Idempotency-Key.',
    ko: '상점의 월 환불 한도를 넘어 거절되었습니다. PG사에 한도 증액을 요청하거나 다음 달에 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  deadline_passed: {
    en: 'The PG no longer cancels this payment, so this request has cancelled nothing. Pay it back in another way.',
    ko: 'PG사의 취소 가능 기한이 지나 취소할 수 없습니다. 다른 방법으로 환불해 주세요.',
  },
  maintenance: {
    en: 'The PG is under maintenance, so this request has cancelled nothing. Ask again later with a new Idempotency-Key.',
    ko: 'PG사가 점검 중이어서 취소가 거절되었습니다. 점검이 끝난 뒤 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  vat_missing: {
    en: 'The PG reckons the VAT of this part otherwise, so this request has cancelled nothing. Ask again with vat_amount and a new Idempotency-Key.',
    ko: 'PG사가 계산한 부가세와 달라 취소가 거절되었습니다. vat_amount를 넣어 새 Idempotency-Key로 다시 요청해 주세요.',
  },
} as const satisfies Readonly<Record<RefusalReason, Text>>;

/** A payment of 0 (a coupon paid everything): nothing can be refunded. */
const NOTHING_PAID: Text = {
  en: 'Nothing was paid for this order, so there is nothing to refund.',
  ko: '결제 금액이 0원이어서 환불할 금액이 없습니다.',
};

/** The text of a refusal: of its rule, its reason or its case, otherwise of its code. */
export function textOf(refusal: Refusal): Text {
  if ('rule' in refusal) return RULE_TEXTS[refusal.rule];
  if (refusal.code === 'ALREADY_FULLY_REFUNDED' && refusal.nothingPaid) return NOTHING_PAID;
  if (refusal.code !== 'CANCEL_REJECTED') return CODES[refusal.code];
  const said = refusal.refund.answer?.refusal;
  const known = said && explain(said, refusal.payment.pgProvider);
  return known === undefined ? CODES[refusal.code] : REASON_TEXTS[known.reason];
}
