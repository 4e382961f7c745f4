import { judgeRules, warningsOf } from '../../../../functions/refund/pg/judge.ts';
import type { Asked, Case, Judged, RuleName, SwitchableRule } from '../../../../functions/refund/pg/rules.ts';

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
export function caseOf(
  name: string,
  asked: Partial<Asked> = {},
  nowMs = PAID_MS + 60_000,
  fields: Judged = {},
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
const WITH_KCP_ACCOUNT = { account: { ...ACCOUNT, bank: 'BK88' } };
const { tel: _telephone, ...withoutTelephone } = ACCOUNT;
const WITHOUT_TELEPHONE = { account: withoutTelephone };
const WITHOUT_BANK = { account: { holder: '홍길동', account: '110234567890' } };
const HOLDER_ONLY = { account: { holder: '홍길동' } };
/** The first moment after that many days. */
const after = (days: number) => korea(2026, 8, 31) + (days + 1) * DAY_MS;

/** Each rule at its edge: the first case breaks it, the second just does not. */
export const CASES: Readonly<Record<SwitchableRule, readonly [breaks: Case, keeps: Case]>> = {
  phone_other_month: [caseOf('danal phone', {}, SEPTEMBER_MS), caseOf('danal phone', {}, SEPTEMBER_MS - 1)],
  kcp_phone_other_month: [
    caseOf('kcp phone', {}, SEPTEMBER_MS),
    caseOf('kcp phone', WITH_KCP_ACCOUNT, SEPTEMBER_MS),
  ],
  phone_partial: [caseOf('danal phone', PART), caseOf('html5_inicis phone', PART)],
  ksnet_six_months: [
    caseOf('ksnet card', {}, korea(2027, 3, 1)),
    caseOf('ksnet card', {}, korea(2027, 3, 1) - 1),
  ],
  ksnet_nine_partials: [
    caseOf('ksnet card', { ...PART, cancelsBefore: 9 }),
    caseOf('ksnet card', { ...PART, cancelsBefore: 8 }),
  ],
  ksnet_vbank_night: [
    caseOf('ksnet vbank', WITH_ACCOUNT, korea(2026, 8, 31, 23)),
    caseOf('ksnet vbank', WITH_ACCOUNT, korea(2026, 9, 1, 6)),
  ],
  naverpay_deadline: [caseOf('naverpay card', {}, after(1095)), caseOf('naverpay card', {}, after(1095) - 1)],
  naverpay_reason: [caseOf('naverpay card', { reason: ' ' }), caseOf('naverpay card', { reason: '.' })],
  paypal_deadline: [caseOf('paypal_v2 card', {}, after(180)), caseOf('paypal card', {}, after(180) - 1)],
  tosspayments_gift_partial: [caseOf('tosspayments cultureland', PART), caseOf('tosspayments cultureland')],
  daou_gift_partial: [caseOf('daou booknlife', PART), caseOf('daou cultureland', PART)],
  mobilians_gift_partial: [caseOf('mobilians smartculture', PART), caseOf('mobilians cultureland', PART)],
  danal_vbank: [caseOf('danal_tpay vbank', WITH_ACCOUNT), caseOf('danal_tpay card')],
  inicis_jp_convenience_store: [caseOf('inicis_jp cvs'), caseOf('inicis_jp card')],
  vbank_account: [
    caseOf('tosspayments vbank', WITHOUT_BANK),
    caseOf('tosspayments vbank', WITHOUT_TELEPHONE),
  ],
  vbank_telephone: [caseOf('smartro vbank', WITHOUT_TELEPHONE), caseOf('smartro vbank', WITH_ACCOUNT)],
  transfer_account: [caseOf('smartro_v2 trans', WITHOUT_TELEPHONE), caseOf('smartro_v2 trans', WITH_ACCOUNT)],
  kcp_phone_account: [caseOf('kcp phone', HOLDER_ONLY, SEPTEMBER_MS), caseOf('kcp phone', HOLDER_ONLY)],
  bank_code: [caseOf('kcp vbank', WITH_ACCOUNT), caseOf('kcp vbank', WITH_KCP_ACCOUNT)],
  kcp_phone_next_month: [
    caseOf('kcp phone', WITH_KCP_ACCOUNT, SEPTEMBER_MS),
    caseOf('kcp phone', WITH_KCP_ACCOUNT),
  ],
  kcp_phone_partial: [caseOf('kcp phone', PART), caseOf('kcp phone')],
  kakaopay_card_deadline: [
    caseOf('kakaopay card', {}, korea(2027, 9, 1)),
    caseOf('kakaopay card', {}, korea(2027, 9, 1) - 1),
  ],
  kakaopay_money_deadline: [
    caseOf('kakaopay point', {}, korea(2031, 9, 1)),
    caseOf('kakaopay point', {}, korea(2031, 9, 1) - 1),
  ],
  card_deadline: [caseOf('nice card', {}, korea(2027, 9, 1)), caseOf('ksnet card', {}, korea(2027, 9, 1))],
  transfer_deadline: [
    caseOf('nice trans', {}, korea(2026, 12, 1)),
    caseOf('nice trans', {}, korea(2026, 12, 1) - 1),
  ],
  welcome_escrow: [caseOf('welcome card', { passedOn: { escrowConfirmed: false } }), caseOf('welcome card')],
  welcome_partial: [caseOf('welcome card', PART), caseOf('welcome card')],
  smartro_test_check_card: [
    caseOf('smartro_v2 card', PART, undefined, { isSandbox: true }),
    caseOf('smartro_v2 card', PART, undefined, { isSandbox: false }),
  ],
  paymentwall_currency: [caseOf('paymentwall card', PART), caseOf('paymentwall card')],
  promotion_choice: [
    caseOf('nice card', { ...PART, cancelsBefore: 1 }, undefined, { hasPromotion: true }),
    caseOf('nice card', PART, undefined, { hasPromotion: true }),
  ],
  cash_receipt_by_hand: [caseOf('ksnet trans'), caseOf('ksnet card')],
  daou_vbank_by_hand: [caseOf('daou vbank', { account: { ...ACCOUNT, bank: '10' } }), caseOf('daou card')],
  tax_free_unnamed: [caseOf('kicc card', PART), caseOf('kicc card', { ...PART, passedOn: { taxFree: 0 } })],
  vat_unnamed: [
    caseOf('nice_v2 card', PART),
    caseOf('nice_v2 card', { ...PART, passedOn: { vatAmount: 0 } }),
  ],
  tosspay_vat_unnamed: [caseOf('tosspay_v2 card', PART), caseOf('tosspay_v2 card')],
  nice_test_partial: [caseOf('nice card', PART, undefined, { isSandbox: true }), caseOf('nice card', PART)],
};
