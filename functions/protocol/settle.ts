import {
  differentPayment,
  distinctEntries,
  mayBeOurs,
  raised,
  sumOf,
  taggedEntries,
  type Done,
} from '../refund/evidence.ts';
import { elsewhereId, entryKey, historyDigest, idsIn } from '../refund/identity.ts';
import { plus, type Minor } from '../refund/money.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { cancelableAmount, type CancelEntry, type Payment, type ProviderPayment } from '../refund/payment.ts';
import { DOUBTS } from '../refund/doubts.ts';
import {
  isElsewhere,
  isFinal,
  type CancelledRefund,
  type Closing,
  type DecidedBy,
  type ElsewhereCancel,
  type FinalRefund,
  type LedgerItem,
  type NotExecutedRefund,
  type ProviderRefusal,
  type Refund,
  type RejectedRefund,
  type RequestedRefund,
} from '../refund/refund.ts';
import type { Surroundings } from './ports.ts';
import { transact } from './transact.ts';
import { StoreError } from './write.ts';

export function subject({ merchantUid, impUid, refundId, amount, currency }: Refund | ElsewhereCancel) {
  return { merchantUid, impUid, refundId, amount, currency };
}

/** What an ended refund keeps of the claim, field by field: nothing else can slip in. */
function claimed(refund: Refund) {
  const { merchantUid, impUid, refundId, currency, gen, amount, checksum, cancelledBefore } = refund;
  const { wish, passedOn, actor, requestedAtMs, claimedAtMs } = refund;
  const { fingerprint, reason, reference, destination } = refund;
  return {
    ...{ merchantUid, impUid, refundId, currency, gen, amount, checksum, cancelledBefore },
    ...{ wish, passedOn, actor, requestedAtMs, claimedAtMs },
    ...omitMissing({ fingerprint, reason, reference, destination }),
  };
}

export interface Ending {
  readonly decidedBy: DecidedBy;
  readonly nowMs: number;
  readonly closing?: Closing;
}

function ended(refund: RequestedRefund, { decidedBy, nowMs, closing }: Ending) {
  const { answer } = refund;
  const { revision } = { revision: 0 };
  return {
    ...claimed(refund),
    finishedAtMs: nowMs,
    decidedBy,
    revision,
    ...omitMissing({ answer, closing }),
  };
}

/** `executed`: what two people say was executed, where no entry tells. */
export function cancelledRefund(
  refund: RequestedRefund,
  { by, entries }: Pick<Done, 'by' | 'entries'>,
  ending: Ending & { readonly executed?: Minor },
): CancelledRefund {
  const executed = ending.executed ?? sumOf(entries);
  return {
    ...ended(refund, ending),
    status: 'cancelled',
    attribution: by,
    corrected: false,
    ...whatWasDone(refund, entries, executed),
  };
}

function whatWasDone(refund: Refund, entries: readonly CancelEntry[], executed: Minor) {
  const cancelledAtMs = entries.findLast((entry) => entry.cancelledAtMs !== undefined)?.cancelledAtMs;
  const differs = executed !== refund.amount;
  return { entries, ...omitMissing({ cancelledAtMs, executedAmount: differs ? executed : undefined }) };
}

export function rejectedRefund(
  refund: RequestedRefund,
  code: RejectedRefund['code'],
  ending: Ending & { readonly refusal?: ProviderRefusal },
): RejectedRefund {
  const { refusal } = ending;
  return { ...ended(refund, ending), status: 'rejected', code, ...omitMissing({ refusal }) };
}

export function notExecutedRefund(
  refund: RequestedRefund,
  ending: Ending & { readonly refusal?: ProviderRefusal },
): NotExecutedRefund {
  const refusal = ending.refusal ?? refund.answer?.refusal;
  const isAlreadyCancelledAtPg = refund.answer?.meaning === 'already_cancelled';
  const status = 'not_executed';
  return { ...ended(refund, ending), status, isAlreadyCancelledAtPg, ...omitMissing({ refusal }) };
}

/** A refund that evidence ends, and the claim (gen) that the evidence is about. */
export interface Finishing {
  readonly payment: Payment;
  readonly refund: FinalRefund;
  /** The payment as the evidence shows it; absent where people decide and the provider cannot be read. */
  readonly provider?: ProviderPayment;
  /** Of a history that refunds hold from now on. */
  readonly digest?: string | undefined;
  readonly untilMs: number;
}

export interface Settled {
  readonly payment: Payment;
  readonly refund: FinalRefund;
}

/**
 * Rows 4, 5, 7d and 10. Tells the refund as the table has it then: ours, or the one that was there first. Undefined: the
 * table cannot be reached, or negative evidence has grown old. Proof of "done" is never thrown away.
 */
