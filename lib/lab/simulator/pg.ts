import type { AllowedCancel } from './cancel.ts';
import type { DrawnFault, FaultNamed } from './fault-queue.ts';
import type { Fault } from './faults.ts';
import { type HeldPayment, leftAtPg, toMinor } from './payment.ts';
import type { PgTextKey, TextKey } from './texts.ts';

/**
 * The first published rule of the PGs behind i'mport that refuses this cancel (PG-FACTS 4), written independently of the
 * service's table because the simulator tests the service.
 *
 * @param hasKcpPhoneContract the shop has KCP's contracts for phone payments: partial cancels, and refunds of an earlier
 *   month to a bank account (익월환불)
 */
export function brokenRule(
  { payment, request, amount }: AllowedCancel,
  nowMs: number,
  hasKcpPhoneContract: boolean,
): TextKey | PgTextKey | undefined {
  const { pay_method: method, pg_provider: pg, cancel_history: history, paid_at: paidAt } = payment.shown;
  const isPhone = method === 'phone';
  const isLate = isPhone && koreanMonth(nowMs) > koreanMonth(paidAt * 1000);
  const hasContract = pg === 'kcp' && hasKcpPhoneContract;
  // One cancel of the whole payment is a full cancel; the rest after partial cancels is partial, too.
  const isPartial = amount !== toMinor(payment.shown.amount, payment.shown.currency);
  // A virtual account cannot receive money, and two PGs need an account for a bank transfer, too.
  const needsAccount = method === 'vbank' || (method === 'trans' && /^(smartro_v2|welcome)$/.test(pg));
  const { refund_holder: holder, refund_bank: bank = '', refund_account: account, refund_tel: tel } = request;
  const hasAccount = [holder, request.refund_bank, account].every((field) => field !== undefined);
  const hasBank = banksOf(pg)?.includes(bank) ?? true;
  const rules: readonly (readonly [isBroken: boolean, text: TextKey | PgTextKey])[] = [
    // A phone payment can be cancelled only in the month of its bill (developers.portone.io, cancel/v1/basic).
    [isLate && !(hasContract && hasAccount && hasBank), 'phone_other_month'],
    [isPhone && isPartial && !hasContract && pg !== 'html5_inicis', 'phone_partial'],
    // V1 OpenAPI, x-portone-per-pg.
    [pg === 'ksnet' && !isPhone && history.length > 8, 'ksnet_partial_limit'],
    [needsAccount && !hasAccount, 'refund_account_missing'],
    [needsAccount && /^(smartro|smartro_v2|welcome)$/.test(pg) && tel === undefined, 'refund_tel_missing'],
    [needsAccount && !hasBank, 'refund_bank_unknown'],
  ];
  return rules.find(([isBroken]) => isBroken)?.[1];
}

/** `2026-01`: months are assumed to be those of Korea. */
function koreanMonth(timeMs: number): string {
  return new Date(timeMs + 9 * 3_600_000).toISOString().slice(0, 7);
}

/**
 * Codes of `refund_bank`. The same bank has four different codes, depending on the PG; source: developers.portone.io,
 * "은행 코드" (opi/ko/support/code-info/pg-1). Two-digit codes of KG이니시스: KCP writes them as `BK04`, most others as `004`.
 */
const INICIS_BANKS = '04 23 39 34 03 11 31 32 02 45 07 88 48 81 20 71 37 12 90 89 27 92'.split(' ');
const BANKS: readonly (readonly [pg: RegExp, codes: readonly string[]])[] = [
  [/^kcp(_billing|_quick)?$/, INICIS_BANKS.map((code) => `BK${code}`)],
  [/^(html5_inicis|inicis|inicis_unified)$/, INICIS_BANKS],
  [
    /^(tosspayments|uplus|danal|danal_tpay|nice|kicc|smartro|smartro_v2|settle|settle_acc)$/,
    INICIS_BANKS.map((code) => `0${code}`),
  ],
  [/^nice_v2$/, '004 023 034 003 011 031 032 088 081 020 071 089'.split(' ')],
  [/^welcome$/, '004 034 039 003 031 032 007 088 081 020 037 089'.split(' ')],
  // Kiwoom Pay (키움페이) has its own bank codes: 05 is KEB (외환).
  [/^daou$/, '04 11 03 08 15 10 12 09 31 05'.split(' ')],
];

/** `undefined` for a PG without a published table, which accepts any code. */
function banksOf(pg: string): readonly string[] | undefined {
  return BANKS.find(([name]) => name.test(pg))?.[1];
}

