import type { CancelRequest } from './cancel-request.ts';
import type { DrawnFault, Fault, Met } from './faults.ts';
import { assertNever } from './json.ts';
import {
  type AfterBooking,
  type CancelOrder,
  type Ending,
  leftAtPg,
  leftOf,
  type LedgerPayment,
  type Minor,
  newCancellationId,
} from './payment.ts';
import { PG_TEXTS, pgText, type PgTextKey } from './texts.ts';

/** A cancel as i'mport received it. */
export interface Incoming {
  readonly requestId: string;
  readonly body: unknown;
  readonly drawn: DrawnFault;
}

export interface AllowedCancel {
  readonly payment: LedgerPayment;
  readonly amount: Minor;
  readonly request: CancelRequest;
  readonly incoming: Incoming;
}

/** How the PG executes a cancel. */
export interface PgBehaviour {
  /** i'mport's answer: `code` 0 at once, the PG's refusal at once, or the later result. */
  readonly answers: 'code_0' | 'when_it_ends' | { readonly refusal: string };
  /** When it is booked: 0 at once, null only on a trigger. */
  readonly afterMs: number | null;
  readonly ends?: Ending | undefined;
  /** The PG refunds at once, even if i'mport does not know it or lists the entry later. */
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
  const { pgProvider, payMethod, embPgProvider } = payment;
  const isMethod = (method: string): boolean => payMethod === method || embPgProvider === method;
  const accepts =
    ['paypal', 'paypal_v2', 'paymentwall'].includes(pgProvider) ||
    (['kicc', 'kicc_v2'].includes(pgProvider) && isMethod('wechat')) ||
    (pgProvider === 'smartro_v2' && payMethod === 'vbank');
  if (accepts) return 'accepts';
  const isUnionPay =
    isMethod('unionpay') || /은련|unionpay/i.test(JSON.stringify(payment.details['card_name'] ?? ''));
  return INICIS_FAMILY.includes(pgProvider) && isUnionPay ? 'says_under_way' : undefined;
}

/** The PG decides last, by its own balance, also when two requests have passed i'mport's checks together. */
export function pgRefusalOf({ payment, amount, incoming: { drawn } }: AllowedCancel): string | undefined {
  const scripted = drawn.meets('refused');
  if (scripted !== undefined) {
    return pgText(scripted.text ?? 'nice_2026');
  }
  const cancelledThere = drawn.meets('already_cancelled_at_pg');
  if (cancelledThere !== undefined) {
    return pgText(cancelledThere.text ?? 'nice_already_cancelled');
  }
  const text = pgBalanceRefusal(payment, amount);
  return text && PG_TEXTS[text].text;
}

/** A script takes precedence over the behaviour of the PG's family. */
export function pgBehaviourOf({ payment, request, incoming: { drawn } }: AllowedCancel): PgBehaviour {
  const isTold = request.enableWebhook;
  const executed = drawn.meets('executed_but_refused');
  if (executed !== undefined) {
    const refusal = pgText(executed.text ?? 'nice_already_cancelled');
    return { answers: { refusal }, afterMs: executed.delay_ms ?? null, isExecutedAtPg: true, isTold: true };
  }
  const underWay = drawn.meets('under_way');
  if (underWay !== undefined) {
    return { ...laterBy(underWay), answers: { refusal: pgText(underWay.text ?? 'cancel_under_way') } };
  }
  const twoStep = drawn.meets('two_step');
  if (twoStep !== undefined) {
    return { ...laterBy(twoStep), answers: 'when_it_ends', isTold };
  }
  const unlisted = drawn.meets('unlisted');
  if (unlisted?.counted === false) {
    return { answers: 'code_0', afterMs: unlisted.delay_ms ?? null, isExecutedAtPg: true, isTold };
  }
  const asynchronous = drawn.meets('asynchronous');
  const family = lateFamily(payment);
  if (asynchronous !== undefined || family === 'accepts') {
    return laterBy(asynchronous);
  }
  return family === 'says_under_way'
    ? { ...laterBy(undefined), answers: { refusal: PG_TEXTS.inicis_501940.text } }
    : { answers: 'code_0', afterMs: 0, isExecutedAtPg: true, isTold };
}

