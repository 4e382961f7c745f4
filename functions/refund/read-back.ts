import { isWhatIsLeftOf, taggedReason } from './attribution.ts';
import { DOUBTS, type DoubtText } from './doubts.ts';
import {
  couldBeOurs,
  expectedStart,
  findTagged,
  historySum,
  placed,
  type Done,
  type Look,
  type NotDone,
  type Undecided,
} from './evidence.ts';
import { plus } from './money.ts';
import { cancelsLater } from './pg/asynchronous.ts';
import { checksBalance } from './pg/checks-balance.ts';
import { differentPayment } from './same-payment.ts';
import type { RefundSettings } from './settings.ts';
import { waitsOf } from './timing.ts';

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
  const start = expectedStart(look);
  if (provider.cancelAmount < start) return { kind: 'undecided', why: DOUBTS.shrunk };
  const moved = provider.cancelAmount !== start;
  const blocked = neverDecided(look, moved);
  if (blocked !== undefined) return { kind: 'undecided', why: blocked };
  if (beganAtMs <= pending.claimedAtMs + waitsOf(settings.quietPeriodMs).deadAfterMs) {
    return { kind: 'undecided', why: DOUBTS.stillAlive };
  }
  if (moved) return ours(look) ?? certainlyOthers(look);
  if (resendIsSafe(look)) return { kind: 'send_again' };
  return { kind: 'not_done', rejection: { code: 'NOT_EXECUTED' } };
}

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
  if (historySum(provider) !== provider.cancelAmount) return undefined;
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

/** Row 7b: only when every entry since our claim is certainly not ours; ours may stand behind another's. */
function certainlyOthers(look: ReadBack): NotDone | Undecided {
  const { pending, provider } = look;
  if (historySum(provider) !== provider.cancelAmount) {
    // An amount without its entry: the entry that is still to come may be ours.
    return { kind: 'undecided', why: DOUBTS.doesNotAddUp };
  }
  const start = expectedStart(look);
  // An entry that begins before ours and reaches beyond it was not made in the order that the history tells.
  const since = placed(provider).filter((each) => plus(each.start, each.entry.amount) > start);
  return since.some(({ entry }) => couldBeOurs(entry, pending))
    ? { kind: 'undecided', why: DOUBTS.couldBeOurs }
    : { kind: 'not_done', rejection: { code: 'CHECKSUM_MISMATCH' } };
}

/**
 * A second execution would be refused by the PG itself even if i'mport had lost the first: everything that is left is
 * cancelled, or the PG compares the balance. Never with an account: it is not kept, so it could not be sent again.
 */
export function resendIsSafe({
  payment,
  pending,
  settings,
}: Omit<ReadBack, 'provider' | 'beganAtMs'>): boolean {
  if (settings.resend === 'never' || pending.destination !== undefined) return false;
  return (
    pending.amount === pending.checksum || checksBalance(payment.pgProvider, settings.pgsThatCheckBalance)
  );
}
