import { assertNever } from './assert-never.ts';
import { exponentOf } from './currencies.ts';
import type { Identity } from './identity.ts';
import { mapPassedOn, type CancelRequest, type PassedOn, type RefundAccount } from './intent.ts';
import { fromDecimal, isMinor, ZERO, type Minor, type NotMoney } from './money.ts';
import { omitMissing } from './omit-missing.ts';
import { cancelableAmount, type Actor, type RateLimit, type LastWish, type Payment } from './payment.ts';
import { accountToSend, cancelsOf, judgeRules } from './pg/judge.ts';
import { withoutAccount } from './redact.ts';
import type { FieldFault, Refusal, Text } from './refusals.ts';
import { isElsewhere, isFinal, type FinalRefund, type LedgerItem, type RequestedRefund } from './refund.ts';
import { LOOK_AGAIN_AFTER_MS, RETRY_AFTER_BUSY_SECONDS, SAME_WISH_MS } from './times.ts';

/** The data read so far. `'unread'` fields are read only when the decision needs them. */
export interface Known {
  readonly payment: Payment;
  /** REFUND[k]. */
  readonly refund: LedgerItem | undefined | 'unread';
  /** A refund of the last 60 s with the same wish (row 0b). */
  readonly equal: LedgerItem | undefined | 'unread';
}

/** The other inputs of the decision. `actor`: the role for this payment. */
export interface Asked {
  readonly request: CancelRequest;
  readonly identity: Identity;
  readonly actor: Actor;
  readonly nowMs: number;
  /** Names of PG rules that the shop turned off. */
  readonly rulesOff: ReadonlySet<string>;
}

export interface Claim {
  readonly kind: 'claim';
  readonly refund: RequestedRefund;
  readonly lastWish: LastWish;
  /** Sent once, never stored. */
  readonly account: RefundAccount | undefined;
  readonly rateLimit?: RateLimit;
}

export type CancelDecision =
  /** Read this first, then decide again. */
  | { readonly kind: 'read'; readonly what: 'refund' | 'equal' }
  | { readonly kind: 'replay'; readonly refund: FinalRefund }
  /** This very refund is in flight or in doubt. */
  | { readonly kind: 'requested'; readonly refund: RequestedRefund }
  /** Another refund of the payment is. `refusal`: the answer when it stays so. */
  | { readonly kind: 'busy'; readonly refusal: Refusal }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | Claim;

/** Row 0 of the protocol: first what is known of this refund, then a refund in flight, then what is left, and last the amount. */
export function decideCancel(known: Known, asked: Asked): CancelDecision {
  const { payment, refund } = known;
  const { fingerprint } = asked.identity;
  if (refund !== 'unread' && refund !== undefined) {
    // Without a key neither has one.
    const isSame = !isElsewhere(refund) && (refund.fingerprint === fingerprint || refund.isRestored === true);
    if (!isSame) return refuse({ code: 'IDEMPOTENCY_KEY_REUSED', refund, payment });
    if (isFinal(refund)) return { kind: 'replay', refund };
    if (refund.status === 'requested') return { kind: 'requested', refund };
  }
  const decision = payment.inFlight === undefined ? judge(known, asked) : whileBusy(known, asked);
  // Before any refusal: the key's refund may have its answer already.
  const mustRead = refund === 'unread' && fingerprint !== undefined;
  return mustRead && (decision.kind === 'refuse' || decision.kind === 'busy')
    ? { kind: 'read', what: 'refund' }
    : decision;
}

function whileBusy(known: Known, asked: Asked): CancelDecision {
  const repeated = pressedTwice(known, asked);
  if (repeated === 'unread') return { kind: 'read', what: 'equal' };
  const busy: Refusal = { code: 'REFUND_IN_PROGRESS', retryAfterSeconds: RETRY_AFTER_BUSY_SECONDS };
  return { kind: 'busy', refusal: repeated ?? busy };
}