function laterBy(fault: Fault | undefined): PgBehaviour {
  const { delay_ms: delayMs = LATER_MS, on_trigger: onTrigger = false, ends } = fault ?? {};
  return {
    answers: 'code_0',
    afterMs: onTrigger ? null : delayMs,
    ends,
    isExecutedAtPg: false,
    isTold: true,
  };
}

export interface Part {
  /** The delay after which this part appears. */
  readonly delayMs: number;
  readonly order: CancelOrder;
}

/** One entry, or several if the PG splits; each with its later changes. */
export function partsOf({ amount, request, incoming }: AllowedCancel, reason: string): readonly Part[] {
  const { requestId, drawn } = incoming;
  const split = drawn.meets('split');
  const {
    shares = split === undefined ? [1] : [1, 1],
    delays_ms: delays = [0, 1000],
    tag = 'all',
  } = split ?? {};
  const amounts = sharesOf(amount, shares);
  const afterBooking = afterBookingOf(drawn);
  return amounts.map((part, place) => {
    const isTagged = { all: true, none: false, first: place === 0, last: place === amounts.length - 1 }[tag];
    const order = { cancellationId: newCancellationId(), amount: part, reason: isTagged ? reason : '' };
    const asked = { requestId, reason: request.reason };
    return { delayMs: delays[place] ?? delays.at(-1) ?? 0, order: { ...order, asked, afterBooking } };
  });
}

/** The last part gets the rest of the rounding; a part of 0 is left out. */
function sharesOf(amount: Minor, shares: readonly number[]): readonly Minor[] {
  const all = shares.reduce((sum, share) => sum + share, 0);
  const parts = shares.slice(0, -1).map((share) => Number((BigInt(amount) * BigInt(share)) / BigInt(all)));
  return [...parts, parts.reduce((left, part) => left - part, amount)].filter((part) => part > 0);
}

function afterBookingOf(drawn: DrawnFault): AfterBooking {
  const unlisted = drawn.meets('unlisted');
  const undone = drawn.meets('undone');
  return {
    ...(unlisted !== undefined && unlisted.counted !== false && { unlistedForMs: unlisted.delay_ms ?? null }),
    ...(undone !== undefined && {
      undone: {
        afterMs: undone.delay_ms ?? LATER_MS,
        forMs: undone.for_ms ?? null,
        isListed: undone.keep_entry === true,
      },
    }),
  };
}

/** The reason as the PG keeps it after all matching faults. */
export function keptReason(reason: string, habits: readonly Met<'reason_cut' | 'reason_replace'>[]): string {
  return habits.reduce(kept, reason);
}

const KEPT_BY_DEFAULT = 20;

function kept(reason: string, habit: Met<'reason_cut' | 'reason_replace'>): string {
  const { fault } = habit;
  switch (fault) {
    case 'reason_replace':
      return reason.replaceAll(habit.from ?? '[', () => habit.text ?? '&#91;');
    case 'reason_cut':
      return cut(reason, habit.max ?? KEPT_BY_DEFAULT, habit.unit);
    default:
      return assertNever(fault);
  }
}

/** Never cuts within a character. */
function cut(reason: string, max: number, unit: Met<'reason_cut'>['unit'] = 'characters'): string {
  let left = max;
  let result = '';
  for (const character of reason) {
    left -= widthOf(character, unit);
    if (left < 0) break;
    result += character;
  }
  return result;
}

function widthOf(character: string, unit: 'characters' | 'bytes' | 'euc_kr_bytes'): number {
  switch (unit) {
    case 'characters':
      return 1;
    case 'bytes':
      return Buffer.byteLength(character);
    case 'euc_kr_bytes':
      return Buffer.byteLength(character) === 1 ? 1 : 2;
    default:
      return assertNever(unit);
  }
}
