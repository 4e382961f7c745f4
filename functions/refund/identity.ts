import { createHash, createHmac } from 'node:crypto';
import { ACCOUNT_NAMES, PASSED_ON_NAMES, type CancelRequest } from './intent.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 24 characters of 5 bits: 120 bits, so that two refunds never meet by chance and nobody guesses one. */
const ID_CHARACTERS = 24;

/** Names of the refund that this request would be, and of the worker that would carry it out. */
export interface Identity {
  readonly refundId: string;
  readonly claimId: string;
  readonly fingerprint?: string;
}

export function idFromBytes(bytes: Uint8Array): string {
  let id = '';
  for (let index = 0; index < ID_CHARACTERS; index += 1) id += ALPHABET[(bytes[index] ?? 0) & 31];
  return id;
}

/**
 * The refund of a payment that an idempotency key stands for. The payment is part of it, so that one id never stands for two
 * movements of money when a key is used for two payments at once. So is the caller: the same key of somebody else is another key.
 */
export function refundIdForKey(
  { merchantUid, impUid }: { readonly merchantUid: string; readonly impUid: string },
  sub: string,
  idempotencyKey: string,
): string {
  const named = JSON.stringify(['refund', merchantUid, impUid, sub, idempotencyKey]);
  return `rf_${idFromBytes(createHash('sha256').update(named).digest())}`;
}

/**
 * Tells whether a repeated key comes with the same body. Keyed by the idempotency key, which is kept nowhere: the
 * few digits of a bank account could be guessed from a plain hash.
 */
export function fingerprintOf(idempotencyKey: string, request: CancelRequest): string {
  const { amount, checksum, reason, merchantUid, impUid, passedOn, account } = request;
  const fields: readonly unknown[] = [
    amount,
    checksum,
    reason,
    merchantUid,
    impUid,
    ...PASSED_ON_NAMES.map((name) => passedOn[name]),
    ...ACCOUNT_NAMES.map((name) => account[name]),
  ];
  const canonical = JSON.stringify(fields.map((field) => field ?? null));
  return createHmac('sha256', idempotencyKey).update(canonical).digest('base64url');
}