export async function finish(finishing: Finishing, world: Surroundings): Promise<Settled | undefined> {
  const { provider, untilMs } = finishing;
  let { payment, refund } = finishing;
  // Twice, since L may have been raised above R meanwhile; once more where the refund was claimed anew.
  for (let round = 0; round < 3; round += 1) {
    const keepsBalance = provider === undefined || provider.cancelAmount < payment.cancelAmount;
    const told = withPaymentAfter(refund, payment, provider);
    const transacted = await transact(
      {
        kind: 'finish',
        payment,
        refund: told,
        keepsBalance,
        ...omitMissing({ provider, digest: finishing.digest }),
      },
      untilMs,
      world,
    );
    if (transacted.kind === 'applied') {
      reportFinal(told, world);
      return { payment: paymentAfter(payment, told, provider, finishing.digest), refund: told };
    }
    if (transacted.kind !== 'refused') return undefined;
    const now = await readAgain(payment, refund.refundId, world);
    if (now === undefined) return undefined;
    const { item } = now;
    payment = now.payment;
    const isProof = refund.status === 'cancelled' && refund.attribution === 'tag';
    if (isFinal(item) && (item.status === 'cancelled' || !isProof)) return { payment, refund: item };
    if (item.status !== 'requested') {
      return isProof && !isElsewhere(item) ? prove(payment, item, finishing, world) : undefined;
    }
    if (item.gen !== refund.gen) {
      if (!isProof) return undefined;
      refund = { ...refund, ...claimed(item) };
    }
  }
  return undefined;
}

/** Our tag was seen, and the refund has been told otherwise meanwhile: row 8'. */
async function prove(
  payment: Payment,
  was: Refund,
  { refund, provider, untilMs }: Finishing,
  world: Surroundings,
): Promise<Settled | undefined> {
  if (provider === undefined || refund.status !== 'cancelled') return undefined;
  const correct = correctedRefund(was, refund.entries, { payment, provider, nowMs: world.now() });
  const transacted = await transact({ kind: 'correct', payment, was, refund: correct }, untilMs, world);
  if (transacted.kind !== 'applied') return undefined;
  world.report({ event: 'corrected', ...subject(correct) });
  return { payment, refund: correct };
}

/** HEAD, then REFUND (row 0). Undefined: neither can be read now. */
async function readAgain(
  payment: Payment,
  refundId: string,
  world: Surroundings,
): Promise<{ readonly payment: Payment; readonly item: LedgerItem } | undefined> {
  try {
    const head = await world.ledger.payment(payment);
    const item = await world.ledger.refund({ ...payment, refundId });
    return head === undefined || item === undefined ? undefined : { payment: head, item };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { merchantUid, impUid } = payment;
    world.report({ event: 'store_failed', during: 'read', cause: error.message, merchantUid, impUid });
    return undefined;
  }
}

/** The provider's word in our payment; L is never lowered. */
function withProvidersWord(payment: Payment, provider: ProviderPayment): Payment {
  const { sumTold: _told, customerId: _payer, ...facts } = provider;
  const isOlder = provider.cancelAmount < payment.cancelAmount;
  return isOlder ? payment : { ...payment, ...facts, cancelAmount: raised(payment, provider) };
}

function paymentAfter(
  payment: Payment,
  refund: FinalRefund,
  provider: ProviderPayment | undefined,
  digest: string | undefined,
): Payment {
  const {
    inFlight: _ended,
    heldDigest: _old,
    ...head
  } = provider === undefined ? payment : withProvidersWord(payment, provider);
  const asked = grown(payment, refund.status === 'cancelled' ? refund.amount : undefined);
  return { ...head, ...omitMissing({ heldDigest: digest, askedAmount: asked }) };
}

/** S of the protocol, on a promotion. */
function grown({ askedAmount, hasPromotion }: Payment, by: Minor | undefined): Minor | undefined {
  return askedAmount === undefined || !hasPromotion || by === undefined ? askedAmount : plus(askedAmount, by);
}

/** Events tell what the payment has left after the refund. */
function withPaymentAfter<R extends FinalRefund>(
  refund: R,
  payment: Payment,
  provider: ProviderPayment | undefined,
): R {
  const after = paymentAfter(payment, refund, provider, undefined);
  const amounts = { cancelAmount: after.cancelAmount, cancelableAmount: cancelableAmount(after) };
  return { ...refund, paymentAfter: amounts };
}

export function reportFinal(refund: FinalRefund, world: Surroundings): void {
  const about = subject(refund);
  switch (refund.status) {
    case 'cancelled': {
      const { decidedBy, attribution } = refund;
      world.report({ event: 'cancelled', decidedBy, attribution, ...about });
      return;
    }
    case 'rejected': {
      const { code, refusal } = refund;
      world.report({ event: 'rejected', code, ...omitMissing({ providerCode: refusal?.code }), ...about });
      return;
    }
    case 'not_executed':
      world.report({
        event: 'not_executed',
        isAlreadyCancelledAtPg: refund.isAlreadyCancelledAtPg,
        ...about,
      });
  }
}

