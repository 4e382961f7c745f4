import { assertNever } from '../refund/assert-never.ts';
import { decideCancel, type CancelDecision, type Claim, type Known } from '../refund/decide.ts';
import { DOUBTS } from '../refund/doubts.ts';
import { fingerprintOf, refundIdForKey, wishOf, type Identity } from '../refund/identity.ts';
import type { CancelRequest } from '../refund/intent.ts';
import { toDecimal } from '../refund/money.ts';
import { isInOtherCurrency } from '../refund/order.ts';
import type { Payment } from '../refund/payment.ts';
import { refused, type Refusal, type Refused } from '../refund/refusals.ts';
import type { LedgerItem, RequestedRefund } from '../refund/refund.ts';
import { mayRefund } from '../refund/settings.ts';
import {
  ANSWER_RESERVE_MS,
  READ_BACK_TIMEOUT_MS,
  RETRY_AFTER_BUSY_SECONDS,
  SAME_WISH_MS,
  STAFF_LOOKS_EVERY_MS,
  STAFF_WAIT_MS,
} from '../refund/times.ts';
import type { Settlement } from './answer.ts';
import { isDue, resolveRefund } from './doubt.ts';
import {
  choose,
  findPayment,
  importPayment,
  mismatch,
  readOrder,
  storeUnavailable,
  unavailable,
  type Owned,
} from './find.ts';
import { refundInFlight } from './in-flight.ts';
import type { Readiness, Surroundings } from './ports.ts';
import { claimAndSend } from './send.ts';
import { book } from './settle.ts';
import { StoreError } from './write.ts';

export type CancelResult = (Settlement & { readonly replayed: boolean }) | Refused;

/** A request that keeps losing races is valid but too early: after this many rounds the caller is told to retry. */
const MAX_ROUNDS = 6;
/** A transaction takes about ten milliseconds. */
const CONFLICT_PAUSE_MS = 50;

/** One request through all its rounds. */
interface Asking {
  readonly request: CancelRequest;
  readonly readiness: Promise<Readiness>;
  readonly deadlineMs: number;
  readonly world: Surroundings;
  /** The same in all rounds, so that a refund claimed in an earlier round is recognised. */
  readonly newId: string;
  /** Until then (epoch ms) staff wait for another refund of the payment. */
  readonly waitsUntilMs: number;
  claims: number;
  /** Done once for a request. */
  hasResolved: boolean;
  hasAskedProvider: boolean;
  /** The last claim conflicted with another transaction of the payment. */
  wasConflict: boolean;
}

type Step = CancelResult | ({ readonly kind: 'next' } & Owned);

/**
 * `POST /payments/cancel`: row 0 of the protocol, then the claim and one cancel. Throws `StoreError` only while nothing is
 * claimed; after the claim every failure is an answer.
 */
export async function cancelPayment(
  request: CancelRequest,
  deadlineMs: number,
  world: Surroundings,
): Promise<CancelResult> {
  // Before any look-up, so that a customer learns nothing here.
  if (!mayRefund(request.actor, world.settings)) return refused({ code: 'FORBIDDEN' });
  const asking: Asking = {
    request,
    // Secret and token are fetched while the item is read, so that a cold start waits only once.
    readiness: world.gateway.prepare(),
    deadlineMs,
    world,
    newId: `rf_${world.newId()}`,
    waitsUntilMs: Math.min(
      world.now() + STAFF_WAIT_MS,
      deadlineMs - READ_BACK_TIMEOUT_MS - ANSWER_RESERVE_MS,
    ),
    claims: 0,
    hasResolved: false,
    hasAskedProvider: false,
    wasConflict: false,
  };
  const found = await findPayment(request, world);
  if (found.kind === 'refused') return found;
  let owned: Owned = found;
  while (asking.claims < MAX_ROUNDS) {
    const step = await decideAndAct(owned, asking);
    if (step.kind !== 'next') return step;
    owned = step;
  }
  return refused(
    asking.wasConflict
      ? storeUnavailable
      : { code: 'REFUND_IN_PROGRESS', retryAfterSeconds: RETRY_AFTER_BUSY_SECONDS },
  );
}

