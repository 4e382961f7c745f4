import { ACCOUNT_FIELDS, type PassedOn, type PassedOnName, type RefundAccount } from '../intent.ts';
import {
  koreanDaysLater,
  koreanHour,
  koreanMonthEnd,
  koreanMonthsLater,
  nextKoreanHour,
} from '../korea-time.ts';
import type { PaymentFacts } from '../payment.ts';
import { banksOf } from './banks.ts';

/** What the rules see of a payment. An unknown field breaks no rule. */
export type RuledPayment = Partial<
  Pick<PaymentFacts, 'payMethod' | 'pgProvider' | 'paidAtMs' | 'isSandbox' | 'hasPromotion'>
>;

/** What the rules see of a request. */
export interface Asked {
  /** A part of the payment; the rest after a part is a part, too. */
  readonly partial: boolean;
  readonly account: RefundAccount;
  readonly reason?: string;
  readonly passedOn: PassedOn<unknown>;
  /** The number of earlier cancels of the payment. */
  readonly cancelsBefore: number;
}

export interface Case {
  readonly payment: RuledPayment;
  readonly asked: Asked;
  readonly nowMs: number;
}

type AccountName = keyof RefundAccount;

/** When a rule is broken. */
interface When {
  readonly isBroken: (each: Case) => boolean;
  /** The first moment at which time alone breaks it. */
  readonly endMs?: (paidAtMs: number) => number;
  /** When the same refund is allowed again. */
  readonly againMs?: (nowMs: number) => number;
  /** The account fields that it asks for. `onlyLate`: only after the month of the payment. */
  readonly fields?: readonly AccountName[];
  readonly onlyLate?: boolean;
}

const broken = (isBroken: When['isBroken']): When => ({ isBroken });
const after = (endMs: NonNullable<When['endMs']>): When => ({
  endMs,
  isBroken: ({ payment: { paidAtMs }, nowMs }) => paidAtMs !== undefined && nowMs >= endMs(paidAtMs),
});
const months = (count: number) => after((paidAtMs) => koreanMonthsLater(paidAtMs, count));
const days = (count: number) => after((paidAtMs) => koreanDaysLater(paidAtMs, count));
const ALWAYS = broken(() => true);
const PARTIAL = broken(({ asked }) => asked.partial);
const TEST_PARTIAL = broken(({ asked, payment }) => asked.partial && payment.isSandbox === true);
/** Another calendar month in Korea than the payment's. */
const OTHER_MONTH = after(koreanMonthEnd);
const LATE_WITH_ACCOUNT = broken((each) => hasAny(each.asked.account) && OTHER_MONTH.isBroken(each));
const LATE_WITHOUT_ACCOUNT = broken((each) => !hasAny(each.asked.account) && OTHER_MONTH.isBroken(each));
const NINE_CANCELS_BEFORE = broken(({ asked }) => asked.cancelsBefore >= 9);
const PROMOTION_CONTINUED = broken(
  ({ asked, payment }) => asked.partial && payment.hasPromotion === true && asked.cancelsBefore > 0,
);
const NO_REASON = broken(({ asked }) => (asked.reason ?? '').trim() === '');
/** Hours in Korea, over midnight. */
const hours = (from: number, to: number): When => ({
  isBroken: ({ nowMs }) => koreanHour(nowMs) >= from || koreanHour(nowMs) < to,
  againMs: (nowMs) => nextKoreanHour(nowMs, to),
});
/** A partial refund whose request lacks this part of the amount. */
const partialWithout = (field: PassedOnName) =>
  broken(({ asked }) => asked.partial && asked.passedOn[field] === undefined);
const names = (field: PassedOnName) => broken(({ asked }) => asked.passedOn[field] !== undefined);
const lacks = (...fields: readonly AccountName[]): When => ({
  fields,
  isBroken: ({ asked }) => missing(fields, asked.account).length > 0,
});
/** In another month, once the request names any account field. */
const lacksWhenLate = (...fields: readonly AccountName[]): When => ({
  fields,
  onlyLate: true,
  isBroken: (each) => LATE_WITH_ACCOUNT.isBroken(each) && missing(fields, each.asked.account).length > 0,
});
/** The bank code of an account that is sent is not one of this PG's. */
const OTHER_BANK = broken(({ payment, asked: { account }, nowMs }) => {
  const banks = banksOf(payment.pgProvider);
  const isSent = banks !== undefined && accountFieldsOf(payment, nowMs).length > 0;
  return isSent && account.bank !== undefined && !Object.hasOwn(banks, account.bank);
});

function hasAny(account: RefundAccount): boolean {
  return Object.keys(account).length > 0;
}

