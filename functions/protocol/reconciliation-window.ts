import { CLOCK_SKEW_MS } from '../refund/times.ts';
import { FULL_SECONDS, type Wish } from './reconciliation-position.ts';

/** The window that was asked for can be compared by nobody. `message` names the field and its rule. */
export class ReconciliationWindowError extends Error {
  override readonly name = 'ReconciliationWindowError';
}

type Ends = Pick<Wish, 'fromSeconds' | 'toSeconds'>;
/** What the one who asks calls the two. */
type Names = Readonly<Record<keyof Ends, string>>;

const AS_IN_THE_EVENT: Names = { fromSeconds: 'fromSeconds', toSeconds: 'toSeconds' };
const DAY_SECONDS = 86_400;

/**
 * What is wrong with a window, in words for the one who asks. i'mport answers all of it with HTTP 400, which would tell
 * nobody whose mistake it is; and one that ends in the future would be told as compared before it has been.
 */
export function windowFault(
  { fromSeconds, toSeconds }: Ends,
  nowMs: number,
  { fromSeconds: from, toSeconds: to }: Names = AS_IN_THE_EVENT,
): string | undefined {
  const nowSeconds = nowMs / 1000;
  if (toSeconds !== undefined && toSeconds > nowSeconds + CLOCK_SKEW_MS / 1000)
    return `${to} must not be in the future; without it the window ends now`;
  if (fromSeconds === undefined) return undefined;
  const end = toSeconds ?? nowSeconds;
  const endName = toSeconds === undefined ? 'now' : to;
  if (fromSeconds >= end) return `${from} must be before ${endName}`;
  if (Math.floor(end) - fromSeconds <= FULL_SECONDS) return undefined;
  return `${from} must be at most ${FULL_SECONDS / DAY_SECONDS} days before ${endName}, as i'mport lists no more at once: what is older takes several runs, each with ${to}`;
}
