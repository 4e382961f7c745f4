import { judgeRules, warningsOf, type Asked, type Judged } from '../../../../functions/refund/pg/judge.ts';
import type { RuleName, SwitchableRule } from '../../../../functions/refund/pg/rules.ts';

const NOBODY_OFF: ReadonlySet<string> = new Set();

export interface Case {
  readonly payment: Judged;
  readonly asked?: Partial<Asked>;
  readonly nowMs?: number;
}

/** A moment of the Korean clock: `korea(2026, 8, 31, 23)` is 31 August, 23:00 in Korea. */
export function korea(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  return Date.UTC(year, month - 1, day, hour - 9, minute, second);
}

/** Paid at noon on 31 August 2026 in Korea. */
export const PAID_MS = korea(2026, 8, 31, 12);
const LATER_MS = PAID_MS + 60_000;

export const PART: Partial<Asked> = { partial: true };
export const ACCOUNT = { holder: '홍길동', bank: '088', account: '110234567890', tel: '01012345678' };

export function askedOf(asked: Partial<Asked> = {}): Asked {
  return { partial: false, account: {}, reason: 'size', passedOn: {}, cancelsBefore: 0, ...asked };
}

/** Every rule that applies to a case: the refusing one and the warning ones. */
export function toldOf(
  { payment, asked, nowMs = LATER_MS }: Case,
  rulesOff: ReadonlySet<string> = NOBODY_OFF,
): readonly RuleName[] {
  const paid = { paidAtMs: PAID_MS, ...payment };
  const refusal = judgeRules(paid, askedOf(asked), { nowMs, rulesOff });
  const warnings = warningsOf(paid, askedOf(asked), { nowMs, rulesOff, done: false });
  return refusal === undefined ? warnings : [refusal.rule, ...warnings];
}

const phone = (pgProvider: string): Judged => ({ payMethod: 'phone', pgProvider });
const vbank = (pgProvider: string): Judged => ({ payMethod: 'vbank', pgProvider });
const card = (pgProvider: string): Judged => ({ payMethod: 'card', pgProvider });
const transfer = (pgProvider: string): Judged => ({ payMethod: 'trans', pgProvider });
const named = { account: ACCOUNT };
const ofKcp = { account: { ...ACCOUNT, bank: 'BK88' } };
const { tel: _telephone, ...WITHOUT_TELEPHONE } = ACCOUNT;