/** By their names in a request's body. */
export function missing(fields: readonly AccountName[], account: RefundAccount): readonly string[] {
  return fields.filter((field) => account[field] === undefined).map((field) => ACCOUNT_FIELDS[field]);
}

/** Names separated by spaces, or all others. */
type Names = string | { readonly not: string };
type Row = readonly [pgProvider: Names, payMethod: Names, when: When, source: string];
type Rows = Readonly<Record<string, Row>>;

const but = (others: string): Names => ({ not: others });
const ANY = but('');

/** i'mport's own API description of cancels by PG. A test compares the table with a copy of it. */
export const SPEC = 'https://developers.portone.io/api/rest-v1/payment#post%20%2Fpayments%2Fcancel';
const page = (path: string) => `https://developers.portone.io/opi/ko/${path}`;
const help = (name: string) => `https://help.portone.io/content/${name}`;

const GIFTS = 'cultureland culturegift smartculture booknlife happymoney';
/** They have their own deadlines. */
const OWN_DEADLINES = 'ksnet kakaopay naverpay paypal paypal_v2';
const DEADLINES = 'cancel-deadline-by-paymethod';

/**
 * What PGs allow (PG-FACTS 4): name, PG, method, rule, source. Only these tables decide. i'mport's answer does not tell whether a
 * payment was in escrow, had tax-free parts, named its VAT, used a check card, has a cash receipt, or in which currency the PG
 * settled it. So those rules never refuse; the escrow rule needs the request's escrow field, and the others warn wherever they
 * may apply.
 */

/** 422 before anything is sent, in this order. Only rules that are published without condition. */
const REFUSED = {
  phone_other_month: [but('kcp'), 'phone', OTHER_MONTH, page('integration/cancel/v1/basic')],
  kcp_phone_other_month: ['kcp', 'phone', LATE_WITHOUT_ACCOUNT, SPEC],
  phone_partial: [but('html5_inicis kcp'), 'phone', PARTIAL, page('integration/checklist/readme-v1')],
  ksnet_six_months: ['ksnet', but('phone'), months(6), SPEC],
  ksnet_nine_partials: ['ksnet', but('phone'), NINE_CANCELS_BEFORE, SPEC],
  ksnet_vbank_night: ['ksnet', 'vbank', hours(23, 6), SPEC],
  naverpay_deadline: ['naverpay', ANY, days(1095), help(DEADLINES)],
  naverpay_reason: ['naverpay', ANY, NO_REASON, SPEC],
  paypal_deadline: ['paypal paypal_v2', ANY, days(180), help(DEADLINES)],
  tosspayments_gift_partial: ['tosspayments', GIFTS, PARTIAL, SPEC],
  daou_gift_partial: ['daou', 'booknlife smartculture', PARTIAL, page('integration/pg/v1/daou/undefined')],
  mobilians_gift_partial: [
    'mobilians mobilians_v2',
    'smartculture',
    PARTIAL,
    page('integration/pg/v1/kg-mobilians-v2'),
  ],
  danal_vbank: ['danal danal_tpay', 'vbank', ALWAYS, help('impossible-partial-cancel')],
  inicis_jp_convenience_store: ['inicis_jp', 'cvs', ALWAYS, page('integration/pg/v1/inicis-jp')],
} satisfies Rows;

/** 400: the request can be completed or corrected. */
const ASKED = {
  vbank_account: [
    ANY,
    'vbank',
    lacks('holder', 'bank', 'account'),
    page('integration/cancel/v1/virtual-account'),
  ],
  vbank_telephone: ['smartro smartro_v2 welcome', 'vbank', lacks('tel'), SPEC],
  transfer_account: ['smartro_v2 welcome', 'trans', lacks('holder', 'bank', 'account', 'tel'), SPEC],
  kcp_phone_account: ['kcp', 'phone', lacksWhenLate('holder', 'bank', 'account'), SPEC],
  bank_code: [ANY, ANY, OTHER_BANK, page('support/code-info/pg-1')],
} satisfies Rows;

