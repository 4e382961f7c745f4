import { attributions } from '../refund/attribution.ts';
import { DOUBTS } from '../refund/doubts.ts';
import {
  amountsOf,
  claimOf,
  correctedRefund,
  elsewhereCancel,
  grown,
  paymentAfter,
  withPaymentAfter,
  withProvidersWord,
} from '../refund/ending.ts';
import { differentPayment, isAllHeld } from '../refund/evidence.ts';
import { historyDigest } from '../refund/identity.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { Payment, PaymentKey, ProviderPayment } from '../refund/payment.ts';
import {
  isAlreadyCancelledAtPg,
  isFinal,
  type ElsewhereCancel,
  type FinalRefund,
  type LedgerItem,
  type Refund,
} from '../refund/refund.ts';
import { LAST_MOMENT_MS } from '../refund/times.ts';
import type { OnBroken, Surroundings } from './ports.ts';
import { keyOf, StoreError, transact } from './write.ts';

export function subject({ merchantUid, impUid, refundId, amount, currency }: Refund | ElsewhereCancel) {
  return { merchantUid, impUid, refundId, amount, currency };
}

/** Reports each item that cannot be read as a defect. */
export function reportBroken(
  during: string,
  payment: PaymentKey,
  { report }: Pick<Surroundings, 'report'>,
): OnBroken {
  return (refundId, error) => report({ event: 'failed', during, error, ...keyOf(payment), refundId });
}

/** A refund that evidence ends, and the claim (gen) of that evidence. */
export interface Finishing {
  readonly payment: Payment;
  readonly refund: FinalRefund;
  /** The payment in the evidence, read at `beganAtMs`; absent when people decide and the provider is unreadable. */
  readonly provider?: ProviderPayment;
  readonly beganAtMs: number;
  /** Digest of a history whose entries are all held by refunds from now on. */
  readonly digest?: string | undefined;
  readonly deadlineMs: number;
}

export interface Settled {
  readonly payment: Payment;
  readonly refund: FinalRefund;
}

/**
 * Rows 4, 5, 7d and 10, and row 8 for the same evidence. Returns the refund as it is in the table afterwards: ours, or the one
 * that was first. Undefined: the table is unreachable, or negative evidence is outdated. Proof that a refund was executed is
 * never discarded.
 */
export async function finish(finishing: Finishing, world: Surroundings): Promise<Settled | undefined> {
  const untilMs = finishing.deadlineMs - LAST_MOMENT_MS;
  const ended = await endRefund(finishing, untilMs, world);
  if (ended === undefined) return undefined;
  const { item } = ended;
  const { provider } = finishing;
  const payment =
    provider === undefined
      ? ended.payment
      : await book({ ...finishing, provider, payment: ended.payment, untilMs }, world);
  if (isFinal(item) && (item.status === 'cancelled' || !isProof(finishing.refund)))
    return { payment, refund: item };
  // Our tag was seen on a refund that was told otherwise: row 8' has just corrected it.
  const now = await readAgain(payment, item.refundId, world);
  return now?.item.status === 'cancelled' ? { payment: now.payment, refund: now.item } : undefined;
}

function isProof(refund: FinalRefund): boolean {
  return refund.status === 'cancelled' && refund.attribution === 'tag';
}

interface Now {
  readonly payment: Payment;
  readonly item: LedgerItem;
}

async function endRefund(
  finishing: Finishing,
  untilMs: number,
  world: Surroundings,
): Promise<Now | undefined> {
  const { provider, digest } = finishing;
  let { payment, refund } = finishing;
  // Twice, because L may have been raised above R meanwhile; a third time when the refund was claimed again.
  for (let round = 0; round < 3; round += 1) {
    const keepsBalance = provider === undefined || provider.cancelAmount < payment.cancelAmount;
    const told = withPaymentAfter(refund, payment, provider);
    const evidence = omitMissing({ provider, digest });
    const write = { kind: 'finish', payment, refund: told, keepsBalance, ...evidence } as const;
    const transacted = await transact(write, untilMs, world);
    if (transacted.kind === 'applied') {
      reportFinal(told, world);
      return { payment: paymentAfter(payment, told, provider, digest), item: told };
    }
    if (transacted.kind !== 'refused') return undefined;
    const now = await readAgain(payment, refund.refundId, world);
    if (now === undefined || isFinal(now.item)) return now;
    const { item } = now;
    if (item.status !== 'requested') return isProof(refund) ? now : undefined;
    payment = now.payment;
    if (item.gen !== refund.gen) {
      if (!isProof(refund)) return undefined;
      refund = { ...refund, ...claimOf(item) };
    }
  }
  return undefined;
}

/** HEAD, then REFUND (row 0). Undefined: neither can be read now. */
async function readAgain(payment: Payment, refundId: string, world: Surroundings): Promise<Now | undefined> {
  try {
    const head = await world.ledger.payment(payment);
    const item = await world.ledger.refund({ ...payment, refundId });
    return head === undefined || item === undefined ? undefined : { payment: head, item };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    world.report({ event: 'store_failed', during: 'read', cause: error.message, ...keyOf(payment) });
    return undefined;
  }
}

function reportFinal(refund: FinalRefund, world: Surroundings): void {
  const about = subject(refund);
  switch (refund.status) {
    case 'cancelled': {
      const { decidedBy, attribution } = refund;
      world.report({ event: 'cancelled', decidedBy, attribution, ...about });
      return;
    }
    case 'rejected': {
      const { code, answer } = refund;
      const providerCode = answer?.refusal?.code;
      world.report({ event: 'rejected', code, ...omitMissing({ providerCode }), ...about });
      return;
    }
    case 'not_executed':
      world.report({
        event: 'not_executed',
        isAlreadyCancelledAtPg: isAlreadyCancelledAtPg(refund),
        ...about,
      });
  }
}

