/** Every duration of the protocol in one place, each with its reason. All in milliseconds. */

/** A live worker is done within its function's 28 s; looking earlier would only disturb it. */
export const FIRST_LOOK_AFTER_MS = 30_000;

/** A cancel goes out this soon after its claim or not at all (row 3b). Ten seconds hold one renewal of the token. */
const SEND_WINDOW_MS = 10_000;

/** Two workers' clocks differ by less than this (assumption of the protocol). */
export const CLOCK_SKEW_MS = 5_000;

/** Below this G is for demonstrations on one machine, whose clock is one; there the allowances shrink with it. */
const SHORTEST_REAL_QUIET_PERIOD_MS = 60_000;

/** A refund that no rule has settled after this many quiet periods is drift: fifteen minutes at the default of three (row 7e). */
const DRIFT_AFTER_QUIET_PERIODS = 5;

/** How long the protocol waits, given G. */
export interface Waits {
  readonly sendWindowMs: number;
  readonly clockSkewMs: number;
  /** After the claim: a read-back that begins later than this sees whatever the attempt did (row 7, "after G"). */
  readonly deadAfterMs: number;
  /** After the request: from then on people are asked. */
  readonly driftAfterMs: number;
}

export function waitsOf(quietPeriodMs: number): Waits {
  const real = quietPeriodMs >= SHORTEST_REAL_QUIET_PERIOD_MS;
  const sendWindowMs = real ? SEND_WINDOW_MS : Math.min(SEND_WINDOW_MS, Math.max(2_000, quietPeriodMs));
  const clockSkewMs = real ? CLOCK_SKEW_MS : quietPeriodMs / 20;
  return {
    sendWindowMs,
    clockSkewMs,
    deadAfterMs: sendWindowMs + quietPeriodMs + clockSkewMs,
    driftAfterMs: DRIFT_AFTER_QUIET_PERIODS * quietPeriodMs,
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

/** A cancel that is sent again is not urgent: it waits for a run that can wait this long for its answer. */
export const MIN_RESEND_TIMEOUT_MS = 10_000;

/** The longest wait for one cancel; batches took 14 s each (IAMPORT 4), and the gateway ends at 30 s. */
export const MAX_CANCEL_TIMEOUT_MS = 25_000;

/** Staff wait in line this long for another refund of the same payment to end, looking this often. */
export const STAFF_WAIT_MS = 6_000;
export const STAFF_LOOKS_EVERY_MS = 250;

/** One look at the provider a second and payment is all that webhooks get. */
export const HEAR_EVERY_MS = 1_000;

/** What a read-back with nothing to show is followed by: 5 s, then twice as long each time, at most 5 minutes. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

export function pauseAfter(checks: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(checks, 16), LONGEST_PAUSE_MS);
}

/** An item that cannot be read needs a person first; looking more often would only hide the others' turn. */
export const UNREADABLE_PAUSE_MS = 3_600_000;

/** Seconds a client waits before it asks again for a refund in doubt, or for a payment that is busy. */
export const RETRY_AFTER_UNKNOWN_SECONDS = 3;
export const RETRY_AFTER_BUSY_SECONDS = 2;
export const RETRY_AFTER_UNAVAILABLE_SECONDS = 10;
