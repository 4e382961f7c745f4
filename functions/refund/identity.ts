import { createHash, createHmac } from 'node:crypto';
import type { CancelRequest } from './decide.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 24 characters of 5 bits: 120 bits, so that two refunds never meet by chance and nobody guesses one. */
const ID_CHARACTERS = 24;

export function idFromBytes(bytes: Uint8Array): string {
  let id = '';
  for (let index = 0; index < ID_CHARACTERS; index += 1) id += ALPHABET[(bytes[index] ?? 0) & 31];
  return id;
}

/**
 * The refund that an idempotency key stands for. The order is part of it: a key belongs to one payment, and the
 * same key on another order is another refund.
 */
export function refundIdForKey(merchantUid: string, idempotencyKey: string): string {
  const named = JSON.stringify(['refund', merchantUid, idempotencyKey]);
  return `rf_${idFromBytes(createHash('sha256').update(named).digest())}`;
}

/**
 * Tells whether a repeated key comes with the same body. Keyed by the idempotency key, which is kept nowhere: the
 * few digits of a bank account could be guessed from a plain hash.
 */
export function fingerprintOf(idempotencyKey: string, request: CancelRequest): string {
  const { amount, checksum, taxFree, vatAmount, reason, account, merchantUid, impUid } = request;
  const fields = [amount, checksum, taxFree, vatAmount, reason, merchantUid, impUid];
  const accountFields = [account.holder, account.bank, account.account, account.tel];
  const canonical = JSON.stringify([...fields, ...accountFields].map((field) => field ?? null));
  return createHmac('sha256', idempotencyKey).update(canonical).digest('base64url');
}
