const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_CHARACTERS = 24;

/**
 * The id that the service gives the refund of this key (`refundIdForKey` of the service, which a test holds against this):
 * how a page finds out what became of a request that it must not keep.
 */
export async function refundIdFor(merchantUid: string, key: string): Promise<string> {
  const named = new TextEncoder().encode(JSON.stringify(['refund', merchantUid, key]));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', named));
  return `rf_${[...digest.subarray(0, ID_CHARACTERS)].map((byte) => ALPHABET[byte & 31]).join('')}`;
}