/** The PG's refusal after i'mport's checks: a key of PG_TEXTS or its words. The PG decides last, by its own balance. */
export function pgRefusalOf({ payment, amount }: AllowedCancel, drawn: DrawnFault): string | undefined {
  const scripted = drawn.atPg('refused');
  if (scripted !== undefined) return scripted.text ?? 'nice_2026';
  const cancelledThere = drawn.atPg('already_cancelled_at_pg');
  if (cancelledThere !== undefined) return cancelledThere.text ?? 'nice_already_cancelled';
  const left = leftAtPg(payment);
  if (left <= 0) return 'nice_already_cancelled';
  return amount > left ? 'kakaopay_cancelable_amount' : undefined;
}

/** How the PG executes a cancel. */
interface PgBehaviour {
  /** i'mport's answer: `code` 0 at once, the PG's refusal at once, or the later result. */
  readonly answers: 'code_0' | 'when_it_ends' | { readonly refusal: string };
  /** When it is booked: 0 at once, null only on a trigger. */
  readonly afterMs: number | null;
  /** The PG refunds at once, even if i'mport does not know it. */
  readonly isExecutedAtPg: boolean;
  /** Whether a late booking sends a webhook. */
  readonly isTold: boolean;
}

/** Asynchronous PGs report the result after a minute. */
const LATER_MS = 60_000;

/** A script takes precedence over the behaviour of the PG's family. */
export function pgBehaviourOf({ payment, request }: AllowedCancel, drawn: DrawnFault): PgBehaviour {
  const isTold = request.enable_webhook;
  const executed = drawn.atPg('executed_but_refused');
  if (executed !== undefined) {
    const refusal = executed.text ?? 'nice_already_cancelled';
    return { answers: { refusal }, afterMs: executed.delay_ms ?? null, isExecutedAtPg: true, isTold: true };
  }
  const underWay = drawn.atPg('under_way');
  if (underWay !== undefined) {
    return { ...laterBy(underWay), answers: { refusal: underWay.text ?? 'cancel_under_way' } };
  }
  const twoStep = drawn.atPg('two_step');
  if (twoStep !== undefined) {
    return { ...laterBy(twoStep), answers: 'when_it_ends', isTold };
  }
  const asynchronous = drawn.atPg('asynchronous');
  const family = lateFamily(payment);
  if (asynchronous !== undefined || family === 'accepts') {
    return laterBy(asynchronous);
  }
  return family === 'says_under_way'
    ? { ...laterBy(undefined), answers: { refusal: 'inicis_501940' } }
    : { answers: 'code_0', afterMs: 0, isExecutedAtPg: true, isTold };
}

function laterBy(fault: Fault | undefined): PgBehaviour {
  const { delay_ms: delayMs = LATER_MS, on_trigger: onTrigger = false } = fault ?? {};
  return { answers: 'code_0', afterMs: onTrigger ? null : delayMs, isExecutedAtPg: false, isTold: true };
}

/**
 * PGs that accept a cancel and report its result later (PG-FACTS 5): `code` 0 with an unchanged payment, or, for UnionPay
 * at KG Inicis, a text that says "in progress". A PG's second module belongs to its family.
 */
function lateFamily({ shown }: HeldPayment): 'accepts' | 'says_under_way' | undefined {
  const { pg_provider: pg, pay_method: payMethod } = shown;
  const isMethod = (method: string): boolean => payMethod === method || shown['emb_pg_provider'] === method;
  const accepts =
    ['paypal', 'paypal_v2', 'paymentwall'].includes(pg) ||
    (['kicc', 'kicc_v2'].includes(pg) && isMethod('wechat')) ||
    (pg === 'smartro_v2' && payMethod === 'vbank');
  if (accepts) return 'accepts';
  const isUnionPay = isMethod('unionpay') || /은련|unionpay/i.test(JSON.stringify(shown['card_name'] ?? ''));
  return /^(html5_inicis|inicis|inicis_unified)$/.test(pg) && isUnionPay ? 'says_under_way' : undefined;
}

const KEPT_BY_DEFAULT = 20;

/** The reason as the PG keeps it after all matching faults. */
export function keptReason(
  reason: string,
  faults: readonly FaultNamed<'reason_cut' | 'reason_replace'>[],
): string {
  return faults.reduce(
    (kept, { fault, from = '[', text = '&#91;', max = KEPT_BY_DEFAULT, unit }) =>
      fault === 'reason_replace' ? kept.replaceAll(from, () => text) : cut(kept, max, unit === 'bytes'),
    reason,
  );
}

/** Never cuts within a character. */
function cut(reason: string, max: number, isInBytes: boolean): string {
  let [left, kept] = [max, ''];
  for (const character of reason) {
    left -= isInBytes ? Buffer.byteLength(character) : 1;
    if (left < 0) break;
    kept += character;
  }
  return kept;
}