/** What a booking is about. `payment` was read before the provider was asked, at `beganAtMs`. */
export interface Booking {
  readonly payment: Payment;
  readonly provider: ProviderPayment;
  readonly beganAtMs: number;
  readonly untilMs: number;
}

/**
 * Row 8, for every look: the balance, cancels that others made, and refunds told as not done whose tag stands in the
 * history (row 8'). Another payment's word, and a balance that has shrunk, is never taken over.
 */
export async function book(booking: Booking, world: Surroundings): Promise<Payment> {
  const { payment, provider, untilMs } = booking;
  if (differentPayment(payment, provider) !== undefined) return payment;
  const digest = historyDigest(provider.cancelHistory);
  const isHeld = payment.heldDigest === digest;
  const attributed = isHeld ? { payment, isComplete: true } : await attribute(booking, world);
  if (!provider.sumTold) return attributed.payment;
  const { payment: current } = attributed;
  if (provider.cancelAmount < current.cancelAmount)
    return tellShrunk({ ...booking, payment: current }, world);
  const isNews = provider.cancelAmount > current.cancelAmount;
  const isHeldNow = attributed.isComplete && !isHeld;
  if (!isNews && !isHeldNow && current.shrunk === undefined && current.status === provider.status)
    return current;
  const held = attributed.isComplete ? { digest } : {};
  const write = { kind: 'book', payment: current, provider, isNews, ...held } as const;
  const transacted = await transact(write, untilMs, world);
  if (transacted.kind !== 'applied') return current;
  const { merchantUid, impUid, currency } = payment;
  if (isNews) world.report({ event: 'booked', merchantUid, impUid, amount: provider.cancelAmount, currency });
  const { shrunk: _over, heldDigest: _old, ...after } = withProvidersWord(current, provider);
  return { ...after, ...omitMissing({ heldDigest: attributed.isComplete ? digest : undefined }) };
}

/** R < L: an older reading, or a cancel was undone at the PG (P1, row 11). The first such look is kept. */
async function tellShrunk(
  { payment, provider, beganAtMs, untilMs }: Booking,
  world: Surroundings,
): Promise<Payment> {
  const { merchantUid, impUid } = payment;
  if (payment.shrunk !== undefined) {
    world.report({ event: 'drift', why: DOUBTS.shrunk, merchantUid, impUid });
    return payment;
  }
  const shrunk = { atMs: beganAtMs, cancelAmount: provider.cancelAmount };
  const transacted = await transact({ kind: 'shrunk', payment, shrunk }, untilMs, world);
  return transacted.kind === 'applied' ? { ...payment, shrunk } : payment;
}

/** Says of each entry whose it is. `isComplete`: every entry is held by a refund or a foreign cancel now. */
async function attribute(
  booking: Booking,
  world: Surroundings,
): Promise<{ readonly payment: Payment; readonly isComplete: boolean }> {
  const { provider, untilMs } = booking;
  let { payment } = booking;
  const items = provider.cancelHistory.length === 0 ? [] : await world.ledger.allRefunds(payment);
  const plan = attributions(payment, provider, items);
  let { isComplete } = plan;
  for (const { was, entries } of plan.corrections) {
    const refund = correctedRefund(was, entries, { ...booking, payment, nowMs: world.now() });
    const transacted = await transact({ kind: 'correct', payment, was, refund }, untilMs, world);
    if (transacted.kind === 'applied') world.report({ event: 'corrected', ...subject(refund) });
    else isComplete = false;
    const asked = was.status === 'cancelled' ? undefined : was.amount;
    payment = { ...payment, ...omitMissing({ askedAmount: grown(payment, asked) }) };
  }
  for (const item of plan.turnedOver) {
    const transacted = await transact({ kind: 'attribute', item }, untilMs, world);
    if (transacted.kind !== 'applied') isComplete = false;
  }
  for (const entry of plan.elsewhere) {
    const item = elsewhereCancel(entry, { ...booking, payment, nowMs: world.now() });
    const transacted = await transact({ kind: 'elsewhere', payment, item }, untilMs, world);
    if (transacted.kind === 'applied') {
      world.report({ event: 'cancelled_elsewhere', ...subject(item) });
      payment = { ...payment, ...omitMissing({ askedAmount: grown(payment, item.amount) }) };
    } else if (transacted.kind !== 'refused') isComplete = false;
  }
  return { payment, isComplete };
}

