import { minus, plus, ZERO, type Minor } from './money.ts';
import type { CancelEntry, RefundIntent } from './payment.ts';

/** i'mport's console writes this text itself (help centre, admin-console/payment-service/content29). */
export const CONSOLE_REASON = '관리자페이지취소';

/** `reason` is String(256) in i'mport's API; caller's text and tag together must fit. */
export const REASON_MAX_CHARACTERS = 256;

const ANY_TAG = /\[rf_[0-9a-z]{24}\]/;

export function tagOf(refundId: string): string {
  return `[${refundId}]`;
}

/**
 * The `reason` that i'mport gets: the caller's words first, then our tag. Words that look like a tag lose their
 * bracket, otherwise a caller could sign a cancel with the name of another refund.
 */
export function taggedReason(reason: string | undefined, refundId: string): string {
  const tag = tagOf(refundId);
  if (reason === undefined || reason === '') return tag;
  const room = REASON_MAX_CHARACTERS - tag.length - 1;
  let words = reason.replaceAll('[rf_', '(rf_').slice(0, room);
  // A pair of surrogates cut in two would not survive the wire.
  if (!words.isWellFormed()) words = words.slice(0, -1);
  return `${words} ${tag}`;
}

export type Attribution =
  | { readonly kind: 'ours'; readonly by: 'tag' | 'position'; readonly entry: CancelEntry }
  | { readonly kind: 'none' };

type Claimed = Pick<RefundIntent, 'refundId' | 'amount' | 'checksum'>;

/**
 * Which entry of the provider's history is this refund, if any (protocol, "Attribution"). `paid` is A.
 * The tag names it; where no entry has the tag, the one that starts exactly at our checksum with exactly our
 * amount is ours too, unless it is signed by another refund or by the console.
 */
export function attribute(history: readonly CancelEntry[], refund: Claimed, paid: Minor): Attribution {
  const tagged = history.find((entry) => entry.reason?.includes(tagOf(refund.refundId)) === true);
  if (tagged !== undefined) return { kind: 'ours', by: 'tag', entry: tagged };
  const start = minus(paid, refund.checksum);
  let cancelledBefore = ZERO;
  for (const entry of history) {
    if (cancelledBefore === start && entry.amount === refund.amount && couldBeAnyones(entry)) {
      return { kind: 'ours', by: 'position', entry };
    }
    cancelledBefore = plus(cancelledBefore, entry.amount);
  }
  return { kind: 'none' };
}

function couldBeAnyones(entry: CancelEntry): boolean {
  const reason = entry.reason ?? '';
  return !ANY_TAG.test(reason) && reason.trim() !== CONSOLE_REASON;
}
