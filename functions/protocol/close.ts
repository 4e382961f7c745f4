import { assertNever } from '../refund/assert-never.ts';
import { agreesWith, factsFor, judgeClosing, type Closable, type Verdict } from '../refund/closing.ts';
import type { Done } from '../refund/evidence.ts';
import { rightOn, type Order } from '../refund/order.ts';
import type {
  Actor,
  FinalRefund,
  Payment,
  PendingRefund,
  Proposal,
  ProviderPayment,
} from '../refund/payment.ts';
import { cancelledRecord } from '../refund/record.ts';
import type { Refusal } from '../refund/refusals.ts';
import { attemptWrite } from './attempt-write.ts';
import { tellAnomalies } from './attempt.ts';
import { bookFromProvider, correctFromProvider } from './booking.ts';
import { lookForClosing } from './closing-look.ts';
import { readOrder } from './find.ts';
import { finish, type Finishing } from './finish.ts';
import { tellUnreadable } from './import.ts';
import type { Surroundings } from './ports.ts';
import { subject } from './reservation.ts';
import { StoreError } from './store-error.ts';
import { attemptOf } from './write.ts';

export interface CloseRequest {
  /** At least one of both; `impUid` wins, as everywhere. */
  readonly merchantUid?: string;
  readonly impUid?: string;
  readonly refundId: string;
  readonly actor: Actor;
  readonly verdict: Proposal['verdict'];
  /** The entry of the provider's history that is this refund; with `executed` only. */
  readonly cancellationId?: string;
  readonly evidence: string;
}

export type CloseResult =
  | { readonly kind: 'proposed'; readonly payment: Payment; readonly refund: PendingRefund }
  | { readonly kind: 'closed'; readonly payment: Payment; readonly refund: FinalRefund }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * Row 10: two people end what no program can decide. What stands in the provider's history at that moment comes first, and
 * what the service can still decide by itself is left to it.
 */
export async function closeRefund(
  request: CloseRequest,
  deadlineMs: number,
  world: Surroundings,
): Promise<CloseResult> {
  const order = await readOrder(request, world);
  tellUnreadable(order, world);
  const payment = holderOf(order, request);
  const right = payment && rightOn(order, payment, request.actor);
  if (payment === undefined || right === undefined) return refused({ code: 'PAYMENT_NOT_FOUND' });
  // On an order of their own staff act as its customer, and nobody decides about their own money.
  if (right.kind !== 'staff') return refused({ code: 'FORBIDDEN' });
  const { pending } = payment;
  if (pending?.refundId !== request.refundId) return answerAsItIs(payment, request);
  return closePending({ payment, pending, request }, deadlineMs, world);
}

function holderOf({ payments }: Order, { refundId, impUid }: CloseRequest): Payment | undefined {
  return payments
    .filter((payment) => impUid === undefined || payment.impUid === impUid)
    .find(({ pending, refunds }) => pending?.refundId === refundId || refunds.has(refundId));
}

function refused(refusal: Refusal): CloseResult {
  return { kind: 'refused', refusal };
}

/** Final already: closed, when it is what this verdict wants, whoever decided it. Otherwise nobody is asked any more. */
function answerAsItIs(payment: Payment, request: CloseRequest): CloseResult {
  const refund = payment.refunds.get(request.refundId);
  return refund !== undefined && agreesWith(refund, request)
    ? { kind: 'closed', payment, refund }
    : refused({ code: 'STILL_RESOLVABLE' });
}

interface Case {
  /** As it was before the provider was read. */
  readonly payment: Payment;
  readonly pending: PendingRefund;
  readonly request: CloseRequest;
}

async function closePending(theCase: Case, deadlineMs: number, world: Surroundings): Promise<CloseResult> {
  const { request } = theCase;
  const beganAtMs = world.now();
  const look = await lookForClosing(theCase, deadlineMs, world);
  if (look.kind === 'refused') return look;
  const { provider } = look;
  const said: Verdict = { ...request, sub: request.actor.sub };
  const closingLook = { ...theCase, provider, beganAtMs, settings: world.settings };
  const judged = judgeClosing(closingLook, said, world.now());
  return act({ ...theCase, provider }, judged, world);
}

