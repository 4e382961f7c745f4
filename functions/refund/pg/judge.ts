import { assertNever } from '../assert-never.ts';
import { entryKey } from '../identity.ts';
import { ACCOUNT_FIELDS, type PassedOn, type RefundAccount } from '../intent.ts';
import {
  koreanDaysLater,
  koreanHour,
  koreanMonthEnd,
  koreanMonthsLater,
  nextKoreanHour,
} from '../korea-time.ts';
import { omitMissing } from '../omit-missing.ts';
import { cancelableAmount, hasMoneyLeft, type Payment, type PaymentFacts } from '../payment.ts';
import { banksOf, meantBy, type Banks } from './banks.ts';
import { RULES, type Rule, type RuleName, type WarningName, type When } from './rules.ts';

/** What a PG's rules say against a refund, before anything is sent. */
export type RuleRefusal =
  | {
      readonly code: 'REFUND_NOT_ALLOWED';
      readonly rule: RuleName;
      /** When the same refund is allowed again. */
      readonly possibleFromMs?: number;
    }
  | {
      readonly code: 'REFUND_ACCOUNT_REQUIRED';
      readonly rule: RuleName;
      /** By their names in a request's body. */
      readonly fields: readonly string[];
    }
  | {
      readonly code: 'INVALID_REFUND_BANK';
      readonly rule: RuleName;
      readonly banks: Banks;
      /** This PG's codes of the banks that the code means at other PGs. */
      readonly meant: Banks;
    };

/** The inputs of the rules. An unknown field breaks no rule. */
export type Judged = Partial<
  Pick<PaymentFacts, 'payMethod' | 'pgProvider' | 'paidAtMs' | 'isSandbox' | 'hasPromotion'>
>;

export interface Asked {
  /** A part of the payment; the rest after a part is a part, too. */
  readonly partial: boolean;
  readonly account: RefundAccount;
  readonly reason?: string;
  readonly passedOn: PassedOn<unknown>;
  /** The number of earlier cancels of the payment. */
  readonly cancelsBefore: number;
}

export interface Circumstances {
  readonly nowMs: number;
  /** Names of rules that the shop turned off. */
  readonly rulesOff: ReadonlySet<string>;
}

/** Every cancel of a payment with money left was a partial one. Our item keeps the newest 20, and no rule counts higher. */
export function cancelsOf({ cancelHistory }: Pick<PaymentFacts, 'cancelHistory'>): number {
  return new Set(cancelHistory.map(entryKey)).size;
}

/** The first rule that forbids it; otherwise everything that the request lacks. */
export function judgeRules(payment: Judged, asked: Asked, around: Circumstances): RuleRefusal | undefined {
  const [broken] = brokenOf(RULES.refused, { payment, asked }, around);
  if (broken !== undefined) {
    const { name: rule, when } = broken;
    const again = when.kind === 'hours' ? { possibleFromMs: nextKoreanHour(around.nowMs, when.to) } : {};
    return { code: 'REFUND_NOT_ALLOWED', rule, ...again };
  }
  const lacking = brokenOf(RULES.asked, { payment, asked }, around);
  const [first] = lacking;
  if (first === undefined) return undefined;
  const { name: rule } = first;
  const fields = lacking.flatMap(({ when }) => ('fields' in when ? missing(when.fields, asked.account) : []));
  if (fields.length > 0) return { code: 'REFUND_ACCOUNT_REQUIRED', rule, fields };
  const banks = banksOf(payment.pgProvider) ?? {};
  return { code: 'INVALID_REFUND_BANK', rule, banks, meant: meantBy(asked.account.bank ?? '', banks) };
}

/** The warnings for a refund. `done`: it was executed, so the PG can no longer refuse it. */
export function warningsOf(
  payment: Judged,
  asked: Asked,
  around: Circumstances & { readonly done: boolean },
): readonly WarningName[] {
  const rules = around.done ? RULES.takeCare : [...RULES.mayFail, ...RULES.takeCare];
  return brokenOf(rules, { payment, asked }, around).map(({ name }) => name);
}

export interface Refundable {
  /** All that is left. */
  readonly full: boolean;
  readonly partial: boolean;
  /** When a rule will end it. */
  readonly untilMs?: number;
  /** When it is allowed again, if it is not now. */
  readonly possibleFromMs?: number;
  readonly warnings: readonly WarningName[];
}

/** A form can still be filled in, so these fields count as given. */
const FILLED_IN = {
  account: { holder: '-', account: '-', tel: '-' },
  reason: '-',
  passedOn: {},
} as const;

/** What the rules allow now: all that is left, and a part. */
export function refundableNow(payment: Payment, around: Circumstances): Refundable {
  if (!hasMoneyLeft(payment)) return { full: false, partial: false, warnings: [] };
  const cancelsBefore = cancelsOf(payment);
  const judged = [cancelableAmount(payment) < payment.amount, true].map((partial) => {
    const asked = { ...FILLED_IN, partial, cancelsBefore };
    const refusal = judgeRules(payment, asked, around);
    const isRefused = refusal?.code === 'REFUND_NOT_ALLOWED';
    const warnings = isRefused ? [] : warningsOf(payment, asked, { ...around, done: false });
    return { isRefused, possibleFromMs: isRefused ? refusal.possibleFromMs : undefined, warnings };
  });
  const [full, part] = judged;
  const isAllowed = judged.some(({ isRefused }) => !isRefused);
  const untilMs = isAllowed ? endOfAll(payment, around) : undefined;
  const possibleFromMs = isAllowed ? undefined : full?.possibleFromMs;
  return {
    full: full?.isRefused === false,
    partial: part?.isRefused === false,
    ...omitMissing({ untilMs, possibleFromMs }),
    warnings: [...new Set(judged.flatMap(({ warnings }) => warnings))],
  };
}