/** Each rule at its edge: the first case breaks it, the second just does not. */
export const CASES: Readonly<Record<SwitchableRule, readonly [breaks: Case, keeps: Case]>> = {
  phone_other_month: [
    { payment: phone('danal'), nowMs: korea(2026, 9, 1) },
    { payment: phone('danal'), nowMs: korea(2026, 9, 1) - 1 },
  ],
  kcp_phone_other_month: [
    { payment: phone('kcp'), nowMs: korea(2026, 9, 1) },
    { payment: phone('kcp'), asked: ofKcp, nowMs: korea(2026, 9, 1) },
  ],
  phone_partial: [
    { payment: phone('danal'), asked: PART },
    { payment: phone('html5_inicis'), asked: PART },
  ],
  ksnet_six_months: [
    { payment: card('ksnet'), nowMs: korea(2027, 3, 1) },
    { payment: card('ksnet'), nowMs: korea(2027, 3, 1) - 1 },
  ],
  ksnet_nine_partials: [
    { payment: card('ksnet'), asked: { ...PART, cancelsBefore: 9 } },
    { payment: card('ksnet'), asked: { ...PART, cancelsBefore: 8 } },
  ],
  ksnet_vbank_night: [
    { payment: vbank('ksnet'), asked: named, nowMs: korea(2026, 8, 31, 23) },
    { payment: vbank('ksnet'), asked: named, nowMs: korea(2026, 9, 1, 6) },
  ],
  naverpay_deadline: [
    { payment: card('naverpay'), nowMs: korea(2026, 8, 31) + 1096 * 86_400_000 },
    { payment: card('naverpay'), nowMs: korea(2026, 8, 31) + 1096 * 86_400_000 - 1 },
  ],
  naverpay_reason: [
    { payment: card('naverpay'), asked: { reason: ' ' } },
    { payment: card('naverpay'), asked: { reason: '.' } },
  ],
  paypal_deadline: [
    { payment: card('paypal_v2'), nowMs: korea(2026, 8, 31) + 181 * 86_400_000 },
    { payment: card('paypal'), nowMs: korea(2026, 8, 31) + 181 * 86_400_000 - 1 },
  ],
  tosspayments_gift_partial: [
    { payment: { ...card('tosspayments'), payMethod: 'cultureland' }, asked: PART },
    { payment: { ...card('tosspayments'), payMethod: 'cultureland' } },
  ],
  daou_gift_partial: [
    { payment: { ...card('daou'), payMethod: 'booknlife' }, asked: PART },
    { payment: { ...card('daou'), payMethod: 'cultureland' }, asked: PART },
  ],
  mobilians_gift_partial: [
    { payment: { ...card('mobilians'), payMethod: 'smartculture' }, asked: PART },
    { payment: { ...card('mobilians'), payMethod: 'cultureland' }, asked: PART },
  ],
  danal_vbank: [{ payment: vbank('danal_tpay'), asked: named }, { payment: card('danal_tpay') }],
  inicis_jp_convenience_store: [
    { payment: { ...card('inicis_jp'), payMethod: 'cvs' } },
    { payment: card('inicis_jp') },
  ],
  vbank_account: [
    { payment: vbank('tosspayments'), asked: { account: { holder: '홍길동', account: '110234567890' } } },
    { payment: vbank('tosspayments'), asked: { account: WITHOUT_TELEPHONE } },
  ],
  vbank_telephone: [
    { payment: vbank('smartro'), asked: { account: WITHOUT_TELEPHONE } },
    { payment: vbank('smartro'), asked: named },
  ],
  transfer_account: [
    { payment: transfer('smartro_v2'), asked: { account: WITHOUT_TELEPHONE } },
    { payment: transfer('smartro_v2'), asked: named },
  ],
  kcp_phone_account: [
    { payment: phone('kcp'), asked: { account: { holder: '홍길동' } }, nowMs: korea(2026, 9, 1) },
    { payment: phone('kcp'), asked: { account: { holder: '홍길동' } } },
  ],
  bank_code: [
    { payment: vbank('kcp'), asked: named },
    { payment: vbank('kcp'), asked: ofKcp },
  ],
  kcp_phone_next_month: [
    { payment: phone('kcp'), asked: ofKcp, nowMs: korea(2026, 9, 1) },
    { payment: phone('kcp'), asked: ofKcp },
  ],
  kcp_phone_partial: [{ payment: phone('kcp'), asked: PART }, { payment: phone('kcp') }],
  kakaopay_card_deadline: [
    { payment: card('kakaopay'), nowMs: korea(2027, 9, 1) },
    { payment: card('kakaopay'), nowMs: korea(2027, 9, 1) - 1 },
  ],
  kakaopay_money_deadline: [
    { payment: { ...card('kakaopay'), payMethod: 'point' }, nowMs: korea(2031, 9, 1) },
    { payment: { ...card('kakaopay'), payMethod: 'point' }, nowMs: korea(2031, 9, 1) - 1 },
  ],
  card_deadline: [
    { payment: card('nice'), nowMs: korea(2027, 9, 1) },
    { payment: card('ksnet'), nowMs: korea(2027, 9, 1) },
  ],
  transfer_deadline: [
    { payment: transfer('nice'), nowMs: korea(2026, 12, 1) },
    { payment: transfer('nice'), nowMs: korea(2026, 12, 1) - 1 },
  ],
  welcome_escrow: [
    { payment: card('welcome'), asked: { passedOn: { escrowConfirmed: false } } },
    { payment: card('welcome') },
  ],
  welcome_partial: [{ payment: card('welcome'), asked: PART }, { payment: card('welcome') }],
  smartro_test_check_card: [
    { payment: { ...card('smartro_v2'), isSandbox: true }, asked: PART },
    { payment: { ...card('smartro_v2'), isSandbox: false }, asked: PART },
  ],
  paymentwall_currency: [{ payment: card('paymentwall'), asked: PART }, { payment: card('paymentwall') }],
  promotion_choice: [
    { payment: { ...card('nice'), hasPromotion: true }, asked: { ...PART, cancelsBefore: 1 } },
    { payment: { ...card('nice'), hasPromotion: true }, asked: PART },
  ],
  cash_receipt_by_hand: [{ payment: transfer('ksnet') }, { payment: card('ksnet') }],
  daou_vbank_by_hand: [
    { payment: vbank('daou'), asked: { account: { ...ACCOUNT, bank: '10' } } },
    { payment: card('daou') },
  ],
  tax_free_unnamed: [
    { payment: card('kicc'), asked: PART },
    { payment: card('kicc'), asked: { ...PART, passedOn: { taxFree: 0 } } },
  ],
  vat_unnamed: [
    { payment: card('nice_v2'), asked: PART },
    { payment: card('nice_v2'), asked: { ...PART, passedOn: { vatAmount: 0 } } },
  ],
  tosspay_vat_unnamed: [{ payment: card('tosspay_v2'), asked: PART }, { payment: card('tosspay_v2') }],
  nice_test_partial: [
    { payment: { ...card('nice'), isSandbox: true }, asked: PART },
    { payment: card('nice'), asked: PART },
  ],
};
