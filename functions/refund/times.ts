/** Every duration of the protocol in one place, each with its reason. All in milliseconds. */

/**
 * A cancel is sent within this time after its claim or never (row 3b), even when G is shorter. Ten seconds include one renewal of
 * the token.
 */
export const SEND_WINDOW_MS = 10_000;

/** The time from one look at a refund to the next (row 7). */
export const LOOK_AGAIN_AFTER_MS = 10_000;

/** Two workers' clocks differ by less than this (assumption of the protocol). */
export const CLOCK_SKEW_MS = 5_000;

/** The time between two looks that find nothing of ours: one of them may be stale, not both (P7). */
const BETWEEN_LOOKS_MS = 30_000;

/** A shorter G is for demonstrations on one machine, which has one clock; these allowances then shrink with it. */
const SHORTEST_REAL_QUIET_PERIOD_MS = 60_000;

/** A refund that no rule has settled after this many quiet periods is drift: fifteen minutes at the default of three (row 7e). */
const DRIFT_AFTER_QUIET_PERIODS = 5;

/** The provider must be unreadable this long before people may close a refund without it: an hour (row 10). */
const UNREADABLE_FOR_QUIET_PERIODS = 20;

/** The protocol's waiting times for a given G. */
export function waitsOf(quietPeriodMs: number) {
  const share = Math.min(1, quietPeriodMs / SHORTEST_REAL_QUIET_PERIOD_MS);
  const clockSkewMs = CLOCK_SKEW_MS * share;
  return {
    clockSkewMs,
    /** After the claim: a look that starts later than this sees the effect of the request (row 7, "after G"). */
    deadAfterMs: SEND_WINDOW_MS + quietPeriodMs + clockSkewMs,
    betweenLooksMs: BETWEEN_LOOKS_MS * share,
    /** After the request: from then on people are asked. */
    driftAfterMs: DRIFT_AFTER_QUIET_PERIODS * quietPeriodMs,
    unreadableForMs: UNREADABLE_FOR_QUIET_PERIODS * quietPeriodMs,
  };
}

/** A look-up is a read at i'mport without a call to a PG: seconds at most. */
export const READ_BACK_TIMEOUT_MS = 5_000;

/** A page of a thousand payments is a larger read. */
export const LIST_TIMEOUT_MS = 20_000;

/** A new token, when none is cached. */
export const TOKEN_TIMEOUT_MS = 4_000;

/** Reserved for the last conditional write and for the answer itself. */
export const ANSWER_RESERVE_MS = 2_500;

/** This long before the function is stopped the answer is given, whatever is still running: 202, never no answer. */
export const LAST_MOMENT_MS = 1_000;

/** With less time than this a PG cannot answer: then nothing is sent, instead of sending and hanging up. */
export const MIN_CANCEL_TIMEOUT_MS = 1_500;

/** The longest wait for one cancel; batches took 14 s each (IAMPORT 4), and the gateway ends at 30 s. */
export const MAX_CANCEL_TIMEOUT_MS = 25_000;

/** Staff wait at most this long for another refund of the same payment, and look this often. */
export const STAFF_WAIT_MS = 6_000;
export const STAFF_LOOKS_EVERY_MS = 250;

/** Webhooks cause at most one look per second and payment. */
export const HEAR_EVERY_MS = 1_000;

/** Retry-After in seconds for a refund in doubt, or for a payment with another refund in flight. */
export const RETRY_AFTER_UNKNOWN_SECONDS = 3;
export const RETRY_AFTER_BUSY_SECONDS = 2;
export const RETRY_AFTER_UNAVAILABLE_SECONDS = 10;

/** Two equal requests without a key within this time are duplicates (row 0b). */
export const SAME_WISH_MS = 60_000;

/** A proposal waits this long for a second member of staff. */
export const PROPOSAL_LASTS_MS = 24 * 3_600_000;

/** The limit of one caller's look-ups of unknown payments per window, because each costs a call to the provider. */
export const UNKNOWN_LOOK_UPS = { customer: 20, staff: 300 } as const;
export const UNKNOWN_LOOK_UPS_WINDOW_MS = 60_000;