/** Row 0b: a second equal request without a key within 60 s is a duplicate. */
function pressedTwice({ payment, equal }: Known, { identity, nowMs }: Asked): Refusal | 'unread' | undefined {
  const { lastWish } = payment;
  if (identity.fingerprint !== undefined || lastWish === undefined) return undefined;
  if (nowMs - lastWish.atMs >= SAME_WISH_MS) return undefined;
  if (equal === 'unread') return 'unread';
  const isAlive = equal?.status === 'requested' || equal?.status === 'cancelled';
  return isAlive ? { code: 'POSSIBLE_DUPLICATE', refund: equal, payment } : undefined;
}

function refuse(refusal: Refusal): CancelDecision {
  return { kind: 'refuse', refusal };
}

function judge(known: Known, asked: Asked): CancelDecision {
  const { payment } = known;
  const { request } = asked;
  if (!payment.isPaid) return refuse({ code: 'PAYMENT_NOT_PAID' });
  const { currency } = payment;
  const cancelable = cancelableAmount(payment);
  if (cancelable <= 0) {
    return refuse({ code: 'ALREADY_FULLY_REFUNDED', nothingPaid: payment.amount === ZERO });
  }
  const repeated = pressedTwice(known, asked);
  if (repeated === 'unread') return { kind: 'read', what: 'equal' };
  if (repeated !== undefined) return refuse(repeated);
  const amounts = readAmounts(request, currency, cancelable);
  if ('errors' in amounts) return refuse({ code: 'INVALID_REQUEST', errors: amounts.errors });
  if (amounts.amount > cancelable) return refuse({ code: 'AMOUNT_EXCEEDS_CANCELABLE', cancelable, currency });
  if (amounts.checksum !== undefined && amounts.checksum !== cancelable) {
    return refuse({ code: 'CHECKSUM_MISMATCH', cancelable, currency });
  }
  const { account, reason } = request;
  const { amount, passedOn } = amounts;
  const common = { partial: amount < payment.amount, account, passedOn, cancelsBefore: cancelsOf(payment) };
  const wanted = { ...common, ...omitMissing({ reason }) };
  const broken = judgeRules(payment, wanted, asked);
  return broken === undefined ? claim(known, asked, amounts) : refuse(broken);
}

/** The amounts of a request, in minor units of the payment's currency. */
interface Amounts {
  readonly amount: Minor;
  readonly checksum?: Minor;
  readonly passedOn: PassedOn<Minor>;
}

/** The amounts of a request, or every rule that they break. No amount means all that is left. Nothing is rounded. */
function readAmounts(
  request: CancelRequest,
  currency: string,
  cancelable: Minor,
): Amounts | { readonly errors: readonly FieldFault[] } {
  const errors: FieldFault[] = [];
  const read = (field: string, value: number | undefined): Minor | undefined => {
    const amount = value === undefined ? undefined : fromDecimal(value, currency);
    if (amount === undefined || isMinor(amount)) return amount;
    errors.push({ pointer: `/${field}`, message: notMoney(amount, currency) });
    return undefined;
  };
  const amount = read('cancel_request_amount', request.amount) ?? cancelable;
  const checksum = read('checksum', request.checksum);
  const passedOn = mapPassedOn(request.passedOn, (value: number, wire) => read(wire, value) ?? ZERO);
  const parts = (passedOn.taxFree ?? 0) + (passedOn.vatAmount ?? 0);
  if (errors.length === 0 && parts > amount) {
    errors.push({ pointer: passedOn.taxFree === undefined ? '/vat_amount' : '/tax_free', message: TOO_MUCH });
  }
  return errors.length > 0 ? { errors } : { amount, passedOn, ...omitMissing({ checksum }) };
}

const TOO_MUCH: Text = {
  en: 'tax_free and vat_amount together must not exceed the amount that is cancelled',
  ko: 'tax_free와 vat_amount의 합은 취소할 금액을 넘을 수 없습니다.',
};