export interface Attributions {
  readonly corrections: readonly { readonly was: Refund; readonly entries: readonly CancelEntry[] }[];
  /** Foreign cancels whose entry turned out to be a refund of ours. */
  readonly turnedOver: readonly ElsewhereCancel[];
  readonly elsewhere: readonly CancelEntry[];
  readonly isComplete: boolean;
}

/** Rows 8 and 8' as a decision: who holds each entry of a history, given everything that the ledger has of the payment. */
export function attributions(
  { inFlight }: Payment,
  provider: ProviderPayment,
  items: readonly LedgerItem[],
): Attributions {
  const refunds = new Map<string, Refund>();
  for (const item of items) if (!isElsewhere(item)) refunds.set(item.refundId.toLowerCase(), item);
  const foreign = new Map(items.filter(isElsewhere).map((item) => [entryKey(item.entry), item]));
  const open = inFlight === undefined ? undefined : refunds.get(inFlight.toLowerCase());
  const pending = open?.status === 'requested' ? open : undefined;
  const corrections = new Map<string, { was: Refund; entries: readonly CancelEntry[] }>();
  const turnedOver: ElsewhereCancel[] = [];
  const elsewhere: CancelEntry[] = [];
  let isComplete = true;
  const holders = new Map<string, CancelledRefund>();
  for (const refund of refunds.values()) {
    if (refund.status !== 'cancelled' || isDisproved(refund, provider)) continue;
    for (const entry of refund.entries) holders.set(entryKey(entry), refund);
  }
  for (const entry of distinctEntries(provider)) {
    const key = entryKey(entry);
    const owner = idsIn(entry.reason)
      .map((id) => refunds.get(id))
      .find((refund) => refund !== undefined);
    const stranger = foreign.get(key);
    if (owner !== undefined) {
      if (stranger?.status === 'elsewhere')
        turnedOver.push({
          ...stranger,
          status: 'attributed',
          attributedTo: owner.refundId,
          revision: stranger.revision + 1,
        });
      if (owner.status === 'requested') isComplete = false;
      else if (holders.get(key) !== owner) {
        corrections.set(owner.refundId, { was: owner, entries: taggedEntries(provider, owner.refundId) });
      }
    } else if (holders.has(key)) {
      const holder = holders.get(key);
      if (stranger?.status === 'elsewhere' && holder !== undefined) {
        turnedOver.push({
          ...stranger,
          status: 'attributed',
          attributedTo: holder.refundId,
          revision: stranger.revision + 1,
        });
      }
    } else if (stranger === undefined) {
      const held = new Set([...holders.keys(), ...foreign.keys()]);
      if (pending !== undefined && mayBeOurs(entry, pending, held)) isComplete = false;
      else elsewhere.push(entry);
    }
  }
  return { corrections: [...corrections.values()], turnedOver, elsewhere, isComplete };
}

/** Cancelled by other evidence than its tag, and its tag now stands on other entries (row 8'). */
function isDisproved(refund: CancelledRefund, provider: ProviderPayment): boolean {
  if (refund.attribution === 'tag') return false;
  const tagged = taggedEntries(provider, refund.refundId);
  return (
    tagged.length > 0 &&
    tagged.some((entry) => !refund.entries.some((each) => entryKey(each) === entryKey(entry)))
  );
}

interface Seen {
  readonly payment: Payment;
  readonly provider: ProviderPayment;
  readonly nowMs: number;
}

function correctedRefund(
  was: Refund,
  entries: readonly CancelEntry[],
  { payment, provider, nowMs }: Seen,
): CancelledRefund {
  const answer = 'answer' in was ? was.answer : undefined;
  const closing = 'closing' in was ? was.closing : undefined;
  const refund: CancelledRefund = {
    ...claimed(was),
    ...omitMissing({ answer, closing }),
    status: 'cancelled',
    attribution: 'tag',
    decidedBy: 'look',
    corrected: true,
    finishedAtMs: nowMs,
    revision: 'revision' in was ? was.revision + 1 : 1,
    ...whatWasDone(was, entries, sumOf(entries)),
  };
  const now = withProvidersWord(payment, provider);
  const amounts = { cancelAmount: now.cancelAmount, cancelableAmount: cancelableAmount(now) };
  return { ...refund, paymentAfter: amounts };
}

function elsewhereCancel(entry: CancelEntry, { payment, provider, nowMs }: Seen): ElsewhereCancel {
  const { merchantUid, impUid, currency } = payment;
  const now = withProvidersWord(payment, provider);
  return {
    status: 'elsewhere',
    merchantUid,
    impUid,
    refundId: elsewhereId(impUid, entry),
    currency,
    amount: entry.amount,
    entry,
    seenAtMs: nowMs,
    revision: 0,
    paymentAfter: { cancelAmount: now.cancelAmount, cancelableAmount: cancelableAmount(now) },
    ...omitMissing({ cancelledAtMs: entry.cancelledAtMs }),
  };
}