async function decideAndAct(owned: Owned, asking: Asking): Promise<Step> {
  const { world, request } = asking;
  const { payment, actor } = owned;
  if (!mayRefund(actor, world.settings)) return refused({ code: 'FORBIDDEN' });
  const decision = await decide(owned, asking);
  switch (decision.kind) {
    case 'replay':
      return { kind: 'final', payment, refund: decision.refund, replayed: true };
    case 'requested':
      return whileRequested(owned, decision.refund, asking);
    case 'busy':
      return whileBusy(owned, decision.refusal, asking);
    case 'refuse': {
      const { refusal } = decision;
      if (asking.hasAskedProvider || !mayKnowBetter(request, refusal)) return refused(refusal);
      asking.hasAskedProvider = true;
      return (await askFirst(payment, refusal, world)) ?? again(owned, asking);
    }
    case 'claim':
      return isInOtherCurrency(owned.order, payment)
        ? mismatch(payment, DOUBTS.orderCurrency, world)
        : claim(owned, decision, asking);
    default:
      return assertNever(decision);
  }
}

async function claim(owned: Owned, decision: Claim, asking: Asking): Promise<Step> {
  const { world, readiness, deadlineMs, request } = asking;
  asking.claims += 1;
  const claiming = { ...owned, asker: request.actor, claim: decision, readiness, deadlineMs };
  const claimed = await claimAndSend(claiming, world);
  if (claimed.kind === 'refused') return claimed;
  if (claimed.kind !== 'decide_again') return { ...claimed, replayed: false };
  asking.wasConflict = claimed.isConflict === true;
  if (asking.wasConflict) await world.until(world.now() + CONFLICT_PAUSE_MS);
  return again(owned, asking);
}

type Decided = Exclude<CancelDecision, { kind: 'read' }>;

/** Row 0: reads what the decision still needs; HEAD was read before. */
async function decide(owned: Owned, asking: Asking): Promise<Decided> {
  const { payment, actor } = owned;
  const { world, request } = asking;
  const identity = await identify(payment, asking);
  const hasKey = identity.fingerprint !== undefined;
  const key = { ...payment, refundId: identity.refundId };
  // After a claim it may be there: not sent, or of a claim of this request that arrived late.
  const refund = asking.claims > 0 ? await world.ledger.refund(key) : hasKey ? 'unread' : undefined;
  let known: Known = { payment, refund, equal: hasKey ? undefined : 'unread' };
  const { rulesOff } = world.settings;
  for (;;) {
    const decision = decideCancel(known, { request, identity, actor, nowMs: world.now(), rulesOff });
    if (decision.kind !== 'read') {
      reportDecision(decision, payment, identity.refundId, world);
      return decision;
    }
    known =
      decision.what === 'refund'
        ? { ...known, refund: await world.ledger.refund(key) }
        : { ...known, equal: await equalRefund(payment, identity.wish, world) };
  }
}

async function identify(payment: Payment, { request, newId, world }: Asking): Promise<Identity> {
  const { idempotencyKey, actor, account } = request;
  const hash = account.account === undefined ? undefined : await world.gateway.hashAccount(account.account);
  const wish = wishOf(request, hash);
  if (idempotencyKey === undefined) return { refundId: newId, wish };
  const refundId = refundIdForKey(payment.impUid, actor.sub, idempotencyKey);
  return { refundId, wish, fingerprint: fingerprintOf(idempotencyKey, request) };
}

/** Row 0b: the newest equal refund of the last minute that may have moved money, whatever was asked in between. */
async function equalRefund(
  payment: Payment,
  wish: string,
  world: Surroundings,
): Promise<LedgerItem | undefined> {
  const sinceMs = world.now() - SAME_WISH_MS;
  const recent = await world.ledger.refundsInOrder(payment, { limit: MOST_RECENT, sinceMs });
  return recent.findLast(
    (item) =>
      'wish' in item && item.wish === wish && (item.status === 'requested' || item.status === 'cancelled'),
  );
}