function notMoney(why: NotMoney, currency: string): Text {
  switch (why) {
    case 'not_finite':
      return { en: 'must be finite', ko: '유한한 숫자여야 합니다.' };
    case 'negative':
      return { en: 'must not be negative', ko: '음수일 수 없습니다.' };
    case 'too_many_decimals': {
      const decimals = exponentOf(currency) ?? 0;
      return {
        en: `must have at most ${decimals} decimals, as ${currency} has`,
        ko: `${currency} 금액은 소수점 이하 ${decimals}자리까지만 쓸 수 있습니다.`,
      };
    }
    case 'too_large':
      return { en: 'is too large for an amount', ko: '금액으로 쓰기에 너무 큽니다.' };
    case 'unknown_currency':
      return { en: 'is in a currency outside ISO 4217', ko: 'ISO 4217에 없는 통화입니다.' };
    default:
      return assertNever(why);
  }
}

function claim(known: Known, asked: Asked, amounts: Amounts): CancelDecision {
  const { payment } = known;
  const { actor, identity, nowMs } = asked;
  const taken = actor.kind === 'customer' ? takeToken(payment.rateLimit, nowMs) : undefined;
  if (typeof taken === 'number') return refuse({ code: 'TOO_MANY_REFUNDS', retryAfterSeconds: taken });
  const account = accountToSend(payment, asked.request.account, nowMs);
  return {
    kind: 'claim',
    refund: requested(known, asked, { ...amounts, account }),
    lastWish: { refundId: identity.refundId, wish: identity.wish, atMs: nowMs },
    account,
    ...omitMissing({ rateLimit: taken }),
  };
}

function requested(
  { payment, refund }: Known,
  { request, identity, actor, nowMs }: Asked,
  { amount, passedOn, account }: Amounts & { readonly account: RefundAccount | undefined },
): RequestedRefund {
  const { merchantUid, impUid, currency } = payment;
  const { refundId, fingerprint, wish } = identity;
  // Even when the account is not sent: an account number typed into the reason is never stored.
  const reason = request.reason === undefined ? undefined : withoutAccount(request.reason, request.account);
  const destination = account && omitMissing({ bank: account.bank });
  const before = refund !== 'unread' && refund?.status === 'not_sent' ? refund.gen : 0;
  return {
    status: 'requested',
    merchantUid,
    impUid,
    refundId,
    currency,
    gen: before + 1,
    amount,
    checksum: cancelableAmount(payment),
    cancelledBefore: payment.cancelAmount,
    wish,
    passedOn,
    ...omitMissing({ fingerprint, reason, reference: request.reference, destination }),
    actor,
    requestedAtMs: nowMs,
    claimedAtMs: nowMs,
    resolveAtMs: nowMs + LOOK_AGAIN_AFTER_MS,
  };
}

/**
 * Customers' refunds of one payment: ten at once, then one every six seconds, so that staff can get in between. Only what is
 * claimed counts: a refused or repeated request costs nothing.
 */
const CAPACITY = 10;
const REFILL_EVERY_MS = 6_000;

/**
 * Takes one token, or returns the seconds until there is one. The tokens are stored in the payment's item and written with the
 * claim, so they need no extra write.
 */
export function takeToken(rateLimit: RateLimit | undefined, nowMs: number): RateLimit | number {
  const sinceMs = rateLimit === undefined ? 0 : Math.max(0, nowMs - rateLimit.atMs);
  const tokens = Math.min(CAPACITY, (rateLimit?.tokens ?? CAPACITY) + sinceMs / REFILL_EVERY_MS);
  if (tokens < 1) return Math.max(1, Math.ceil(((1 - tokens) * REFILL_EVERY_MS) / 1000));
  // Rounded, because a table keeps decimals exactly, also floating-point dust.
  return { tokens: Math.floor((tokens - 1) * 1000) / 1000, atMs: nowMs };
}
