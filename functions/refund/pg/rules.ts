import type { RefundAccount, PassedOnName } from '../intent.ts';

/** When a rule is broken; judge.ts has a case for each. A partial refund is a part, and so is the rest after a part. */
export type When =
  | { readonly kind: 'always' }
  | { readonly kind: 'partial' }
  | { readonly kind: 'test_channel_partial' }
  /** Another calendar month in Korea than the payment's. `account`: only with, or only without, an account in the request. */
  | { readonly kind: 'other_month'; readonly account?: 'named' | 'not_named' }
  | { readonly kind: 'months_after'; readonly months: number }
  | { readonly kind: 'days_after'; readonly days: number }
  /** Hours in Korea, over midnight. */
  | { readonly kind: 'hours'; readonly from: number; readonly to: number }
  /** This many cancels were made before. */
  | { readonly kind: 'cancels_before'; readonly most: number }
  | { readonly kind: 'promotion_continued' }
  | { readonly kind: 'no_reason' }
  /** A partial refund whose request lacks this part of the amount. */
  | { readonly kind: 'partial_without'; readonly field: PassedOnName }
  | { readonly kind: 'names'; readonly field: PassedOnName }
  | { readonly kind: 'account_lacks'; readonly fields: readonly (keyof RefundAccount)[] }
  /** In another month, once the request names any account field. */
  | { readonly kind: 'late_account_lacks'; readonly fields: readonly (keyof RefundAccount)[] }
  /** The account's bank code is not one of this PG's. */
  | { readonly kind: 'other_bank' };

/** Names separated by spaces, or all others. */
type Names = string | { readonly not: string };

/** Where it is published, how firmly (H: without condition, M: "about", or sources differ), and since when if known. */
interface Published {
  readonly source: string;
  readonly strength: 'H' | 'M';
  readonly since: string;
}

type Row = readonly [pgProvider: Names, payMethod: Names, when: When, published: Published];
type Rows = Readonly<Record<string, Row>>;

const but = (names: string): Names => ({ not: names });
const ANY = but('');

const ALWAYS = { kind: 'always' } as const;
const PARTIAL = { kind: 'partial' } as const;
const TEST_PARTIAL = { kind: 'test_channel_partial' } as const;
const months = (count: number) => ({ kind: 'months_after', months: count }) as const;
const days = (count: number) => ({ kind: 'days_after', days: count }) as const;
const lacks = (...fields: readonly (keyof RefundAccount)[]) => ({ kind: 'account_lacks', fields }) as const;
const partialWithout = (field: PassedOnName) => ({ kind: 'partial_without', field }) as const;

/** i'mport's own API description of cancels by PG. A test compares the table with a copy of it. */
export const SPEC = 'https://developers.portone.io/api/rest-v1/payment#post%20%2Fpayments%2Fcancel';
const published = (source: string, since: string, strength: 'H' | 'M' = 'H'): Published => ({
  source,
  strength,
  since,
});
const spec = (since: string) => published(SPEC, since);
const page = (path: string, since: string) =>
  published(`https://developers.portone.io/opi/ko/${path}`, since);
const help = (name: string, since = '2024-01-25') =>
  published(`https://help.portone.io/content/${name}`, since);
const about = (name: string) => published(`https://help.portone.io/content/${name}`, '2024-01-25', 'M');

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
  phone_other_month: [
    but('kcp'),
    'phone',
    { kind: 'other_month' },
    page('integration/cancel/v1/basic', '2023-05-09'),
  ],
  kcp_phone_other_month: ['kcp', 'phone', { kind: 'other_month', account: 'not_named' }, spec('2023-08-31')],
  phone_partial: [
    but('html5_inicis kcp'),
    'phone',
    PARTIAL,
    page('integration/checklist/readme-v1', '2023-05-09'),
  ],
  ksnet_six_months: ['ksnet', but('phone'), months(6), spec('2023-09-11')],
  ksnet_nine_partials: ['ksnet', but('phone'), { kind: 'cancels_before', most: 9 }, spec('2023-09-11')],
  ksnet_vbank_night: ['ksnet', 'vbank', { kind: 'hours', from: 23, to: 6 }, spec('2023-09-11')],
  naverpay_deadline: ['naverpay', ANY, days(1095), help(DEADLINES, '2023-11-29')],
  naverpay_reason: ['naverpay', ANY, { kind: 'no_reason' }, spec('2023-08-31')],
  paypal_deadline: ['paypal paypal_v2', ANY, days(180), help(DEADLINES)],
  tosspayments_gift_partial: ['tosspayments', GIFTS, PARTIAL, spec('2023-08-31')],
  daou_gift_partial: [
    'daou',
    'booknlife smartculture',
    PARTIAL,
    page('integration/pg/v1/daou/undefined', '2026-08-06'),
  ],
  mobilians_gift_partial: [
    'mobilians mobilians_v2',
    'smartculture',
    PARTIAL,
    page('integration/pg/v1/kg-mobilians-v2', '2026-08-06'),
  ],
  danal_vbank: ['danal danal_tpay', 'vbank', ALWAYS, help('impossible-partial-cancel')],
  inicis_jp_convenience_store: [
    'inicis_jp',
    'cvs',
    ALWAYS,
    page('integration/pg/v1/inicis-jp', '2026-08-06'),
  ],
} as const satisfies Rows;

