/** Every duration of the protocol in one place, each with its reason. All in milliseconds. */

/** A cancel goes out this soon after its claim or not at all (row 3b), also where G is shorter. Ten seconds hold one renewal of the token. */
export const SEND_WINDOW_MS = 10_000;

/** A refund is looked at again this long after the last look (row 7). */
export const LOOK_AGAIN_AFTER_MS = 10_000;

/** Two workers' clocks differ by less than this (assumption of the protocol). */
export const CLOCK_SKEW_MS = 5_000;

/** Two looks that find nothing of ours are this far apart: one of them may be stale, not both (P7). */
const BETWEEN_LOOKS_MS = 30_000;

/** Below this G is for demonstrations on one machine, whose clock is one; there these allowances shrink with it. */
const SHORTEST_REAL_QUIET_PERIOD_MS = 60_000;

/** A refund that no rule has settled after this many quiet periods is drift: fifteen minutes at the default of three (row 7e). */
const DRIFT_AFTER_QUIET_PERIODS = 5;

/** So long the provider must not have answered readably before people may close a refund without it: an hour (row 10). */
const UNREADABLE_FOR_QUIET_PERIODS = 20;

/** How long the protocol waits, given G. */
export interface Waits {
  readonly clockSkewMs: number;
  /** After the claim: a look that begins later than this sees whatever the request did (row 7, "after G"). */
  readonly deadAfterMs: number;
  readonly betweenLooksMs: number;
  /** After the request: from then on people are asked. */
  readonly driftAfterMs: number;
  readonly unreadableForMs: number;
}

export function waitsOf(quietPeriodMs: number): Waits {
  const share = Math.min(1, quietPeriodMs / SHORTEST_REAL_QUIET_PERIOD_MS);
  const clockSkewMs = CLOCK_SKEW_MS * share;
  return {
    clockSkewMs,
    deadAfterMs: SEND_WINDOW_MS + quietPeriodMs + clockSkewMs,
    betweenLooksMs: BETWEEN_LOOKS_MS * share,
    driftAfterMs: DRIFT_AFTER_QUIET_PERIODS * quietPeriodMs,
    unreadableForMs: UNREADABLE_FOR_QUIET_PERIODS * quietPeriodMs,
  };
}

/** Looking a payment up is a read at i'mport, not a call to a PG: seconds at most. */
export const READ_BACK_TIMEOUT_MS = 5_000;

/** A page of a thousand payments is a larger read. */
export const LIST_TIMEOUT_MS = 20_000;

/** A new token, when none is cached. */
export const TOKEN_TIMEOUT_MS = 4_000;

/** Kept back for the last conditional write and for the answer itself. */
export const ANSWER_RESERVE_MS = 2_500;

/** So long before the function is stopped the answer goes out, whatever still hangs: 202, never silence. */
export const LAST_MOMENT_MS = 1_000;

/** Less than this is no time for a PG to answer in: better not to send than to send and hang up. */
export const MIN_CANCEL_TIMEOUT_MS = 1_500;

/** The longest wait for one cancel; batches took 14 s each (IAMPORT 4), and the gateway ends at 30 s. */
export const MAX_CANCEL_TIMEOUT_MS = 25_000;

/** Staff wait in line this long for another refund of the same payment to end, looking this often. */
export const STAFF_WAIT_MS = 6_000;
export const STAFF_LOOKS_EVERY_MS = 250;

/** One look at the provider a second and payment is all that webhooks get. */
export const HEAR_EVERY_MS = 1_000;

/** Seconds a client waits before it asks again for a refund in doubt, or for a payment that is busy. */
export const RETRY_AFTER_UNKNOWN_SECONDS = 3;
export const RETRY_AFTER_BUSY_SECONDS = 2;
export const RETRY_AFTER_UNAVAILABLE_SECONDS = 10;

/** Two equal requests without a key within this time are a button pressed twice (row 0b). */
export const SAME_WISH_MS = 60_000;

/** What one member of staff proposes waits this long for a second one. */
export const PROPOSAL_LASTS_MS = 24 * 3_600_000;

/** One caller's look-ups of payments that the ledger does not know: this many in a window, since each costs a call at the provider. */
export const UNKNOWN_LOOK_UPS = { customer: 20, staff: 300 } as const;
export const UNKNOWN_LOOK_UPS_WINDOW_MS = 60_000;
