/** Every duration of the protocol in one place, each with its reason. All in milliseconds. */

/** A live worker is done within its function's 28 s; looking earlier would only disturb it. */
export const FIRST_LOOK_AFTER_MS = 30_000;

/**
 * A cancel goes out this soon after its claim or not at all, so that the quiet period, which is counted from the
 * claim, also counts from the sending. Ten seconds hold one renewal of the token.
 */
export const SEND_WINDOW_MS = 10_000;

/** Looking a payment up is a read at i'mport, not a call to a PG: seconds at most. */
export const READ_BACK_TIMEOUT_MS = 5_000;

/** A new token, when none is cached. */
export const TOKEN_TIMEOUT_MS = 4_000;

/** Kept back for the last conditional write and for the answer itself. */
export const ANSWER_RESERVE_MS = 2_500;

/** So long before the function is stopped the answer goes out, whatever still hangs: 202, never silence. */
export const LAST_MOMENT_MS = 1_000;

/** Less than this is no time for a PG to answer in: better not to send than to send and hang up. */
export const MIN_CANCEL_TIMEOUT_MS = 1_500;

/** The longest wait for one cancel; batches took 14 s each (IAMPORT, latency), and the gateway ends at 30 s. */
export const MAX_CANCEL_TIMEOUT_MS = 25_000;

/** What a read-back with nothing to show is followed by: 5 s, then twice as long each time, at most 5 minutes. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

export function pauseAfter(checks: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(checks, 16), LONGEST_PAUSE_MS);
}

/** Seconds a client waits before it asks again for a refund in doubt, or for a payment that is busy. */
export const RETRY_AFTER_UNKNOWN_SECONDS = 3;
export const RETRY_AFTER_BUSY_SECONDS = 2;
export const RETRY_AFTER_UNAVAILABLE_SECONDS = 10;