/** 400: the request can be completed or corrected. */
const ASKED = {
  vbank_account: [
    ANY,
    'vbank',
    lacks('holder', 'bank', 'account'),
    page('integration/cancel/v1/virtual-account', '2023-05-09'),
  ],
  vbank_telephone: ['smartro smartro_v2 welcome', 'vbank', lacks('tel'), spec('2023-08-31')],
  transfer_account: [
    'smartro_v2 welcome',
    'trans',
    lacks('holder', 'bank', 'account', 'tel'),
    spec('2023-09-11'),
  ],
  kcp_phone_account: [
    'kcp',
    'phone',
    { kind: 'late_account_lacks', fields: ['holder', 'bank', 'account'] },
    spec('2023-08-31'),
  ],
  bank_code: [ANY, ANY, { kind: 'other_bank' }, page('support/code-info/pg-1', '2023-05-09')],
} as const satisfies Rows;

/** Warnings before a refund, and after one that failed: the PG may refuse it. */
const MAY_FAIL = {
  kcp_phone_next_month: ['kcp', 'phone', { kind: 'other_month', account: 'named' }, spec('2023-08-31')],
  kcp_phone_partial: ['kcp', 'phone', PARTIAL, page('integration/checklist/readme-v1', '2023-05-09')],
  kakaopay_card_deadline: ['kakaopay', 'card kakaopay', months(12), help(DEADLINES)],
  kakaopay_money_deadline: ['kakaopay', 'point', months(60), help(DEADLINES)],
  card_deadline: [but(OWN_DEADLINES), 'card', months(12), about(DEADLINES)],
  transfer_deadline: [but(OWN_DEADLINES), 'trans', months(3), about(DEADLINES)],
  welcome_escrow: [
    'welcome',
    ANY,
    { kind: 'names', field: 'escrowConfirmed' },
    page('integration/pg/v1/welcome/caution', '2023-09-27'),
  ],
  welcome_partial: ['welcome', ANY, PARTIAL, spec('2023-09-27')],
  smartro_test_check_card: ['smartro_v2', 'card', TEST_PARTIAL, spec('2023-09-11')],
  paymentwall_currency: ['paymentwall', ANY, PARTIAL, page('integration/pg/v2/paymentwall', '2026-08-06')],
  promotion_choice: [ANY, ANY, { kind: 'promotion_continued' }, page('extra/promotion/refund', '2024-11-01')],
} as const satisfies Rows;

/**
 * Warnings before and after a refund: something else remains to be done. In a full refund the PG knows the payment's taxes
 * itself.
 */
const TAKE_CARE = {
  cash_receipt_by_hand: ['ksnet smartro_v2', 'trans vbank', ALWAYS, spec('2023-09-11')],
  daou_vbank_by_hand: ['daou', 'vbank', ALWAYS, spec('2023-05-09')],
  tax_free_unnamed: [
    'kcp kcp_quick kicc nice payco smartro_v2 welcome',
    ANY,
    partialWithout('taxFree'),
    spec('2023-08-31'),
  ],
  vat_unnamed: ['nice nice_v2 html5_inicis welcome', ANY, partialWithout('vatAmount'), spec('2023-09-11')],
  tosspay_vat_unnamed: [
    'tosspay_v2',
    ANY,
    partialWithout('vatAmount'),
    page('integration/pg/v1/tosspay-v2/caution', '2024-01-11'),
  ],
  nice_test_partial: ['nice nice_v2', ANY, TEST_PARTIAL, help('test-mode-cancel')],
} as const satisfies Rows;

/** Rules of `warnings[]`. */
export type WarningName = keyof typeof MAY_FAIL | keyof typeof TAKE_CARE;
/** Rules that a shop can turn off (`rulesOff`) because its contract differs. */
export type SwitchableRule = keyof typeof REFUSED | keyof typeof ASKED | WarningName;
/** `currency_unknown` is decided when the payment is read: its amounts have no known meaning, so it cannot be turned off. */
export type RuleName = SwitchableRule | 'currency_unknown';

export interface Rule<Name extends string = string> extends Published {
  readonly name: Name;
  readonly pgs: Names;
  readonly methods: Names;
  readonly when: When;
}

function rulesOf<Name extends string>(rows: Readonly<Record<Name, Row>>): readonly Rule<Name>[] {
  return Object.entries<Row>(rows).map(([name, [pgs, methods, when, by]]) => ({
    name: name as Name,
    pgs,
    methods,
    when,
    ...by,
  }));
}

export const RULES = {
  refused: rulesOf(REFUSED),
  asked: rulesOf(ASKED),
  mayFail: rulesOf(MAY_FAIL),
  takeCare: rulesOf(TAKE_CARE),
} as const;

export const ALL_RULES: readonly Rule<SwitchableRule>[] = [
  ...RULES.refused,
  ...RULES.asked,
  ...RULES.mayFail,
  ...RULES.takeCare,
];

export const WARNING_NAMES: readonly WarningName[] = [...RULES.mayFail, ...RULES.takeCare].map(
  ({ name }) => name,
);
export const RULE_NAMES: readonly RuleName[] = [...ALL_RULES.map(({ name }) => name), 'currency_unknown'];

export function isSwitchable(name: string): boolean {
  return ALL_RULES.some((rule) => rule.name === name);
}

/** The page that publishes the rule. */
export function sourceOf(name: RuleName): string {
  return ALL_RULES.find((rule) => rule.name === name)?.source ?? 'ISO 4217';
}
