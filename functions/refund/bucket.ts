import type { Bucket } from './payment.ts';

/** One customer's refunds of one payment: ten at once, then one every six seconds, so that staff finds a gap. */
const CAPACITY = 10;
const REFILL_EVERY_MS = 6_000;

export type Taken =
  | { readonly kind: 'taken'; readonly bucket: Bucket }
  | { readonly kind: 'empty'; readonly retryAfterSeconds: number };

/** Takes one token. The bucket stands in the payment's item and is written with the claim, so it costs nothing. */
export function takeToken(bucket: Bucket | undefined, nowMs: number): Taken {
  const sinceMs = bucket === undefined ? 0 : Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(CAPACITY, (bucket?.tokens ?? CAPACITY) + sinceMs / REFILL_EVERY_MS);
  if (tokens >= 1) return { kind: 'taken', bucket: { tokens: round(tokens - 1), atMs: nowMs } };
  const waitMs = (1 - tokens) * REFILL_EVERY_MS;
  return { kind: 'empty', retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
}

/** A table keeps decimals exactly: no float dust. */
function round(tokens: number): number {
  return Math.floor(tokens * 1000) / 1000;
}
