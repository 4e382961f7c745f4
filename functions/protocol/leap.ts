import { assertNever } from '../refund/assert-never.ts';
import type { Claim } from '../refund/decide.ts';
import { DOUBTS } from '../refund/doubts.ts';
import { judgeLeap } from '../refund/look-before-leap.ts';
import type { Order } from '../refund/order.ts';
import type {
  CancelledRefund,
  Payment,
  PendingRefund,
  ProviderPayment,
  RejectedRefund,
} from '../refund/payment.ts';
import { cancelledRecord } from '../refund/record.ts';
import type { Refusal } from '../refund/refusals.ts';
import { READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import { sendAndSettle, tellAnomalies } from './attempt.ts';
import { attemptWrite } from './attempt-write.ts';
import { bookFromProvider } from './booking.ts';
import { mismatch, providerUnavailable, refusalAfter } from './find.ts';
import { finish } from './finish.ts';
import { hasMovedNothing } from './import.ts';
import type { LookUp, Readiness, Surroundings } from './ports.ts';
import { release, subject, type Sent } from './reservation.ts';

export type Claimed =
  | {
      readonly kind: 'final';
      readonly payment: Payment;
      readonly refund: CancelledRefund | RejectedRefund;
    }
  | { readonly kind: 'unknown'; readonly payment: Payment; readonly refund: PendingRefund }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Somebody was first, or the provider knows better: what the table holds now decides. */
  | { readonly kind: 'decide_again'; readonly order?: Order };

export interface Claiming {
  readonly payment: Payment;
  readonly claim: Claim;
  readonly readiness: Promise<Readiness>;
  readonly deadlineMs: number;
  /** The look runs beside the claim; after a lost race it waits for the claim, which is then likely to lose again. */
  readonly besideClaim: boolean;
}

export type Seen = LookUp | { readonly kind: 'no_token'; readonly cause: string; readonly secret: boolean };

export async function look({ payment, readiness }: Claiming, world: Surroundings): Promise<Seen> {
  const ready = await readiness;
  if (ready.kind === 'ready') return world.gateway.payment(payment.impUid, READ_BACK_TIMEOUT_MS);
  return { kind: 'no_token', cause: ready.cause, secret: ready.secret ?? false };
}

/** Row 3b. `claiming.payment` holds the claim now. */
export async function leap(
  claiming: Claiming,
  early: Promise<Seen> | undefined,
  world: Surroundings,
): Promise<Claimed> {
  const { payment, claim } = claiming;
  const { pending } = claim;
  const seen = await (early ?? look(claiming, world));
  if (seen.kind !== 'found') return notLooked(claiming, seen, world);
  const provider = seen.payment;
  const decided = judgeLeap(payment, pending, provider);
  switch (decided.kind) {
    case 'send': {
      const { account } = claim;
      const ready = await bookFromProvider(payment, provider, world);
      const sent = await sendAndSettle(
        { payment: ready, pending, account, deadlineMs: claiming.deadlineMs, isLive: true },
        world,
      );
      return told(sent);
    }
    case 'done': {
      tellAnomalies({ payment, pending }, decided.done, world);
      const settling = { decidedBy: 'read_back', nowMs: world.now(), corrected: true } as const;
      const refund = cancelledRecord(pending, decided.done, settling);
      world.report({ event: 'corrected', ...subject({ payment, pending }) });
      const settled = await finish({ payment, guard: { seq: pending.seq }, refund, provider }, world);
      return told(
        settled === undefined ? { kind: 'in_doubt', payment, pending } : { kind: 'final', ...settled },
      );
    }
    case 'adopt':
    case 'moved':
    case 'mismatch': {
      const released = await release({ payment, pending }, `nothing was sent: ${decided.kind}`, world);
      if (released.kind !== 'released') return told(released);
      return decided.kind === 'mismatch'
        ? mismatch(released.payment, decided.why, world)
        : takeOver(released.payment, provider, world);
    }
    default:
      return assertNever(decided);
  }
}

/** The provider could not be asked, or knows no such payment: nothing is sent. */
async function notLooked(
  { payment, claim }: Claiming,
  seen: Exclude<Seen, { kind: 'found' }>,
  world: Surroundings,
): Promise<Claimed> {
  const { pending } = claim;
  const cause = seen.kind === 'missing' ? DOUBTS.missing : seen.cause;
  if (seen.kind !== 'missing') {
    const secret = seen.kind === 'no_token' && seen.secret;
    world.report({ event: 'unavailable', cause, secret, ...subject({ payment, pending }) });
  }
  const released = await release({ payment, pending }, cause, world);
  if (released.kind !== 'released') return told(released);
  if (seen.kind === 'missing') return mismatch(released.payment, cause, world);
  return { kind: 'refused', refusal: seen.kind === 'failed' ? refusalAfter(seen) : providerUnavailable };
}

/** What the provider says is booked or adopted, and then the request is decided once more. */
async function takeOver(payment: Payment, provider: ProviderPayment, world: Surroundings): Promise<Claimed> {
  const isMoved = provider.cancelAmount > payment.cancelAmount && provider.currency === payment.currency;
  if (isMoved) {
    await bookFromProvider(payment, provider, world);
    return { kind: 'decide_again' };
  }
  if (!hasMovedNothing(payment)) return mismatch(payment, "i'mport no longer holds it as paid", world);
  const attempted = await attemptWrite({ kind: 'adopt', payment, provider }, world);
  if (attempted.kind === 'applied') {
    const { merchantUid, impUid } = payment;
    world.report({ event: 'adopted', merchantUid, impUid });
  }
  return { kind: 'decide_again' };
}

function told(sent: Sent): Claimed {
  switch (sent.kind) {
    case 'final':
      return sent.refund.status === 'not_executed'
        ? { kind: 'refused', refusal: providerUnavailable }
        : { kind: 'final', payment: sent.payment, refund: sent.refund };
    case 'in_doubt':
      return { kind: 'unknown', payment: sent.payment, refund: sent.pending };
    case 'released':
      return { kind: 'refused', refusal: providerUnavailable };
    default:
      return assertNever(sent);
  }
}