/** One-at-a-time refunds of a payment cannot be more than this in a minute. */
const MOST_RECENT = 500;

/** Reads the tables and the caller's right again: both may have changed. */
async function again(owned: Owned, { request, world }: Asking): Promise<Step> {
  const { order, payment } = owned;
  const now = await readOrder({ merchantUid: order.merchantUid, impUid: payment.impUid }, world);
  const chosen = await choose(now, { actor: request.actor, impUid: payment.impUid }, world);
  return chosen.kind === 'found' ? { ...chosen, kind: 'next' } : chosen;
}

/** This very refund is in flight or in doubt: row 7 when it is due, then 202. */
async function whileRequested(owned: Owned, refund: RequestedRefund, asking: Asking): Promise<Step> {
  const { world, deadlineMs } = asking;
  const { payment } = owned;
  const unknown = { kind: 'unknown', payment, refund, replayed: true } as const;
  if (asking.hasResolved || !isDue(refund, world.now())) return unknown;
  asking.hasResolved = true;
  try {
    await resolveRefund({ payment, refund, deadlineMs }, world);
    return await again(owned, asking);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // It may have been executed: never a 5xx.
    return unknown;
  }
}

/** Another refund of the payment is in flight: row 7 for it first. Staff wait for it for a moment. */
async function whileBusy(owned: Owned, refusal: Refusal, asking: Asking): Promise<Step> {
  const { world, deadlineMs, waitsUntilMs } = asking;
  if (!asking.hasResolved) {
    const { payment, refund } = await refundInFlight(owned.payment, world);
    if (refund !== undefined && isDue(refund, world.now())) {
      asking.hasResolved = true;
      await resolveRefund({ payment, refund, deadlineMs }, world);
      return again(owned, asking);
    }
  }
  const waits = owned.actor.kind === 'staff' && refusal.code === 'REFUND_IN_PROGRESS';
  if (!waits || world.now() + STAFF_LOOKS_EVERY_MS > waitsUntilMs) return refused(refusal);
  await world.until(world.now() + STAFF_LOOKS_EVERY_MS);
  return again(owned, asking);
}

/**
 * The provider is asked once before a refusal that it may contradict: an unpaid payment, or a caller's balance below ours. L is
 * never more than R.
 */
function mayKnowBetter(request: CancelRequest, refusal: Refusal): boolean {
  if (refusal.code === 'PAYMENT_NOT_PAID') return true;
  return (
    refusal.code === 'CHECKSUM_MISMATCH' &&
    request.checksum !== undefined &&
    request.checksum < toDecimal(refusal.cancelable, refusal.currency)
  );
}

/** The provider's word is then in the ledger and decides. Undefined: decide again. */
async function askFirst(
  payment: Payment,
  refusal: Refusal,
  world: Surroundings,
): Promise<CancelResult | undefined> {
  const beganAtMs = world.now();
  const look = await world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  if (look.kind === 'missing') return refused(refusal);
  if (look.kind === 'failed') {
    return payment.isPaid ? refused(refusal) : unavailable(payment, look, world);
  }
  const provider = look.payment;
  const untilMs = beganAtMs + READ_BACK_TIMEOUT_MS * 2;
  if (payment.isPaid) await book({ payment, provider, beganAtMs, untilMs }, world);
  else await importPayment(provider, world);
  return undefined;
}

/** One log line per decision, and one more for a refusal that the shop should see. */
function reportDecision(decision: Decided, payment: Payment, refundId: string, world: Surroundings): void {
  const { merchantUid, impUid, currency } = payment;
  const code = 'refusal' in decision ? { code: decision.refusal.code } : {};
  const amount = decision.kind === 'claim' ? { amount: decision.refund.amount, currency } : {};
  const about = { merchantUid, impUid, refundId };
  world.report({ event: 'decided', decision: decision.kind, ...about, ...code, ...amount });
  if (decision.kind === 'refuse' && decision.refusal.code === 'TOO_MANY_REFUNDS') {
    world.report({ event: 'too_many_refunds', ...about });
  }
}