/** The input of a booking. `payment` was read before the provider was asked, at `beganAtMs`. */
export interface Booking {
  readonly payment: Payment;
  readonly provider: ProviderPayment;
  readonly beganAtMs: number;
  readonly untilMs: number;
}

/**
 * Row 8, for every look: books the balance, foreign cancels, and refunds told as not executed whose tag is in the history (row
 * 8'). An answer about another payment and a smaller balance are never stored.
 */
export async function book(booking: Booking, world: Surroundings): Promise<Payment> {
  try {
    return await bookNow(booking, world);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // The next look repeats it; the purpose of this look does not depend on it.
    world.report({ event: 'store_failed', during: 'book', cause: error.message, ...keyOf(booking.payment) });
    return booking.payment;
  }
}

async function bookNow(booking: Booking, world: Surroundings): Promise<Payment> {
  const { payment, provider, untilMs } = booking;
  if (differentPayment(payment, provider) !== undefined) return payment;
  const digest = historyDigest(provider.cancelHistory);
  const isHeld = isAllHeld(payment, provider.cancelHistory);
  const attributed = isHeld ? { payment, isComplete: true } : await attribute(booking, world);
  if (!provider.sumTold) return attributed.payment;
  const { payment: current } = attributed;
  if (provider.cancelAmount < current.cancelAmount)
    return noteShrunk({ ...booking, payment: current }, world);
  const isNews = provider.cancelAmount > current.cancelAmount;
  const isHeldNow = attributed.isComplete && !isHeld;
  if (!isNews && !isHeldNow && current.shrunk === undefined && current.status === provider.status)
    return current;
  const held = attributed.isComplete ? { digest } : {};
  const write = { kind: 'book', payment: current, provider, isNews, ...held } as const;
  const transacted = await transact(write, untilMs, world);
  if (transacted.kind !== 'applied') return current;
  const { cancelAmount: amount, currency } = provider;
  if (isNews) world.report({ event: 'booked', amount, currency, ...keyOf(payment) });
  const { shrunk: _over, heldDigest: _old, ...after } = withProvidersWord(current, provider);
  return { ...after, ...omitMissing({ heldDigest: attributed.isComplete ? digest : undefined }) };
}

/** R < L: a stale reading, or a cancel was undone at the PG (P1, row 11). The first such look is kept. */
async function noteShrunk(
  { payment, provider, beganAtMs, untilMs }: Booking,
  world: Surroundings,
): Promise<Payment> {
  if (payment.shrunk !== undefined) {
    world.report({ event: 'drift', why: DOUBTS.shrunk, ...keyOf(payment) });
    return payment;
  }
  const shrunk = { atMs: beganAtMs, cancelAmount: provider.cancelAmount };
  const transacted = await transact({ kind: 'shrunk', payment, shrunk }, untilMs, world);
  return transacted.kind === 'applied' ? { ...payment, shrunk } : payment;
}

/** Attributes each entry. `isComplete`: every entry is now held by a refund or a foreign cancel. */
async function attribute(
  booking: Booking,
  world: Surroundings,
): Promise<{ readonly payment: Payment; readonly isComplete: boolean }> {
  const { provider, untilMs } = booking;
  let { payment } = booking;
  const tell = reportBroken('book', payment, world);
  let isWhole = true;
  const onBroken: OnBroken = (...broken) => {
    isWhole = false;
    tell(...broken);
  };
  const items = provider.cancelHistory.length === 0 ? [] : await world.ledger.allRefunds(payment, onBroken);
  const plan = attributions(provider, items);
  let isComplete = plan.isComplete && isWhole;
  for (const { was, entries } of plan.corrections) {
    const refund = correctedRefund(was, entries, { ...booking, payment, nowMs: world.now() });
    const transacted = await transact({ kind: 'correct', payment, was, refund }, untilMs, world);
    if (transacted.kind === 'applied') world.report({ event: 'corrected', ...subject(refund) });
    else isComplete = false;
    const asked = was.status === 'cancelled' ? undefined : was.amount;
    payment = { ...payment, ...omitMissing({ askedAmount: grown(payment, asked) }) };
  }
  for (const turned of plan.turnedOver) {
    const item = { ...turned, paymentAfter: amountsOf(withProvidersWord(payment, provider)) };
    const transacted = await transact({ kind: 'attribute', payment, item }, untilMs, world);
    if (transacted.kind !== 'applied') isComplete = false;
    else if (item.status === 'elsewhere') world.report({ event: 'cancelled_elsewhere', ...subject(item) });
  }
  // An item that cannot be read may hold them (PROTOCOL, "A broken item").
  for (const entry of isWhole ? plan.elsewhere : []) {
    const item = elsewhereCancel(entry, { ...booking, payment, nowMs: world.now() });
    const transacted = await transact({ kind: 'elsewhere', payment, item }, untilMs, world);
    if (transacted.kind === 'applied') {
      world.report({ event: 'cancelled_elsewhere', ...subject(item) });
      payment = { ...payment, ...omitMissing({ askedAmount: grown(payment, item.amount) }) };
    } else if (transacted.kind !== 'refused') isComplete = false;
  }
  return { payment, isComplete };
}
