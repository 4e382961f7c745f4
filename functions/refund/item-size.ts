import type { Payment, PendingRefund } from './payment.ts';
import { PROVIDER_TEXT_MAX_CHARACTERS } from './redact.ts';

/** DynamoDB's limit of an item. */
const ITEM_LIMIT_BYTES = 400 * 1024;
/** What the weights below may be wrong by, and the few attributes that a refund adds to an item beside its record. */
const MARGIN_BYTES = 4 * 1024;

/**
 * What the history may take in the item itself: its newest entries whole, and older ones without the texts that nothing is
 * decided by. Counted as used before a claim, since other people's cancels may fill it while ours is in flight.
 */
export const WHOLE_ENTRIES_BYTES = 75 * 1024;
export const BARE_ENTRIES_BYTES = 25 * 1024;
const HISTORY_BYTES = WHOLE_ENTRIES_BYTES + BARE_ENTRIES_BYTES;

/** Three bytes of UTF-8 hold any UTF-16 unit. */
const BYTES_PER_CHARACTER = 3;
const PROVIDER_TEXT_BYTES = PROVIDER_TEXT_MAX_CHARACTERS * BYTES_PER_CHARACTER;
/** Names and numbers of a note of one attempt, of a record's outcome, and of what two people say. */
const NOTE_BYTES = 120;
const OUTCOME_BYTES = 300;
const CLOSING_BYTES = 200;
/** Evidence (500) and the ids of two people (255 each) are the caller's words. */
const CLOSING_TEXT_BYTES = (500 + 2 * 255) * BYTES_PER_CHARACTER;

/** What this refund may still grow by: ten attempts with their answers, the provider's words, and what two people say. */
const GROWTH_BYTES =
  10 * (NOTE_BYTES + PROVIDER_TEXT_BYTES) +
  OUTCOME_BYTES +
  3 * PROVIDER_TEXT_BYTES +
  CLOSING_BYTES +
  CLOSING_TEXT_BYTES;

/** A refund as it is claimed: reason (256), the asker's id (255), and names and numbers. */
const CLAIM_BYTES = (256 + 255) * BYTES_PER_CHARACTER + 600;

/** A number takes a byte for two digits, and a double has no more than seventeen. */
const NUMBER_BYTES = 12;
const LIST_BYTES = 3;
const ELEMENT_BYTES = 1;
/** `claimedAtMs` here is `claimed_at` there: a name is not much longer in the table. */
const LONGER_NAME_BYTES = 4;

function textBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : BYTES_PER_CHARACTER;
  }
  return bytes;
}

/** What a value takes in an item, in bytes; rather more than less. */
export function weigh(value: unknown): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value !== 'object' || value === null) return NUMBER_BYTES;
  if (value instanceof Uint8Array) return value.byteLength;
  const parts = value instanceof Set ? [...value].map((each) => ['', each] as const) : Object.entries(value);
  return parts.reduce(
    (sum, [name, each]) => sum + ELEMENT_BYTES + textBytes(name) + LONGER_NAME_BYTES + weigh(each),
    LIST_BYTES,
  );
}

/**
 * Whether the record of this refund will find room, whatever becomes of it and whatever the shop keeps in the item: a claim
 * that leaves none is refused before anything is sent. The last room is kept for a refund of everything that is left.
 */
export function roomFor({ stored, cancelHistory }: Payment, pending: PendingRefund): boolean {
  const own = cancelHistory.slice(stored.historyFrom ?? 0);
  const history = Math.max(0, HISTORY_BYTES - weigh(own));
  const isFull = pending.amount === pending.checksum;
  const needed = weigh(pending) + GROWTH_BYTES + (isFull ? 0 : CLAIM_BYTES + GROWTH_BYTES);
  return stored.bytes + history + needed + MARGIN_BYTES <= ITEM_LIMIT_BYTES;
}
