import { entryKey } from '../identity.ts';
import type { RefundAccount } from '../intent.ts';
import { omitMissing } from '../omit-missing.ts';
import { cancelableAmount, hasMoneyLeft, type Payment, type PaymentFacts } from '../payment.ts';
import { banksOf, meantBy, type Banks } from './banks.ts';
import {
  accountFieldsOf,
  concerns,
  missing,
  RULES,
  type Asked,
  type Case,
  type RuledPayment,
  type Rule,
  type RuleName,
  type WarningName,
} from './rules.ts';

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
export function judgeRules(
  payment: RuledPayment,
  asked: Asked,
  around: Circumstances,
): RuleRefusal | undefined {
  const each = { payment, asked, ...around };
  const [broken] = brokenOf(RULES.refused, each);
  if (broken !== undefined) {
    const possibleFromMs = broken.when.againMs?.(around.nowMs);
    return { code: 'REFUND_NOT_ALLOWED', rule: broken.name, ...omitMissing({ possibleFromMs }) };
  }
  const lacking = brokenOf(RULES.asked, each);
  const [first] = lacking;
  if (first === undefined) return undefined;
  const { name: rule } = first;
  const fields = lacking.flatMap(({ when }) => missing(when.fields ?? [], asked.account));
  if (fields.length > 0) return { code: 'REFUND_ACCOUNT_REQUIRED', rule, fields };
  const banks = banksOf(payment.pgProvider) ?? {};
  return { code: 'INVALID_REFUND_BANK', rule, banks, meant: meantBy(asked.account.bank ?? '', banks) };
}

/** The warnings for a refund. `done`: it was executed, so the PG can no longer refuse it. */
export function warningsOf(
  payment: RuledPayment,
  asked: Asked,
  around: Circumstances & { readonly done: boolean },
): readonly WarningName[] {
  const rules = around.done ? RULES.takeCare : [...RULES.mayFail, ...RULES.takeCare];
  return brokenOf(rules, { payment, asked, ...around }).map(({ name }) => name);
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
function endOfAll(payment: RuledPayment, { rulesOff }: Circumstances): number | undefined {
  const { paidAtMs } = payment;
  if (paidAtMs === undefined) return undefined;
  const ends = RULES.refused
    .filter((rule) => concerns(rule, payment) && !rulesOff.has(rule.name))
    .flatMap(({ when }) => when.endMs?.(paidAtMs) ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** An account that the payment does not need is not sent. */
export function accountToSend(
  payment: RuledPayment,
  account: RefundAccount,
  nowMs: number,
): RefundAccount | undefined {
  const isNamed = Object.keys(account).length > 0;
  return isNamed && accountFieldsOf(payment, nowMs).length > 0 ? account : undefined;
}

function brokenOf<Name extends string>(
  rules: readonly Rule<Name>[],
  each: Case & Circumstances,
): readonly Rule<Name>[] {
  const { payment, rulesOff } = each;
  return rules.filter(
    (rule) => !rulesOff.has(rule.name) && concerns(rule, payment) && rule.when.isBroken(each),
  );
}
