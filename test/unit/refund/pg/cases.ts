import { judgeRules, warningsOf } from '../../../../functions/refund/pg/judge.ts';
import type {
  Asked,
  Case,
  RuledPayment,
  RuleName,
  SwitchableRule,
} from '../../../../functions/refund/pg/rules.ts';

/** A moment of the Korean clock: `korea(2026, 8, 31, 23)` is 31 August, 23:00 in Korea. */
export function korea(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  return Date.UTC(year, month - 1, day, hour - 9, minute, second);
}

/** Paid at noon on 31 August 2026 in Korea. */
export const PAID_MS = korea(2026, 8, 31, 12);
const SEPTEMBER_MS = korea(2026, 9, 1);
const DAY_MS = 86_400_000;

export const ACCOUNT = { holder: '홍길동', bank: '088', account: '110234567890', tel: '01012345678' };
export const NO_RULE_OFF: ReadonlySet<string> = new Set();

export function askedOf(asked: Partial<Asked> = {}): Asked {
  return { partial: false, account: {}, reason: 'size', passedOn: {}, cancelsBefore: 0, ...asked };
}

/** A request for a payment named by its PG and method, a minute after it was paid unless `nowMs` is given. */
export function of(
  name: string,
  asked: Partial<Asked> = {},
  nowMs = PAID_MS + 60_000,
  fields: RuledPayment = {},
): Case {
  const [pgProvider = '', payMethod = ''] = name.split(' ');
  const payment = { pgProvider, payMethod, paidAtMs: PAID_MS, ...fields };
  return { payment, asked: askedOf(asked), nowMs };
}

/** Every rule that a case breaks: the refusing one and the warning ones. */
export function rulesBroken({ payment, asked, nowMs }: Case, rulesOff = NO_RULE_OFF): readonly RuleName[] {
  const refusal = judgeRules(payment, asked, { nowMs, rulesOff });
  const warnings = warningsOf(payment, asked, { nowMs, rulesOff, done: false });
  return refusal === undefined ? warnings : [refusal.rule, ...warnings];
}

const PART = { partial: true };
const WITH_ACCOUNT = { account: ACCOUNT };
const KCP_ACCOUNT = { account: { ...ACCOUNT, bank: 'BK88' } };
const KIWOOM_ACCOUNT = { account: { ...ACCOUNT, bank: '10' } };
const { tel: _telephone, ...withoutTelephone } = ACCOUNT;
const WITHOUT_TELEPHONE = { account: withoutTelephone };
const WITHOUT_BANK = { account: { holder: '홍길동', account: '110234567890' } };
const HOLDER_ONLY = { account: { holder: '홍길동' } };
const cancelsBefore = (count: number) => ({ ...PART, cancelsBefore: count });
const onPromotion = (asked: Partial<Asked>) => of('nice card', asked, undefined, { hasPromotion: true });
const onTestChannel = (name: string, isSandbox: boolean) => of(name, PART, undefined, { isSandbox });

type Edge = readonly [breaks: Case, keeps: Case];
/** The rule begins at this moment. */
const from = (name: string, atMs: number): Edge => [of(name, {}, atMs), of(name, {}, atMs - 1)];
/** The first moment after that many days. */
const after = (days: number) => korea(2026, 8, 31) + (days + 1) * DAY_MS;
/** It is about partial refunds, of this payment and not of the other. */
const partial = (name: string, other: string): Edge => [of(name, PART), of(other, PART)];
const onlyPartial = (name: string): Edge => [of(name, PART), of(name)];

/** Each rule at its edge: the first case breaks it, the second just does not. */
export const CASES: Readonly<Record<SwitchableRule, Edge>> = {
  phone_other_month: from('danal phone', SEPTEMBER_MS),
  kcp_phone_other_month: [of('kcp phone', {}, SEPTEMBER_MS), of('kcp phone', KCP_ACCOUNT, SEPTEMBER_MS)],
  phone_partial: partial('danal phone', 'html5_inicis phone'),
  ksnet_six_months: from('ksnet card', korea(2027, 3, 1)),
  ksnet_nine_partials: [of('ksnet card', cancelsBefore(9)), of('ksnet card', cancelsBefore(8))],
  ksnet_vbank_night: [
    of('ksnet vbank', WITH_ACCOUNT, korea(2026, 8, 31, 23)),
    of('ksnet vbank', WITH_ACCOUNT, korea(2026, 9, 1, 6)),
  ],
  naverpay_deadline: from('naverpay card', after(1095)),
  naverpay_reason: [of('naverpay card', { reason: ' ' }), of('naverpay card', { reason: '.' })],
  paypal_deadline: from('paypal_v2 card', after(180)),
  tosspayments_gift_partial: onlyPartial('tosspayments cultureland'),
  daou_gift_partial: partial('daou booknlife', 'daou cultureland'),
  mobilians_gift_partial: partial('mobilians smartculture', 'mobilians cultureland'),
  danal_vbank: [of('danal_tpay vbank', WITH_ACCOUNT), of('danal_tpay card')],
  inicis_jp_convenience_store: [of('inicis_jp cvs'), of('inicis_jp card')],
  vbank_account: [of('tosspayments vbank', WITHOUT_BANK), of('tosspayments vbank', WITHOUT_TELEPHONE)],
  vbank_telephone: [of('smartro vbank', WITHOUT_TELEPHONE), of('smartro vbank', WITH_ACCOUNT)],
  transfer_account: [of('smartro_v2 trans', WITHOUT_TELEPHONE), of('smartro_v2 trans', WITH_ACCOUNT)],
  kcp_phone_account: [of('kcp phone', HOLDER_ONLY, SEPTEMBER_MS), of('kcp phone', KCP_ACCOUNT, SEPTEMBER_MS)],
  bank_code: [of('kcp vbank', WITH_ACCOUNT), of('kcp vbank', KCP_ACCOUNT)],
  kcp_phone_next_month: [of('kcp phone', KCP_ACCOUNT, SEPTEMBER_MS), of('kcp phone', KCP_ACCOUNT)],
  kcp_phone_partial: onlyPartial('kcp phone'),
  kakaopay_card_deadline: from('kakaopay card', korea(2027, 9, 1)),
  kakaopay_money_deadline: from('kakaopay point', korea(2031, 9, 1)),
  card_deadline: [of('nice card', {}, korea(2027, 9, 1)), of('ksnet card', {}, korea(2027, 9, 1))],
  transfer_deadline: from('nice trans', korea(2026, 12, 1)),
  welcome_escrow: [of('welcome card', { passedOn: { escrowConfirmed: false } }), of('welcome card')],
  welcome_partial: onlyPartial('welcome card'),
  smartro_test_check_card: [onTestChannel('smartro_v2 card', true), onTestChannel('smartro_v2 card', false)],
  paymentwall_currency: onlyPartial('paymentwall card'),
  promotion_choice: [onPromotion(cancelsBefore(1)), onPromotion(PART)],
  cash_receipt_by_hand: [of('ksnet trans'), of('ksnet card')],
  daou_vbank_by_hand: [of('daou vbank', KIWOOM_ACCOUNT), of('daou card')],
  tax_free_unnamed: [of('kicc card', PART), of('kicc card', { ...PART, passedOn: { taxFree: 0 } })],
  vat_unnamed: [of('nice_v2 card', PART), of('nice_v2 card', { ...PART, passedOn: { vatAmount: 0 } })],
  tosspay_vat_unnamed: onlyPartial('tosspay_v2 card'),
  nice_test_partial: [onTestChannel('nice card', true), of('nice card', PART)],
};