/** Warnings before a refund, and after one that failed: the PG may refuse it. */
const MAY_FAIL = {
  kcp_phone_next_month: ['kcp', 'phone', LATE_WITH_ACCOUNT, SPEC],
  kcp_phone_partial: ['kcp', 'phone', PARTIAL, page('integration/checklist/readme-v1')],
  kakaopay_card_deadline: ['kakaopay', 'card kakaopay', months(12), help(DEADLINES)],
  kakaopay_money_deadline: ['kakaopay', 'point', months(60), help(DEADLINES)],
  card_deadline: [but(OWN_DEADLINES), 'card', months(12), help(DEADLINES)],
  transfer_deadline: [but(OWN_DEADLINES), 'trans', months(3), help(DEADLINES)],
  welcome_escrow: ['welcome', ANY, names('escrowConfirmed'), page('integration/pg/v1/welcome/caution')],
  welcome_partial: ['welcome', ANY, PARTIAL, SPEC],
  smartro_test_check_card: ['smartro_v2', 'card', TEST_PARTIAL, SPEC],
  paymentwall_currency: ['paymentwall', ANY, PARTIAL, page('integration/pg/v2/paymentwall')],
  promotion_choice: [ANY, ANY, PROMOTION_CONTINUED, page('extra/promotion/refund')],
} satisfies Rows;

/**
 * Warnings before and after a refund: something else remains to be done. In a full refund the PG knows the payment's taxes
 * itself.
 */
const TAKE_CARE = {
  cash_receipt_by_hand: ['ksnet smartro_v2', 'trans vbank', ALWAYS, SPEC],
  daou_vbank_by_hand: ['daou', 'vbank', ALWAYS, SPEC],
  tax_free_unnamed: [
    'kcp kcp_quick kicc nice payco smartro_v2 welcome',
    ANY,
    partialWithout('taxFree'),
    SPEC,
  ],
  vat_unnamed: ['nice nice_v2 html5_inicis welcome', ANY, partialWithout('vatAmount'), SPEC],
  tosspay_vat_unnamed: [
    'tosspay_v2',
    ANY,
    partialWithout('vatAmount'),
    page('integration/pg/v1/tosspay-v2/caution'),
  ],
  nice_test_partial: ['nice nice_v2', ANY, TEST_PARTIAL, help('test-mode-cancel')],
} satisfies Rows;

/** Rules of `warnings[]`. */
export type WarningName = keyof typeof MAY_FAIL | keyof typeof TAKE_CARE;
/** Rules that a shop can turn off (`rulesOff`) because its contract differs. */
export type SwitchableRule = keyof typeof REFUSED | keyof typeof ASKED | WarningName;
/** `currency_unknown` is decided when the payment is read: its amounts have no known meaning, so it cannot be turned off. */
export type RuleName = SwitchableRule | 'currency_unknown';

export interface Rule<Name extends string = string> {
  readonly name: Name;
  readonly pgs: Names;
  readonly methods: Names;
  readonly when: When;
  /** The page that publishes it. */
  readonly source: string;
}

function rulesOf<Name extends string>(rows: Readonly<Record<Name, Row>>): readonly Rule<Name>[] {
  return Object.entries<Row>(rows).map(([name, [pgs, methods, when, source]]) => {
    return { name: name as Name, pgs, methods, when, source };
  });
}

export const RULES = {
  refused: rulesOf(REFUSED),
  asked: rulesOf(ASKED),
  mayFail: rulesOf(MAY_FAIL),
  takeCare: rulesOf(TAKE_CARE),
};

export const ALL_RULES: readonly Rule<SwitchableRule>[] = Object.values(RULES).flat();
export const WARNING_NAMES: readonly WarningName[] = [...RULES.mayFail, ...RULES.takeCare].map(
  ({ name }) => name,
);
export const RULE_NAMES: readonly RuleName[] = [...ALL_RULES.map(({ name }) => name), 'currency_unknown'];

export function isSwitchable(name: string): boolean {
  return ALL_RULES.some((rule) => rule.name === name);
}

export function sourceOf(name: RuleName): string {
  return ALL_RULES.find((rule) => rule.name === name)?.source ?? 'ISO 4217';
}

export function concerns({ pgs, methods }: Pick<Rule, 'pgs' | 'methods'>, payment: RuledPayment): boolean {
  return isNamed(pgs, payment.pgProvider) && isNamed(methods, payment.payMethod);
}

/** An unknown PG or method matches no listed name. */
function isNamed(listed: Names, name: string | undefined): boolean {
  return typeof listed === 'string'
    ? name !== undefined && listed.split(' ').includes(name)
    : name === undefined || !listed.not.split(' ').includes(name);
}

/** The account fields that this payment needs now: an account is sent only then. */
export function accountFieldsOf(payment: RuledPayment, nowMs: number): readonly AccountName[] {
  const isLate = payment.paidAtMs !== undefined && nowMs >= koreanMonthEnd(payment.paidAtMs);
  return RULES.asked
    .filter((rule) => concerns(rule, payment))
    .flatMap(({ when: { fields = [], onlyLate = false } }) => (isLate || !onlyLate ? fields : []));
}
