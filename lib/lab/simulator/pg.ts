import type { CancelRequest } from './cancel-request.ts';
import type { DrawnFault, FaultNamed } from './fault-queue.ts';
import type { Fault } from './faults.ts';
import { leftAtPg, leftOf, type LedgerPayment, type Minor } from './payment.ts';
import { PG_TEXTS, pgText, type PgTextKey } from './texts.ts';

/** A cancel that has passed i'mport's own checks. */
export interface AllowedCancel {
  readonly payment: LedgerPayment;
  readonly amount: Minor;
  readonly request: CancelRequest;
  readonly drawn: DrawnFault;
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

const KCP_FAMILY = ['kcp', 'kcp_billing', 'kcp_quick'];
const INICIS_FAMILY = ['html5_inicis', 'inicis', 'inicis_unified'];

/**
 * PGs whose cancel contains the balance before or after it (KCP `rem_mny`, KG Inicis `confirmPrice`, PAYCO
 * `totalCancelPossibleAmt`, Eximbay `balance`): if i'mport does not know a cancel, the next one has a wrong balance.
 */
const CHECK_BALANCE = [...KCP_FAMILY, ...INICIS_FAMILY, 'payco', 'eximbay'];

/** Refusals by the PG's own balance, after i'mport's checks. */
function pgBalanceRefusal(payment: LedgerPayment, amount: Minor): PgTextKey | undefined {
  const left = leftAtPg(payment);
  if (left <= 0) {
    return 'nice_already_cancelled';
  }
  if (amount > left) {
    return 'kakaopay_cancelable_amount';
  }
  const differs = CHECK_BALANCE.includes(payment.pgProvider) && left !== leftOf(payment);
  return differs ? 'balance_differs' : undefined;
}

/**
 * PGs that accept a cancel and report its result later (PG-FACTS 5): `code` 0 with an unchanged payment, or, for UnionPay
 * at KG Inicis, a text that says "in progress". A PG's second module belongs to its family.
 */
function lateFamily(payment: LedgerPayment): 'accepts' | 'says_under_way' | undefined {
  const { pgProvider, payMethod, details } = payment;
  const isMethod = (method: string): boolean => payMethod === method || details['emb_pg_provider'] === method;
  const accepts =
    ['paypal', 'paypal_v2', 'paymentwall'].includes(pgProvider) ||
    (['kicc', 'kicc_v2'].includes(pgProvider) && isMethod('wechat')) ||
    (pgProvider === 'smartro_v2' && payMethod === 'vbank');
  if (accepts) return 'accepts';
  const isUnionPay =
    isMethod('unionpay') || /은련|unionpay/i.test(JSON.stringify(details['card_name'] ?? ''));
  return INICIS_FAMILY.includes(pgProvider) && isUnionPay ? 'says_under_way' : undefined;
}

/** The PG decides last, by its own balance. */
export function pgRefusalOf({ payment, amount, drawn }: AllowedCancel): string | undefined {
  const scripted = drawn.atPg('refused');
  if (scripted !== undefined) {
    return pgText(scripted.text ?? 'nice_2026');
  }
  const cancelledThere = drawn.atPg('already_cancelled_at_pg');
  if (cancelledThere !== undefined) {
    return pgText(cancelledThere.text ?? 'nice_already_cancelled');
  }
  const text = pgBalanceRefusal(payment, amount);
  return text && PG_TEXTS[text].text;
}

/** A script takes precedence over the behaviour of the PG's family. */
export function pgBehaviourOf({ payment, request, drawn }: AllowedCancel): PgBehaviour {
  const isTold = request.enableWebhook;
  const executed = drawn.atPg('executed_but_refused');
  if (executed !== undefined) {
    const refusal = pgText(executed.text ?? 'nice_already_cancelled');
    return { answers: { refusal }, afterMs: executed.delay_ms ?? null, isExecutedAtPg: true, isTold: true };
  }
  const underWay = drawn.atPg('under_way');
  if (underWay !== undefined) {
    return { ...laterBy(underWay), answers: { refusal: pgText(underWay.text ?? 'cancel_under_way') } };
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
    ? { ...laterBy(undefined), answers: { refusal: PG_TEXTS.inicis_501940.text } }
    : { answers: 'code_0', afterMs: 0, isExecutedAtPg: true, isTold };
}

function laterBy(fault: Fault | undefined): PgBehaviour {
  const { delay_ms: delayMs = LATER_MS, on_trigger: onTrigger = false } = fault ?? {};
  return { answers: 'code_0', afterMs: onTrigger ? null : delayMs, isExecutedAtPg: false, isTold: true };
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
