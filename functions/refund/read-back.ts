import { isWhatIsLeftOf, taggedReason } from './attribution.ts';
import { DOUBTS, type DoubtText } from './doubts.ts';
import {
  expectedStart,
  findTagged,
  historySum,
  isAheadWithOurs,
  isBelowKnown,
  isOrderTold,
  placed,
  whyItCouldBeOurs,
  type Done,
  type Look,
  type NotDone,
  type Undecided,
} from './evidence.ts';
import { cancelsLater } from './pg/asynchronous.ts';
import { checksBalance } from './pg/checks-balance.ts';
import { differentPayment } from './same-payment.ts';
import type { RefundSettings } from './settings.ts';
import { waitsOf } from './times.ts';

export interface ReadBack extends Look {
  /** When the read-back began: what it does not show can still come while a request may be alive. */
  readonly beganAtMs: number;
  readonly settings: RefundSettings;
}

/** A payment read back later (row 7). `send_again`: 7c, the same request once more. */
export function examineReadBack(
  look: ReadBack,
): Done | NotDone | Undecided | { readonly kind: 'send_again' } {
  const { payment, pending, provider, beganAtMs, settings } = look;
  const different = differentPayment(payment, provider);
  if (different !== undefined) return { kind: 'undecided', why: different };
  const tagged = findTagged(look);
  if (tagged !== undefined) return tagged;
  // Below what the table knows it is an older reading, or a cancel was undone: it proves nothing against this refund.
  if (isBelowKnown(look)) return { kind: 'undecided', why: DOUBTS.shrunk };
  const start = expectedStart(look);
  const moved = provider.cancelAmount !== start;
  const blocked = neverDecided(look, moved);
  if (blocked !== undefined) return { kind: 'undecided', why: blocked };
  if (beganAtMs <= pending.claimedAtMs + waitsOf(settings.quietPeriodMs).deadAfterMs) {
    return { kind: 'undecided', why: DOUBTS.stillAlive };
  }
  if (moved) {
    const why = whyItCouldBeOurs(look);
    return ours(look) ?? (why === undefined ? movedByOthers : { kind: 'undecided', why });
  }
  if (isAheadWithOurs(look)) return { kind: 'undecided', why: DOUBTS.couldBeOurs };
  if (resendIsSafe(look)) return { kind: 'send_again' };
  return { kind: 'not_done', rejection: { code: 'NOT_EXECUTED' } };
}

/** Row 7b. */
const movedByOthers: NotDone = { kind: 'not_done', rejection: { code: 'CHECKSUM_MISMATCH' } };

/** What has been accepted is booked or refused at the PG's own time, whatever R is by then (P5). */
function neverDecided({ pending, payment, provider }: Look, moved: boolean): DoubtText | undefined {
  if (pending.accepted) return moved ? DOUBTS.acceptedAndMoved : DOUBTS.accepted;
  if (!cancelsLater(provider) && !cancelsLater(payment)) return undefined;
  return moved ? DOUBTS.asynchronousAndMoved : DOUBTS.asynchronous;
}

/** Row 7p, only for PGs that a deployer has named: place, amount, time and what is left of our text. */
function ours(look: ReadBack): Done | undefined {
  const { pending, provider, settings } = look;
  if (pending.refused === pending.attempt) return undefined;
  if (provider.pgProvider === undefined || !settings.pgsThatDropReasons.has(provider.pgProvider))
    return undefined;
  if (historySum(provider) !== provider.cancelAmount || !isOrderTold(provider)) return undefined;
  const { clockSkewMs } = waitsOf(settings.quietPeriodMs);
  const start = expectedStart(look);
  const sent = taggedReason(pending.reason, pending.refundId);
  const found = placed(provider).find(
    (each) =>
      each.start === start &&
      each.entry.amount === pending.amount &&
      each.entry.cancelledAtMs !== undefined &&
      // i'mport tells whole seconds: an entry of this very second may bear an earlier time.
      each.entry.cancelledAtMs + 1_000 > pending.claimedAtMs - clockSkewMs &&
      isWhatIsLeftOf(sent, each.entry.reason),
  );
  return found && { kind: 'done', by: 'position', entry: found.entry, anomalies: [] };
}

/**
 * A second execution would be refused by the PG itself even if i'mport had lost the first: everything that is left is
 * cancelled, or the PG compares the balance. Which PG it is says i'mport alone: the shop's word for it may be wrong. Never
 * with an account: it is not kept, so it could not be sent again.
 */
function resendIsSafe({ provider, pending, settings }: ReadBack): boolean {
  if (settings.resend === 'never' || pending.destination !== undefined) return false;
  return (
    pending.amount === pending.checksum || checksBalance(provider.pgProvider, settings.pgsThatCheckBalance)
  );
}
