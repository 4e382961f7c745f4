import { createHmac, hkdfSync } from 'node:crypto';
import type { Credentials } from './token.ts';

/** Names what the derived key is for, so that no other use of the secret gives the same one. */
const PURPOSE = 'iamport-refunds/refund-account';
const KEY_BYTES = 32;
/** 128 bits of the hash: two accounts never meet by chance. */
const HASH_BYTES = 16;

/** The same for the same digits, however they are hyphened; without the secret nobody can try all accounts. */
export function hashOfAccount(account: string, { impSecret }: Credentials): string {
  const key = hkdfSync('sha256', impSecret, '', PURPOSE, KEY_BYTES);
  const digits = account.replaceAll(/\D/g, '');
  return createHmac('sha256', Buffer.from(key))
    .update(digits)
    .digest()
    .subarray(0, HASH_BYTES)
    .toString('base64url');
}
