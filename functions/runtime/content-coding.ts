import { promisify } from 'node:util';

/**
 * An answer's bytes without the coding they came in. None is asked for; what stands before i'mport (a cache, a firewall) may
 * use one all the same. Loaded only then. @throws for a coding that nobody has registered, and for bytes that are not in it
 */
export async function decoded(bytes: Buffer, coding: string, maxOutputLength: number): Promise<Buffer> {
  const codings = coding.split(',').map((name) => name.trim().toLowerCase());
  let plain = bytes;
  // The last one was put on last.
  for (const name of codings.toReversed()) plain = await withoutOne(name, plain, maxOutputLength);
  return plain;
}

async function withoutOne(name: string, bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  const { gunzip, inflate, brotliDecompress, zstdDecompress } = await import('node:zlib');
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return promisify(gunzip)(bytes, { maxOutputLength });
    case 'deflate':
      return promisify(inflate)(bytes, { maxOutputLength });
    case 'br':
      return promisify(brotliDecompress)(bytes, { maxOutputLength });
    case 'zstd':
      return promisify(zstdDecompress)(bytes, { maxOutputLength });
    default:
      throw new Error('the answer is in an unknown coding');
  }
}