type Seen = Case & { readonly provider: ProviderPayment | undefined };

async function act(seen: Seen, judged: Closable, world: Surroundings): Promise<CloseResult> {
  switch (judged.kind) {
    case 'settle':
      return settleByTag(seen, judged, world);
    case 'still_resolvable':
      return refused({ code: 'STILL_RESOLVABLE' });
    case 'invalid':
      return refused({ code: 'INVALID_REQUEST', errors: [judged.fault] });
    case 'propose':
      return propose(seen, judged, world);
    case 'close':
      return close(seen, judged.refund, world);
    default:
      return assertNever(judged);
  }
}

/** Row 4, whatever the verdict says: the service has decided it itself. */
async function settleByTag(
  seen: Seen,
  { done, provider }: { readonly done: Done; readonly provider: ProviderPayment },
  world: Surroundings,
): Promise<CloseResult> {
  const { payment, pending } = seen;
  tellAnomalies(seen, done, world);
  const refund = cancelledRecord(pending, done, { decidedBy: 'read_back', nowMs: world.now() });
  return settle(seen, { payment, refund, provider, guard: { seq: pending.seq } }, world);
}

/** Bound to the claim and the attempt that were shown to the two: what has been sent since is not what they judged. */
async function close(seen: Seen, refund: FinalRefund, world: Surroundings): Promise<CloseResult> {
  const { payment, pending } = seen;
  const guard = attemptOf(pending);
  const provider = factsFor(payment, seen.provider);
  const result = await settle(seen, { payment, refund, provider, guard }, world);
  if (result.kind === 'closed' && result.refund.closing?.approvedBy === seen.request.actor.sub) {
    world.report({ event: 'closed', verdict: seen.request.verdict, ...subject(seen) });
  }
  return result;
}

async function settle(seen: Seen, finishing: Finishing, world: Surroundings): Promise<CloseResult> {
  const settled = await finish(finishing, world);
  if (settled === undefined) return answerAsItIsNow(seen, world);
  const payment = await correctFromProvider(settled.payment, finishing.provider, world);
  return answerAsItIs(payment, seen.request);
}

async function propose(
  seen: Seen,
  { proposal, isNew }: { readonly proposal: Proposal; readonly isNew: boolean },
  world: Surroundings,
): Promise<CloseResult> {
  const { payment, pending, provider } = seen;
  const proposed = { ...pending, proposal };
  if (isNew) {
    const attempted = await attemptWrite({ kind: 'note', payment, pending: proposed }, world);
    if (attempted.kind !== 'applied') return answerAsItIsNow({ ...seen, proposal }, world);
    world.report({ event: 'closing_proposed', verdict: proposal.verdict, ...subject(seen) });
  }
  // Row 8 holds for this read of the provider as for any other.
  const noted = { ...payment, pending: proposed };
  const booked = provider === undefined ? noted : await bookFromProvider(noted, provider, world);
  return { kind: 'proposed', payment: booked, refund: proposed };
}

/** A write that did not hold, or whose answer never came: the table says what became of it. */
async function answerAsItIsNow(
  { payment, pending, request, proposal }: Case & { readonly proposal?: Proposal },
  world: Surroundings,
): Promise<CloseResult> {
  const { payments } = await world.store.order(payment.merchantUid);
  const now = payments.find(({ impUid }) => impUid === payment.impUid);
  if (now === undefined) return refused({ code: 'PAYMENT_NOT_FOUND' });
  const still = now.pending;
  if (still?.refundId !== request.refundId) return answerAsItIs(now, request);
  if (still.seq !== pending.seq || still.attempt !== pending.attempt) {
    return refused({ code: 'STILL_RESOLVABLE' });
  }
  if (proposal !== undefined && isSameVoice(still.proposal, proposal)) {
    return { kind: 'proposed', payment: now, refund: still };
  }
  throw new StoreError('what people decided could not be written', { mayHaveBeenApplied: true });
}

/** Two people may speak in the same millisecond. */
function isSameVoice(standing: Proposal | undefined, { proposedAtMs, proposedBy }: Proposal): boolean {
  return standing?.proposedAtMs === proposedAtMs && standing.proposedBy === proposedBy;
}
