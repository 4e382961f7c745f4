import { createHmac, hash } from 'node:crypto';
import { ACCOUNT_NAMES, PASSED_ON_NAMES, type CancelRequest } from './intent.ts';
import type { CancelEntry } from './payment.ts';
import { wantsReasonFirst } from './pg/families.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 24 characters of 5 bits: 120 bits, enough to exclude collisions and guessing. */
const ID_CHARACTERS = 24;

/** The ids of the refund that this request would be. */
export interface Identity {
  readonly refundId: string;
  /** Absent without an idempotency key. */
  readonly fingerprint?: string;
  readonly wish: string;
}

export function idFromBytes(bytes: Uint8Array): string {
  let id = '';
  for (let index = 0; index < ID_CHARACTERS; index += 1) id += ALPHABET[(bytes[index] ?? 0) & 31];
  return id;
}

/**
 * The refund id of an idempotency key, from (payment, caller, key) only. It includes the payment, so that one id never means two
 * movements of money; the payment is named by `imp_uid` alone, which has one spelling.
 */
export function refundIdForKey(impUid: string, sub: string, idempotencyKey: string): string {
  return `rf_${digestOf(['refund', impUid, sub, idempotencyKey])}`;
}

/** 120 bits of a hash, in the letters of our ids. */
export function digestOf(parts: readonly unknown[]): string {
  return idFromBytes(hash('sha256', JSON.stringify(parts), 'buffer'));
}

/** A request's content in one spelling. Independent of the name used for the payment: both names mean the same request. */
function wanted({ amount, checksum, reason, reference, passedOn }: CancelRequest): readonly unknown[] {
  const fields = [amount, checksum, reason, reference, ...PASSED_ON_NAMES.map((name) => passedOn[name])];
  return fields.map((field) => field ?? null);
}

/**
 * Tells whether a repeated key has the same body. Hashed with the idempotency key, which is never stored: the few digits of a
 * bank account could be guessed from a plain hash.
 */
export function fingerprintOf(idempotencyKey: string, request: CancelRequest): string {
  const account = ACCOUNT_NAMES.map((name) => request.account[name] ?? null);
  const canonical = JSON.stringify([...wanted(request), ...account]);
  return createHmac('sha256', idempotencyKey).update(canonical).digest('base64url');
}

/**
 * Tells whether two requests of one payment want the same (row 0b). `accountHash` is a keyed hash of the account, because a plain
 * one could be guessed.
 */
export function wishOf(request: CancelRequest, accountHash: string | undefined): string {
  return digestOf(['wish', request.actor.sub, ...wanted(request), accountHash ?? null]);
}

/** The id alone counts as a tag: a PG may escape or replace the brackets, and nobody guesses 120 random bits (P6). */
const ANY_ID = /rf_[0-9a-z]{24}/gi;

export function tagOf(refundId: string): string {
  return `[${refundId}]`;
}

/** `reason` is String(256) at i'mport: the caller's words and our tag together must fit (IAMPORT 2). */
const REASON_MAX_CHARACTERS = 256;

/**
 * The `reason` for the provider: our tag first, because a PG cuts the end, then the caller's words. At a PG that wants the
 * customer's real reason the tag is last: if it cuts there, the tag is lost (P6).
 */
export function taggedReason(reason: string | undefined, refundId: string, pgProvider?: string): string {
  const tag = tagOf(refundId);
  const words = wordsWithin(reason, REASON_MAX_CHARACTERS - tag.length - 1);
  if (words === '') return tag;
  return wantsReasonFirst(pgProvider) ? `${words} ${tag}` : `${tag} ${words}`;
}

/** Changes words that look like a tag, so that no caller can forge another refund's tag. */
function wordsWithin(reason: string | undefined, room: number): string {
  if (reason === undefined || reason.trim() === '') return '';
  const words = reason.replaceAll(/rf_/gi, 'rf-').slice(0, room);
  // Half a surrogate pair is not valid on the wire.
  return words.isWellFormed() ? words : words.slice(0, -1);
}

/** The refund ids in a text of the provider. */
export function idsIn(reason: string | undefined): readonly string[] {
  return [...(reason ?? '').matchAll(ANY_ID)].map(([id]) => id.toLowerCase());
}

/**
 * The key of an entry: its id, or its content when the provider gives no id. Without the receipt, which may appear later: the
 * entry would then look like another one that no item holds.
 */
export function entryKey(entry: CancelEntry): string {
  if (entry.cancellationId !== undefined) return entry.cancellationId;
  const { amount, cancelledAtMs, reason, pgTid } = entry;
  return `content:${digestOf([amount, cancelledAtMs ?? null, reason ?? null, pgTid ?? null])}`;
}

/** The id of a foreign cancel. */
export function elsewhereId(impUid: string, entry: CancelEntry): string {
  return `el_${digestOf([impUid, entryKey(entry)])}`;
}

/** Changes with every entry of a history and with every tag (which may appear late), but not with the order. */
export function historyDigest(history: readonly CancelEntry[]): string {
  const named = history.map((entry) => [entryKey(entry), ...idsIn(entry.reason)].join(' '));
  return digestOf([...new Set(named)].toSorted());
}