/** When time alone will first break a rule that refuses. */
function endOfAll(payment: Judged, { rulesOff }: Circumstances): number | undefined {
  const ends = RULES.refused
    .filter((rule) => concerns(rule, payment) && !rulesOff.has(rule.name))
    // With an account the refund is still possible afterwards, so this end does not count.
    .filter(({ when }) => !('account' in when))
    .flatMap(({ when }) => endOf(when, payment.paidAtMs) ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** The account fields that this payment needs now: others are not sent. */
export function accountToSend(
  payment: Judged,
  account: RefundAccount,
  nowMs: number,
): RefundAccount | undefined {
  const isNeeded = RULES.asked.some(
    (rule) => concerns(rule, payment) && asksForAccount(rule.when, payment, nowMs),
  );
  return isNeeded && hasAny(account) ? account : undefined;
}

function asksForAccount(when: When, payment: Judged, nowMs: number): boolean {
  if (when.kind === 'late_account_lacks') return isOver(OTHER_MONTH, payment, nowMs);
  return when.kind === 'account_lacks';
}

// --- One rule ---

const OTHER_MONTH = { kind: 'other_month' } as const;

interface Case {
  readonly payment: Judged;
  readonly asked: Asked;
}

function brokenOf<Name extends string>(
  rules: readonly Rule<Name>[],
  each: Case,
  { nowMs, rulesOff }: Circumstances,
): readonly Rule<Name>[] {
  return rules.filter(
    (rule) => !rulesOff.has(rule.name) && concerns(rule, each.payment) && isBroken(rule.when, each, nowMs),
  );
}

function concerns({ pgs, methods }: Pick<Rule, 'pgs' | 'methods'>, payment: Judged): boolean {
  return isNamed(pgs, payment.pgProvider) && isNamed(methods, payment.payMethod);
}

/** An unknown PG or method matches no listed name. */
function isNamed(names: Rule['pgs'], name: string | undefined): boolean {
  return typeof names === 'string'
    ? name !== undefined && names.split(' ').includes(name)
    : name === undefined || !names.not.split(' ').includes(name);
}

function isBroken(when: When, { payment, asked }: Case, nowMs: number): boolean {
  switch (when.kind) {
    case 'always':
      return true;
    case 'partial':
      return asked.partial;
    case 'test_channel_partial':
      return asked.partial && payment.isSandbox === true;
    case 'other_month': {
      const isNamedOrNot = when.account === undefined || (when.account === 'named') === hasAny(asked.account);
      return isNamedOrNot && isOver(when, payment, nowMs);
    }
    case 'months_after':
    case 'days_after':
      return isOver(when, payment, nowMs);
    case 'hours': {
      const hour = koreanHour(nowMs);
      return hour >= when.from || hour < when.to;
    }
    case 'cancels_before':
      return asked.cancelsBefore >= when.most;
    case 'promotion_continued':
      return asked.partial && payment.hasPromotion === true && asked.cancelsBefore > 0;
    case 'no_reason':
      return (asked.reason ?? '').trim() === '';
    case 'partial_without':
      return asked.partial && asked.passedOn[when.field] === undefined;
    case 'names':
      return asked.passedOn[when.field] !== undefined;
    case 'account_lacks':
      return missing(when.fields, asked.account).length > 0;
    case 'late_account_lacks': {
      const isLate = isOver(OTHER_MONTH, payment, nowMs);
      return isLate && hasAny(asked.account) && missing(when.fields, asked.account).length > 0;
    }
    case 'other_bank':
      return isOtherBank(payment, asked.account, nowMs);
    default:
      return assertNever(when);
  }
}

function isOver(when: When, { paidAtMs }: Judged, nowMs: number): boolean {
  const endMs = endOf(when, paidAtMs);
  return endMs !== undefined && nowMs >= endMs;
}

/** The first moment at which time alone breaks the rule. */
function endOf(when: When, paidAtMs: number | undefined): number | undefined {
  if (paidAtMs === undefined) return undefined;
  if (when.kind === 'other_month') return koreanMonthEnd(paidAtMs);
  if (when.kind === 'months_after') return koreanMonthsLater(paidAtMs, when.months);
  return when.kind === 'days_after' ? koreanDaysLater(paidAtMs, when.days) : undefined;
}

function hasAny(account: RefundAccount): boolean {
  return Object.keys(account).length > 0;
}

function missing(fields: readonly (keyof RefundAccount)[], account: RefundAccount): readonly string[] {
  return fields.filter((field) => account[field] === undefined).map((field) => ACCOUNT_FIELDS[field]);
}

function isOtherBank(payment: Judged, account: RefundAccount, nowMs: number): boolean {
  const banks = banksOf(payment.pgProvider);
  const bank = accountToSend(payment, account, nowMs)?.bank;
  return banks !== undefined && bank !== undefined && !Object.hasOwn(banks, bank);
}
