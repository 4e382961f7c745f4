import { createHmac, hash } from 'node:crypto';
import { ACCOUNT_NAMES, PASSED_ON_NAMES, type CancelRequest } from './intent.ts';
import type { CancelEntry } from './payment.ts';
import { wantsReasonFirst } from './pg/families.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 24 characters of 5 bits: 120 bits, so that two refunds never meet by chance and nobody guesses one. */
const ID_CHARACTERS = 24;

/** Names of the refund that this request would be. */
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
 * The refund that an idempotency key stands for: (payment, caller, key) and nothing else. The payment is part of it, so
 * that one id never stands for two movements of money; it is named by `imp_uid` alone, which has one spelling.
 */
export function refundIdForKey(impUid: string, sub: string, idempotencyKey: string): string {
  return `rf_${digest(['refund', impUid, sub, idempotencyKey])}`;
}

function digest(named: readonly unknown[]): string {
  return idFromBytes(hash('sha256', JSON.stringify(named), 'buffer'));
}

/** What a request wants, in one spelling. Not by which name the payment was named: both names mean the same request. */
function wanted({ amount, checksum, reason, reference, passedOn }: CancelRequest): readonly unknown[] {
  const fields = [amount, checksum, reason, reference, ...PASSED_ON_NAMES.map((name) => passedOn[name])];
  return fields.map((field) => field ?? null);
}

/**
 * Tells whether a repeated key comes with the same body. Keyed by the idempotency key, which is kept nowhere: the
 * few digits of a bank account could be guessed from a plain hash.
 */
export function fingerprintOf(idempotencyKey: string, request: CancelRequest): string {
  const account = ACCOUNT_NAMES.map((name) => request.account[name] ?? null);
  const canonical = JSON.stringify([...wanted(request), ...account]);
  return createHmac('sha256', idempotencyKey).update(canonical).digest('base64url');
}

/**
 * Tells whether two requests of one payment want the same (row 0b). `accountHash`: a keyed hash of the account, since a plain
 * one could be guessed.
 */
export function wishOf(request: CancelRequest, accountHash: string | undefined): string {
  return digest(['wish', request.actor.sub, ...wanted(request), accountHash ?? null]);
}

/** An id is as good as a tag: a PG may escape or replace the brackets, and nobody guesses 120 random bits (P6). */
const ANY_ID = /rf_[0-9a-z]{24}/gi;

export function tagOf(refundId: string): string {
  return `[${refundId}]`;
}

/** `reason` is String(256) at i'mport; the caller's words and our tag together must fit (IAMPORT 2). */
const REASON_MAX_CHARACTERS = 256;

/**
 * The `reason` that the provider gets: our tag first, because a PG cuts at the end, then the caller's words. At a PG that wants the
 * customer's real reason, the tag last: where that cuts, the tag is lost (P6).
 */
export function taggedReason(reason: string | undefined, refundId: string, pgProvider?: string): string {
  const tag = tagOf(refundId);
  const words = wordsWithin(reason, REASON_MAX_CHARACTERS - tag.length - 1);
  if (words === '') return tag;
  return wantsReasonFirst(pgProvider) ? `${words} ${tag}` : `${tag} ${words}`;
}

/** Words that look like a tag are changed, so that no caller can sign for another refund. */
function wordsWithin(reason: string | undefined, room: number): string {
  if (reason === undefined || reason.trim() === '') return '';
  const words = reason.replaceAll(/rf_/gi, 'rf-').slice(0, room);
  // A pair of surrogates cut in two would not survive the wire.
  return words.isWellFormed() ? words : words.slice(0, -1);
}

/** The refund ids that a text of the provider carries. */
export function idsIn(reason: string | undefined): readonly string[] {
  return [...(reason ?? '').matchAll(ANY_ID)].map(([id]) => id.toLowerCase());
}

/**
 * One name for one entry: its id, or what it says where the provider gives none. Not its receipt, which may be shown later: then
 * it would be another entry, which no item holds.
 */
export function entryKey(entry: CancelEntry): string {
  if (entry.cancellationId !== undefined) return entry.cancellationId;
  const { amount, cancelledAtMs, reason, pgTid } = entry;
  return `content:${digest([amount, cancelledAtMs ?? null, reason ?? null, pgTid ?? null])}`;
}

/** The name of a cancel that others made. */
export function elsewhereId(impUid: string, entry: CancelEntry): string {
  return `el_${digest([impUid, entryKey(entry)])}`;
}

/** Changes with every entry of a history and with every tag that one bears (it may be shown late), and not with their order. */
export function historyDigest(history: readonly CancelEntry[]): string {
  const named = history.map((entry) => [entryKey(entry), ...idsIn(entry.reason)].join(' '));
  return digest([...new Set(named)].toSorted());
}
