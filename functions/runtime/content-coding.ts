import { promisify } from 'node:util';

/** More than these nobody means; each one may blow up what the one before has left (as the platform's `fetch`). */
const MAX_CODINGS = 5;

/**
 * An answer's bytes without the coding they came in. None is asked for; what stands before i'mport (a cache, a firewall) may
 * use one all the same. Loaded only then. @throws for a coding that nobody has registered, and for bytes that are not in it
 */
export async function decoded(bytes: Buffer, coding: string, maxOutputLength: number): Promise<Buffer> {
  const codings = coding.split(',').map((name) => name.trim().toLowerCase());
  if (codings.length > MAX_CODINGS) throw new Error('the answer is in too many codings');
  let plain = bytes;
  // The last one was put on last.
  for (const name of codings.toReversed()) plain = await withoutOne(name, plain, maxOutputLength);
  return plain;
}

async function withoutOne(name: string, bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  const { gunzip, inflate, inflateRaw, brotliDecompress, zstdDecompress } = await import('node:zlib');
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return promisify(gunzip)(bytes, { maxOutputLength });
    case 'deflate':
      return promisify(isZlib(bytes) ? inflate : inflateRaw)(bytes, { maxOutputLength });
    case 'br':
      return promisify(brotliDecompress)(bytes, { maxOutputLength });
    case 'zstd':
      return promisify(zstdDecompress)(bytes, { maxOutputLength });
    default:
      throw new Error('the answer is in an unknown coding');
  }
}

/** Some servers leave out the envelope that HTTP asks for. Its first byte names the method, which is always the eighth. */
function isZlib(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x0f) === 8;
}
